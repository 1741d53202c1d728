/**
 * A worker's side of the metrics: counts what happened into the worker's block of shared memory. The layout and
 * the protocol with the reader are in `layout.ts`; the reader is `MetricsReader`.
 */
import { bucketIndex, CELLS, MAX_VALUE, spreadInto } from "../histogram/layout.ts";
import {
  BATCH_SIZE,
  BEHIND,
  BLOCK_BYTES,
  cellsAt,
  type CounterName,
  COUNTERS,
  END_TO_END,
  ERRORS_AT,
  HANDED,
  IN_FLIGHT,
  LAG_AT,
  NEGATIVES_AT,
  PHASE,
  rangesAt,
  RESPONSE,
  SATURATED_AT,
  SEQUENCE,
  SERVICE,
  SETTLED_AT,
  STATE,
  sumsAt,
} from "./layout.ts";
import { WORKER_STATES, type WorkerState } from "../snapshot.ts";

// Literal positions for the hot path, tied to the table by the type.
const at = (name: CounterName): number => COUNTERS.indexOf(name);
const MESSAGES = at("messages");
const BYTES = at("bytes");
const WIRE_BYTES = at("wireBytes");
const ENTRIES = at("entries");
const FAILED = at("failed");
const REDELIVERED = at("redelivered");

/**
 * Writes one worker's figures. Every `record…` is one consistent step for the reader: two atomic stores and one
 * atomic load around plain writes, whatever the weight of the batch. Nothing here allocates or throws.
 *
 * A worker that is restarted takes over the block of its predecessor, and the figures go on.
 */
export class WorkerMetrics {
  readonly #i32: Int32Array;
  readonly #u32: Uint32Array;
  readonly #f64: Float64Array;
  #sequence: number;
  // Where the half of the current record is.
  #sums = 0;
  #ranges = 0;
  #cells = 0;

  constructor(memory: SharedArrayBuffer, byteOffset: number) {
    this.#i32 = new Int32Array(memory, byteOffset, BLOCK_BYTES / 4);
    this.#u32 = new Uint32Array(memory, byteOffset, BLOCK_BYTES / 4);
    this.#f64 = new Float64Array(memory, byteOffset, BLOCK_BYTES / 8);
    // A predecessor may have died inside a record.
    const sequence = Atomics.load(this.#i32, SEQUENCE);
    this.#sequence = sequence + (sequence & 1) | 0;
    Atomics.store(this.#i32, SEQUENCE, this.#sequence);
  }

  /**
   * Opens a record made of several `add…` calls that the reader shall see together; `end` must follow in the same
   * turn. The `record…` methods do this on their own.
   */
  begin(): void {
    Atomics.store(this.#i32, SEQUENCE, this.#sequence = this.#sequence + 1 | 0);
    // After the store above in the one order of all atomic steps: either the reader sees us inside the record and
    // waits, or we see its new phase.
    const phase = Atomics.load(this.#i32, PHASE);
    this.#sums = sumsAt(phase);
    this.#ranges = rangesAt(phase);
    this.#cells = cellsAt(phase);
  }

  end(): void {
    Atomics.store(this.#i32, SEQUENCE, this.#sequence = this.#sequence + 1 | 0);
  }

  /** Messages handed to the socket. One plain addition: it has nothing to be consistent with. */
  recordSend(count: number): void {
    this.#f64[HANDED]! += count;
  }

  /**
   * A broker's receipt for an entry of `count` messages whose intended times lie evenly between two times. Times in
   * epoch microseconds; `bytes` are payload bytes before compression, `wireBytes` the entry's.
   */
  recordReceipt(
    sentAt: number,
    firstIntended: number,
    lastIntended: number,
    ackAt: number,
    count: number,
    bytes: number,
    wireBytes: number,
  ): void {
    this.begin();
    const f64 = this.#f64;
    const sums = this.#sums;
    f64[sums + MESSAGES]! += count;
    f64[sums + BYTES]! += bytes;
    f64[sums + WIRE_BYTES]! += wireBytes;
    f64[sums + ENTRIES]! += 1;
    f64[SETTLED_AT] = ackAt;
    this.#value(SERVICE, ackAt - sentAt, count);
    this.#spread(RESPONSE, ackAt - lastIntended, ackAt - firstIntended, count);
    this.#value(BATCH_SIZE, count, 1);
    this.end();
  }

  /** Inside a record: a received entry of `count` messages; their times are for `addEndToEnd`. */
  addReceive(count: number, bytes: number, wireBytes: number, redelivered: number): void {
    const f64 = this.#f64;
    const sums = this.#sums;
    f64[sums + MESSAGES]! += count;
    f64[sums + BYTES]! += bytes;
    f64[sums + WIRE_BYTES]! += wireBytes;
    f64[sums + ENTRIES]! += 1;
    f64[sums + REDELIVERED]! += redelivered;
    this.#value(BATCH_SIZE, count, 1);
  }

  /** Inside a record: `count` messages with this end-to-end time in microseconds; negative ones are counted apart. */
  addEndToEnd(micros: number, count = 1): void {
    this.#value(END_TO_END, micros, count);
  }

  /** Inside a record: to any counter. */
  add(name: CounterName, amount: number): void {
    this.#f64[this.#sums + COUNTERS.indexOf(name)]! += amount;
  }

  /** Any single counter: `missed`, `blockedMicros`, `reconnects`, `nacked`, a consumer's `sent` (acknowledged). */
  record(name: CounterName, amount: number): void {
    this.begin();
    this.add(name, amount);
    this.end();
  }

  /** An error by its number (`errorNumber(name)`, or the broker's own), and the messages that failed with it. */
  recordError(error: number, messages = 0): void {
    this.begin();
    this.#f64[this.#sums + ERRORS_AT + error]! += 1;
    this.#f64[this.#sums + FAILED]! += messages;
    this.end();
  }

  /** How late a timer was, microseconds; the largest of a window is shown. */
  recordLoopLag(micros: number): void {
    this.begin();
    const index = this.#sums + LAG_AT;
    if (micros > this.#f64[index]!) this.#f64[index] = micros;
    this.end();
  }

  setState(state: WorkerState): void {
    Atomics.store(this.#i32, STATE, WORKER_STATES.indexOf(state));
  }

  /** Gauges: messages awaiting a receipt, and microseconds behind the schedule. Plain stores, cheap enough per batch. */
  setGauges(inFlight: number, behindMicros: number): void {
    this.#f64[IN_FLIGHT] = inFlight;
    this.#f64[BEHIND] = behindMicros;
  }

  #value(histogram: number, value: number, count: number): void {
    if (!(value >= 0)) {
      this.#f64[this.#sums + NEGATIVES_AT + histogram]! += count;
      return;
    }
    if (value > MAX_VALUE) {
      this.#f64[this.#sums + SATURATED_AT + histogram]! += count;
      value = MAX_VALUE;
    }
    const index = bucketIndex(value + 0.5);
    this.#u32[this.#cells + histogram * CELLS + index]! += count;
    this.#touch(histogram, index, index);
  }

  #spread(histogram: number, lowest: number, highest: number, count: number): void {
    if (count > 1 && lowest >= 0 && highest <= MAX_VALUE && highest > lowest) {
      spreadInto(this.#u32, this.#cells + histogram * CELLS, lowest, highest, count);
      this.#touch(histogram, bucketIndex(lowest + 0.5), bucketIndex(highest + 0.5) + 1);
      return;
    }
    if (count <= 1 || !(highest > lowest)) return this.#value(histogram, lowest, count);
    const step = (highest - lowest) / (count - 1);
    for (let i = 0; i < count; i++) this.#value(histogram, lowest + i * step, 1);
  }

  #touch(histogram: number, low: number, high: number): void {
    const u32 = this.#u32;
    const range = this.#ranges + 2 * histogram;
    if (CELLS - low > u32[range]!) u32[range] = CELLS - low;
    if (high + 1 > u32[range + 1]!) u32[range + 1] = high + 1;
  }
}
