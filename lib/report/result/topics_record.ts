/** How the messages of a run of many topics were spread over them, in the result file. */

/** Rows of a record, at most. */
const MOST_ROWS = 200;
/** Of the slowest topics so many are named. */
export const MOST_NAMED = 5;

/** Topics that make a row, of so many in all. */
export function topicsTogether(count: number): number {
  return Math.max(1, Math.ceil(count / MOST_ROWS));
}

export interface TopicIntervalRecord {
  /** Wall-clock time of its end, microseconds since the Unix epoch. */
  readonly atUs: number;
  /** Seconds of the measured part before it. */
  readonly fromSeconds: number;
  readonly seconds: number;
  /** Acknowledged or received in it, by row of neighbouring topics. */
  readonly messages: readonly number[];
}

/** Rates are of the whole measured part. */
export interface TopicsRecord {
  /** Topics, each partition for itself. */
  readonly count: number;
  /** Neighbouring topics that make a row; the last row may have fewer. */
  readonly together: number;
  readonly minPerSecond: number;
  readonly medianPerSecond: number;
  readonly maxPerSecond: number;
  /** Topics without any message. */
  readonly silent: number;
  /** Other processes have producers or consumers on the same topics, whose messages are not here. */
  readonly shared?: true;
  /** At most five, the slowest first. */
  readonly slowest: readonly { readonly topic: string; readonly messagesPerSecond: number }[];
  /** At most 120, which tile the measured part from the first look at it. */
  readonly intervals: readonly TopicIntervalRecord[];
}

/** Topics of a row. */
export function topicsOfRow({ count, together }: TopicsRecord, row: number): number {
  return Math.max(1, Math.min(together, count - row * together));
}
