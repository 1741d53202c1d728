import assert from "node:assert/strict";
import { History } from "./history.ts";
import { ZERO_COUNTERS } from "../load/snapshot_test_support.ts";
import { sampleSnapshot } from "./sample_run_test_support.ts";
import type { Stats } from "./stats.ts";
import type { RunSnapshot } from "../load/snapshot.ts";

const NO_STATS: Stats = { total: {}, window: {} };
const BASE = sampleSnapshot("producer");

function at(seconds: number, messages: number, replace: Partial<RunSnapshot> = {}): RunSnapshot {
  const total = { ...BASE.total, counters: { ...ZERO_COUNTERS, messages } };
  return { ...BASE, at: 1e12 + seconds * 1e6, elapsed: seconds, total, ...replace };
}

function steady(history: History, from: number, to: number, rate: number): void {
  for (let t = from; t <= to; t += 0.25) history.add(at(t, t * rate), NO_STATS);
}

Deno.test("rates are differences of the totals", () => {
  const history = new History();
  steady(history, 0, 20, 1000);
  const values = history.read("rate", 10, 10);
  assert.equal(values.length, 10);
  for (const value of values.subarray(0, 9)) {
    assert.ok(Math.abs(value - 1000) < 1, `${value} is not near 1000`);
  }
});

Deno.test("time before the first snapshot is unknown and not zero", () => {
  const history = new History();
  steady(history, 0, 5, 1000);
  const values = history.read("rate", 20, 20);
  assert.equal(Number.isNaN(values[0]), true);
  assert.equal(Number.isNaN(values[19]), false);
});

Deno.test("a reset of the totals makes no negative rate", () => {
  const history = new History();
  steady(history, 0, 5, 1000);
  for (let t = 5.25; t < 8; t += 0.25) {
    history.add(at(t, (t - 5.25) * 1000, { epoch: 2, elapsed: t - 5.25 }), NO_STATS);
  }
  for (const value of history.read("rate", 8, 16)) assert.ok(Number.isNaN(value) || value >= 0);
});

Deno.test("a reset that nobody looked at for long makes no rate from totals of before and after it", () => {
  const history = new History();
  // The run goes on at 1,000 msg/s; `elapsed` is the run's and goes on over a reset.
  steady(history, 0, 5, 1000);
  const window = { ...BASE.window, seconds: 6, counters: { ...ZERO_COUNTERS, messages: 6000 } };
  for (let t = 11; t < 13; t += 0.25) {
    history.add(at(t, (t - 5) * 1000, { epoch: 2, window }), NO_STATS);
  }
  for (const value of history.read("rate", 12, 24)) {
    assert.ok(Number.isNaN(value) || Math.abs(value - 1000) < 1, `${value} is not 1,000`);
  }
});

Deno.test("a pause is a rate of zero", () => {
  const history = new History();
  steady(history, 0, 5, 1000);
  for (let t = 5.25; t <= 12; t += 0.25) history.add(at(t, 5000, { elapsed: 5, phase: "paused" }), NO_STATS);
  assert.equal(history.read("rate", 4, 4)[1], 0);
});

Deno.test("long spans are read from coarser steps, and memory stays bounded over days", () => {
  const history = new History();
  for (let t = 0; t <= 2 * 86_400; t += 30) history.add(at(t, t * 500), NO_STATS);
  const values = history.read("rate", 86_400, 100).subarray(1, 99);
  const known = [...values].filter((value) => !Number.isNaN(value));
  assert.ok(known.length > 90, `${known.length} of 98 points are known`);
  for (const value of known) assert.ok(Math.abs(value - 500) < 1);
});

Deno.test("points keep their places while time goes on within a step", () => {
  const history = new History();
  for (let t = 0; t <= 30; t += 0.25) history.add(at(t, t * t * 10), NO_STATS);
  const before = [...history.read("rate", 20, 20)];
  history.add(at(30.25, 30.25 ** 2 * 10), NO_STATS);
  assert.deepEqual([...history.read("rate", 20, 20)].slice(0, 19), before.slice(0, 19));
});

Deno.test("snapshots that go back in time are ignored", () => {
  const history = new History();
  steady(history, 0, 5, 1000);
  const before = [...history.read("rate", 4, 8)];
  history.add(at(3, 9e9), NO_STATS);
  assert.deepEqual([...history.read("rate", 4, 8)], before);
});
