import assert from "node:assert/strict";
import { join } from "node:path";
import {
  Admin,
  AdminError,
  CredentialError,
  PulsarError,
  tokenAuthentication,
  tokenFromEnv,
  tokenFromFile,
} from "../../lib/client/mod.ts";
import { networkConnect } from "../../lib/transport/connect.ts";
import { TransportError } from "../../lib/transport/errors.ts";
import { loadTls, type TlsFiles } from "../../lib/transport/tls_files.ts";
import { bytes, newTopic, take, withClient } from "../support/client_stage.ts";
import type { RunConfig } from "../../lib/config/run_config.ts";
import { LoadRun } from "../../lib/load/run/load_run.ts";
import { configOf } from "../../lib/load/run/load_run_test_support.ts";
import { certificates } from "../support/certificates.ts";
import { type RealBroker, startBroker } from "../support/real_broker.ts";
import { brokerUnavailable, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
/** Demands tokens of everybody, and certificates of those who come with TLS. */
const broker = reason === undefined
  ? await startBroker({ tls: true, token: true, extra: { tlsRequireTrustedClientCertOnConnect: "true" } })
  : undefined;
broker?.unref();

type Source = () => Promise<string>;
const token = (source: Source) => ({ authentication: tokenAuthentication(source) });
const fixed = (value: string): Source => () => Promise.resolve(value);

/** One message there and back. */
async function roundTrip(serviceUrl: string, source: Source | undefined, files?: TlsFiles): Promise<void> {
  const topic = newTopic("secure");
  const tls = files === undefined ? {} : { tls: await loadTls(files) };
  await withClient(serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s" });
    const producer = await client.createProducer({ topic });
    await producer.send({ payload: bytes("secret") });
    assert.deepEqual(await take(consumer, 1), ["secret"]);
  }, { connect: networkConnect(tls), ...(source === undefined ? {} : token(source)) });
}

const right = (): Source => fixed(broker!.tokens!.right);
const identity = (): TlsFiles => {
  const { ca, clientCertificate, clientKey } = broker!.certificates!;
  return { caFile: ca, certFile: clientCertificate, keyFile: clientKey };
};

test("a token from a file, without its last line break, lets in", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "token");
    await Deno.writeTextFile(path, `${broker!.tokens!.right}\n`);
    await roundTrip(broker!.serviceUrl, tokenFromFile(path));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a token from the environment lets in", async () => {
  await roundTrip(broker!.serviceUrl, tokenFromEnv("TOKEN", () => broker!.tokens!.right));
});

for (const kind of ["wrongKey", "expired"] as const) {
  test(`a token of kind ${kind} is refused in one line, without being quoted`, async () => {
    const value = broker!.tokens![kind];
    await assert.rejects(roundTrip(broker!.serviceUrl, fixed(value)), (error) => {
      assert.ok(error instanceof PulsarError && error.code === "AuthenticationError", `${error}`);
      assert.match(error.message, /^connect to 127\.0\.0\.1:\d+: AuthenticationError: [^\n]*$/);
      assert.ok(!error.message.includes(value));
      return true;
    });
  });
}

test("no token, an unreadable one and one that may do nothing are told apart", async () => {
  await assert.rejects(roundTrip(broker!.serviceUrl, undefined), /AuthenticationError/);
  await assert.rejects(roundTrip(broker!.serviceUrl, tokenFromFile("/nonexistent")), CredentialError);
  await assert.rejects(roundTrip(broker!.serviceUrl, fixed(broker!.tokens!.stranger)), (error) => {
    assert.ok(error instanceof PulsarError && error.code === "AuthorizationError", `${error}`);
    return true;
  });
});

test("the admin client uses the token too", async () => {
  const admin = new Admin({ url: broker!.adminUrl, token: right() });
  const topic = newTopic("admin-token");
  await admin.createTopic(topic, 2);
  assert.equal(await admin.partitions(topic), 2);
  const stranger = new Admin({ url: broker!.adminUrl, token: fixed(broker!.tokens!.wrongKey) });
  await assert.rejects(stranger.createTopic(topic, 0), (error) => {
    assert.ok(error instanceof AdminError && error.status === 401);
    assert.match(error.message, /HTTP 401: the token is missing, wrong or lacks permission/);
    return true;
  });
});

test("TLS with the authority's file and a client certificate works", async () => {
  await roundTrip(broker!.serviceUrlTls!, right(), identity());
});

test("a broker that demands a certificate says so", async () => {
  await assert.rejects(
    roundTrip(broker!.serviceUrlTls!, right(), { caFile: broker!.certificates!.ca }),
    (error) => {
      assert.match((error as Error).message, /client certificate|closed the connection during the handshake/);
      return true;
    },
  );
});

test("a broker of an unknown authority is refused", async () => {
  const otherCa = join(import.meta.dirname!, "..", "fixtures", "tls", "other-ca.pem");
  for (const files of [{ caFile: otherCa }, {}]) {
    await assert.rejects(roundTrip(broker!.serviceUrlTls!, right(), files), (error) => {
      assert.ok(error instanceof TransportError && error.code === "CertificateUntrusted", `${error}`);
      return true;
    });
  }
});

test("plain to a TLS port, and TLS to a plain port, are told in one line", async () => {
  const { port } = new URL(broker!.serviceUrlTls!);
  await assert.rejects(roundTrip(`pulsar://127.0.0.1:${port}`, right()), (error) => {
    assert.match(
      (error as Error).message,
      /^127\.0\.0\.1:\d+ (speaks TLS|closed the connection during the handshake)/,
    );
    assert.doesNotMatch((error as Error).message, /\n/);
    return true;
  });
  const plain = new URL(broker!.serviceUrl).port;
  const files = { caFile: broker!.certificates!.ca };
  await assert.rejects(roundTrip(`pulsar+ssl://127.0.0.1:${plain}`, right(), files), TransportError);
});

test("a broker with another name is refused, unless names are not checked", async () => {
  await using misnamed: RealBroker = await startBroker({ tls: "misnamed" });
  const caFile = misnamed.certificates!.ca;
  await assert.rejects(roundTrip(misnamed.serviceUrlTls!, undefined, { caFile }), (error) => {
    assert.ok(error instanceof TransportError && error.code === "CertificateName", `${error}`);
    return true;
  });
  await roundTrip(misnamed.serviceUrlTls!, undefined, { caFile, verifyHostname: false });
});

test("a client certificate alone is an identity, for both roles and their admin calls", async () => {
  const { clientCertificate, clientKey } = certificates();
  const provider = "org.apache.pulsar.broker.authentication.AuthenticationProvider";
  // Tokens are for the broker's own calls and for the test's question whether it is ready.
  await using byCertificate = await startBroker({
    tls: true,
    token: true,
    extra: { authenticationProviders: `${provider}Token,${provider}Tls`, superUserRoles: "admin,client" },
  });
  const { serviceUrlTls, adminUrlTls } = byCertificate;
  const topic = newTopic("certificate");
  const tls = { tlsCa: certificates().ca, tlsCert: clientCertificate, tlsKey: clientKey };
  const urls = { serviceUrl: serviceUrlTls!, adminUrl: adminUrlTls! };
  const settings = { topic, partitions: "2", workers: "1", ...tls, ...urls };
  const ran = async (config: RunConfig, meanwhile?: () => Promise<void>): Promise<number> => {
    const run = new LoadRun({ config });
    await run.connect();
    await meanwhile?.();
    run.begin();
    return (await run.done).snapshot.total.counters.messages;
  };
  // The broker lets in nobody who offers nothing.
  await assert.rejects(roundTrip(serviceUrlTls!, undefined, { caFile: tls.tlsCa }), /AuthenticationError/);
  const limits = { count: "100", durationMs: "60s" };
  const received = ran(
    configOf("consumer", { ...settings, ...limits, initialPosition: "earliest" }),
    async () => assert.equal(await ran(configOf("producer", { ...settings, ...limits, rate: "1k" })), 100),
  );
  assert.equal(await received, 100);
});
