import assert from "node:assert/strict";
import { EarlyArrivals } from "./early_arrivals.ts";

function setUp() {
  const state = { now: 0, messages: 0 };
  const reader = { poll: () => {}, ever: () => state.messages };
  return { state, early: new EarlyArrivals(reader, () => state.now) };
}

Deno.test("a flow that is joined counts from its first message on", () => {
  const { state, early } = setUp();
  for (let tick = 1; tick <= 40; tick++) {
    state.now = tick * 100_000;
    if (tick > 10) state.messages += 99;
    early.look();
  }
  // 30 ticks of 0.1 s with 99 messages each: 990 a second, and not 29,700.
  assert.equal(state.messages / (early.micros / 1e6), 990);
});

Deno.test("waiting with full queues for the other workers is no part of the time", () => {
  const { state, early } = setUp();
  for (let tick = 1; tick <= 40; tick++) {
    state.now = tick * 100_000;
    if (tick === 3) state.messages = 1000;
    if (tick === 5) state.messages = 2000;
    early.look();
  }
  assert.equal(early.micros, 300_000);
});

Deno.test("without messages there is no early time", () => {
  const { state, early } = setUp();
  state.now = 5e6;
  early.look();
  assert.equal(early.micros, 0);
});
