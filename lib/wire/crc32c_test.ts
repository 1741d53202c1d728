import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32c, wireMemory } from "./crc32c.ts";

/** Bit by bit, straight from the definition. */
function reference(bytes: Uint8Array, seed = 0): number {
  let state = ~seed;
  for (const byte of bytes) {
    state ^= byte;
    for (let bit = 0; bit < 8; bit++) state = (state & 1) !== 0 ? state >>> 1 ^ 0x82f63b78 : state >>> 1;
  }
  return ~state >>> 0;
}

function noise(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0, x = 1; i < length; i++) {
    x = Math.imul(x, 1664525) + 1013904223 | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

const fromHex = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));

Deno.test("crc32c gives the published check value and the CRC of a Pulsar frame", () => {
  assert.equal(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assert.equal(crc32c(fromHex("0000000c0a017010001880d095ffbc3168656c6c6f")), 0xcf85822f);
  assert.equal(crc32c(new Uint8Array(0)), 0);
  // RFC 3720, appendix B.4
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
});

Deno.test("crc32c equals the bitwise definition for every length up to 300 at every alignment", () => {
  const source = noise(400);
  const inside = wireMemory(source.length);
  inside.set(source);
  for (let start = 0; start < 17; start++) {
    for (let length = 0; length <= 300; length += 1) {
      const expected = reference(source.subarray(start, start + length));
      assert.equal(crc32c(source, start, start + length), expected, `start ${start}, length ${length}`);
      assert.equal(crc32c(inside, start, start + length), expected, `in place, ${start}, ${length}`);
    }
  }
});

Deno.test("crc32c equals the bitwise definition around the lengths where its method changes", () => {
  const source = noise(200_000);
  const inside = wireMemory(source.length);
  inside.set(source);
  const around = [2048, 16 * (1024 + 79), 16 * (2048 + 79), 65_536, 131_072];
  for (const length of around.flatMap((n) => [-17, -16, -1, 0, 1, 15, 16, 17].map((d) => n + d))) {
    for (const start of [0, 1, 7, 16]) {
      const expected = reference(source.subarray(start, start + length));
      assert.equal(crc32c(source, start, start + length), expected, `start ${start}, length ${length}`);
      assert.equal(crc32c(inside, start, start + length), expected, `in place, ${start}, ${length}`);
    }
  }
});

Deno.test("crc32c of two parts, chained by the seed, is the CRC of the whole", () => {
  const inside = wireMemory(8192);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 8000, size: "max" }),
      fc.nat(8000),
      fc.nat(100),
      (bytes, cut, offset) => {
        const middle = Math.min(cut, bytes.length);
        const whole = reference(bytes);
        inside.fill(0xa5);
        inside.set(bytes, offset);
        assert.equal(crc32c(bytes, middle, bytes.length, crc32c(bytes, 0, middle)), whole);
        const first = crc32c(inside, offset, offset + middle);
        assert.equal(crc32c(inside, offset + middle, offset + bytes.length, first), whole);
        assert.equal(
          crc32c(bytes.subarray(middle), 0, bytes.length - middle, crc32c(bytes, 0, middle)),
          whole,
        );
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("crc32c notices a change of any single byte of a frame", () => {
  const frame = noise(5000);
  const before = crc32c(frame);
  for (let i = 0; i < frame.length; i++) {
    frame[i]! ^= 0x10;
    assert.notEqual(crc32c(frame), before, `byte ${i}`);
    frame[i]! ^= 0x10;
  }
  assert.equal(crc32c(frame), before);
});

Deno.test("crc32c refuses a range outside the buffer", () => {
  const bytes = new Uint8Array(10);
  for (const [start, end] of [[0, 11], [-1, 4], [6, 5], [NaN, 4]] as const) {
    assert.throws(() => crc32c(bytes, start, end), RangeError, `${start} … ${end}`);
  }
});

Deno.test("wireMemory hands out zeroed buffers that do not overlap", () => {
  const [a, b, c] = [wireMemory(1), wireMemory(5000), wireMemory(0)];
  assert.equal(a.byteOffset % 4096, 0);
  assert.equal(b.byteOffset % 4096, 0);
  assert.ok(b.every((byte) => byte === 0));
  a.fill(1);
  b.fill(2);
  assert.ok(a.every((byte) => byte === 1));
  assert.equal(c.length, 0);
  assert.throws(() => wireMemory(-1), RangeError);
  assert.throws(() => wireMemory(1.5), RangeError);
});

Deno.test("wireMemory falls back to ordinary buffers once its memory is used up", () => {
  const first = wireMemory(1024);
  const large = wireMemory(1024 * 1024 * 1024 / 4);
  assert.notEqual(large.buffer, first.buffer);
  assert.equal(large.length, 1024 * 1024 * 256);
  // A request that still fits is not spoilt by one that did not.
  assert.equal(wireMemory(1024).buffer, first.buffer);
});
