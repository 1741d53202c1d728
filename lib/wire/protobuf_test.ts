import assert from "node:assert/strict";
import fc from "fast-check";
import { ProtocolError } from "./errors.ts";
import { ProtoReader, ProtoWriter, toSigned, toU64, U64_MAX } from "./protobuf.ts";

/** Uniform values nearly all lie far above 2^53: the borders get a share of their own. */
const anyU64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 2n ** 33n }),
  fc.bigInt({ min: 0n, max: 2n ** 33n }),
);

Deno.test("every 64-bit value survives a round trip in canonical form", () => {
  fc.assert(fc.property(anyU64, (value) => {
    const bytes = new ProtoWriter().varint(value).finish();
    assert.equal(new ProtoReader(bytes).uint64(), toU64(value));
    assert.equal(BigInt(toU64(value)), value);
  }));
});

Deno.test("2^53 − 1 is a number, 2^53 and 2^53 + 1 are bigints that differ", () => {
  const read = (value: bigint): unknown => new ProtoReader(new ProtoWriter().varint(value).finish()).uint64();
  assert.equal(read(2n ** 53n - 1n), 2 ** 53 - 1);
  assert.equal(read(2n ** 53n), 2n ** 53n);
  assert.equal(read(2n ** 53n + 1n), 2n ** 53n + 1n);
});

Deno.test("a number and the equal bigint encode to the same bytes", () => {
  fc.assert(fc.property(fc.maxSafeNat(), (value) => {
    assert.deepEqual(
      new ProtoWriter().varint(value).finish(),
      new ProtoWriter().varint(BigInt(value)).finish(),
    );
    assert.equal(new ProtoReader(new ProtoWriter().varint(value).finish()).double53(), value);
  }));
});

Deno.test("minus one is ten bytes, reads as 2^64 − 1, and turns back into −1", () => {
  const bytes = new ProtoWriter().varint(-1).finish();
  assert.equal(bytes.length, 10);
  assert.equal(new ProtoReader(bytes).uint64(), U64_MAX);
  assert.equal(toSigned(U64_MAX), -1);
  assert.equal(new ProtoReader(bytes).int32(), -1);
});

Deno.test("a fraction or an unsafe number is refused, not rounded", () => {
  assert.throws(() => new ProtoWriter().varint(1.5), /'1\.5' is not a whole number/);
  assert.throws(() => new ProtoWriter().varint(2 ** 60), ProtocolError);
});

Deno.test("a varint that never ends is malformed, one that is cut is truncated", () => {
  assert.throws(() => new ProtoReader(new Uint8Array(11).fill(0xff)).varint(), { code: "malformed" });
  assert.throws(() => new ProtoReader(new Uint8Array([0x80])).varint(), { code: "truncated" });
});

Deno.test("a length that reaches past the message is refused", () => {
  const reader = new ProtoReader(new Uint8Array([0x0a, 0x05, 0x61]));
  assert.ok(reader.nextField());
  assert.throws(() => reader.string(), { code: "truncated" });
  const huge = new ProtoReader(new ProtoWriter().key(1, 2).varint(2n ** 40n).finish());
  assert.ok(huge.nextField());
  assert.throws(() => huge.skip(), { code: "truncated" });
});

Deno.test("fields of every wire type are skipped, groups are refused", () => {
  const writer = new ProtoWriter().key(1, 0).varint(300).key(2, 1).float64(1.5).key(3, 2).string("x").key(
    4,
    5,
  );
  const bytes = writer.raw(new Uint8Array(4)).finish();
  const reader = new ProtoReader(bytes);
  const seen: number[] = [];
  while (reader.nextField()) {
    seen.push(reader.field);
    reader.skip();
  }
  assert.deepEqual(seen, [1, 2, 3, 4]);
  const group = new ProtoReader(new Uint8Array([0x0b]));
  assert.ok(group.nextField());
  assert.throws(() => group.skip(), { code: "malformed" });
});
