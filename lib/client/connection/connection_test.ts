import assert from "node:assert/strict";
import { memoryPair } from "../../transport/memory.ts";
import { TransportError } from "../../transport/errors.ts";
import type { Transport } from "../../transport/transport.ts";
import { encodeCommand } from "../../wire/command.ts";
import { serverErrorCode } from "../../wire/enums.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import {
  ClosedError,
  ConnectionClosedError,
  HandshakeError,
  PulsarError,
  RequestTimeoutError,
} from "../errors.ts";
import { bytes, ScriptedBroker } from "../client_test_support.ts";

const OPTIONS: ConnectionOptions = { clientVersion: "test", operationTimeoutMs: 5000, keepAliveMs: 60_000 };

async function open(broker: ScriptedBroker, options: Partial<ConnectionOptions> = {}): Promise<Connection> {
  const transport = await broker.connect({ host: "broker", port: 6650, tls: false });
  return await Connection.open(transport, { ...OPTIONS, ...options });
}

/** A server that sends `greeting` and hangs up, or stays. */
async function greet(greeting: Uint8Array | string, hangsUp = true): Promise<unknown> {
  const [client, server] = memoryPair();
  await server.write(typeof greeting === "string" ? bytes(greeting) : greeting);
  if (hangsUp) server.close();
  try {
    (await Connection.open(client, OPTIONS)).close();
  } catch (error) {
    return error;
  } finally {
    server.close();
  }
}

Deno.test("the handshake introduces the client and takes over the broker's limits", async () => {
  const broker = new ScriptedBroker().on("connect", (body, peer) => {
    assert.equal(body.clientVersion, "test");
    assert.equal(body.authMethodName, "none");
    assert.equal(body.proxyToBrokerUrl, undefined);
    assert.equal(body.featureFlags?.supportsAuthRefresh, true);
    peer.send("connected", { serverVersion: "v", maxMessageSize: 1234 });
  });
  const connection = await open(broker);
  assert.equal(connection.maxMessageSize, 1234);
  assert.equal(connection.serverVersion, "v");
  assert.ok(connection.isOpen);
  connection.close();
  assert.ok(!connection.isOpen);
});

Deno.test("behind a proxy the handshake names the broker meant", async () => {
  const broker = new ScriptedBroker();
  const connection = await open(broker, { proxyToBroker: "inner:6650" });
  assert.equal((await broker.peers[0]!.command("connect")).proxyToBrokerUrl, "inner:6650");
  connection.close();
});

Deno.test("a refused token ends the handshake with the broker's error", async () => {
  const broker = new ScriptedBroker().on("connect", (_, peer) => {
    const error = serverErrorCode("AuthenticationError");
    peer.send("error", { requestId: 2n ** 64n - 1n, error, message: "Failed to authenticate\nat java" });
    peer.close();
  });
  await assert.rejects(open(broker), (error) => {
    assert.ok(error instanceof PulsarError);
    assert.equal(error.message, "connect to memory:server: AuthenticationError: Failed to authenticate");
    assert.equal(error.isRetryable, false);
    return true;
  });
});

Deno.test("the token is sent, and asked for again on a challenge, during the handshake and later", async () => {
  let asked = 0;
  const authentication = { method: "token", data: () => Promise.resolve(bytes(`token-${++asked}`)) };
  const broker = new ScriptedBroker()
    .on("connect", (body, peer) => {
      assert.equal(new TextDecoder().decode(body.authData), "token-1");
      peer.send("authChallenge", { challenge: { authMethodName: "token" } });
    })
    .on("authResponse", (body, peer) => {
      assert.equal(body.response?.authMethodName, "token");
      peer.send("connected", { serverVersion: "v" });
    });
  const connection = await open(broker, { authentication });
  const peer = broker.peers[0]!;
  peer.send("authChallenge", {});
  const answer = await peer.command("authResponse", 2);
  assert.equal(new TextDecoder().decode(answer.response?.authData), "token-3");
  connection.close();
});

Deno.test("credentials that cannot be read end the handshake, and a session that is challenged", async () => {
  const failure = new Error("token file gone");
  await assert.rejects(
    open(new ScriptedBroker(), { authentication: { method: "token", data: () => Promise.reject(failure) } }),
    failure,
  );
  let asked = 0;
  const data = (): Promise<Uint8Array> =>
    asked++ === 0 ? Promise.resolve(bytes("t")) : Promise.reject(failure);
  const broker = new ScriptedBroker();
  const connection = await open(broker, { authentication: { method: "token", data } });
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  broker.peers[0]!.send("authChallenge", {});
  await closed;
});

Deno.test("a web server is told by its answer", async () => {
  const error = await greet("HTTP/1.1 400 Illegal character CNTL=0x0\r\n");
  assert.ok(error instanceof HandshakeError);
  assert.match(error.message, /^memory:server answers with HTTP: that is an admin or web port/);
});

Deno.test("a TLS port reached without TLS is told by its alert", async () => {
  const error = await greet(new Uint8Array([0x15, 0x03, 0x03, 0, 2, 2, 40]));
  assert.match((error as Error).message, /speaks TLS: connect with pulsar\+ssl:/);
});

Deno.test("another server is named by its greeting", async () => {
  const error = await greet("SSH-2.0-OpenSSH_9\r\n", false);
  assert.match(
    (error as Error).message,
    /answers with "SSH-2.0-OpenSSH_9", which is not the Pulsar protocol/,
  );
});

Deno.test("a server that only hangs up, echoes or sends nonsense is no broker", async () => {
  assert.match(
    String(await greet("")),
    /closed the connection during the handshake: is this the broker's binary/,
  );
  const echo = await greet(encodeCommand("connect", { clientVersion: "x" }), false);
  assert.match(String(echo), /is not a Pulsar broker: it greets with 'connect'/);
  const nonsense = await greet(new Uint8Array([0, 0, 0, 8, 0, 0, 0, 4, 8, 99, 0, 0]), false);
  assert.match(String(nonsense), /is not a Pulsar broker: command number 99/);
});

Deno.test("a server that stays silent is given up after the operation timeout", async () => {
  const broker = new ScriptedBroker().on("connect", () => {});
  await assert.rejects(open(broker, { operationTimeoutMs: 20 }), (error) => {
    assert.ok(error instanceof RequestTimeoutError);
    assert.match(error.message, /did not answer the Pulsar handshake within 0.02 s/);
    return true;
  });
});

Deno.test("a TLS session that the server ends during the handshake keeps its reason", async () => {
  const refusal = new TransportError("TlsFailed", "needs a client certificate");
  const transport: Transport = {
    peer: "tls:1",
    encrypted: true,
    read: () => Promise.reject(refusal),
    write: () => Promise.resolve(),
    close() {},
  };
  await assert.rejects(Connection.open(transport, OPTIONS), refusal);
});

Deno.test("a socket that cannot be written to ends the connection", async () => {
  const [client] = memoryPair();
  let broken = false;
  const transport: Transport = {
    peer: "w:1",
    encrypted: false,
    read: (into) => client.read(into),
    write: () => broken ? Promise.reject(new Error("pipe")) : Promise.resolve(),
    close: () => client.close(),
  };
  broken = true;
  await assert.rejects(Connection.open(transport, OPTIONS), /w:1 is not a Pulsar broker: pipe/);
});

Deno.test("answers go to their requests in any order, errors are typed", async () => {
  const asked: number[] = [];
  const broker = new ScriptedBroker().on("partitionMetadata", ({ requestId }, peer) => {
    asked.push(Number(requestId));
    if (asked.length < 2) return;
    peer.send("error", { requestId: asked[1]!, error: serverErrorCode("ServiceNotReady"), message: "later" });
    peer.send("success", { requestId: 999 });
    peer.send("error", { requestId: 998, error: 0, message: "nobody asked" });
    peer.send("partitionMetadataResponse", { requestId: asked[0]!, partitions: 3 });
  });
  const connection = await open(broker);
  const [first, second] = await Promise.allSettled([
    connection.request("partitionMetadata", { topic: "a" }, "ask a"),
    connection.request("partitionMetadata", { topic: "b" }, "ask b"),
  ]);
  assert.equal(first.status, "fulfilled");
  assert.ok(second.status === "rejected" && second.reason instanceof PulsarError);
  assert.equal(second.reason.message, "ask b: ServiceNotReady: later");
  assert.ok(second.reason.isRetryable);
  connection.close();
});

Deno.test("a request without answer times out, one given up leaves, and one on a closed connection fails", async () => {
  const broker = new ScriptedBroker().on("partitionMetadata", () => {});
  const connection = await open(broker);
  await assert.rejects(
    connection.request("partitionMetadata", { topic: "a" }, "ask", { timeoutMs: 5 }),
    RequestTimeoutError,
  );
  const abort = new AbortController();
  const given = connection.request("partitionMetadata", { topic: "a" }, "ask", { signal: abort.signal });
  abort.abort();
  await assert.rejects(given, ClosedError);
  await assert.rejects(
    connection.request("partitionMetadata", { topic: "a" }, "ask", { signal: abort.signal }),
    ClosedError,
  );
  const pending = connection.request("partitionMetadata", { topic: "a" }, "ask");
  broker.peers[0]!.close();
  await assert.rejects(pending, ConnectionClosedError);
  await assert.rejects(connection.request("partitionMetadata", { topic: "a" }, "ask"), ConnectionClosedError);
});

Deno.test("pings are answered", async () => {
  const broker = new ScriptedBroker();
  const connection = await open(broker);
  broker.peers[0]!.send("ping", {});
  await broker.peers[0]!.command("pong");
  connection.close();
});

Deno.test("a broker that falls silent is pinged, then given up", async () => {
  const broker = new ScriptedBroker();
  const connection = await open(broker, { keepAliveMs: 10 });
  const peer = broker.peers[0]!;
  await peer.command("ping", 3);
  assert.ok(connection.isOpen, "a broker that answers is kept");
  broker.on("ping", () => {});
  const detached = new Promise<Error>((resolve) => {
    connection.addProducer(1, { onReceipt() {}, onSendError() {}, onDetached: resolve });
  });
  assert.match((await detached).message, /has been silent for 0.02 s/);
  assert.ok(!connection.isOpen);
});

Deno.test("commands of the future are ignored, broken ones end the connection", async () => {
  const broker = new ScriptedBroker();
  const connection = await open(broker);
  const closed = new Promise<void>((resolve) => connection.onClose(resolve));
  broker.peers[0]!.sendBytes(new Uint8Array([0, 0, 0, 8, 0, 0, 0, 4, 8, 90, 0, 0]));
  broker.peers[0]!.send("ping", {});
  await broker.peers[0]!.command("pong");
  broker.peers[0]!.sendBytes(new Uint8Array([0x7f, 0, 0, 0]));
  await closed;
  let again = false;
  connection.onClose(() => again = true);
  assert.ok(again, "called at once when it is closed already");
});

Deno.test("large frames are read, and the outgrown buffers serve again", async () => {
  const broker = new ScriptedBroker();
  const connection = await open(broker);
  const answer = connection.request("getTopicsOfNamespace", { namespace: "n" }, "list");
  const { requestId } = await broker.peers[0]!.command("getTopicsOfNamespace");
  const topics = Array.from({ length: 20 }, (_, index) => `${index}`.padEnd(100_000, "x"));
  broker.peers[0]!.send("getTopicsOfNamespaceResponse", { requestId, topics });
  const { body } = await answer as { body: { topics: string[] } };
  assert.deepEqual(body.topics, topics);
  connection.close();
});
