import assert from "node:assert/strict";
import fc from "fast-check";
import lz4js from "lz4js";
import snappyjs from "snappyjs";
import { compress, CompressionError, compressionName, decompress } from "./compression.ts";
import { CompressionKind } from "./enums.ts";

const KINDS = Object.values(CompressionKind);
const REAL = KINDS.filter((kind) => kind !== CompressionKind.none);
const LIMIT = 8 * 1024 * 1024;
const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const fromHex = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

/** Bytes with literal stretches, repeats at near and far distances, and runs, as messages have them. */
const body = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 400 })).map((
      [unit, times],
    ) => Uint8Array.from({ length: unit.length * times }, (_, i) => unit[i % unit.length]!)),
    fc.constantFrom(text('{"id":1,"user":"someone","text":"the quick brown fox"}'), new Uint8Array(70_000)),
  ),
  { maxLength: 8 },
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

function roundTrip(kind: number, input: Uint8Array, start: number, end: number): void {
  const small = compress(kind, input, start, end).slice();
  const padded = new Uint8Array(small.length + 9).fill(0xee);
  padded.set(small, 4);
  const back = decompress(kind, padded, 4, 4 + small.length, end - start, LIMIT);
  assert.deepEqual(Uint8Array.from(back), Uint8Array.from(input.subarray(start, end)), compressionName(kind));
}

Deno.test("every kind gives back what was compressed, from any part of a buffer", () => {
  fc.assert(
    fc.property(body, fc.nat(20), fc.nat(20), (bytes, skip, cut) => {
      const start = Math.min(skip, bytes.length);
      const end = Math.max(start, bytes.length - cut);
      for (const kind of KINDS) roundTrip(kind, bytes, start, end);
    }),
    { numRuns: 60 },
  );
});

Deno.test("every kind gives back bodies of every short length, of one byte or of noise", () => {
  const noise = Uint8Array.from({ length: 140 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
  for (const source of [noise, new Uint8Array(140), text("abcd".repeat(35))]) {
    for (let length = 0; length <= source.length; length++) {
      for (const kind of KINDS) roundTrip(kind, source, 0, length);
    }
  }
});

Deno.test("every kind gives back a body of 5 MiB with repeats further away than copies can reach", () => {
  const bytes = new Uint8Array(5 * 1024 * 1024);
  for (let i = 0, x = 1; i < 100_000; i++) {
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    bytes[i] = x >>> 24;
  }
  for (let to = 100_000; to < bytes.length; to += 65_000) {
    bytes.copyWithin(to, to - 65_536, to - 65_536 + 65_000);
  }
  for (const kind of KINDS) roundTrip(kind, bytes, 0, bytes.length);
});

Deno.test("repeats at the distances where a format's copy changes are given back", () => {
  for (const distance of [2046, 2047, 2048, 2049, 65_534, 65_535, 65_536]) {
    for (const length of [4, 11, 12, 64, 65, 68]) {
      // A run in between, so that no other repeat is found first and no position is skipped.
      const bytes = new Uint8Array(distance + length + 20);
      for (let i = 0; i < length; i++) bytes[i] = bytes[distance + i] = 100 + i;
      bytes.fill(7, distance + length);
      for (const kind of [CompressionKind.lz4, CompressionKind.snappy]) {
        roundTrip(kind, bytes, 0, bytes.length);
      }
    }
  }
});

Deno.test("many bodies in a row do not see each other's bytes", () => {
  for (let i = 0; i < 3000; i++) {
    const bytes = text(`${i} a body that repeats itself, a body that repeats itself ${i % 7}`);
    roundTrip(CompressionKind.lz4, bytes, 0, bytes.length);
    roundTrip(CompressionKind.snappy, bytes, 0, bytes.length);
  }
});

Deno.test("LZ4 and Snappy agree with independent implementations in both directions", () => {
  fc.assert(
    fc.property(body, (bytes) => {
      const ours = compress(CompressionKind.snappy, bytes).slice();
      assert.deepEqual(Uint8Array.from(snappyjs.uncompress(ours)), bytes);
      const theirs = snappyjs.compress(bytes);
      assert.deepEqual(Uint8Array.from(decompress(4, theirs, 0, theirs.length, bytes.length, LIMIT)), bytes);

      const block = compress(CompressionKind.lz4, bytes).slice();
      const back = new Uint8Array(bytes.length);
      assert.equal(lz4js.decompressBlock(block, back, 0, block.length, 0), bytes.length);
      assert.deepEqual(back, bytes);
      const room = new Uint8Array(lz4js.compressBound(bytes.length) + 16);
      const size = lz4js.compressBlock(bytes, room, 0, bytes.length, new Uint32Array(1 << 16));
      // 0 says that it found nothing to compress.
      if (size > 0) {
        assert.deepEqual(Uint8Array.from(decompress(1, room, 0, size, bytes.length, LIMIT)), bytes);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("LZ4 blocks keep the end-of-block rules that other decoders rely on", () => {
  // 13 bytes are the shortest input that may hold a match, which has to leave 5 literals.
  assert.deepEqual([...compress(CompressionKind.lz4, new Uint8Array(12))], [0xc0, ...new Array(12).fill(0)]);
  assert.deepEqual([...compress(CompressionKind.lz4, new Uint8Array(13))], [
    0x13,
    0,
    1,
    0,
    0x50,
    0,
    0,
    0,
    0,
    0,
  ]);
  assert.deepEqual([...compress(CompressionKind.lz4, new Uint8Array(0))], [0]);
});

Deno.test("blocks written by hand from the format descriptions are read", () => {
  const cases: [number, string, string][] = [
    [1, "00", ""],
    [1, "30616263", "abc"],
    [1, "1f61010001506262626262", "a" + "a".repeat(20) + "bbbbb"],
    [4, "00", ""],
    [4, "0308616263", "abc"],
    [4, "0b006115010062", "a" + "a".repeat(9) + "b"],
    [4, "0500610e0100", "aaaaa"],
    [4, "0500610f01000000", "aaaaa"],
    [4, "03f002616263", "abc"],
    [2, "789c4b4c4a0600024d0127", "abc"],
  ];
  for (const [kind, hex, expected] of cases) {
    const bytes = fromHex(hex);
    const out = decompress(kind, bytes, 0, bytes.length, expected.length, LIMIT);
    assert.equal(new TextDecoder().decode(out), expected, `${compressionName(kind)} ${hex}`);
  }
});

/** Calls and checks that only a typed error or exactly `size` bytes come out. */
function survives(kind: number, bytes: Uint8Array, start: number, end: number, size: number): boolean {
  try {
    assert.equal(decompress(kind, bytes, start, end, size, LIMIT).length, size);
    return true;
  } catch (error) {
    assert.ok(error instanceof CompressionError, `${compressionName(kind)}: ${error}`);
    return false;
  }
}

Deno.test("random bytes end in a typed error or in exactly the stated size", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(2000), (bytes, size) => {
      for (const kind of REAL) survives(kind, bytes, 0, bytes.length, size);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a valid body with one changed byte ends in a typed error or in exactly the stated size", () => {
  fc.assert(
    fc.property(body, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, where, flip) => {
      for (const kind of REAL) {
        const small = compress(kind, bytes).slice();
        const at = where % small.length;
        small[at] = small[at]! ^ flip;
        survives(kind, small, 0, small.length, bytes.length);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("a body cut short anywhere is refused, and bytes behind its end are not read", () => {
  const bytes = text('{"id":17,"text":"the quick brown fox"}'.repeat(20) + "an end of its own, 0123456789");
  for (const kind of REAL) {
    const small = compress(kind, bytes).slice();
    for (let end = 0; end < small.length; end++) {
      // The missing bytes lie right behind the end: a decoder that reads on would succeed.
      const label = `${compressionName(kind)} cut to ${end} of ${small.length}`;
      assert.throws(() => decompress(kind, small, 0, end, bytes.length, LIMIT), CompressionError, label);
    }
  }
});

Deno.test("a stated size that is too small or too large is refused", () => {
  const bytes = text("abcabcabcabcabcabcabcabcabcabc".repeat(9));
  for (const kind of REAL) {
    const small = compress(kind, bytes).slice();
    for (const size of [0, 1, bytes.length - 1, bytes.length + 1, bytes.length + 1000]) {
      assert.equal(survives(kind, small, 0, small.length, size), size === bytes.length, `${kind} as ${size}`);
    }
  }
});

Deno.test("a decompression bomb stops at the stated size", () => {
  const bomb = compress(CompressionKind.zlib, new Uint8Array(50_000_000)).slice();
  const zstd = compress(CompressionKind.zstd, new Uint8Array(50_000_000)).slice();
  for (const [kind, bytes] of [[2, bomb], [3, zstd]] as const) {
    assert.throws(() => decompress(kind, bytes, 0, bytes.length, 1000, LIMIT), (error: unknown) => {
      assert.ok(error instanceof CompressionError);
      assert.equal(error.code, "size");
      // The runtime gave up: had it inflated everything, there would be a length and no cause.
      assert.ok(error.cause instanceof RangeError);
      return true;
    });
  }
});

Deno.test("hostile LZ4 and Snappy blocks are refused with what is wrong", () => {
  const cases: [number, string, number, RegExp][] = [
    [1, "", 0, /is empty/],
    [1, "f0" + "ff".repeat(40), 100, /inside a literal length/],
    [1, "1061000050", 100, /refers 0 bytes back/],
    [1, "1061020050", 100, /refers 2 bytes back/],
    [1, "1f610100ffffffff", 1_000_000, /inside a match length/],
    [1, "1f610100ffffffff00", 100, /more than its stated size/],
    [1, "10610100", 5, /instead of literals/],
    [4, "ffffffffffff01", 100, /more than 32 bits/],
    [4, "ffffffff0f00", 100, /says that it holds 4294967295/],
    [4, "64fcffffffff", 100, /of 4294967296 literal bytes/],
    [4, "640061ff00000080", 100, /refers 2147483648 bytes back/],
    [4, "640061fe0000", 100, /refers 0 bytes back/],
    [4, "030c61626364", 3, /more than its stated size/],
    [4, "0400610101", 4, /more than its stated size/],
    [4, "0500610f0100", 5, /inside a copy distance/],
  ];
  for (const [kind, hex, size, expected] of cases) {
    const bytes = fromHex(hex);
    assert.throws(() => decompress(kind, bytes, 0, bytes.length, size, LIMIT), (error: unknown) => {
      assert.ok(error instanceof CompressionError);
      assert.equal(error.code, "corrupt");
      assert.match(error.message, expected, hex);
      return true;
    });
  }
});

Deno.test("a stated size over the limit, or that is no size, and an unknown kind are refused by name", () => {
  const bytes = text("abc");
  for (const kind of REAL) {
    assert.throws(() => decompress(kind, bytes, 0, 3, LIMIT + 1, LIMIT), {
      code: "limit",
      name: "CompressionError",
    });
    for (const size of [-1, 1.5, NaN]) {
      assert.throws(() => decompress(kind, bytes, 0, 3, size, LIMIT), { code: "size" });
    }
  }
  assert.throws(() => decompress(9, bytes, 0, 3, 3, LIMIT), { code: "unknown-kind", message: /"9"/ });
  assert.throws(() => compress(5, bytes), { code: "unknown-kind" });
  assert.throws(() => compress(1, bytes, 2, 4), RangeError);
  assert.throws(() => decompress(1, bytes, -1, 2, 3, LIMIT), RangeError);
});

Deno.test("a body as large as the limit is decompressed", () => {
  const bytes = text("as large as it may be");
  for (const kind of REAL) {
    const small = compress(kind, bytes).slice();
    const back = decompress(kind, small, 0, small.length, bytes.length, bytes.length);
    assert.equal(new TextDecoder().decode(back), "as large as it may be");
  }
});
