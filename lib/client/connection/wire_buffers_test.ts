import assert from "node:assert/strict";
import { giveWireBuffer, takeWireBuffer } from "./wire_buffers.ts";

Deno.test("a buffer that was handed back serves the next one of about its size", () => {
  const first = takeWireBuffer(3_000_000);
  assert.ok(first.length >= 3_000_000);
  giveWireBuffer(first);
  const small = takeWireBuffer(1000);
  assert.notEqual(small, first, "too good for so little");
  const second = takeWireBuffer(2_000_000);
  assert.equal(second, first);
  const third = takeWireBuffer(2_000_000);
  assert.notEqual(third, first);
  for (const buffer of [small, second, third]) giveWireBuffer(buffer);
});

Deno.test("ordinary memory is left to the garbage collector", () => {
  const ordinary = new Uint8Array(5_000_000);
  giveWireBuffer(ordinary);
  assert.notEqual(takeWireBuffer(5_000_000), ordinary);
});
