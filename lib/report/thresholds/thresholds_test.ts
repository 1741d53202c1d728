import assert from "node:assert/strict";
import type { Integrity, RunSnapshot, Span } from "../../load/snapshot.ts";
import { NOTHING_VERIFIED } from "../../load/snapshot_test_support.ts";
import { snapshotOf, spanOf } from "../report_test_support.ts";
import { parseThresholds, ThresholdWatch } from "./thresholds.ts";

const PRODUCER = { role: "producer", hasTarget: true, verifies: true } as const;
const CONSUMER = { role: "consumer", hasTarget: true, verifies: true } as const;

/** A producer that publishes `rate` messages a second, each acknowledged after `micros`. */
class Run {
  readonly total: Span = spanOf("producer");
  targetRate = 1000;
  asked = 0;

  advance(seconds: number, rate: number, micros: number): this {
    this.total.seconds += seconds;
    this.asked += seconds * this.targetRate;
    this.total.counters.messages += rate * seconds;
    this.total.latency.service!.record(micros, rate * seconds);
    return this;
  }

  get snapshot(): RunSnapshot {
    const { total, targetRate, asked } = this;
    return snapshotOf("producer", { total, targetRate, asked });
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

for (const seconds of [2, 10, 30, 60]) {
  Deno.test(`a ramp of ${seconds} s that was followed exactly meets its target`, () => {
    const [rate, step] = [10_000, 0.5];
    const run = new Run();
    const watch = watching("rate>=0.99*target", "rate>=0.99*target over 1s", "rate>target");
    for (let at = step; at <= seconds; at += step) {
      const total = rate * at ** 2 / (2 * seconds);
      run.targetRate = rate * at / seconds;
      run.advance(step, (total - run.total.counters.messages) / step, 1000);
      run.asked = total;
      watch.observe(run.snapshot);
    }
    assert.deepEqual(watch.finish(run.snapshot).map(({ state }) => state), ["pass", "pass", "fail"]);
  });
}

Deno.test("without a sum of what was asked for, because it was unlimited for a while, no target is met", () => {
  const { asked: _asked, ...snapshot } = new Run().advance(5, 1000, 1000).snapshot;
  const [state] = watching("rate>=0.99*target").finish(snapshot);
  assert.deepEqual([state!.state, state!.value], ["fail", "nothing measured"]);
});

for (const phase of ["warmup", "draining"] as const) {
  Deno.test(`a warm-up is not judged, nor what is left of one that the user ended (${phase})`, () => {
    const run = new Run().advance(1, 1000, 50_000);
    const watch = watching("service.max<20ms abort", "errors==0", "rate>1 over 1s");
    const snapshot = { ...run.snapshot, phase, measured: false };
    watch.observe(snapshot);
    assert.equal(watch.states[0]!.state, "pending");
    assert.equal(watch.abortReason, undefined);
    assert.deepEqual(
      watch.finish({ ...snapshot, phase: "done" }).map(({ state, value }) => [state, value]),
      [["fail", "nothing measured"], ["fail", "nothing measured"], ["fail", "nothing measured"]],
    );
  });
}

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
  for (let i = 0; i < 5; i++) watch.observe({ ...after.advance(1, 950, 1_000).snapshot, epoch: 2 });
  assert.deepEqual([watch.states[0]!.state, watch.states[0]!.measured], ["pass", 950]);
});

Deno.test("no window reaches over a reset, though all counters are higher after it than before", () => {
  const watch = watching("rate<=1500 over 2s");
  // As at the end of a warm-up: 1 s at 1,000 msg/s, then the measured part, looked at only when it is 3.5 s old.
  watch.observe(new Run().advance(1, 1000, 1_000).snapshot);
  const after = new Run().advance(3.5, 1400, 1_000);
  watch.observe({ ...after.snapshot, epoch: 2 });
  assert.equal(watch.states[0]!.state, "pending", "one reading is no window");
  watch.observe({ ...after.advance(2, 1400, 1_000).snapshot, epoch: 2 });
  assert.deepEqual([watch.states[0]!.state, watch.states[0]!.measured], ["pass", 1400]);
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
  watch.observe(snapshotOf("consumer", { total, targetRate: 1000, asked: 10_000 }));
  assert.equal(watch.states[0]!.state, "fail");
  total.seconds = 5;
  assert.equal(
    watch.finish(snapshotOf("consumer", { total, targetRate: 1000, asked: 5000 }))[0]!.state,
    "pass",
  );
});

Deno.test("thresholds on the verification fail when nothing was verified; on what was seen they are judged", () => {
  const judge = (text: string, integrity: Integrity): string => {
    const watch = new ThresholdWatch(parseThresholds([text], CONSUMER));
    const [state] = watch.finish(
      snapshotOf("consumer", { total: spanOf("consumer", { seconds: 3 }), integrity }),
    );
    return `${state!.state} ${state!.value}`;
  };
  for (const name of ["lost", "duplicates", "out_of_order", "corrupt", "foreign", "verified"]) {
    assert.equal(judge(`verify.${name}==0`, NOTHING_VERIFIED), "fail nothing measured", name);
    assert.equal(judge(`verify.${name}>=0`, { ...NOTHING_VERIFIED, verified: 5 }).slice(0, 4), "pass", name);
  }
  const foreign = { ...NOTHING_VERIFIED, foreign: 83 };
  assert.equal(judge("verify.lost==0", foreign), "fail nothing measured");
  assert.equal(judge("verify.foreign<9", foreign), "fail 83");
  assert.equal(judge("verify.verified>0", foreign), "fail 0");
  assert.equal(judge("verify.lost<5", { ...NOTHING_VERIFIED, lost: 9 }), "fail 9", "known to have been sent");
});

Deno.test("outages are judged by number, by all their time, and by the longest, for both roles", () => {
  const outages = { count: 3, totalMicros: 9e6, longestMicros: 5e6 };
  for (const context of [PRODUCER, CONSUMER]) {
    const judge = (at: RunSnapshot["outages"]): string[] => {
      const texts = ["outages<=3", "outages==0", "outages.total<10s", "outages.longest<=4s"];
      const watch = new ThresholdWatch(parseThresholds(texts, context));
      const states = watch.finish(snapshotOf(context.role, { outages: at }));
      return states.map(({ state, value }) => `${state} ${value}`);
    };
    assert.deepEqual(judge(outages), ["pass 3", "fail 3", "pass 9.00 s", "fail 5.00 s"]);
    const none = judge({ count: 0, totalMicros: 0, longestMicros: 0 });
    assert.deepEqual(none.map((text) => text.split(" ")[0]), ["pass", "pass", "pass", "pass"]);
  }
});
