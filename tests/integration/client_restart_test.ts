import assert from "node:assert/strict";
import type { Consumer, OutgoingEntry } from "../../lib/client/mod.ts";
import { bytes, eventually, newTopic, numbered, take, textOf, withClient } from "../support/client_stage.ts";
import { type RealBroker, startBroker } from "../support/real_broker.ts";
import { brokerUnavailable, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const broker: RealBroker | undefined = reason === undefined ? await startBroker() : undefined;
broker?.unref();

/** First arrivals, in the order in which they came, out of what comes until all `count` numbers are there. */
function firstArrivals(): { add(text: string): void; readonly order: number[] } {
  const seen = new Set<number>();
  const order: number[] = [];
  return {
    order,
    add(text) {
      const number = Number(text);
      if (!seen.has(number)) order.push(number);
      seen.add(number);
    },
  };
}

test("a broker that is killed under a stream loses nothing acknowledged, keeps the order, and stores once what it can", async () => {
  // The entries go to a namespace that drops what it has already, by the producer's name.
  const namespace = `public/${newTopic("crash")}`;
  await broker!.admin.createNamespace(namespace);
  await broker!.admin.setDeduplication(namespace, true);
  const topics = { messages: newTopic("killed"), entries: `persistent://${namespace}/t` };
  await broker!.admin.createTopic(topics.entries);
  // Keeps what the readers below have done with.
  await broker!.admin.createSubscription(topics.entries, "all");
  await withClient(broker!.serviceUrl, async (client) => {
    const total = 3000;
    const arrivals = { messages: firstArrivals(), entries: firstArrivals() };
    const read = async (kind: "messages" | "entries", consumer: Consumer): Promise<void> => {
      while (arrivals[kind].order.length < total) {
        const message = await consumer.receive(60_000);
        assert.ok(message !== undefined, `${kind}: ${arrivals[kind].order.length} came`);
        arrivals[kind].add(textOf(message));
        consumer.ack(message);
      }
    };
    const options = { subscription: "s", type: "failover" } as const;
    const consumers = {
      messages: await client.subscribe({ topic: topics.messages, ...options }),
      entries: await client.subscribe({ topic: topics.entries, ...options }),
    };
    const readers = [read("messages", consumers.messages), read("entries", consumers.entries)];

    const acknowledged = new Set<number>();
    const producer = await client.createProducer({ topic: topics.messages, batching: { messages: 20 } });
    const sendMessages = async (from: number, to: number): Promise<void> => {
      await Promise.all(
        numbered(to - from, from).map(async (payload) => {
          await producer.send({ payload: bytes(payload) });
          acknowledged.add(Number(payload));
        }),
      );
    };
    const receipts: number[] = [];
    let reconnects = 0;
    const entries = await client.createEntryProducer({
      topic: topics.entries,
      name: "stable",
      bodyCapacity: 100,
      maxInFlight: 50,
      createContext: () => ({ number: -1 }),
      onReceipt: ({ context }) => receipts.push(context.number),
      onReconnected: () => reconnects++,
    });
    const sendEntries = async (from: number, to: number): Promise<void> => {
      for (let number = from; number < to; number++) {
        let entry: OutgoingEntry<{ number: number }> | undefined;
        while ((entry = entries.take()) === undefined) await entries.room();
        const body = bytes(`${number}`);
        entry.body.buffer.set(body, entry.body.start);
        entry.context.number = number;
        entries.send(entry, entry.body.start + body.length, 1, false);
      }
    };

    await Promise.all([sendMessages(0, 1000), sendEntries(0, 1000)]);
    const rest = Promise.all([sendMessages(1000, total), sendEntries(1000, total)]);
    await eventually(() => Promise.resolve(receipts.length), (count) => count > 1000);
    await broker!.kill();
    await broker!.restart();
    await rest;
    await entries.flush();

    assert.deepEqual(receipts, numbered(total).map(Number), "every entry is acknowledged once, in order");
    assert.equal(acknowledged.size, total);
    assert.equal(reconnects, 1);
    await Promise.all(readers);
    for (const kind of ["messages", "entries"] as const) {
      assert.deepEqual(
        arrivals[kind].order,
        numbered(total).map(Number),
        `${kind} are complete and in order`,
      );
    }
    const again = await client.subscribe({
      topic: topics.entries,
      subscription: "all",
      initialPosition: "earliest",
    });
    assert.deepEqual(await take(again, total), numbered(total), "deduplication stored each once");
    assert.equal(await again.receive(500), undefined);
  }, { backoff: { maxMs: 500 }, operationTimeoutMs: 15_000 });
});

test("a topic that is unloaded under a stream comes back, with nothing lost", async () => {
  const topic = newTopic("unloaded");
  const troubles: string[] = [];
  await withClient(broker!.serviceUrl, async (client) => {
    const consumer = await client.subscribe({ topic, subscription: "s" });
    const producer = await client.createProducer({
      topic,
      batching: { messages: 10 },
      onTrouble: (error) => troubles.push(error.message),
    });
    const total = 500;
    const arrivals = firstArrivals();
    for (let from = 0; from < total; from += 100) {
      const sent = Promise.all(
        numbered(100, from).map((payload) => producer.send({ payload: bytes(payload) })),
      );
      if (from > 0) await broker!.admin.unload(topic);
      await sent;
    }
    while (arrivals.order.length < total) {
      const message = (await consumer.receive(20_000))!;
      arrivals.add(textOf(message));
      consumer.ack(message);
    }
    assert.deepEqual(arrivals.order, numbered(total).map(Number));
    assert.ok(troubles.length > 0);
  });
});
