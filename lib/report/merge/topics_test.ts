import assert from "node:assert/strict";
import type { TopicsRecord } from "../result/topics_record.ts";
import { joinTopics } from "./topics.ts";

/** Intervals of a second from `start` on, the same messages in each of them. */
function record(
  start: number,
  seconds: number,
  messages: readonly number[],
  more: Partial<TopicsRecord> = {},
): TopicsRecord {
  const sorted = [...messages].sort((a, b) => a - b);
  return {
    count: messages.length,
    together: 1,
    minPerSecond: sorted[0]!,
    medianPerSecond: sorted[messages.length >> 1]!,
    maxPerSecond: sorted.at(-1)!,
    silent: messages.filter((each) => each === 0).length,
    slowest: sorted.slice(0, 5).map((messagesPerSecond) => ({
      topic: `t-${start}-${messagesPerSecond}`,
      messagesPerSecond,
    })),
    intervals: Array.from({ length: seconds }, (_, at) => ({
      atUs: (start + at + 1) * 1e6,
      fromSeconds: at,
      seconds: 1,
      messages,
    })),
    ...more,
  };
}

function sumOf({ intervals }: TopicsRecord): number {
  return intervals.flatMap(({ messages }) => messages).reduce((sum, each) => sum + each, 0);
}

Deno.test("topics of several processes stand beside one another, with the rates of all", () => {
  const joined = joinTopics([record(100, 4, [10, 20]), record(100, 4, [0, 40, 50])])!;
  assert.deepEqual(joined.intervals.map(({ messages }) => messages), Array(4).fill([10, 20, 0, 40, 50]));
  const { count, minPerSecond, medianPerSecond, maxPerSecond, silent, slowest } = joined;
  assert.deepEqual([count, minPerSecond, medianPerSecond, maxPerSecond, silent], [5, 0, 20, 50, 1]);
  assert.deepEqual(slowest.map(({ messagesPerSecond }) => messagesPerSecond), [0, 10, 20, 40, 50]);
});

Deno.test("parts that began at different moments are laid on one time, and no message is left out", () => {
  const parts = [record(100, 10, [8]), record(100.5, 7, [4, 6])];
  const joined = joinTopics(parts)!;
  assert.equal(joined.intervals.length, 10);
  // Half of the first second, half of the last but two.
  assert.deepEqual(joined.intervals.map(({ messages }) => messages[1]), [2, 4, 4, 4, 4, 4, 4, 2, 0, 0]);
  assert.equal(sumOf(joined), parts.reduce((sum, part) => sum + sumOf(part), 0));
  const early = joinTopics([record(100, 10, [8]), record(50, 2, [5])])!;
  assert.deepEqual(early.intervals.map(({ messages }) => messages[1]), [10, ...Array(9).fill(0)]);
});

Deno.test("rows of many topics become larger ones, which keep what they have in common", () => {
  const part = record(100, 3, Array(200).fill(30), { count: 600, together: 3 });
  const joined = joinTopics([part, part, record(100, 3, Array(100).fill(10))])!;
  assert.deepEqual([joined.count, joined.together, joined.intervals[0]!.messages.length], [1300, 7, 186]);
  assert.equal(sumOf(joined), 2 * 3 * 200 * 30 + 3 * 100 * 10);
  assert.deepEqual(joined.intervals[0]!.messages.slice(0, 3), [70, 70, 70], "ten a topic");
  assert.deepEqual(joined.medianPerSecond, 10);
});

Deno.test("the same topics in all processes add up", () => {
  const joined = joinTopics([
    record(100, 4, [10, 0], { shared: true }),
    record(100, 4, [5, 0], { shared: true }),
  ])!;
  const { count, minPerSecond, medianPerSecond, maxPerSecond, silent, slowest, shared } = joined;
  assert.deepEqual([count, minPerSecond, medianPerSecond, maxPerSecond, silent], [2, 0, 7.5, 15, 1]);
  assert.deepEqual([slowest, shared], [[], undefined]);
});

Deno.test("what cannot be told apart is not joined", () => {
  assert.equal(joinTopics([]), undefined);
  const [own, shared] = [record(1, 1, [1]), record(1, 1, [1], { shared: true })];
  assert.equal(joinTopics([own]), own);
  assert.equal(joinTopics([own, shared]), undefined);
  assert.equal(joinTopics([shared, record(1, 1, [1, 2], { shared: true })]), undefined);
});
