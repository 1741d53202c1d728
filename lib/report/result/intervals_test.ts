import assert from "node:assert/strict";
import { decodeHistogram } from "../../load/histogram/encoding.ts";
import { Histogram } from "../../load/histogram/histogram.ts";
import { IntervalRecorder } from "./intervals.ts";
import { snapshotOf, spanOf } from "../report_test_support.ts";

Deno.test("intervals tile the run: their counts, seconds and histograms add up to the total", () => {
  const recorder = new IntervalRecorder();
  const total = spanOf("producer");
  for (let i = 1; i <= 5; i++) {
    total.seconds += i % 2 === 0 ? 10 : 9.5;
    total.counters.messages += i * 100;
    total.counters.missed += i;
    total.latency.service!.record(i * 1000, i * 100);
    total.errors = new Map([["Timeout", i * 2]]);
    recorder.close(snapshotOf("producer", { total }));
  }
  const { records } = recorder;
  assert.equal(records.length, 5);
  assert.deepEqual(records.map(({ messages }) => messages), [100, 200, 300, 400, 500]);
  assert.deepEqual(records.map(({ errors }) => errors.Timeout), [2, 2, 2, 2, 2]);
  assert.equal(records.reduce((sum, { seconds }) => sum + seconds, 0), total.seconds);
  assert.deepEqual(records.map(({ fromSeconds }) => fromSeconds), [0, 9.5, 19.5, 29, 39]);
  const sum = new Histogram();
  for (const { latency } of records) sum.add(decodeHistogram(latency.service!.hdr));
  assert.deepEqual([...sum.buckets()], [...total.latency.service!.buckets()]);
});

Deno.test("a pause closes no empty interval", () => {
  const recorder = new IntervalRecorder();
  const total = spanOf("consumer", { seconds: 3 });
  assert.ok(recorder.close(snapshotOf("consumer", { total })));
  assert.equal(recorder.close(snapshotOf("consumer", { total, phase: "paused" })), undefined);
  assert.equal(recorder.records.length, 1);
});

Deno.test("a reset forgets the intervals that are no longer part of the total", () => {
  const recorder = new IntervalRecorder();
  recorder.close(
    snapshotOf("producer", { total: spanOf("producer", { seconds: 10, counters: { messages: 500 } }) }),
  );
  const fresh = recorder.close(
    snapshotOf("producer", {
      epoch: 2,
      total: spanOf("producer", { seconds: 40, counters: { messages: 4000 } }),
    }),
  );
  assert.deepEqual([fresh?.fromSeconds, fresh?.seconds, fresh?.messages], [0, 40, 4000]);
  assert.equal(recorder.records.length, 1);
});

Deno.test("a warm-up has no intervals, whatever its phase is called, and none reaches into it", () => {
  const recorder = new IntervalRecorder({ period: 1 });
  const total = spanOf("producer", { seconds: 2, counters: { messages: 500 } });
  for (const phase of ["warmup", "draining", "done"] as const) {
    const snapshot = snapshotOf("producer", { total, phase, measured: false, epoch: 1 });
    assert.equal(recorder.secondsLeft(snapshot), Infinity);
    assert.deepEqual(
      [recorder.observe(snapshot), recorder.close(snapshot), recorder.finish(snapshot)],
      [undefined, undefined, undefined],
    );
  }
  total.counters.messages = 700;
  total.seconds = 1;
  const first = recorder.observe(snapshotOf("producer", { total, epoch: 2 }));
  assert.deepEqual([first?.fromSeconds, first?.messages], [0, 700]);
});

Deno.test("an interval ends with the first look at or after its time, the next on the grid again, never after less than half", () => {
  const recorder = new IntervalRecorder({ period: 10 });
  const ends: number[] = [];
  for (const seconds of [5, 9.9, 10.02, 19, 20, 33, 39, 40.5, 46, 54, 59, 60]) {
    const snapshot = snapshotOf("producer", { total: spanOf("producer", { seconds }) });
    if (recorder.observe(snapshot) !== undefined) ends.push(seconds);
  }
  assert.deepEqual(ends, [10.02, 20, 33, 40.5, 54, 60]);
  const left = recorder.secondsLeft(
    snapshotOf("producer", { total: spanOf("producer", { seconds: 62 }) }),
  );
  assert.equal(left, 8);
});

for (
  const { end, lengths, rest } of [
    { end: 34, lengths: [10, 10, 14], rest: 4 },
    { end: 36, lengths: [10, 10, 10, 6], rest: 6 },
    { end: 30, lengths: [10, 10, 10], rest: undefined },
  ]
) {
  Deno.test(`a run of ${end} s in intervals of 10 s: ${lengths.join(", ")}`, () => {
    const recorder = new IntervalRecorder({ period: 10 });
    const told: (number | undefined)[] = [];
    for (let seconds = 1; seconds < end + 0.5; seconds++) {
      const total = spanOf("producer", { seconds });
      told.push(recorder.observe(snapshotOf("producer", { total }))?.seconds);
    }
    const last = recorder.finish(snapshotOf("producer", { total: spanOf("producer", { seconds: end }) }));
    assert.deepEqual(recorder.records.map(({ seconds }) => seconds), lengths);
    assert.equal(
      last?.seconds,
      rest,
      "what was told live cannot be taken back, so the rest is told by itself",
    );
    assert.deepEqual(told.filter((seconds) => seconds !== undefined), [10, 10, 10]);
  });
}

Deno.test("a long run has at most about as many intervals as was said", () => {
  const recorder = new IntervalRecorder({ period: 1, most: 20 });
  for (let seconds = 0.5; seconds <= 3600; seconds += 0.5) {
    recorder.observe(snapshotOf("producer", { total: spanOf("producer", { seconds }) }));
  }
  // Each is longer than the one before by a twentieth: 20 of one second, then 20·ln(3600/20) more.
  assert.ok(recorder.records.length < 150, `${recorder.records.length}`);
  assert.ok(recorder.records.at(-1)!.seconds > 100);
});

Deno.test("the largest loop lag that any look has seen is that of the interval", () => {
  const recorder = new IntervalRecorder({ period: 1 });
  const look = (seconds: number, loopLagMicros: number) =>
    recorder.observe(snapshotOf("producer", { total: spanOf("producer", { seconds }), loopLagMicros }));
  look(0.5, 300_000);
  assert.equal(look(1, 10)?.loopLagUs, 300_000);
  assert.equal(look(2, 20)?.loopLagUs, 20);
});

Deno.test("the last interval ends when the measured time did, not when the last receipt had been waited for", () => {
  const recorder = new IntervalRecorder({ period: 10 });
  const since = 1_700_000_000_000_000;
  const total = spanOf("producer", { seconds: 10 });
  recorder.observe(snapshotOf("producer", { total, at: since + 10e6 }));
  total.seconds = 18;
  recorder.finish(snapshotOf("producer", { total, at: since + 27e6, phase: "done" }));
  assert.deepEqual(recorder.records.map(({ atUs }) => (atUs - since) / 1e6), [10, 18]);
});

Deno.test("who does not need them all keeps two intervals, and its end is still told whole", () => {
  const recorder = new IntervalRecorder({ period: 1, keepAll: false });
  const total = spanOf("producer");
  for (let seconds = 1; seconds <= 50; seconds++) {
    total.seconds = seconds;
    total.counters.messages += 10;
    assert.equal(recorder.observe(snapshotOf("producer", { total }))?.messages, 10);
  }
  assert.equal(recorder.records.length, 2);
  total.counters.messages += 3;
  assert.equal(recorder.finish(snapshotOf("producer", { total }))?.messages, 3);
});

Deno.test("when a consumer's time is cut back to its last message, empty intervals go and the straddling one shrinks", () => {
  const recorder = new IntervalRecorder({ period: 5 });
  const total = spanOf("consumer");
  for (const [seconds, messages] of [[10, 500], [20, 700], [30, 700], [40, 700]] as const) {
    total.seconds = seconds;
    total.counters.messages = messages;
    recorder.close(snapshotOf("consumer", { total }));
  }
  total.seconds = 14;
  assert.equal(recorder.finish(snapshotOf("consumer", { total, phase: "done" })), undefined);
  assert.deepEqual(
    recorder.records.map((
      { fromSeconds, seconds, messages, messagesPerSecond },
    ) => [fromSeconds, seconds, messages, messagesPerSecond]),
    [[0, 10, 500, 50], [10, 4, 200, 50]],
  );
});

Deno.test("receipts that arrive after the clock has stopped belong to the last interval", () => {
  const recorder = new IntervalRecorder({ period: 5 });
  const total = spanOf("producer", { seconds: 10, counters: { messages: 500 } });
  total.latency.service!.record(1000, 500);
  recorder.close(snapshotOf("producer", { total }));
  total.counters.messages = 520;
  total.latency.service!.record(9000, 20);
  recorder.finish(snapshotOf("producer", { total, phase: "done" }));
  const [only] = recorder.records;
  assert.equal(recorder.records.length, 1);
  assert.deepEqual([only!.seconds, only!.messages, only!.messagesPerSecond], [10, 520, 52]);
  assert.equal(only!.latency.service!.count, 520);
  assert.equal(only!.atUs, snapshotOf("producer", { total }).at);
});

Deno.test("the last interval belongs to the last stage, though the plan is over when it closes", () => {
  const recorder = new IntervalRecorder({ period: 10 });
  const total = spanOf("producer", { seconds: 6 });
  recorder.observe(snapshotOf("producer", { total, stage: { index: 1, count: 2, name: "hold", rate: 1 } }));
  total.seconds = 9;
  recorder.observe(snapshotOf("producer", { total, phase: "draining" }));
  recorder.finish(snapshotOf("producer", { total, phase: "done" }));
  assert.deepEqual(recorder.records.map(({ stage }) => stage), ["hold"]);
});

Deno.test("a rate from outside ends the stages, and later intervals have none", () => {
  const recorder = new IntervalRecorder({ period: 1 });
  const total = spanOf("producer", { seconds: 1 });
  recorder.observe(snapshotOf("producer", { total, stage: { index: 0, count: 1, name: "hold", rate: 1 } }));
  total.seconds = 2;
  assert.equal(recorder.observe(snapshotOf("producer", { total }))?.stage, undefined);
});
