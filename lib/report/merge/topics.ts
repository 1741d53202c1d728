/**
 * Messages by topic of several processes: their topics beside one another, or the same topics added up. Rows and
 * intervals of the parts are dealt out to those of the whole by what they have in common, so that no message is left out.
 */
import { median } from "../../load/figures.ts";
import {
  MOST_NAMED,
  type TopicIntervalRecord,
  topicsOfRow,
  type TopicsRecord,
  topicsTogether,
} from "../result/topics_record.ts";
import type { RunResult } from "../result/types.ts";

/**
 * Of a scenario's group.
 *
 * @param results of the processes that have parts of it
 * @returns undefined where it has one topic, or what is known does not tell its topics apart
 */
export function joinByTopic(results: readonly RunResult[]): TopicsRecord | undefined {
  if (results.length < 2) return results[0]?.byTopic;
  // A part of one topic has no record of it. Parts that have the same one do not tell it apart.
  const single = results.filter(({ byTopic }) => byTopic === undefined);
  if (new Set(single.map(({ run }) => run.topic)).size < single.length) return undefined;
  const ordered = [...results].sort((a, b) => a.instances[0]!.index - b.instances[0]!.index);
  const parts = ordered.flatMap((result) => result.byTopic ?? recordOf(result) ?? []);
  return parts.length < results.length ? undefined : joinTopics(parts);
}

/** Of a result with one topic. */
function recordOf({ intervals, totals, run: { topic } }: RunResult): TopicsRecord | undefined {
  const { messagesPerSecond } = totals;
  return intervals.length === 0 ? undefined : {
    count: 1,
    together: 1,
    minPerSecond: messagesPerSecond,
    medianPerSecond: messagesPerSecond,
    maxPerSecond: messagesPerSecond,
    silent: totals.messages === 0 ? 1 : 0,
    slowest: [{ topic, messagesPerSecond }],
    intervals: intervals.map(({ atUs, fromSeconds, seconds, messages }) => ({
      atUs,
      fromSeconds,
      seconds,
      messages: [messages],
    })),
  };
}

/** @param parts in the order of the processes; undefined without any */
export function joinTopics(parts: readonly TopicsRecord[]): TopicsRecord | undefined {
  const [first] = parts;
  if (first === undefined) return undefined;
  if (parts.length === 1) return first;
  const areShared = parts.every(({ shared }) => shared === true);
  // Others would be counted twice, or not be told from one another.
  if (areShared && parts.some(({ count, together }) => count !== first.count || together > 1)) {
    return undefined;
  }
  if (!areShared && parts.some(({ shared }) => shared === true)) return undefined;
  const count = areShared ? first.count : parts.reduce((sum, part) => sum + part.count, 0);
  const together = topicsTogether(count);
  const intervals = timesOf(parts).map((time): TopicIntervalRecord => ({
    ...time,
    messages: new Array<number>(Math.ceil(count / together)).fill(0),
  }));
  let before = 0;
  for (const part of parts) {
    deal(part, intervals, before, together);
    if (!areShared) before += part.count;
  }
  return {
    count,
    together,
    ...(areShared ? sharedRates(intervals) : ratesOf(parts)),
    intervals: rounded(intervals),
  };
}

/** Whole messages, of which each row has as many in all as before. */
function rounded(intervals: readonly TopicIntervalRecord[]): TopicIntervalRecord[] {
  const exact: number[] = [];
  const told: number[] = [];
  return intervals.map((one) => ({
    ...one,
    messages: one.messages.map((value, row) => {
      exact[row] = (exact[row] ?? 0) + value;
      const whole = Math.round(exact[row]) - (told[row] ?? 0);
      told[row] = (told[row] ?? 0) + whole;
      return whole;
    }),
  }));
}

type Time = Omit<TopicIntervalRecord, "messages">;

/** The intervals of the part that has most of them. */
function timesOf(parts: readonly TopicsRecord[]): Time[] {
  const { intervals } = parts.reduce((most, part) =>
    part.intervals.length > most.intervals.length ? part : most
  );
  return intervals.map(({ messages: _messages, ...time }) => time);
}

const startOf = ({ atUs, seconds }: Time): number => atUs - seconds * 1e6;

/** Adds a part's messages, whose first topic has the number `before` in the whole. */
function deal(
  part: TopicsRecord,
  intervals: readonly TopicIntervalRecord[],
  before: number,
  together: number,
): void {
  const times = intervals.map((one) => ({ from: startOf(one), to: one.atUs }));
  for (const interval of part.intervals) {
    const shares = sharesOf(times, startOf(interval), interval.atUs);
    interval.messages.forEach((messages, row) => {
      const from = before + row * part.together;
      const to = from + topicsOfRow(part, row);
      for (let target = Math.floor(from / together); target * together < to; target++) {
        const common = Math.min(to, (target + 1) * together) - Math.max(from, target * together);
        const here = messages * common / (to - from);
        for (const [index, share] of shares) {
          (intervals[index]!.messages as number[])[target]! += here * share;
        }
      }
    });
  }
}

/** How a stretch of time falls on others, in shares that make 1; what lies beside all of them is the nearest one's. */
function sharesOf(
  times: readonly { readonly from: number; readonly to: number }[],
  from: number,
  to: number,
): [index: number, share: number][] {
  const overlaps = times.flatMap((time, index): [number, number][] => {
    const common = Math.min(to, time.to) - Math.max(from, time.from);
    return common > 0 ? [[index, common]] : [];
  });
  const whole = overlaps.reduce((sum, [, common]) => sum + common, 0);
  if (whole > 0) return overlaps.map(([index, common]) => [index, common / whole]);
  return [[to <= times[0]!.from ? 0 : times.length - 1, 1]];
}

type Rates = Pick<
  TopicsRecord,
  "minPerSecond" | "medianPerSecond" | "maxPerSecond" | "silent" | "slowest"
>;

/** Of topics that each have one process. The median is exact where rows are single topics, else that of the rows. */
function ratesOf(parts: readonly TopicsRecord[]): Rates {
  const rates = parts.flatMap((part) => {
    const seconds = part.intervals.reduce((sum, one) => sum + one.seconds, 0);
    return sumsOf(part.intervals).flatMap((sum, row) => {
      const topics = topicsOfRow(part, row);
      return new Array<number>(topics).fill(sum / seconds / topics);
    });
  });
  return {
    minPerSecond: Math.min(...parts.map(({ minPerSecond }) => minPerSecond)),
    medianPerSecond: median(rates.sort((a, b) => a - b)),
    maxPerSecond: Math.max(...parts.map(({ maxPerSecond }) => maxPerSecond)),
    silent: parts.reduce((sum, { silent }) => sum + silent, 0),
    slowest: parts.flatMap(({ slowest }) => slowest)
      .sort((a, b) => a.messagesPerSecond - b.messagesPerSecond).slice(0, MOST_NAMED),
  };
}

/** Of topics that all processes have: their names are known to each part only as far as they were slow there. */
function sharedRates(intervals: readonly TopicIntervalRecord[]): Rates {
  const seconds = intervals.reduce((sum, one) => sum + one.seconds, 0);
  const rates = sumsOf(intervals).map((sum) => sum / seconds).sort((a, b) => a - b);
  return {
    minPerSecond: rates[0] ?? 0,
    medianPerSecond: median(rates),
    maxPerSecond: rates.at(-1) ?? 0,
    silent: rates.filter((rate) => rate === 0).length,
    slowest: [],
  };
}

/** Messages by row, of all intervals. */
function sumsOf(intervals: readonly TopicIntervalRecord[]): number[] {
  const sums: number[] = [];
  for (const { messages } of intervals) {
    messages.forEach((value, row) => sums[row] = (sums[row] ?? 0) + value);
  }
  return sums;
}
