import assert from "node:assert/strict";
import fc from "fast-check";
import type { AddonOutgoing, AddonProducer } from "./addon.ts";
import { ConnectionPoll } from "./connection_poll.ts";
import { NativeProducer } from "./native_producer.ts";

interface Pending {
  readonly message: AddonOutgoing;
  resolve(): void;
  reject(error: Error): void;
}

/** A producer of the addon whose answers the test gives. */
function scripted(): { addon: AddonProducer; pending: Pending[] } {
  const pending: Pending[] = [];
  const done = Promise.resolve(null);
  const addon: AddonProducer = {
    send: (message) =>
      new Promise((resolve, reject) => {
        pending.push({ message, resolve: () => resolve({ serialize: () => message.data }), reject });
      }),
    flush: () => done,
    close: () => done,
    isConnected: () => true,
  };
  return { addon, pending };
}

function stage(maxInFlight = 10) {
  const { addon, pending } = scripted();
  const receipts: number[] = [];
  const failures: string[] = [];
  const lost: number[] = [];
  let next = 0;
  const producer = new NativeProducer<{ at: number }>(
    addon,
    {
      topic: "t",
      bodyCapacity: 100,
      maxInFlight,
      createContext: () => ({ at: 0 }),
      onReceipt: ({ context }) => receipts.push(context.at),
      onFailed: (error, entries) => {
        failures.push(`${(error as { code?: string }).code}: ${error.message}`);
        lost.push(...entries.map(({ context }) => context.at));
      },
    },
    new ConnectionPoll(1e9),
    50,
  );
  const send = (): void => {
    const entry = producer.take()!;
    entry.context.at = next++;
    producer.send(entry, entry.body.start + 1, 1, false);
  };
  return { producer, pending, receipts, failures, lost, send };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

Deno.test("receipts keep the order of the sends, whatever the order of the addon's promises", async () => {
  const order = fc.integer({ min: 1, max: 10 }).chain((count) =>
    fc.shuffledSubarray(Array.from({ length: count }, (_, index) => index), {
      minLength: count,
      maxLength: count,
    })
  );
  await fc.assert(fc.asyncProperty(order, async (answers) => {
    const { producer, pending, receipts, send } = stage();
    for (let index = 0; index < answers.length; index++) send();
    for (const at of answers) {
      pending[at]!.resolve();
      await turn();
    }
    await producer.flush();
    assert.deepEqual(receipts, answers.toSorted((a, b) => a - b));
    await producer.close();
  }));
});

Deno.test("a message that the addon refuses ends the producer, and all without a receipt are lost", async () => {
  const { producer, pending, receipts, failures, lost, send } = stage();
  for (let index = 0; index < 3; index++) send();
  const flushed = assert.rejects(producer.flush(), /TimeOut/);
  pending[0]!.resolve();
  pending[1]!.reject(new Error("Failed to send message: TimeOut"));
  await flushed;
  assert.deepEqual(failures, ["Timeout: send to 't': Failed to send message: TimeOut"]);
  assert.deepEqual([receipts, lost], [[0], [1, 2]]);
  assert.throws(() => producer.take(), /TimeOut/);
  await assert.rejects(producer.room(), /TimeOut/);
});

Deno.test("a frame is not used again before its message is answered", async () => {
  const { producer, pending, send } = stage(2);
  send();
  send();
  assert.notEqual(pending[0]!.message.data.byteOffset, undefined);
  assert.notEqual(pending[0]!.message.data.buffer, pending[1]!.message.data.buffer);
  assert.equal(producer.take(), undefined);
  pending[0]!.resolve();
  await producer.room();
  send();
  assert.equal(pending[2]!.message.data.buffer, pending[0]!.message.data.buffer);
  await producer.close();
});

Deno.test("batches and messages over the maximum are refused, and the entry stays the caller's", async () => {
  const { producer, pending } = stage();
  const entry = producer.take()!;
  assert.throws(() => producer.send(entry, entry.body.start + 2, 2), TypeError);
  assert.throws(() => producer.send(entry, entry.body.start + 51, 1, false), /51 bytes.*maximum of 50/);
  producer.release(entry);
  assert.deepEqual(pending, []);
  await producer.close();
});
