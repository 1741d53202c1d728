/**
 * Cuts a run into reporting intervals that tile its measured part: each is the difference of two readings of the
 * running total, so that all of them together are the total again.
 *
 * Histograms are encoded when an interval closes (about a kilobyte each), so that a long run costs little memory.
 */
import type { RunSnapshot, Span } from "../load/snapshot.ts";
import type { IntervalRecord } from "./result_types.ts";
import { addSpans, continues, copySpan, spanBetween } from "./span_math.ts";
import { spanOfRecord, spanRecord } from "./span_record.ts";

/** Collects the intervals of one run. */
export class IntervalRecorder {
  readonly #records: IntervalRecord[] = [];
  #last: Span | undefined;
  #asked = 0;
  /** As they were before the last interval was closed. */
  #before: { last: Span | undefined; asked: number } = { last: undefined, asked: 0 };

  get records(): readonly IntervalRecord[] {
    return this.#records;
  }

  /**
   * Closes the interval that ends with this snapshot; call it once per reporting interval and at the end.
   *
   * @returns the interval, or undefined when no measured time has passed since the last one
   */
  close(snapshot: RunSnapshot): IntervalRecord | undefined {
    const total = snapshot.total;
    if (this.#last !== undefined && !continues(this.#last, total)) {
      // A reset began the measurement anew; what was recorded before is no part of the total any more.
      this.#records.length = 0;
      this.#last = undefined;
      this.#asked = 0;
    }
    const fromSeconds = this.#last?.seconds ?? 0;
    if (!(total.seconds > fromSeconds)) {
      if (this.#last !== undefined) this.#amend(this.#last, total);
      return undefined;
    }
    const span = this.#last === undefined ? total : spanBetween(this.#last, total);
    const record: IntervalRecord = {
      ...spanRecord(span),
      atUs: snapshot.at,
      fromSeconds,
      behindUs: Math.max(0, snapshot.behindMicros),
      inFlight: snapshot.inFlight,
      loopLagUs: Math.max(0, snapshot.loopLagMicros),
      ...this.#target(snapshot, span.seconds),
      ...(snapshot.backlog === undefined ? {} : { backlog: snapshot.backlog }),
      ...(snapshot.stage === undefined ? {} : { stage: snapshot.stage.name }),
    };
    this.#before = { last: this.#last, asked: this.#asked };
    this.#last = copySpan(total);
    this.#asked = snapshot.asked ?? 0;
    this.#records.push(record);
    return record;
  }

  /**
   * Closes the last interval of a finished run. What is left may be a few milliseconds in which nothing could happen:
   * such a rest is joined with the interval before it.
   */
  closeLast(snapshot: RunSnapshot): IntervalRecord | undefined {
    const last = this.#records.at(-1);
    const rest = snapshot.total.seconds - (this.#last?.seconds ?? 0);
    if (last !== undefined && rest > 0 && rest < last.seconds / 2) {
      this.#records.pop();
      this.#last = this.#before.last;
      this.#asked = this.#before.asked;
    }
    return this.close(snapshot);
  }

  /** Mean of what was asked for; the present rate where the sum is not known. */
  #target({ asked, targetRate }: RunSnapshot, seconds: number): { targetRate?: number } {
    if (asked !== undefined) return { targetRate: (asked - this.#asked) / seconds };
    return targetRate === undefined ? {} : { targetRate };
  }
  /**
   * Takes in a total whose time has not grown: a consumer's is cut back to its last message, a producer's stands still
   * while the last receipts arrive. The records have to add up to it all the same.
   */
  #amend(last: Span, total: Span): void {
    const records = this.#records;
    while (
      records.length > 1 && records.at(-1)!.fromSeconds >= total.seconds && records.at(-1)!.messages === 0
    ) {
      records.pop();
    }
    const record = records.pop();
    if (record === undefined) return;
    const span = addSpans(spanOfRecord(record), spanBetween(last, total));
    span.seconds = Math.max(0, total.seconds - record.fromSeconds);
    const cutUs = (last.seconds - total.seconds) * 1e6;
    records.push({
      ...record,
      ...spanRecord(span),
      atUs: record.atUs - Math.min(cutUs, record.seconds * 1e6),
    });
    this.#last = copySpan(total);
  }
}
