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
      ...(snapshot.targetRate === undefined ? {} : { targetRate: snapshot.targetRate }),
      ...(snapshot.backlog === undefined ? {} : { backlog: snapshot.backlog }),
      ...(snapshot.stage === undefined ? {} : { stage: snapshot.stage.name }),
    };
    this.#last = copySpan(total);
    this.#records.push(record);
    return record;
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
