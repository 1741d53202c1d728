import assert from "node:assert/strict";
import fc from "fast-check";
import { ChunkPool } from "./chunk_pool.ts";
import { EntryLog } from "./entry_log.ts";

const MIB = 1024 * 1024;

function bytesOf(seed: number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (seed * 31 + index) & 0xff);
}

function read(log: EntryLog, entry: number): Uint8Array {
  const offset = log.offset(entry);
  return log.chunkOf(entry).bytes.slice(offset, offset + log.size(entry));
}

Deno.test("entries are read back as they were appended, whatever is dropped meanwhile", () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ append: fc.integer({ min: 1, max: 60_000 }) }) },
    { weight: 1, arbitrary: fc.record({ drop: fc.integer({ min: 1, max: 20 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const pool = new ChunkPool(MIB);
      const log = new EntryLog(7, pool);
      const model: Uint8Array[] = [];
      let first = 0;
      for (const each of steps) {
        if ("drop" in each) {
          first = Math.min(model.length, first + each.drop);
          log.dropBefore(first);
        } else {
          const bytes = bytesOf(model.length, each.append);
          const entry = log.append(bytes, 0, bytes.length, 3, true);
          if (entry < 0) {
            // Refusing is right only when the live bytes and a chunk's waste cannot fit.
            assert.ok(log.bytes + bytes.length > MIB / 4, `${log.bytes} bytes stored, ${pool.held} held`);
            continue;
          }
          assert.equal(entry, model.length);
          model.push(bytes);
        }
        assert.ok(pool.held <= MIB);
      }
      assert.deepEqual([log.first, log.next], [first, model.length]);
      let total = 0;
      for (let entry = first; entry < model.length; entry++) {
        assert.deepEqual(read(log, entry), model[entry]);
        assert.deepEqual([log.messages(entry), log.isBatch(entry)], [3, true]);
        total += model[entry]!.length;
      }
      assert.equal(log.bytes, total);
    }),
    { numRuns: 100 },
  );
});

Deno.test("a log that was emptied gives everything back", () => {
  const pool = new ChunkPool(MIB);
  const before = pool.held;
  const log = new EntryLog(1, pool);
  for (let index = 0; index < 8000; index++) log.append(bytesOf(index, 40), 0, 40, 1, false);
  log.dropBefore(log.next);
  log.dispose();
  // All that is left is what waits to be used again, and it gives way.
  const other = pool.take(MIB - before);
  assert.ok(other !== undefined);
});

Deno.test("an entry's memory stays while a socket write still reads from it", () => {
  const pool = new ChunkPool(MIB);
  const log = new EntryLog(1, pool);
  const bytes = bytesOf(5, 16 * 1024);
  log.append(bytes, 0, bytes.length, 1, false);
  const chunk = log.chunkOf(0);
  chunk.retain();
  const view = chunk.bytes.subarray(0, bytes.length);
  log.dropBefore(1);
  for (let index = 0; index < 20; index++) log.append(bytesOf(9, 16 * 1024), 0, 16 * 1024, 1, false);
  assert.deepEqual(view, bytes);
  chunk.release();
});

Deno.test("the pool refuses what would exceed its limit and tells who waits when memory is back", async () => {
  const pool = new ChunkPool(1000);
  const chunk = pool.take(600)!;
  assert.equal(pool.take(600), undefined);
  assert.equal(pool.tryCharge(500), false);
  const freed = pool.whenFreed(20_000);
  chunk.seal();
  await freed;
  assert.ok(pool.take(700) !== undefined);
  assert.equal(pool.peak, 700);
});

Deno.test("the pool asks for what is kept without need before it refuses", () => {
  const pool = new ChunkPool(1000);
  const kept = pool.take(600)!;
  let asked = 0;
  pool.reclaim = () => {
    asked++;
    kept.seal();
  };
  assert.ok(pool.take(600) !== undefined);
  assert.equal(asked, 1);
});

Deno.test("who waits for memory is woken when a log is emptied, though its chunk stays with it", async () => {
  const pool = new ChunkPool(20 * 1024);
  const log = new EntryLog(1, pool);
  const bytes = bytesOf(1, 10_000);
  assert.equal(log.append(bytes, 0, bytes.length, 1, false), 0);
  assert.equal(log.append(bytes, 0, bytes.length, 1, false), -1);
  const freed = pool.whenFreed(20_000);
  log.dropBefore(1);
  await freed;
  assert.equal(log.append(bytes, 0, bytes.length, 1, false), 1);
});
