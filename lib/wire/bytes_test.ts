import assert from "node:assert/strict";
import fc from "fast-check";
import { getUint32, putUint32 } from "./bytes.ts";

Deno.test("32-bit numbers are big-endian, come back as they were, and leave their neighbours alone", () => {
  fc.assert(fc.property(fc.nat(0xffff_ffff), fc.nat(3), (value, at) => {
    const bytes = new Uint8Array(8).fill(0xaa);
    const expected = bytes.slice();
    new DataView(expected.buffer).setUint32(at, value);
    putUint32(bytes, at, value);
    assert.deepEqual(bytes, expected);
    assert.equal(getUint32(bytes, at), value);
  }));
});
