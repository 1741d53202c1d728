/** Handshake, keep-alive, discovery, and what happens on a connection as such. */
import assert from "node:assert/strict";
import { networkConnect } from "../../transport/connect.ts";
import { fixture } from "../../transport/transport_test_support.ts";
import { loadTls } from "../../transport/tls_files.ts";
import { encodeCommand } from "../../wire/command.ts";
import { serverErrorName } from "../../wire/enums.ts";
import { EmbeddedBroker } from "../embedded_broker.ts";
import { ProtoWriter } from "../../wire/protobuf.ts";
import { concat, errorOf, plain, sendFrame, TestClient, withBroker } from "../broker_test_support.ts";

Deno.test(
  "the handshake settles on the lower protocol version and names limit and kind of broker",
  withBroker(() => new EmbeddedBroker({ maxMessageSize: 100_000 }), async (broker) => {
    for (const [offered, agreed] of [[12, 12], [99, 20]]) {
      const client = await TestClient.open(broker);
      client.send("connect", { clientVersion: "x", protocolVersion: offered! });
      const connected = await client.take("connected");
      assert.equal(connected.protocolVersion, agreed);
      assert.equal(connected.maxMessageSize, 100_000);
      assert.match(connected.serverVersion, /embedded/);
      await client.close();
    }
  }),
);

Deno.test(
  "any command before the handshake ends the connection",
  withBroker(plain, async (broker) => {
    const client = await TestClient.open(broker);
    client.send("ping", {});
    await client.closed();
    assert.deepEqual(client.waiting, []);
  }),
);

Deno.test(
  "with tokens, only a known one gets in; the others get AuthenticationError and are hung up on",
  withBroker(() => new EmbeddedBroker({ tokens: ["right"] }), async (broker) => {
    const welcome = await TestClient.connect(broker, { token: "right" });
    await welcome.settle();
    await welcome.close();
    for (const token of ["wrong", undefined]) {
      const client = await TestClient.open(broker);
      const credentials = token === undefined
        ? {}
        : { authMethodName: "token", authData: new TextEncoder().encode(token) };
      client.send("connect", { clientVersion: "x", protocolVersion: 20, ...credentials });
      const { requestId, error } = await client.take("error");
      // Brokers answer CONNECT with this number, which no request has.
      assert.deepEqual([BigInt(requestId), serverErrorName(error)], [2n ** 64n - 1n, "AuthenticationError"]);
      await client.closed();
    }
  }),
);

Deno.test(
  "a challenged client stays with a valid token and loses its connection with another",
  withBroker(() => new EmbeddedBroker({ tokens: ["right"] }), async (broker) => {
    const client = await TestClient.connect(broker, { token: "right" });
    const respond = (token: string): void => {
      const response = { authMethodName: "token", authData: new TextEncoder().encode(token) };
      client.send("authResponse", { clientVersion: "x", response });
    };
    assert.equal(await broker.hooks.sendCommand("authChallenge", { protocolVersion: 20 }), 1);
    await client.take("authChallenge");
    respond("right");
    await client.settle();
    respond("expired");
    assert.equal(serverErrorName((await client.take("error")).error), "AuthenticationError");
    await client.closed();
  }),
);

Deno.test(
  "a silent client is pinged, and hung up on when it stays silent; one that answers is kept",
  withBroker(() => new EmbeddedBroker({ keepAliveMs: 100 }), async (broker) => {
    const silent = await TestClient.connect(broker);
    const lively = await TestClient.connect(broker);
    const answering = (async () => {
      for (let count = 0; count < 5; count++) {
        await lively.take("ping");
        lively.send("pong", {});
      }
    })();
    await silent.take("ping");
    await silent.closed();
    await answering;
    await lively.settle();
    await lively.close();
  }),
);

Deno.test(
  "a client that never introduces itself is hung up on",
  withBroker(() => new EmbeddedBroker({ keepAliveMs: 50 }), async (broker) => {
    const client = await TestClient.open(broker);
    await client.closed();
    assert.deepEqual(client.waiting, []);
  }),
);

Deno.test(
  "bytes that are no frame end the connection and nothing else",
  withBroker(plain, async (broker) => {
    const healthy = await TestClient.connect(broker);
    for (const garbage of ["GET / HTTP/1.1\r\n\r\n", "\0\0\0\x02ab", "\0\0\0\x08\0\0\0\x20abcd"]) {
      const client = await TestClient.open(broker);
      client.write(Uint8Array.from(garbage, (char) => char.charCodeAt(0)));
      await client.closed();
    }
    await healthy.settle();
    await healthy.close();
  }),
);

Deno.test(
  "every request the broker does not know is refused with its id",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    // Transactions, topic watchers, what newer clients have, and what nobody has yet; field 2 stands for their contents.
    for (const number of [41, 50, 52, 54, 56, 58, 60, 62, 64, 67, 69, 70, 81, 127, 300]) {
      const body = new ProtoWriter().key(2, 2).lengthPrefixed(Uint8Array.of(1, 2)).key(1, 0).uint32(
        number + 1000,
      );
      client.write(frameOf(number, body));
      const { requestId, error, message } = await client.take("error");
      assert.equal(requestId, number + 1000);
      assert.equal(serverErrorName(error), "NotAllowedError");
      assert.match(message, new RegExp(`does not know command ${number}:`));
    }
    await client.settle();
    await client.close();
  }),
);

Deno.test(
  "an unknown command without a request id is passed over",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    client.write(frameOf(62, new ProtoWriter()));
    client.write(frameOf(62, new ProtoWriter().key(1, 2).lengthPrefixed(Uint8Array.of(7))));
    await client.settle();
    assert.deepEqual(client.waiting, []);
    await client.close();
  }),
);

Deno.test(
  "a SEND for a producer that is gone is passed over",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.request("closeProducer", { producerId: 1 });
    client.publish({ texts: ["late"], sequenceId: 0 });
    await client.settle();
    assert.equal((await broker.stats("t")).msgInCounter, 0);
    await client.close();
  }),
);

Deno.test("lookups name the broker itself, over TCP", async () => {
  const broker = await EmbeddedBroker.start();
  const client = await TestClient.connect(broker.serviceUrl);
  const { body } = await client.request("lookup", { topic: "t" });
  assert.equal((body as { brokerServiceUrl?: string }).brokerServiceUrl, broker.serviceUrl);
  assert.equal((body as { response?: number }).response, 1);
  assert.match(broker.serviceUrl, /^pulsar:\/\/127\.0\.0\.1:\d+$/);
  await client.close();
  await broker.stop();
});

Deno.test(
  "a broker that listens on every interface asks clients to stay at the address they have",
  withBroker(() => new EmbeddedBroker({ host: "0.0.0.0" }), async (broker) => {
    const client = await TestClient.connect(broker);
    const { body } = await client.request("lookup", { topic: "t" });
    assert.equal((body as { proxyThroughServiceUrl?: boolean }).proxyThroughServiceUrl, true);
    await client.close();
  }),
);

Deno.test("with a certificate the broker speaks TLS, and lookups say so", async () => {
  const cert = await Deno.readTextFile(fixture("server.pem"));
  const key = await Deno.readTextFile(fixture("server-key.pem"));
  const broker = await EmbeddedBroker.start({ tls: { cert, key } });
  const { port } = new URL(broker.serviceUrl);
  const connect = networkConnect({ tls: await loadTls({ caFile: fixture("ca.pem") }) });
  const client = new TestClient(await connect({ host: "127.0.0.1", port: Number(port), tls: true }));
  await client.handshake();
  const { body } = await client.request("lookup", { topic: "t" });
  assert.equal(
    (body as { brokerServiceUrlTls?: string }).brokerServiceUrlTls,
    `pulsar+ssl://127.0.0.1:${port}`,
  );
  await client.close();
  await broker.stop();
});

Deno.test(
  "names that are no topic names, and non-persistent ones, are refused wherever they appear",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const cases = [["persistent://a/b", "InvalidTopicName"], ["non-persistent://a/b/c", "NotAllowedError"]];
    for (const [topic, code] of cases) {
      assert.equal(errorOf(await client.request("lookup", { topic: topic! })), code);
      assert.equal(errorOf(await client.request("partitionMetadata", { topic: topic! })), code);
      assert.equal(errorOf(await client.producer(topic!)), code);
      assert.equal(errorOf(await client.subscribe(topic!, "s", {}, 0)), code);
    }
    await client.close();
  }),
);

Deno.test(
  "partitions: none by default, as many as were created, or as many as first use makes",
  async () => {
    const ask = async (broker: EmbeddedBroker, topic: string): Promise<unknown> => {
      const client = await TestClient.connect(broker);
      const { body } = await client.request("partitionMetadata", { topic });
      await client.close();
      return (body as { partitions?: number }).partitions;
    };
    const none = new EmbeddedBroker();
    assert.equal(await ask(none, "t"), 0);
    await none.createPartitionedTopic("p", 3);
    assert.equal(await ask(none, "persistent://public/default/p"), 3);
    await none.createPartitionedTopic("p", 5);
    assert.equal(await ask(none, "p"), 5);
    await assert.rejects(none.createPartitionedTopic("p", 4), /cannot become fewer/);
    await none.stop();
    const some = new EmbeddedBroker({ defaultPartitions: 2 });
    assert.equal(await ask(some, "t"), 2);
    assert.equal(await ask(some, "t-partition-1"), 0);
    await some.stop();
  },
);

Deno.test(
  "a partitioned topic is used by its partitions only, and only by those it has",
  withBroker(plain, async (broker) => {
    await broker.createPartitionedTopic("p", 2);
    const client = await TestClient.connect(broker);
    assert.equal(errorOf(await client.producer("p")), "NotAllowedError");
    assert.equal(errorOf(await client.producer("p-partition-2")), "TopicNotFound");
    await client.producer("p-partition-1");
    await client.subscribe("p-partition-1", "s");
    await client.publishAll(["a"]);
    assert.equal((await client.delivery()).body.messageId.partition, 1);
    await client.close();
  }),
);

Deno.test(
  "without auto-creation unknown topics are TopicNotFound, known ones work",
  withBroker(() => new EmbeddedBroker({ autoCreateTopics: false }), async (broker) => {
    const client = await TestClient.connect(broker);
    assert.equal(errorOf(await client.producer("t")), "TopicNotFound");
    assert.equal(errorOf(await client.subscribe("t", "s", {}, 0)), "TopicNotFound");
    assert.equal(errorOf(await client.request("partitionMetadata", { topic: "t" })), "TopicNotFound");
    await broker.createTopic("t");
    assert.equal((await client.producer("t")).name, "producerSuccess");
    await client.close();
  }),
);

Deno.test(
  "a subscriber that must not create a topic gets TopicNotFound",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    assert.equal(
      errorOf(await client.subscribe("t", "s", { forceTopicCreation: false }, 0)),
      "TopicNotFound",
    );
    await client.close();
  }),
);

Deno.test(
  "the topics of a namespace are its own, partitions included",
  withBroker(plain, async (broker) => {
    await broker.createTopic("a");
    await broker.createTopic("other/ns/b");
    await broker.createPartitionedTopic("p", 2);
    const client = await TestClient.connect(broker);
    const { body } = await client.request("getTopicsOfNamespace", { namespace: "public/default" });
    assert.deepEqual((body as { topics?: string[] }).topics?.toSorted(), [
      "persistent://public/default/a",
      "persistent://public/default/p-partition-0",
      "persistent://public/default/p-partition-1",
    ]);
    await client.close();
  }),
);

Deno.test(
  "repeating a PRODUCER or SUBSCRIBE with the same id is answered with success again",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    assert.equal((await client.producer("t", { producerName: "n" })).name, "producerSuccess");
    assert.equal((await client.producer("t", { producerName: "n" })).name, "producerSuccess");
    assert.equal((await client.subscribe("t", "s")).name, "success");
    assert.equal((await client.subscribe("t", "s")).name, "success");
    assert.equal((await broker.stats("t")).publishers.length, 1);
    await client.close();
  }),
);

Deno.test(
  "in mode null entries are acknowledged and forgotten, however their bytes arrive",
  withBroker(() => new EmbeddedBroker({ mode: "null" }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    const frames: Uint8Array[] = [];
    const sizes = [10, 1000, 300_000, 5, 700_000, 20];
    sizes.forEach((size, index) => frames.push(sendFrame({ texts: ["x".repeat(size)], sequenceId: index })));
    frames.push(sendFrame({ texts: ["a", "b", "c"], sequenceId: 6 }), encodeCommand("ping", {}));
    const bytes = concat(frames);
    // Pieces of lengths that fall on every kind of boundary.
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7 + 3) % 50_021) {
      client.write(bytes.slice(at, at + size));
    }
    for (let index = 0; index < 7; index++) {
      const receipt = await client.take("sendReceipt");
      assert.deepEqual([receipt.sequenceId, receipt.messageId?.entryId], [index, index]);
    }
    await client.take("pong");
    const stats = await broker.stats("t");
    assert.equal(stats.msgInCounter, 9);
    assert.equal(stats.storageSize, 0);
    await client.close();
  }),
);

Deno.test(
  "in mode null a consumer may subscribe and gets nothing",
  withBroker(() => new EmbeddedBroker({ mode: "null" }), async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    await client.publishAll(["a", "b"]);
    client.send("flow", { consumerId: 1, messagePermits: 10 });
    await client.settle();
    assert.deepEqual(client.waiting, []);
    assert.equal((await broker.stats("t")).subscriptions["s"]!.msgBacklog, 0);
    await client.close();
  }),
);

Deno.test("options that cannot be are refused by name", () => {
  const cases: [object, RegExp][] = [
    [{ mode: "disk" }, /mode: 'disk'/],
    [{ port: 70_000 }, /port: '70000'/],
    [{ maxBacklogBytes: 1000 }, /maxBacklogBytes: '1000'/],
    [{ maxMessageSize: 1.5 }, /maxMessageSize: '1.5'/],
    [{ keepAliveMs: 0 }, /keepAliveMs: '0'/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => new EmbeddedBroker(options), (error: Error) => {
      assert.ok(error instanceof RangeError);
      assert.match(error.message, message);
      return true;
    });
  }
});

/** A frame with a command of any number. */
function frameOf(number: number, body: ProtoWriter): Uint8Array {
  const command = new ProtoWriter().key(1, 0).uint32(number).key(number, 2).lengthPrefixed(body.finish())
    .finish();
  const frame = new Uint8Array(8 + command.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 4 + command.length);
  view.setUint32(4, command.length);
  frame.set(command, 8);
  return frame;
}
