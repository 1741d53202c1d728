import assert from "node:assert/strict";
import { decodeHistogram } from "../load/hdr_encoding.ts";
import { Histogram } from "../load/histogram.ts";
import { IntervalRecorder } from "./intervals.ts";
import { snapshotOf, spanOf } from "./test_support.ts";

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
    snapshotOf("producer", { total: spanOf("producer", { seconds: 4, counters: { messages: 40 } }) }),
  );
  assert.equal(fresh?.messagesPerSecond, 10);
  assert.equal(recorder.records.length, 1);
});

Deno.test("when a consumer's time is cut back to its last message, empty intervals go and the straddling one shrinks", () => {
  const recorder = new IntervalRecorder();
  const total = spanOf("consumer");
  for (const [seconds, messages] of [[10, 500], [20, 700], [30, 700], [40, 700]] as const) {
    total.seconds = seconds;
    total.counters.messages = messages;
    recorder.close(snapshotOf("consumer", { total }));
  }
  total.seconds = 14;
  assert.equal(recorder.close(snapshotOf("consumer", { total, phase: "done" })), undefined);
  assert.deepEqual(
    recorder.records.map((
      { fromSeconds, seconds, messages, messagesPerSecond },
    ) => [fromSeconds, seconds, messages, messagesPerSecond]),
    [[0, 10, 500, 50], [10, 4, 200, 50]],
  );
});

Deno.test("receipts that arrive after the clock has stopped belong to the last interval", () => {
  const recorder = new IntervalRecorder();
  const total = spanOf("producer", { seconds: 10, counters: { messages: 500 } });
  total.latency.service!.record(1000, 500);
  recorder.close(snapshotOf("producer", { total }));
  total.counters.messages = 520;
  total.latency.service!.record(9000, 20);
  recorder.close(snapshotOf("producer", { total, phase: "done" }));
  const [only] = recorder.records;
  assert.equal(recorder.records.length, 1);
  assert.deepEqual([only!.seconds, only!.messages, only!.messagesPerSecond], [10, 520, 52]);
  assert.equal(only!.latency.service!.count, 520);
  assert.equal(only!.atUs, snapshotOf("producer", { total }).at);
});
