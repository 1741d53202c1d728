import assert from "node:assert/strict";
import type { RunSnapshot, Span } from "../load/snapshot.ts";
import { snapshotOf, spanOf } from "./test_support.ts";
import { parseThresholds, ThresholdWatch } from "./thresholds.ts";

const PRODUCER = { role: "producer", hasTarget: true, verifies: true } as const;
const CONSUMER = { role: "consumer", hasTarget: true, verifies: true } as const;

/** A producer that publishes `rate` messages a second, each acknowledged after `micros`. */
class Run {
  readonly total: Span = spanOf("producer");
  targetRate = 1000;

  advance(seconds: number, rate: number, micros: number): this {
    this.total.seconds += seconds;
    this.total.counters.messages += rate * seconds;
    this.total.latency.service!.record(micros, rate * seconds);
    return this;
  }

  get snapshot(): RunSnapshot {
    return snapshotOf("producer", { total: this.total, targetRate: this.targetRate });
  }
}

const watching = (...texts: string[]): ThresholdWatch => new ThresholdWatch(parseThresholds(texts, PRODUCER));

Deno.test("a whole-run threshold may fail on the way and pass at the end", () => {
  const run = new Run();
  const watch = watching("service.p50<20ms");
  watch.observe(run.advance(1, 1000, 50_000).snapshot);
  assert.equal(watch.states[0]!.state, "fail");
  watch.observe(run.advance(9, 1000, 1_000).snapshot);
  assert.deepEqual({ ...watch.states[0]! }, {
    text: "service.p50<20ms",
    state: "pass",
    value: "1.00 ms",
    measured: 1000,
  });
  assert.equal(watch.finish(run.snapshot)[0]!.state, "pass");
});

Deno.test("one bad window fails a windowed threshold for good and keeps its value on show", () => {
  const run = new Run();
  const watch = watching("service.p99<20ms over 2s");
  for (let i = 0; i < 4; i++) watch.observe(run.advance(1, 1000, 1_000).snapshot);
  assert.equal(watch.states[0]!.state, "pass");
  watch.observe(run.advance(1, 1000, 60_000).snapshot);
  assert.equal(watch.states[0]!.state, "fail");
  for (let i = 0; i < 20; i++) watch.observe(run.advance(1, 1000, 1_000).snapshot);
  const [state] = watch.finish(run.snapshot);
  assert.equal(state!.state, "fail");
  assert.equal(state!.value, "60.0 ms");
});

Deno.test("a windowed threshold sees only its window", () => {
  const run = new Run();
  const watch = watching("rate>=900 over 2s after 3s");
  watch.observe(run.advance(3, 100, 1_000).snapshot);
  for (let i = 0; i < 5; i++) watch.observe(run.advance(1, 1000, 1_000).snapshot);
  const [state] = watch.finish(run.snapshot);
  assert.equal(state!.state, "pass");
  assert.equal(state!.measured, 1000);
});

Deno.test("nothing is judged, and nothing aborts, before the delay is over", () => {
  const run = new Run();
  const watch = watching("service.max<20ms after 5s abort");
  watch.observe(run.advance(4, 1000, 50_000).snapshot);
  assert.equal(watch.states[0]!.state, "pending");
  assert.equal(watch.abortReason, undefined);
  watch.observe(run.advance(1, 1000, 1_000).snapshot);
  assert.match(watch.abortReason ?? "", /'service.max<20ms after 5s abort' is violated: 50.\d ms/);
});

Deno.test("target is the mean of what was asked for, so that stages are judged fairly", () => {
  const run = new Run();
  const watch = watching("rate>=0.99*target");
  watch.observe(run.advance(10, 1000, 1_000).snapshot);
  run.targetRate = 3000;
  watch.observe(run.advance(10, 3000, 1_000).snapshot);
  assert.equal(watch.finish(run.snapshot)[0]!.state, "pass");
  run.advance(10, 2500, 1_000);
  assert.equal(watch.finish(run.snapshot)[0]!.state, "fail");
});

Deno.test("warm-up is not judged", () => {
  const run = new Run().advance(1, 1000, 50_000);
  const watch = watching("service.max<20ms abort");
  watch.observe({ ...run.snapshot, phase: "warmup" });
  assert.equal(watch.states[0]!.state, "pending");
  assert.equal(watch.abortReason, undefined);
});

Deno.test("a latency that was never measured fails at the end", () => {
  const watch = watching("service.p99<20ms");
  const [state] = watch.finish(snapshotOf("producer", { total: spanOf("producer", { seconds: 5 }) }));
  assert.deepEqual({ ...state! }, { text: "service.p99<20ms", state: "fail", value: "nothing measured" });
});

Deno.test("a window longer than the run is judged on the whole run", () => {
  const run = new Run().advance(5, 1000, 1_000);
  const [state] = watching("service.p99<20ms over 1m").finish(run.snapshot);
  assert.equal(state!.state, "pass");
});

Deno.test("a reset starts windows anew instead of measuring backwards", () => {
  const watch = watching("rate>=900 over 2s");
  const before = new Run();
  for (let i = 0; i < 5; i++) watch.observe(before.advance(1, 1000, 1_000).snapshot);
  const after = new Run();
  for (let i = 0; i < 5; i++) watch.observe(after.advance(1, 950, 1_000).snapshot);
  assert.deepEqual([watch.states[0]!.state, watch.states[0]!.measured], ["pass", 950]);
});

Deno.test("errors, single codes, integrity and backlog are read from the snapshot", () => {
  const total = spanOf("consumer", {
    seconds: 10,
    counters: { messages: 99_900 },
    errors: new Map([["Timeout", 90], ["ServiceNotReady", 10]]),
  });
  const snapshot = snapshotOf("consumer", {
    total,
    backlog: 1500,
    integrity: {
      mode: "count",
      streams: 1,
      verified: 1,
      lost: 3,
      duplicates: 0,
      outOfOrder: 0,
      corrupt: 0,
      foreign: 0,
    },
  });
  const texts = [
    "errors==100",
    "errors.Timeout<90",
    "errors.rate<=0.1%",
    "verify.lost==0",
    "backlog<1k",
    "verify.corrupt==0",
  ];
  const states = new ThresholdWatch(parseThresholds(texts, CONSUMER)).finish(snapshot);
  assert.deepEqual(states.map(({ state }) => state), ["pass", "fail", "pass", "fail", "fail", "pass"]);
  assert.deepEqual(states.map(({ value }) => value), ["100", "90", "0.10%", "3", "1,500", "0"]);
});

Deno.test("a consumer whose time is cut back at its end is held against the same target", () => {
  const total = spanOf("consumer", { seconds: 10, counters: { messages: 5000 } });
  const watch = new ThresholdWatch(parseThresholds(["rate>=0.99*target"], CONSUMER));
  watch.observe(snapshotOf("consumer", { total, targetRate: 1000 }));
  assert.equal(watch.states[0]!.state, "fail");
  total.seconds = 5;
  assert.equal(watch.finish(snapshotOf("consumer", { total, targetRate: 1000 }))[0]!.state, "pass");
});
