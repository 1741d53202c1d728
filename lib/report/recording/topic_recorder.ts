/**
 * Messages of each topic over the measured time, within bounds: some neighbouring topics make a row, and once there are
 * many intervals, two of them become one.
 */
import type { RunSnapshot } from "../../load/snapshot.ts";
import {
  MOST_NAMED,
  type TopicIntervalRecord,
  type TopicsRecord,
  topicsTogether,
} from "../result/topics_record.ts";

const MOST_INTERVALS = 120;
const PERIOD_SECONDS = 1;
/** Messages of a row, on average, from which on rows are told apart; slow topics have longer intervals. */
const ENOUGH = 10;
const LONGEST_SECONDS = 15;

/** Counts where a stretch of time begins. */
interface Moment {
  readonly seconds: number;
  readonly messages: Float64Array;
  /** Of all topics, since the epoch began. */
  readonly sum: number;
}

export class TopicRecorder {
  #epoch: number | undefined;
  #period = PERIOD_SECONDS;
  /** Places that make a row. */
  #places = 1;
  #begin: Moment | undefined;
  #last: Moment | undefined;
  #end: RunSnapshot | undefined;
  #intervals: TopicIntervalRecord[] = [];

  /** Takes in a snapshot; call it more often than once a second. Nothing is recorded of a run that has one topic. */
  observe(snapshot: RunSnapshot): void {
    if (!this.#follow(snapshot)) return;
    const { seconds, counters } = snapshot.total;
    const length = seconds - this.#last!.seconds;
    if (length < this.#period - 1e-6) return;
    const rows = Math.ceil(snapshot.topics!.messages.length / this.#places);
    const isEnough = counters.messages - this.#last!.sum >= ENOUGH * rows;
    if (isEnough || length >= LONGEST_SECONDS) this.#close(snapshot);
  }

  /** What is left at the end belongs to the last interval, if it is short. */
  finish(snapshot: RunSnapshot): void {
    if (!this.#follow(snapshot)) return;
    const left = snapshot.total.seconds - this.#last!.seconds;
    const isShort = left < this.#period / 2;
    // Receipts are waited for after the measured time, and the snapshot is of later.
    const end = (this.#intervals.at(-1)?.atUs ?? Infinity) + Math.round(left * 1e6);
    this.#close(snapshot, Math.min(snapshot.at, end));
    const [last, rest] = this.#intervals.slice(-2);
    if (isShort && last !== undefined && rest !== undefined) {
      this.#intervals.splice(-2, 2, joined(last, rest));
    }
  }

  /** Undefined where there are no topics to be told apart, or nothing was measured. */
  get record(): TopicsRecord | undefined {
    const { topics, total } = this.#end ?? {};
    if (topics === undefined || total === undefined || this.#intervals.length === 0) return undefined;
    const { count, together, messages, nameOf } = topics;
    const seconds = total.seconds - this.#begin!.seconds;
    const rates = messages.map((value, place) => {
      const topicsOfPlace = Math.min(together, count - place * together);
      return (value - (this.#begin!.messages[place] ?? 0)) / seconds / topicsOfPlace;
    });
    const order = Array.from(rates.keys()).sort((a, b) => rates[a]! - rates[b]!);
    const at = (place: number): number => rates[order[place]!]!;
    return {
      count,
      together: together * this.#places,
      minPerSecond: at(0),
      medianPerSecond: at(order.length >> 1),
      maxPerSecond: at(order.length - 1),
      silent: rates.reduce((silent, rate) => rate === 0 ? silent + 1 : silent, 0),
      slowest: order.slice(0, MOST_NAMED).map((place) => ({
        topic: nameOf(place),
        messagesPerSecond: rates[place]!,
      })),
      intervals: this.#intervals,
    };
  }

  /** Whether the snapshot is of the measured part; a new epoch begins anew, at the first look at it. */
  #follow(snapshot: RunSnapshot): boolean {
    const { topics, measured, epoch } = snapshot;
    if (topics === undefined || !measured) return false;
    this.#end = snapshot;
    if (epoch === this.#epoch) return true;
    this.#epoch = epoch;
    this.#intervals = [];
    this.#period = PERIOD_SECONDS;
    this.#places = topicsTogether(topics.messages.length);
    this.#begin = this.#last = momentOf(snapshot);
    return true;
  }

  #close(snapshot: RunSnapshot, at = snapshot.at): void {
    const { messages } = snapshot.topics!;
    const { seconds } = snapshot.total;
    const last = this.#last!;
    const rows = new Array<number>(Math.ceil(messages.length / this.#places)).fill(0);
    messages.forEach((value, place) => {
      rows[Math.floor(place / this.#places)]! += value - (last.messages[place] ?? 0);
    });
    this.#intervals.push({
      atUs: Math.round(at),
      fromSeconds: last.seconds,
      seconds: Math.max(0, seconds - last.seconds),
      messages: rows,
    });
    this.#last = momentOf(snapshot);
    if (this.#intervals.length <= MOST_INTERVALS) return;
    this.#period *= 2;
    const pairs: TopicIntervalRecord[] = [];
    for (let index = 0; index < this.#intervals.length; index += 2) {
      const [one, other] = this.#intervals.slice(index, index + 2);
      pairs.push(other === undefined ? one! : joined(one!, other));
    }
    this.#intervals = pairs;
  }
}

function momentOf({ topics, total }: RunSnapshot): Moment {
  return {
    seconds: total.seconds,
    messages: topics!.messages.slice(),
    sum: total.counters.messages,
  };
}

function joined(one: TopicIntervalRecord, other: TopicIntervalRecord): TopicIntervalRecord {
  return {
    atUs: other.atUs,
    fromSeconds: one.fromSeconds,
    seconds: one.seconds + other.seconds,
    messages: other.messages.map((value, row) => value + (one.messages[row] ?? 0)),
  };
}
