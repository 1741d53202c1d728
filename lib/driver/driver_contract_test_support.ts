/** What the load engine expects of every client, said as tests against the embedded broker. */
import assert from "node:assert/strict";
import { EmbeddedBroker } from "../broker/embedded_broker.ts";
import {
  encodeProperties,
  errorCode,
  MessageTooLargeError,
  networkConnect,
  type OutgoingEntry,
  PulsarClient,
  type ReceivedEntry,
} from "../client/mod.ts";
import { COMPRESSION_NAMES, type CompressionName, SubType } from "../wire/enums.ts";
import type { Driver, DriverConsumer, DriverConsumerOptions, DriverProducer } from "./driver.ts";

/** Upper bound of every wait, ms: for a machine that has much else to do. */
const LONG_MS = 20_000;

interface Note {
  text: string;
}

/** A producer, and what it told. */
class Sending {
  producer!: DriverProducer<Note>;
  readonly receipts: string[] = [];
  readonly lost: string[] = [];
  readonly failures: string[] = [];
  troubles = 0;
  reconnects = 0;

  static async on(driver: Driver, options: { maxInFlight?: number; compression?: CompressionName } = {}) {
    const sending = new Sending();
    sending.producer = await driver.createEntryProducer<Note>({
      topic: "t",
      bodyCapacity: 4096,
      maxInFlight: 64,
      createContext: () => ({ text: "" }),
      onReceipt: ({ context }) => sending.receipts.push(context.text),
      onFailed: (error, entries) => {
        sending.failures.push(errorCode(error));
        sending.lost.push(...entries.map(({ context }) => context.text));
      },
      onTrouble: () => sending.troubles++,
      onReconnected: () => sending.reconnects++,
      ...options,
    });
    return sending;
  }

  take(): OutgoingEntry<Note> {
    const entry = this.producer.take();
    assert.ok(entry !== undefined, "the window is full");
    return entry;
  }

  send(text: string): void {
    const entry = this.take();
    const bytes = new TextEncoder().encode(text);
    entry.body.buffer.set(bytes, entry.body.start);
    entry.context.text = text;
    this.producer.send(entry, entry.body.start + bytes.length, 1, false);
  }

  /** As the engine does: waits for room when there is none. */
  async sendAll(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.producer.room();
      this.send(text);
    }
    await this.producer.flush();
  }
}

/** A consumer that acknowledges what it gets, and gives permits back, unless told otherwise. */
class Receiving {
  consumer!: DriverConsumer;
  readonly got: string[] = [];
  readonly ids: string[] = [];
  redeliveries: number[] = [];
  troubles = 0;
  resets = 0;
  reconnects = 0;
  acks: (text: string) => boolean = () => true;
  returns = true;

  static async on(driver: Driver, options: Partial<DriverConsumerOptions> = {}): Promise<Receiving> {
    const receiving = new Receiving();
    receiving.consumer = await driver.createEntryConsumer({
      topic: "t",
      subscription: "s",
      type: SubType.shared,
      initialPosition: 1,
      receiverQueue: 100,
      onEntry: (entry) => receiving.#take(entry),
      onTrouble: () => receiving.troubles++,
      onReset: () => receiving.resets++,
      onReconnected: () => receiving.reconnects++,
      ...options,
    });
    return receiving;
  }

  #take(entry: ReceivedEntry): void {
    const { ledgerId, entryId, body, bodyStart, bodyEnd, count, permits, isBatch, view } = entry;
    assert.deepEqual([count, permits, isBatch], [1, 1, false]);
    assert.ok(view.publishTime > 1_600_000_000_000, `published at ${view.publishTime}`);
    const text = new TextDecoder().decode(body.subarray(bodyStart, bodyEnd));
    this.got.push(text);
    this.ids.push(`${ledgerId}:${entryId}`);
    this.redeliveries.push(entry.redeliveryCount);
    if (this.acks(text)) this.consumer.ack(ledgerId, entryId);
    if (this.returns) this.consumer.returnPermits(permits);
  }

  async has(count: number): Promise<void> {
    await until(() => this.got.length >= count, () => `${this.got.length} of ${count} messages`);
  }
}

async function until(holds: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const deadline = performance.now() + LONG_MS;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`still only ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const numbered = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, index) => `m${from + index}`);

/** Long enough for anything on its way to arrive: what has not come by then was not sent. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

export interface ContractSubject {
  readonly name: string;
  /** Why it cannot be tested here. */
  readonly skipped?: string | undefined;
  /** Whether it has subscriptions that are not durable. */
  readonly hasReaders?: boolean;
  connect(serviceUrl: string): Promise<Driver>;
}

/** Registers the contract's tests for a driver. */
export function testContract({ name, skipped, hasReaders = false, connect }: ContractSubject): void {
  if (skipped !== undefined) {
    Deno.test({ name: `${name}: all of the contract (skipped: ${skipped})`, ignore: true, fn: () => {} });
    return;
  }
  const test = (says: string, check: (driver: Driver, broker: EmbeddedBroker) => Promise<void>): void => {
    Deno.test(`${name}: ${says}`, async () => {
      const broker = await EmbeddedBroker.start();
      try {
        const driver = await connect(broker.serviceUrl);
        try {
          await check(driver, broker);
        } finally {
          await driver.close();
        }
      } finally {
        await broker.stop();
      }
    });
  };

  test("everything sent is received in order, and receipts come in the order of the sends", async (driver) => {
    const [receiving, sending] = [await Receiving.on(driver), await Sending.on(driver)];
    const texts = numbered(1000);
    await sending.sendAll(texts);
    assert.deepEqual(sending.receipts, texts);
    await receiving.has(1000);
    assert.deepEqual(receiving.got, texts);
    assert.equal(new Set(receiving.ids).size, 1000, "every message has an id of its own");
  });

  test("keys and properties go with the messages", async (driver, broker) => {
    const sending = await Sending.on(driver);
    const header = sending.producer.header;
    header.encodedProperties = encodeProperties({ colour: "blue", size: "ü" });
    header.partitionKey = new TextEncoder().encode("k1");
    sending.send("with both");
    header.partitionKey = undefined;
    header.encodedProperties = undefined;
    sending.send("with neither");
    await sending.producer.flush();
    const client = new PulsarClient({ serviceUrl: broker.serviceUrl, connect: networkConnect() });
    const reader = await client.subscribe({ topic: "t", subscription: "r", initialPosition: "earliest" });
    const [first, second] = [await reader.receive(), await reader.receive()];
    assert.deepEqual([first.key, first.properties], ["k1", { colour: "blue", size: "ü" }]);
    assert.deepEqual([second.key, second.properties], [undefined, {}]);
    await client.close();
  });

  test("a full window has no entry to take, until a receipt makes room", async (driver, broker) => {
    const sending = await Sending.on(driver, { maxInFlight: 3 });
    await broker.inject({ kind: "delayReceipts", ms: 200 });
    for (const text of numbered(3)) sending.send(text);
    assert.equal(sending.producer.take(), undefined);
    assert.deepEqual(sending.receipts, []);
    await sending.producer.room();
    const entry = sending.take();
    sending.producer.release(entry);
    await broker.inject({ kind: "clear" });
    await sending.producer.flush();
    assert.deepEqual(sending.receipts, numbered(3));
  });

  test("an entry given back makes room", async (driver) => {
    const sending = await Sending.on(driver, { maxInFlight: 1 });
    const entry = sending.take();
    const room = sending.producer.room();
    sending.producer.release(entry);
    await room;
    sending.producer.release(sending.take());
  });

  for (const compression of COMPRESSION_NAMES) {
    test(`${compression} compression changes nothing for the receiver`, async (driver) => {
      const [receiving, sending] = [await Receiving.on(driver), await Sending.on(driver, { compression })];
      const texts = numbered(20).map((text) => text.repeat(50));
      await sending.sendAll(texts);
      await receiving.has(20);
      assert.deepEqual(receiving.got, texts);
    });
  }

  test("a message over the broker's maximum is refused before it is sent, and stays the caller's", async (driver) => {
    const options = { topic: "t", bodyCapacity: driver.maxMessageSize + 1, onReceipt: () => {} };
    const producer = await driver.createEntryProducer(options);
    const entry = producer.take()!;
    assert.throws(() => producer.send(entry, entry.body.limit, 1, false), MessageTooLargeError);
    producer.release(entry);
  });

  test("what the broker refuses is an error with the protocol's name for it", async (driver, broker) => {
    await broker.inject({ kind: "fail", request: "producer", error: "AuthorizationError" });
    await assert.rejects(Sending.on(driver), (error) => errorCode(error) === "AuthorizationError");
    await broker.inject({ kind: "fail", request: "subscribe", error: "ConsumerBusy" });
    await assert.rejects(Receiving.on(driver), (error) => errorCode(error) === "ConsumerBusy");
  });

  test("closing reports what has no receipt as lost, and wakes who waits", async (driver, broker) => {
    const sending = await Sending.on(driver, { maxInFlight: 2 });
    await broker.inject({ kind: "forgetReceipts", times: 100 });
    sending.send("a");
    sending.send("b");
    const waits = [sending.producer.flush(), sending.producer.room()];
    const outcomes = Promise.allSettled(waits);
    await driver.close();
    assert.deepEqual((await outcomes).map(({ status }) => status), ["rejected", "rejected"]);
    assert.deepEqual([sending.failures, sending.lost], [["Closed"], ["a", "b"]]);
    assert.throws(() => sending.producer.take(), (error) => errorCode(error) === "Closed");
  });

  test("what is acknowledged does not come again, what is not does", async (driver) => {
    const sending = await Sending.on(driver);
    await sending.sendAll(numbered(20));
    const first = await Receiving.on(driver);
    first.acks = (text) => Number(text.slice(1)) % 2 === 0;
    await first.has(20);
    first.consumer.halt();
    await first.consumer.close();
    const second = await Receiving.on(driver);
    await second.has(10);
    await pause();
    assert.deepEqual(second.got, numbered(20).filter((_, index) => index % 2 === 1));
    assert.deepEqual(second.ids, first.ids.filter((_, index) => index % 2 === 1), "the same ids");
  });

  test("a cumulative acknowledgement covers all before it", async (driver) => {
    const sending = await Sending.on(driver);
    await sending.sendAll(numbered(10));
    const first: Receiving = await Receiving.on(driver, {
      type: SubType.failover,
      onEntry: ({ ledgerId, entryId, body, bodyStart, bodyEnd }) => {
        const text = new TextDecoder().decode(body.subarray(bodyStart, bodyEnd));
        first.got.push(text);
        if (text === "m6") first.consumer.ackCumulative(ledgerId, entryId);
      },
    });
    await first.has(10);
    first.consumer.halt();
    await first.consumer.close();
    const second = await Receiving.on(driver, { type: SubType.failover });
    await second.has(3);
    assert.deepEqual(second.got, ["m7", "m8", "m9"]);
  });

  test("no more come than there are permits, until some go back", async (driver) => {
    const sending = await Sending.on(driver);
    await sending.sendAll(numbered(20));
    const receiving = await Receiving.on(driver, { receiverQueue: 5 });
    receiving.returns = false;
    await receiving.has(5);
    await pause();
    assert.equal(receiving.got.length, 5);
    receiving.consumer.returnPermits(5);
    await receiving.has(10);
    await pause();
    assert.equal(receiving.got.length, 10);
  });

  test("a paused consumer asks for no more, and goes on where it was", async (driver) => {
    const [receiving, sending] = [await Receiving.on(driver, { receiverQueue: 2 }), await Sending.on(driver)];
    receiving.consumer.pause();
    await sending.sendAll(numbered(20));
    await pause();
    assert.ok(receiving.got.length <= 2, `${receiving.got.length} came`);
    receiving.consumer.resume();
    await receiving.has(20);
    assert.deepEqual(receiving.got, numbered(20));
  });

  test("what a halted consumer has not taken is the subscription's", async (driver) => {
    const sending = await Sending.on(driver);
    const receiving = await Receiving.on(driver, { receiverQueue: 4 });
    receiving.returns = false;
    await sending.sendAll(numbered(10));
    await receiving.has(4);
    receiving.acks = () => false;
    receiving.consumer.halt();
    await receiving.consumer.close();
    const next = await Receiving.on(driver);
    await next.has(6);
    await pause();
    assert.deepEqual(next.got, numbered(6, 4));
  });

  test("a lost connection is told, and nothing is lost by it", async (driver, broker) => {
    const [receiving, sending] = [await Receiving.on(driver), await Sending.on(driver)];
    await sending.sendAll(numbered(50));
    await receiving.has(50);
    await broker.inject({ kind: "dropConnections" });
    await until(
      () => sending.reconnects > 0 && receiving.reconnects > 0,
      () => `${sending.reconnects} and ${receiving.reconnects} reconnects`,
    );
    assert.ok(sending.troubles > 0 && receiving.troubles > 0 && receiving.resets > 0);
    await sending.sendAll(numbered(50, 50));
    await until(() => new Set(receiving.got).size === 100, () => `${new Set(receiving.got).size} of 100`);
    assert.deepEqual(sending.failures, []);
    // What came twice came under the same id.
    assert.equal(new Set(receiving.ids).size, 100);
  });

  const reader = { type: SubType.exclusive, durable: false };
  if (hasReaders) {
    test(
      "a subscription that is not durable goes on where it was, begins where it is told, and leaves nothing",
      async (driver, broker) => {
        const [receiving, sending] = [await Receiving.on(driver, reader), await Sending.on(driver)];
        await sending.sendAll(numbered(20));
        await receiving.has(20);
        await broker.inject({ kind: "dropConnections" });
        await until(() => receiving.reconnects > 0, () => `${receiving.reconnects} reconnects`);
        await sending.sendAll(numbered(20, 20));
        await receiving.has(40);
        assert.deepEqual(receiving.got, numbered(40));
        receiving.consumer.halt();
        await receiving.consumer.close();
        assert.deepEqual(Object.keys((await broker.stats("t")).subscriptions), []);
        const [ledgerId, entryId] = receiving.ids[29]!.split(":").map(Number) as [number, number];
        const next = await Receiving.on(driver, { ...reader, startMessageId: { ledgerId, entryId } });
        await next.has(10);
        assert.deepEqual(next.got, numbered(10, 30));
      },
    );
  } else {
    test("a subscription that is not durable is refused", async (driver) => {
      await assert.rejects(
        Receiving.on(driver, reader),
        /cannot make a subscription of this name that is not durable/,
      );
    });
  }

  test("unsubscribing deletes the subscription", async (driver, broker) => {
    const receiving = await Receiving.on(driver);
    assert.deepEqual(Object.keys((await broker.stats("t")).subscriptions), ["s"]);
    receiving.consumer.halt();
    await receiving.consumer.unsubscribe();
    assert.deepEqual(Object.keys((await broker.stats("t")).subscriptions), []);
  });

  test("a client closes twice, and what is made on a closed one is refused", async (driver) => {
    await driver.close();
    await driver.close();
    await assert.rejects(Sending.on(driver));
  });
}
