import assert from "node:assert/strict";
import type { Transport } from "../../transport/transport.ts";
import { WriteQueue } from "./write_queue.ts";

class Sink implements Transport {
  readonly peer = "sink";
  readonly encrypted = false;
  readonly writes: Uint8Array[] = [];
  #gate = Promise.withResolvers<void>();
  failure: Error | undefined;
  isOpen = false;

  read(): Promise<null> {
    return Promise.resolve(null);
  }
  async write(bytes: Uint8Array): Promise<void> {
    this.writes.push(bytes.slice());
    if (!this.isOpen) await this.#gate.promise;
    if (this.failure !== undefined) throw this.failure;
  }
  /** Lets all writes of now finish. */
  async release(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#gate.resolve();
    this.#gate = Promise.withResolvers();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  close(): void {}
}

const unexpected = (error: unknown): never => assert.fail(String(error));
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

Deno.test("small frames that wait leave together, large ones by themselves, in order", async () => {
  const sink = new Sink();
  const queue = new WriteQueue(sink, unexpected);
  for (const value of [1, 2, 3]) queue.push(filled(10, value));
  queue.push(filled(10_000, 4));
  queue.pushCopy(filled(5, 5));
  assert.equal(queue.queuedBytes, 10_035);
  await sink.release();
  await sink.release();
  await sink.release();
  assert.deepEqual(sink.writes.map((bytes) => [bytes.length, bytes[0], bytes.at(-1)]), [
    [30, 1, 3],
    [10_000, 4, 4],
    [5, 5, 5],
  ]);
  assert.equal(queue.queuedBytes, 0);
});

Deno.test("a copy is unaffected by what the caller does with its buffer", async () => {
  const sink = new Sink();
  const queue = new WriteQueue(sink, unexpected);
  const buffer = filled(3, 1);
  queue.pushCopy(buffer);
  buffer.fill(9);
  await sink.release();
  assert.deepEqual([...sink.writes[0]!], [1, 1, 1]);
});

Deno.test("a queue that never runs empty is trimmed and keeps its order", async () => {
  const sink = new Sink();
  const queue = new WriteQueue(sink, unexpected);
  const frames = 3000;
  sink.isOpen = true;
  for (let index = 0; index < frames; index++) queue.push(filled(9000, index % 251));
  await sink.release();
  assert.deepEqual(
    sink.writes.map((bytes) => bytes[0]),
    Array.from({ length: frames }, (_, index) => index % 251),
  );
});

Deno.test("a failed write is told once; a closed queue is silent and takes nothing", async () => {
  const errors: unknown[] = [];
  const sink = new Sink();
  const queue = new WriteQueue(sink, (error) => errors.push(error));
  sink.failure = new Error("broken");
  queue.push(filled(1, 1));
  await sink.release();
  assert.deepEqual(errors, [sink.failure]);
  const other = new WriteQueue(sink, unexpected);
  other.push(filled(1, 1));
  await Promise.resolve();
  other.close();
  await sink.release();
  other.push(filled(1, 2));
  await sink.release();
  assert.equal(other.queuedBytes, 0);
  assert.equal(sink.writes.length, 2);
});
