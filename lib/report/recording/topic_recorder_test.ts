import assert from "node:assert/strict";
import type { RunSnapshot } from "../../load/snapshot.ts";
import { snapshotOf, spanOf } from "../report_test_support.ts";
import { TopicRecorder } from "./topic_recorder.ts";

function snapshot(seconds: number, messages: Float64Array, replace: Partial<RunSnapshot> = {}): RunSnapshot {
  const topics = { count: messages.length, together: 1, messages, nameOf: (place: number) => `t-${place}` };
  const counters = { messages: messages.reduce((sum, count) => sum + count) };
  return snapshotOf("producer", { total: spanOf("producer", { seconds, counters }), topics, ...replace });
}

Deno.test("intervals of a second tile the measured part, and the slowest topics are named", () => {
  const recorder = new TopicRecorder();
  const messages = new Float64Array(3);
  // What came in the warm-up is no part of it.
  messages.fill(50);
  for (let half = 0; half <= 10; half++) {
    recorder.observe(snapshot(half / 2, messages));
    messages[0]! += 5;
    messages[2]! += 10;
  }
  messages.set([100, 50, 150]);
  recorder.finish(snapshot(5.2, messages));
  const { intervals, ...rest } = recorder.record!;
  assert.deepEqual(rest, {
    count: 3,
    together: 1,
    minPerSecond: 0,
    medianPerSecond: 50 / 5.2,
    maxPerSecond: 100 / 5.2,
    silent: 1,
    slowest: [0, 50 / 5.2, 100 / 5.2].map((messagesPerSecond, at) => (
      { topic: `t-${[1, 0, 2][at]}`, messagesPerSecond }
    )),
  });
  assert.deepEqual(intervals.map(({ fromSeconds }) => fromSeconds), [0, 1, 2, 3, 4]);
  assert.deepEqual(intervals.map((interval) => interval.messages), Array(5).fill([10, 0, 20]));
  assert.ok(Math.abs(intervals.at(-1)!.seconds - 1.2) < 1e-9, "a short rest belongs to the one before");
});

Deno.test("many topics and a long run stay within bounds, and no message is left out", () => {
  const recorder = new TopicRecorder();
  const messages = new Float64Array(1001);
  for (let second = 0; second <= 1000; second++) {
    recorder.observe(snapshot(second, messages));
    if (second < 1000) { for (let place = 0; place < messages.length; place++) messages[place]! += 2; }
  }
  recorder.finish(snapshot(1000, messages));
  const { intervals, together } = recorder.record!;
  assert.equal(together, 6);
  assert.ok(intervals.length <= 121, String(intervals.length));
  for (const { messages, seconds } of intervals) {
    assert.equal(messages.length, 167);
    assert.ok(messages.slice(0, -1).every((count) => count === 12 * seconds));
  }
  const sum = intervals.reduce((all, one) => all + one.messages.reduce((row, count) => row + count), 0);
  assert.equal(sum, 2 * 1001 * 1000);
});

Deno.test("topics of few messages have longer intervals, in which they can be told apart", () => {
  const recorder = new TopicRecorder();
  const messages = new Float64Array(4);
  for (let second = 0; second <= 60; second++) {
    recorder.observe(snapshot(second, messages));
    // From the middle on nothing comes.
    if (second < 30) messages.fill(second + 1);
  }
  const { intervals } = recorder.record!;
  assert.deepEqual(intervals.map(({ seconds, messages }) => [seconds, messages[0]]), [
    [10, 10],
    [10, 10],
    [10, 10],
    [15, 0],
    [15, 0],
  ]);
});

Deno.test("a reset begins anew", () => {
  const recorder = new TopicRecorder();
  const messages = new Float64Array(2);
  recorder.observe(snapshot(0, messages));
  messages.fill(10);
  recorder.observe(snapshot(1, messages));
  messages.fill(20);
  recorder.observe(snapshot(0.5, messages, { epoch: 2 }));
  messages.fill(30);
  recorder.observe(snapshot(1.5, messages, { epoch: 2 }));
  const { intervals } = recorder.record!;
  assert.deepEqual(intervals.map(({ fromSeconds, messages }) => [fromSeconds, messages]), [[0.5, [10, 10]]]);
});

Deno.test("of a run of one topic, or before anything is measured, there is nothing to tell", () => {
  const recorder = new TopicRecorder();
  recorder.observe(snapshotOf("producer"));
  recorder.observe(snapshot(0, new Float64Array(2), { measured: false }));
  recorder.finish(snapshotOf("producer"));
  assert.equal(recorder.record, undefined);
});
