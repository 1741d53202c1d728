import assert from "node:assert/strict";
import { AskedTotal } from "./asked_total.ts";

Deno.test("what was asked for is each rate for as long as it held", () => {
  const asked = new AskedTotal();
  asked.observe(0, 1000);
  asked.observe(2, 5000);
  asked.observe(3, 0);
  asked.observe(10, 0);
  assert.equal(asked.messages, 7000);
});

Deno.test("when the figures start anew, so does the sum", () => {
  const asked = new AskedTotal();
  asked.observe(0, 1000);
  asked.observe(5, 1000);
  asked.observe(0.5, 1000);
  assert.equal(asked.messages, 500);
});

Deno.test("with an unlimited stretch there is no number to be held against", () => {
  const asked = new AskedTotal();
  asked.observe(0, Infinity);
  asked.observe(1, 1000);
  assert.equal(asked.messages, undefined);
});
