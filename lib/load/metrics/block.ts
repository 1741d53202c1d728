/** The reader's side of one worker's block: takes the figures out, half by half. */
import type { SpanAccumulator } from "./span_accumulator.ts";
import { CELLS } from "../histogram/layout.ts";
import {
  BEHIND,
  BLOCK_BYTES,
  cellsAt,
  COUNTERS,
  HANDED,
  HISTOGRAMS,
  IN_FLIGHT,
  LAG_AT,
  NEGATIVES_AT,
  PHASE,
  rangesAt,
  RESTARTS,
  SATURATED_AT,
  SEQUENCE,
  SETTLED_AT,
  STATE,
  SUMS,
  sumsAt,
} from "./layout.ts";
import { WORKER_STATES, type WorkerState } from "../snapshot.ts";

const SENT = COUNTERS.indexOf("sent");
/** A record takes well under a microsecond; this many looks at it take some ten. */
const SPINS = 2000;
/**
 * After this long a worker that never leaves its record is taken for dead. Far above any time that a thread waits for
 * a processor: reading a record that is still being written would count it wrongly.
 */
const STUCK_MICROS = 5_000_000;

export class MetricsBlock {
  readonly #i32: Int32Array;
  readonly #u32: Uint32Array;
  readonly #f64: Float64Array;
  #phase: number;
  // The half that was swapped out is still in use by a worker inside a record.
  #pending = false;
  #stuckAt = 0;
  #stuckSince = 0;
  #tornAt = 0;
  // Part of the producer's count of messages sent that has been taken in.
  #handed = 0;

  constructor(memory: SharedArrayBuffer, byteOffset: number) {
    this.#i32 = new Int32Array(memory, byteOffset, BLOCK_BYTES / 4);
    this.#u32 = new Uint32Array(memory, byteOffset, BLOCK_BYTES / 4);
    this.#f64 = new Float64Array(memory, byteOffset, BLOCK_BYTES / 8);
    this.#phase = Atomics.load(this.#i32, PHASE);
  }

  /**
   * Adds what was recorded since the last call to `into`. Returns "busy" when the worker was caught inside a record
   * for too long: then nothing was added and the figures come with a later call. "torn" means that a worker died
   * inside a record and that record may be incomplete. `now` in microseconds.
   */
  drain(into: SpanAccumulator, now: number, dead = false): "complete" | "busy" | "torn" {
    if (!this.#pending) {
      this.#phase = 1 - this.#phase;
      Atomics.store(this.#i32, PHASE, this.#phase);
      this.#pending = true;
      this.#stuckAt = Atomics.load(this.#i32, SEQUENCE);
      this.#stuckSince = now;
    }
    const left = this.#left();
    if (!left && !dead && now - this.#stuckSince < STUCK_MICROS) return "busy";
    this.#pending = false;
    this.#take(1 - this.#phase, into);
    const handed = this.#f64[HANDED]!;
    into.sums[SENT]! += handed - this.#handed;
    this.#handed = handed;
    if (left) return "complete";
    // Only once: a worker that has died stays inside this record.
    this.#tornAt = this.#stuckAt;
    return "torn";
  }

  /** Whether the worker has left the record that it was in when the halves were swapped. */
  #left(): boolean {
    if ((this.#stuckAt & 1) === 0 || this.#stuckAt === this.#tornAt) return true;
    for (let i = 0; i < SPINS; i++) {
      if (Atomics.load(this.#i32, SEQUENCE) !== this.#stuckAt) return true;
    }
    return false;
  }

  #take(phase: number, into: SpanAccumulator): void {
    const sums = sumsAt(phase);
    const f64 = this.#f64;
    for (let i = 0; i < SUMS; i++) into.sums[i]! += f64[sums + i]!;
    if (f64[sums + LAG_AT]! > into.sums[LAG_AT]!) into.sums[LAG_AT] = f64[sums + LAG_AT]!;
    for (let i = 0; i < HISTOGRAMS.length; i++) {
      const histogram = into.histograms[i]!;
      histogram.addSaturated(f64[sums + SATURATED_AT + i]!);
      histogram.addNegatives(f64[sums + NEGATIVES_AT + i]!);
      const range = rangesAt(phase) + 2 * i;
      const low = CELLS - this.#u32[range]!;
      const high = this.#u32[range + 1]!;
      const cells = cellsAt(phase) + i * CELLS;
      for (let cell = low; cell < high; cell++) {
        const count = this.#u32[cells + cell]!;
        if (count !== 0) histogram.addAt(cell, count);
      }
      if (high > low) this.#u32.fill(0, cells + low, cells + high);
      this.#u32[range] = this.#u32[range + 1] = 0;
    }
    f64.fill(0, sums, sums + SUMS + 1);
  }

  get state(): WorkerState {
    return WORKER_STATES[Atomics.load(this.#i32, STATE)] ?? "crashed";
  }

  /** For a worker that can't say so itself: it crashed, or was terminated. */
  set state(state: WorkerState) {
    Atomics.store(this.#i32, STATE, WORKER_STATES.indexOf(state));
  }

  get restarts(): number {
    return Atomics.load(this.#i32, RESTARTS);
  }

  set restarts(count: number) {
    Atomics.store(this.#i32, RESTARTS, count);
  }

  get inFlight(): number {
    return this.#f64[IN_FLIGHT]!;
  }

  get behind(): number {
    return this.#f64[BEHIND]!;
  }

  /** Clock time of the last receipt, also of an earlier worker in this block; 0 before the first. */
  get settledAt(): number {
    return this.#f64[SETTLED_AT]!;
  }

  clearGauges(): void {
    this.#f64[IN_FLIGHT] = 0;
    this.#f64[BEHIND] = 0;
  }
}
