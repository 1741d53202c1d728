/** The whole client against the embedded broker, over loopback TCP, with the faults that networks have. */
import assert from "node:assert/strict";
import { EmbeddedBroker } from "../broker/mod.ts";
import type { BrokerOptions } from "../broker/options.ts";
import { networkConnect } from "../transport/connect.ts";
import { tokenAuthentication } from "./connection/authentication.ts";
import { Admin } from "./admin.ts";
import { type ClientOptions, PulsarClient } from "./client.ts";
import type { Consumer, Message } from "./messages/consumer.ts";
import { ClosedError, InvalidNameError } from "./errors.ts";
import { MessageId } from "./entry/message_id.ts";
import { bytes, eventually, QUICK, ScriptedBroker, text } from "./client_test_support.ts";

async function withBroker(
  run: (client: PulsarClient, broker: EmbeddedBroker) => Promise<void>,
  options: BrokerOptions = {},
  clientOptions: Partial<ClientOptions> = {},
): Promise<void> {
  const broker = await EmbeddedBroker.start(options);
  const client = connect(broker, clientOptions);
  try {
    await run(client, broker);
  } finally {
    await client.close();
    await broker.stop();
  }
}

function connect(broker: EmbeddedBroker, options: Partial<ClientOptions> = {}): PulsarClient {
  return new PulsarClient({
    serviceUrl: broker.serviceUrl,
    connect: networkConnect(),
    operationTimeoutMs: 5000,
    backoff: QUICK,
    ...options,
  });
}

async function take(consumer: Consumer, count: number, each = (_: Message): void => {}): Promise<string[]> {
  const got: string[] = [];
  while (got.length < count) {
    const message = await consumer.receive();
    got.push(text(message.payload));
    each(message);
  }
  return got;
}

const ENTRIES = { subscription: "s", type: 1, onEntry: () => {} };

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `${from + index}`);

Deno.test("messages go through in order, whatever the compression and batching", async () => {
  await withBroker(async (client) => {
    const payloads = numbered(500);
    for (const compression of ["none", "lz4", "zlib", "zstd", "snappy"] as const) {
      for (const batching of [false, {}] as const) {
        const topic = `${compression}-${batching !== false}`;
        const consumer = await client.subscribe({ topic, subscription: "s" });
        const producer = await client.createProducer({ topic, compression, batching });
        const sent = Promise.all(payloads.map((payload) => producer.send({ payload: bytes(payload) })));
        assert.deepEqual(await take(consumer, payloads.length, (message) => consumer.ack(message)), payloads);
        assert.equal((await sent).length, payloads.length);
        await Promise.all([producer.close(), consumer.close()]);
      }
    }
  });
});

Deno.test("connecting, looking up and creating are timed, and nothing else", async () => {
  const timed: string[] = [];
  const onTiming: ClientOptions["onTiming"] = (step, micros) => {
    assert.ok(micros > 0 && micros < 60e6, `${step} took ${micros} µs`);
    timed.push(step);
  };
  await withBroker(
    async (client, broker) => {
      const consumer = await client.subscribe({ topic: "t", subscription: "s" });
      const producer = await client.createProducer({ topic: "t" });
      for (const payload of numbered(10)) await producer.send({ payload: bytes(payload) });
      await take(consumer, 10);
      // One connection for both, whose address is the service URL's.
      assert.deepEqual(timed, ["connect", "lookup", "create", "lookup", "create"]);
      await broker.hooks.dropConnections();
      await producer.send({ payload: bytes("again") });
      await take(consumer, 1);
      assert.deepEqual(timed.slice(5).sort(), ["connect", "create", "create", "lookup", "lookup"]);
    },
    {},
    { onTiming },
  );
});

Deno.test("what is refused has no time", async () => {
  const timed: string[] = [];
  await withBroker(
    async (client, broker) => {
      await broker.hooks.failNext("lookup", "AuthorizationError");
      await assert.rejects(client.createEntryConsumer({ ...ENTRIES, topic: "t" }), /AuthorizationError/);
      await broker.hooks.failNext("subscribe", "AuthorizationError");
      await assert.rejects(client.createEntryConsumer({ ...ENTRIES, topic: "t" }), /AuthorizationError/);
      assert.deepEqual(timed, ["connect", "lookup"]);
    },
    {},
    { onTiming: (step) => timed.push(step) },
  );
});

Deno.test("connections dropped again and again lose and reorder nothing that deduplication keeps once", async () => {
  await withBroker(async (client, broker) => {
    const consumer = await client.subscribe({ topic: "t", subscription: "s", type: "failover" });
    const producer = await client.createProducer({ topic: "t", name: "p", batching: { messages: 7 } });
    const payloads = numbered(2000);
    const sending = (async () => {
      for (let at = 0; at < payloads.length; at += 100) {
        await Promise.all(
          payloads.slice(at, at + 100).map((payload) => producer.send({ payload: bytes(payload) })),
        );
        if (at % 400 === 0) await broker.hooks.dropConnections();
      }
    })();
    const seen: string[] = [];
    const known = new Set<string>();
    while (seen.length < payloads.length) {
      const message = await consumer.receive();
      consumer.ack(message);
      const payload = text(message.payload);
      // What was not acknowledged when the connection went comes again.
      if (!known.has(payload)) seen.push(payload);
      known.add(payload);
    }
    assert.deepEqual(seen, payloads);
    await sending;
    assert.equal((await broker.stats("t")).msgInCounter, payloads.length);
  }, { deduplication: true });
});

Deno.test("a receipt that never comes holds back the rest until the connection is made anew", async () => {
  await withBroker(async (client, broker) => {
    const producer = await client.createProducer({ topic: "t", name: "p", batching: false });
    await broker.hooks.forgetReceipts({ times: 1 });
    const sent = numbered(3).map((payload) => producer.send({ payload: bytes(payload) }));
    const ids = await Promise.all(sent);
    assert.deepEqual(ids, [undefined, undefined, undefined], "the broker had them already");
    assert.equal((await broker.stats("t")).msgInCounter, 3);
  }, { deduplication: true });
});

Deno.test("errors of the broker that pass are outlived, in every request", async () => {
  await withBroker(async (client, broker) => {
    for (const request of ["partitionMetadata", "lookup", "producer", "subscribe", "seek"] as const) {
      await broker.hooks.failNext(request, "ServiceNotReady", { times: 2 });
    }
    await broker.hooks.failNext("send", "PersistenceError", { times: 2 });
    const consumer = await client.subscribe({ topic: "t", subscription: "s" });
    const producer = await client.createProducer({ topic: "t" });
    await producer.send({ payload: bytes("a") });
    await consumer.seek(MessageId.earliest);
    assert.deepEqual(await take(consumer, 1), ["a"]);
  });
});

Deno.test("a damaged delivery is refused and the next one handed over", async () => {
  await withBroker(async (client, broker) => {
    const corrupt: string[] = [];
    const consumer = await client.subscribe({
      topic: "t",
      subscription: "s",
      onCorrupt: (reason) => corrupt.push(reason),
    });
    const producer = await client.createProducer({ topic: "t", batching: false });
    await broker.hooks.corruptDeliveries({ times: 1 });
    for (const payload of ["damaged", "whole"]) await producer.send({ payload: bytes(payload) });
    assert.deepEqual(await take(consumer, 1, (message) => consumer.ack(message)), ["whole"]);
    assert.deepEqual(corrupt, ["ChecksumMismatch"]);
    consumer.flushAcks();
    await eventually(async () => (await broker.stats("t")).subscriptions["s"]!.msgBacklog === 0);
  });
});

Deno.test("a broker that stops reading only slows the producer down", async () => {
  await withBroker(async (client, broker) => {
    const producer = await client.createProducer({ topic: "t", maxInFlight: 2, batching: { messages: 10 } });
    await producer.send({ payload: bytes("first") });
    await broker.hooks.stallReads(50);
    await Promise.all(numbered(500).map((payload) => producer.send({ payload: bytes(payload) })));
    assert.equal((await broker.stats("t")).msgInCounter, 501);
  });
});

Deno.test("redelivery brings back what was refused, with its count", async () => {
  await withBroker(async (client) => {
    const consumer = await client.subscribe({
      topic: "t",
      subscription: "s",
      type: "shared",
      nackDelayMs: 5,
    });
    const producer = await client.createProducer({ topic: "t", batching: false });
    for (const payload of ["a", "b"]) await producer.send({ payload: bytes(payload) });
    const first = await consumer.receive();
    consumer.nack(first);
    consumer.ack(await consumer.receive());
    const again = await consumer.receive();
    assert.equal(text(again.payload), "a");
    assert.equal(again.redeliveryCount, 1);
  });
});

Deno.test("batch-index acknowledgements survive the consumer", async () => {
  await withBroker(async (client) => {
    const options = { topic: "t", subscription: "s", type: "shared", batchIndexAck: true } as const;
    const consumer = await client.subscribe(options);
    const producer = await client.createProducer({ topic: "t" });
    await Promise.all(numbered(10).map((payload) => producer.send({ payload: bytes(payload) })));
    await take(consumer, 10, (message) => {
      if (Number(text(message.payload)) % 2 === 0) consumer.ack(message);
    });
    await consumer.close();
    const next = await client.subscribe(options);
    assert.deepEqual(await take(next, 5, (message) => next.ack(message)), ["1", "3", "5", "7", "9"]);
    await next.close();
    const last = await client.subscribe(options);
    assert.equal(await last.receive(20), undefined);
  });
});

Deno.test("a subscription moves to any place and goes on from there", async () => {
  await withBroker(async (client) => {
    const consumer = await client.subscribe({ topic: "t", subscription: "s" });
    const producer = await client.createProducer({ topic: "t", batching: false });
    const ids: MessageId[] = [];
    for (const payload of numbered(10)) ids.push((await producer.send({ payload: bytes(payload) }))!);
    await take(consumer, 10, (message) => consumer.ack(message));
    await consumer.seek(ids[7]!);
    assert.deepEqual(await take(consumer, 3), ["7", "8", "9"]);
    await consumer.seek(MessageId.earliest);
    assert.deepEqual(await take(consumer, 2), ["0", "1"]);
    await consumer.seek(MessageId.latest);
    await producer.send({ payload: bytes("new") });
    assert.deepEqual(await take(consumer, 1), ["new"]);
    await consumer.seek({ publishTimeMs: 0 });
    assert.deepEqual(await take(consumer, 1), ["0"]);
  });
});

Deno.test("partitioned topics are spread over and read from all partitions", async () => {
  await withBroker(async (client, broker) => {
    await broker.createPartitionedTopic("t", 4);
    assert.equal(await client.partitions("t"), 4);
    const consumer = await client.subscribe({ topic: "t", subscription: "s" });
    const producer = await client.createProducer({ topic: "t", batching: { messages: 5 } });
    const payloads = numbered(100);
    await Promise.all(payloads.map((payload) => producer.send({ payload: bytes(payload) })));
    const partitions = new Set<number>();
    const got = await take(consumer, 100, (message) => {
      partitions.add(message.id.partition);
      consumer.ack(message);
    });
    assert.deepEqual(got.map(Number).sort((a, b) => a - b), payloads.map(Number));
    assert.equal(partitions.size, 4);
    const stats = await new Admin({ url: broker.adminUrl }).stats("t");
    assert.equal(stats.msgInCounter, 100);
  });
});

Deno.test("the admin client speaks to the embedded broker's interface", async () => {
  await withBroker(async (_, broker) => {
    const admin = new Admin({ url: broker.adminUrl });
    await admin.ensurePartitions("t", 2);
    await admin.ensurePartitions("t", 3);
    assert.equal(await admin.partitions("t"), 3);
    await assert.rejects(admin.ensurePartitions("t", 2), /cannot be removed/);
    await admin.createSubscription("t", "s", "earliest");
    assert.deepEqual(await admin.subscriptions("t"), ["s"]);
    await admin.deleteTopic("t");
    assert.equal(await admin.partitions("t"), 0);
    await admin.deleteTopic("t");
  });
});

Deno.test("a topic that is sealed ends its producers and tells its consumers", async () => {
  await withBroker(async (client, broker) => {
    const consumer = await client.subscribe({ topic: "t", subscription: "s" });
    const producer = await client.createProducer({ topic: "t" });
    await producer.send({ payload: bytes("last") });
    await broker.terminate("t");
    await assert.rejects(producer.send({ payload: bytes("too late") }), /TopicTerminatedError/);
    await take(consumer, 1, (message) => consumer.ack(message));
    consumer.flushAcks();
    await eventually(() => consumer.isAtEnd);
  });
});

Deno.test("tokens open the door, others are told", async () => {
  const token = (value: string) => ({ authentication: tokenAuthentication(() => Promise.resolve(value)) });
  await withBroker(
    async (client, broker) => {
      assert.equal(await client.partitions("t"), 0);
      for (const options of [token("wrong"), {}]) {
        const stranger = connect(broker, options);
        await assert.rejects(stranger.partitions("t"), /connect to 127.0.0.1:\d+: AuthenticationError/);
        await stranger.close();
      }
    },
    { tokens: ["right"] },
    token("right"),
  );
});

Deno.test("lookups that point to a proxy or elsewhere are followed", async () => {
  await withBroker(async (client, broker) => {
    await broker.hooks.answerLookup("redirect", broker.serviceUrl, { times: 3, authoritative: true });
    const producer = await client.createProducer({ topic: "a" });
    await producer.send({ payload: bytes("x") });
    await broker.hooks.answerLookup("connect", broker.serviceUrl, { proxy: true });
    const other = await client.createProducer({ topic: "b" });
    await other.send({ payload: bytes("x") });
    assert.equal((await broker.brokerStats()).connections, 2);
  });
});

Deno.test("producers and consumers that the broker sends away come back", async () => {
  await withBroker(async (client, broker) => {
    const consumer = await client.subscribe({ topic: "t", subscription: "s" });
    const producer = await client.createProducer({ topic: "t" });
    assert.equal(await broker.hooks.closeProducers(), 1);
    assert.equal(await broker.hooks.closeConsumers({ assignedUrl: broker.serviceUrl }), 1);
    await producer.send({ payload: bytes("a") });
    assert.deepEqual(await take(consumer, 1), ["a"]);
  });
});

Deno.test("nobody who is at home is reported at once, with the address", async () => {
  const broker = await EmbeddedBroker.start();
  const { serviceUrl } = broker;
  await broker.stop();
  const client = new PulsarClient({ serviceUrl, connect: networkConnect() });
  await assert.rejects(
    client.createProducer({ topic: "t" }),
    /cannot connect to "127.0.0.1:\d+": connection refused; nothing listens there/,
  );
  await client.close();
});

Deno.test("the admin port is told apart from the broker's", async () => {
  await withBroker(async (_, broker) => {
    const { port } = new URL(broker.adminUrl);
    const client = new PulsarClient({ serviceUrl: `pulsar://127.0.0.1:${port}`, connect: networkConnect() });
    await assert.rejects(client.createProducer({ topic: "t" }), (error) => {
      assert.match(
        (error as Error).message,
        /^127\.0\.0\.1:\d+ (answers with HTTP|closed the connection during)/,
      );
      return true;
    });
    await client.close();
  });
});

Deno.test("a client closes what it made, once, and forgets what was closed before", async () => {
  const broker = new ScriptedBroker();
  const client = broker.client();
  const early = await client.createProducer({ topic: "t" });
  await early.close();
  await client.createProducer({ topic: "t" });
  await client.createEntryProducer({ topic: "t", bodyCapacity: 10, onReceipt() {} });
  await client.subscribe({ topic: "t", subscription: "s" });
  await client.createEntryConsumer({ topic: "t", subscription: "s", type: 0, onEntry() {} });
  await Promise.all([client.close(), client.close()]);
  const peer = broker.peers[0]!;
  assert.equal(peer.count("closeProducer"), 3);
  assert.equal(peer.count("closeConsumer"), 2);
  await peer.until(() => peer.isClosed);
  await assert.rejects(client.partitions("t"), ClosedError);
});

Deno.test("closing a client ends what it is about to make", async () => {
  for (const silentOn of ["connect", "lookup", "producer", "partitionMetadata"] as const) {
    const broker = new ScriptedBroker().on(silentOn, () => {});
    const client = broker.client();
    const making = client.createProducer({ topic: "t" });
    await (await broker.peer()).command(silentOn);
    await Promise.all([assert.rejects(making), client.close()]);
  }
});

Deno.test("names that cannot be are refused before anything is dialled", async () => {
  const broker = new ScriptedBroker();
  assert.throws(() => broker.client({ serviceUrl: "http://x" }), InvalidNameError);
  const client = broker.client();
  await assert.rejects(client.createProducer({ topic: "a/b" }), InvalidNameError);
  assert.throws(() => client.createEntryConsumer({ topic: "a/b", subscription: "s", type: 0, onEntry() {} }));
  assert.equal(broker.peers.length, 0);
  await client.close();
});
