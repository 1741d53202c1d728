import assert from "node:assert/strict";
import { TransportError } from "../../transport/errors.ts";
import { LookupType, serverErrorCode, type ServerErrorName } from "../../wire/enums.ts";
import { LookupError, PulsarError } from "../errors.ts";
import { Lookup } from "./lookup.ts";
import { ConnectionPool } from "./connection_pool.ts";
import { parseServiceUrl } from "./service_url.ts";
import { QUICK, ScriptedBroker } from "../client_test_support.ts";

function lookupOn(
  broker: ScriptedBroker,
  url = "pulsar://service:6650",
  listenerName?: string,
): { lookup: Lookup; pool: ConnectionPool } {
  const service = parseServiceUrl(url);
  const options = { clientVersion: "test", operationTimeoutMs: 5000, keepAliveMs: 60_000 };
  const pool = new ConnectionPool(broker.connect, service.tls, options);
  const lookup = new Lookup({
    pool,
    service,
    operationTimeoutMs: 5000,
    backoff: QUICK,
    signal: new AbortController().signal,
    ...(listenerName === undefined ? {} : { listenerName }),
  });
  return { lookup, pool };
}

const hosts = (broker: ScriptedBroker): string[] => broker.peers.map(({ target }) => target.host);

Deno.test("redirects are followed with the authority they give", async () => {
  const broker = new ScriptedBroker();
  const asked: boolean[] = [];
  broker.on("lookup", ({ requestId, authoritative, advertisedListenerName }, peer) => {
    assert.equal(advertisedListenerName, "outside");
    asked.push(authoritative ?? false);
    const isFirst = asked.length === 1;
    peer.send("lookupResponse", {
      requestId,
      response: isFirst ? LookupType.redirect : LookupType.connect,
      brokerServiceUrl: isFirst ? "pulsar://other:6650" : "pulsar://owner:6650",
      authoritative: isFirst,
    });
  });
  const { lookup, pool } = lookupOn(broker, undefined, "outside");
  const connection = await lookup.owner("persistent://public/default/t");
  assert.ok(connection.isOpen);
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(hosts(broker), ["service", "other", "owner"]);
  pool.close();
});

Deno.test("after twenty redirects it is enough", async () => {
  let asked = 0;
  const broker = new ScriptedBroker().on("lookup", ({ requestId }, peer) => {
    const brokerServiceUrl = `pulsar://broker-${++asked % 2}:6650`;
    peer.send("lookupResponse", { requestId, response: LookupType.redirect, brokerServiceUrl });
  });
  const { lookup, pool } = lookupOn(broker);
  await assert.rejects(lookup.owner("t"), (error) => {
    assert.ok(error instanceof LookupError && error.isRetryable);
    assert.match(error.message, /look up 't': more than 20 redirects/);
    return true;
  });
  assert.equal(asked, 21);
  pool.close();
});

Deno.test("with the proxy flag the service address is dialled for the broker named", async () => {
  const broker = new ScriptedBroker().on("lookup", ({ requestId }, peer) =>
    peer.send("lookupResponse", {
      requestId,
      response: LookupType.connect,
      brokerServiceUrl: "pulsar://inner:6650",
      proxyThroughServiceUrl: true,
    }));
  const { lookup, pool } = lookupOn(broker);
  await lookup.owner("t");
  assert.deepEqual(hosts(broker), ["service", "service"]);
  assert.equal((await broker.peers[1]!.command("connect")).proxyToBrokerUrl, "inner:6650");
  await lookup.assigned({ plain: "pulsar://moved:6650" });
  assert.deepEqual(hosts(broker), ["service", "service", "service"]);
  assert.equal((await broker.peers[2]!.command("connect")).proxyToBrokerUrl, "moved:6650");
  pool.close();
});

Deno.test("an assigned address is dialled directly where there is no proxy", async () => {
  const broker = new ScriptedBroker();
  const { lookup, pool } = lookupOn(broker);
  await lookup.assigned({ plain: "pulsar://moved:6650" });
  assert.deepEqual(hosts(broker), ["moved"]);
  await assert.rejects(
    lookup.assigned({ plain: "rubbish" }),
    /the broker points to 'rubbish', which is no address/,
  );
  pool.close();
});

Deno.test("of several service addresses the first that answers is used, and kept", async () => {
  const broker = new ScriptedBroker();
  broker.dial = ({ host }) => {
    if (host === "down") throw new TransportError("ConnectionRefused", "refused");
  };
  const { lookup, pool } = lookupOn(broker, "pulsar://down:1,up:2,spare:3");
  // Together: what one finds out must not lead the other astray.
  assert.deepEqual(await Promise.all([lookup.partitions("t"), lookup.partitions("u")]), [0, 0]);
  assert.equal(await lookup.partitions("t"), 0);
  assert.deepEqual(hosts(broker), ["up"]);
  pool.close();
  const none = lookupOn(broker, "pulsar://down:1,down:2");
  await assert.rejects(none.lookup.partitions("t"), TransportError);
});

Deno.test("a token that one address refuses is not tried on the others", async () => {
  const broker = new ScriptedBroker().on("connect", (_, peer) => {
    peer.send("error", { requestId: 0, error: serverErrorCode("AuthenticationError"), message: "no" });
  });
  const { lookup } = lookupOn(broker, "pulsar://a,b");
  await assert.rejects(lookup.partitions("t"), PulsarError);
  assert.deepEqual(hosts(broker), ["a"]);
});

Deno.test("partitions are asked for until the broker is ready, refusals are final", async () => {
  let asked = 0;
  const broker = new ScriptedBroker().on("partitionMetadata", ({ requestId }, peer) => {
    const isReady = ++asked === 3;
    const refusal = { response: 1, error: serverErrorCode("ServiceNotReady"), message: "starting" };
    peer.send("partitionMetadataResponse", { requestId, ...(isReady ? { partitions: 4 } : refusal) });
  });
  const { lookup, pool } = lookupOn(broker);
  assert.equal(await lookup.partitions("t"), 4);
  assert.equal(asked, 3);
  broker.on("partitionMetadata", ({ requestId }, peer) =>
    peer.send("partitionMetadataResponse", {
      requestId,
      response: 1,
      error: serverErrorCode("AuthorizationError"),
      message: "not allowed",
    }));
  await assert.rejects(lookup.partitions("t"), /partitions of 't': AuthorizationError: not allowed/);
  broker.on("partitionMetadata", ({ requestId }, peer) => peer.send("success", { requestId }));
  await assert.rejects(lookup.partitions("t"), /the broker answered with 'success'/);
  pool.close();
});

Deno.test("answers that lead nowhere are told plainly", async () => {
  const broker = new ScriptedBroker().on("lookup", ({ requestId }, peer) =>
    peer.send("lookupResponse", {
      requestId,
      response: LookupType.connect,
      brokerServiceUrl: "pulsar://b:1",
    }));
  const { lookup, pool } = lookupOn(broker, "pulsar+ssl://service");
  await assert.rejects(lookup.owner("t"), (error) => {
    assert.ok(error instanceof LookupError && !error.isRetryable);
    assert.match(error.message, /announces no TLS address; use a pulsar:\/\/ service URL/);
    return true;
  });
  broker.on("lookup", ({ requestId }, peer) =>
    peer.send("lookupResponse", {
      requestId,
      response: LookupType.failed,
      error: serverErrorCode("TopicNotFound"),
      message: "no such topic",
    }));
  await assert.rejects(lookup.owner("t"), /look up 't': TopicNotFound: no such topic/);
  broker.on("lookup", ({ requestId }, peer) => peer.send("success", { requestId }));
  await assert.rejects(lookup.owner("t"), /answered with 'success'/);
  pool.close();
});

Deno.test("a broker that says nothing but TopicNotFound is explained, and no error ends in a colon", async () => {
  let error: ServerErrorName = "TopicNotFound";
  const broker = new ScriptedBroker().on(
    "partitionMetadata",
    ({ requestId }, peer) => peer.send("error", { requestId, error: serverErrorCode(error), message: "" }),
  );
  const { lookup, pool } = lookupOn(broker, "pulsar://service");
  await assert.rejects(lookup.partitions("t"), {
    message:
      "ask for the partitions of 't': TopicNotFound: it does not exist and the broker does not create it",
  });
  error = "AuthorizationError";
  await assert.rejects(lookup.partitions("t"), {
    message: /AuthorizationError: the broker gives no reason$/,
  });
  pool.close();
});
