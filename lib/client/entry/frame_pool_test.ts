import assert from "node:assert/strict";
import fc from "fast-check";
import { FramePool, type OutgoingEntry } from "./frame_pool.ts";

function pool(size: number, isCompressed = false): { pool: FramePool; recycled: Uint8Array[] } {
  const recycled: Uint8Array[] = [];
  return {
    recycled,
    pool: new FramePool({
      size,
      bodyCapacity: 600,
      isCompressed,
      createContext: () => undefined,
      allocate: (bytes) => new Uint8Array(bytes),
      recycle: (buffer) => recycled.push(buffer),
    }),
  };
}

Deno.test("entries come back in the order in which they were sent, and never more than the window", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom("take", "send", "ack")),
      (size, steps) => {
        const { pool: frames } = pool(size);
        const taken: OutgoingEntry[] = [];
        const sent: OutgoingEntry[] = [];
        for (const step of steps) {
          if (step === "take") {
            const entry = frames.take();
            assert.equal(entry !== undefined, taken.length + sent.length < size);
            if (entry !== undefined) taken.push(entry);
          } else if (step === "send" && taken.length > 0) {
            sent.push(taken[0]!);
            frames.push(taken.shift()!);
          } else if (step === "ack" && sent.length > 0) {
            assert.equal(frames.peek(), sent[0]);
            frames.shift();
            frames.release(sent.shift()!);
          }
          assert.equal(frames.inFlight, sent.length);
          assert.equal(frames.hasRoom, taken.length + sent.length < size);
          const seen: OutgoingEntry[] = [];
          frames.forEachSent((entry) => seen.push(entry));
          assert.deepEqual(seen, sent);
        }
        assert.deepEqual(frames.takeSent(), sent);
        assert.equal(frames.peek(), undefined);
      },
    ),
  );
});

Deno.test("with compression all entries share the body, and a frame holds the worst result", () => {
  const { pool: frames } = pool(2, true);
  const [first, second] = [frames.take()!, frames.take()!];
  assert.equal(first.body, second.body);
  assert.notEqual(first.frame.buffer, second.frame.buffer);
  assert.ok(first.frame.bodyCapacity >= 32 + 600 + 100);
});

Deno.test("after its end all buffers are handed back, late ones too", () => {
  const { pool: frames, recycled } = pool(3);
  const [free, lost, late] = [frames.take()!, frames.take()!, frames.take()!];
  frames.release(free);
  frames.push(lost);
  frames.dispose(frames.takeSent());
  assert.deepEqual(recycled, [free.frame.buffer, lost.frame.buffer]);
  frames.release(late);
  assert.equal(recycled.length, 3);
});
