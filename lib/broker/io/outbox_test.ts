import assert from "node:assert/strict";
import { ChunkPool } from "../store/chunk_pool.ts";
import { Outbox } from "./outbox.ts";

const KIB = 1024;

/** A peer that takes each write only when told to. */
class SlowSink {
  readonly writes: Uint8Array[] = [];
  #pending: PromiseWithResolvers<void>[] = [];

  write(bytes: Uint8Array): Promise<void> {
    this.writes.push(bytes);
    const pending = Promise.withResolvers<void>();
    this.#pending.push(pending);
    return pending.promise;
  }

  /** Finishes the write under way. */
  async take(error?: Error): Promise<void> {
    await turn();
    const pending = this.#pending.shift()!;
    if (error === undefined) pending.resolve();
    else pending.reject(error);
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function outboxOn(sink: SlowSink, onError: (error: unknown) => void = () => {}): Outbox {
  return new Outbox(sink, 0, onError);
}

Deno.test("what one round puts in leaves in one write, in order", async () => {
  const sink = new SlowSink();
  const outbox = outboxOn(sink);
  for (let index = 0; index < 100; index++) outbox.append(Uint8Array.of(index));
  await turn();
  assert.deepEqual(sink.writes.map((bytes) => [...bytes]), [
    Array.from({ length: 100 }, (_, index) => index),
  ]);
  outbox.append(Uint8Array.of(200));
  assert.equal(outbox.queuedBytes, 101);
  await sink.take();
  assert.deepEqual([...sink.writes[1]!], [200]);
  await sink.take();
  assert.equal(outbox.queuedBytes, 0);
});

Deno.test("a large entry leaves from its chunk, which is not reused before the write is done", async () => {
  const pool = new ChunkPool(64 * KIB);
  const chunk = pool.take(64 * KIB)!;
  chunk.retain();
  const sink = new SlowSink();
  const outbox = outboxOn(sink);
  outbox.append(Uint8Array.of(1));
  outbox.appendFrom(chunk, 0, 40 * KIB);
  outbox.append(Uint8Array.of(2));
  // The entry is dropped from its log.
  chunk.release();
  chunk.seal();
  await sink.take();
  assert.equal(pool.take(64 * KIB), undefined);
  assert.equal(sink.writes[1]!.buffer, chunk.bytes.buffer);
  await sink.take();
  assert.ok(pool.take(64 * KIB) !== undefined);
  await sink.take();
  assert.deepEqual(sink.writes.map(({ length }) => length), [1, 40 * KIB, 1]);
});

Deno.test("a chunk that was written from stays as long as its entries do", async () => {
  const pool = new ChunkPool(64 * KIB);
  const chunk = pool.take(64 * KIB)!;
  chunk.retain();
  chunk.seal();
  const sink = new SlowSink();
  outboxOn(sink).appendFrom(chunk, 0, 40 * KIB);
  await sink.take();
  assert.equal(pool.take(64 * KIB), undefined);
  chunk.release();
  assert.ok(pool.take(64 * KIB) !== undefined);
});

Deno.test("a small entry is copied: its chunk is free at once", () => {
  const pool = new ChunkPool(64 * KIB);
  const chunk = pool.take(64 * KIB)!;
  outboxOn(new SlowSink()).appendFrom(chunk, 0, 100);
  assert.equal(chunk.references, 0);
});

Deno.test("above the mark nothing more should be put in, until half of it has left", async () => {
  const sink = new SlowSink();
  const outbox = outboxOn(sink);
  let calls = 0;
  outbox.onWritable = () => calls++;
  const piece = new Uint8Array(256 * KIB);
  for (let index = 0; index < 4; index++) outbox.append(piece);
  assert.equal(outbox.isWritable, false);
  let isWoken = false;
  void outbox.whenWritable().then(() => isWoken = true);
  await sink.take();
  assert.deepEqual([calls, isWoken], [0, false]);
  await sink.take();
  assert.deepEqual([calls, isWoken], [1, true]);
  assert.equal(outbox.isWritable, true);
});

Deno.test("a failed write is reported once, and closing lets go of everything that waits", async () => {
  const pool = new ChunkPool(64 * KIB);
  const chunk = pool.take(64 * KIB)!;
  const sink = new SlowSink();
  const errors: unknown[] = [];
  const outbox = outboxOn(sink, (error) => {
    errors.push(error);
    outbox.close();
  });
  outbox.append(Uint8Array.of(1));
  outbox.appendFrom(chunk, 0, 40 * KIB);
  const emptied = outbox.whenEmpty();
  await sink.take(new Error("gone"));
  await emptied;
  assert.equal(errors.length, 1);
  assert.deepEqual([chunk.references, outbox.queuedBytes], [0, 0]);
  outbox.append(Uint8Array.of(3));
  await turn();
  assert.equal(sink.writes.length, 1);
});
