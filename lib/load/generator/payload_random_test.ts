import assert from "node:assert/strict";
import { deflateSync, zstdCompressSync } from "node:zlib";
import { decodeBatch, generatorOf, targetOf } from "./generator_test_support.ts";

for (const [name, compress] of [["zstd", zstdCompressSync], ["deflate", deflateSync]] as const) {
  for (const compressibility of [0, 10, 25, 50, 75, 90, 100]) {
    for (const bytes of [1024, 4096, 700]) {
      Deno.test(`${name} removes ${compressibility} % of a batch of random ${bytes}-byte payloads, within 5 points`, () => {
        const generator = generatorOf({ payload: "random", compressibility, size: { kind: "fixed", bytes } });
        const target = targetOf(100 * generator.largestEntry);
        const stream = { id: 1, next: 0 };
        // The second filling only patches the first: it must be as incompressible.
        for (let round = 0; round < 2; round++) {
          generator.fillBatch(target, stream, 100, 1e9, 1.8e15, 10, 1.8e15 + 900);
          const body = target.buffer.subarray(target.start, generator.end);
          const removed = 100 * (1 - compress(body).length / body.length);
          assert.ok(Math.abs(removed - compressibility) <= 5, `removed ${removed.toFixed(1)} %`);
        }
      });
    }
  }
}

Deno.test("random payloads of varying sizes are as incompressible", () => {
  const generator = generatorOf({ payload: "random", size: { kind: "uniform", min: 200, max: 3000 } });
  const target = targetOf(400_000);
  generator.fillBatch(target, { id: 1, next: 0 }, 100, 1e9, 1.8e15, 10, 1.8e15);
  const body = target.buffer.subarray(target.start, generator.end);
  assert.ok(zstdCompressSync(body).length > 0.95 * body.length);
});

Deno.test("a message differs from its neighbours and from the one before it in the same place", () => {
  for (const verify of ["off", "count"] as const) {
    const generator = generatorOf({ payload: "random", verify, size: { kind: "fixed", bytes: 100 } });
    const target = targetOf(5000);
    const stream = { id: 1, next: 0 };
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      generator.fillBatch(target, stream, 20, 1e9, 1.8e15, 10, 1.8e15);
      for (const { start, end } of decodeBatch(target.buffer, target.start, generator.end)) {
        const body = target.buffer.subarray(verify === "off" ? start : start + 32, end);
        seen.add(String.fromCharCode(...body));
      }
    }
    assert.equal(seen.size, 60);
  }
});

Deno.test("sequential bytes count up from the message's sequence, behind the header", () => {
  for (const size of [{ kind: "fixed", bytes: 77 }, { kind: "list", sizes: [77, 40] }] as const) {
    const generator = generatorOf({ payload: "sequential", size });
    const target = targetOf(5000);
    const stream = { id: 1, next: 1000 };
    for (let round = 0; round < 2; round++) {
      const first = stream.next;
      generator.fillBatch(target, stream, 9, 1e9, 1.8e15, 10, 1.8e15);
      decodeBatch(target.buffer, target.start, generator.end).forEach(({ start, end }, index) => {
        for (let at = start + 32; at < end; at++) {
          assert.equal(target.buffer[at], (first + index + at - start) % 256);
        }
      });
    }
  }
});

Deno.test("pattern payloads repeat their pattern from the payload's start, behind the header", () => {
  for (const size of [{ kind: "fixed", bytes: 777 }, { kind: "uniform", min: 40, max: 777 }] as const) {
    const generator = generatorOf({ payload: "pattern", size });
    const target = targetOf(9000);
    generator.fillBatch(target, { id: 1, next: 0 }, 9, 1e9, 1.8e15, 10, 1.8e15);
    for (const { start, end } of decodeBatch(target.buffer, target.start, generator.end)) {
      for (let at = start + 32; at < end; at++) {
        assert.equal(target.buffer[at], "0123456789abcdef".charCodeAt((at - start) % 16));
      }
    }
  }
});
