import assert from "node:assert/strict";
import { AskedTotal } from "./asked_total.ts";

Deno.test("what was asked for is the rate over time, ramps included", () => {
  const asked = new AskedTotal();
  asked.observe(0, 0);
  asked.observe(1, 1000);
  asked.observe(2, 1000);
  asked.observe(4, 5000);
  asked.observe(5, 5000);
  assert.equal(asked.messages, 1000 + 1000 + 6000 + 5000);
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
