/**
 * The main thread's side of the metrics: reads the workers' blocks a few times a second and hands every view its
 * own figures.
 */
import type { Role } from "../../config/run_config.ts";
import { type Clock, nowMicros } from "../clock.ts";
import { perSecond } from "../figures.ts";
import { MetricsBlock } from "./block.ts";
import { BLOCK_BYTES, type CounterName, COUNTERS, LAG_AT } from "./layout.ts";
import type { Lifetime, Span, WorkerSnapshot, WorkerState } from "../snapshot.ts";
import { SpanAccumulator } from "./span_accumulator.ts";

const MESSAGES = COUNTERS.indexOf("messages");

/**
 * Reads all blocks. `poll` is the only step that touches shared memory; totals and windows are put together from it.
 * Single reader: one instance per run, on one thread.
 */
export class MetricsReader {
  readonly #role: Role;
  readonly #clock: Clock;
  readonly #blocks: MetricsBlock[];
  readonly #dead = new Set<number>();
  readonly #delta = new SpanAccumulator();
  readonly #total = new SpanAccumulator();
  // Per worker: messages ever, messages and errors since the last reset.
  readonly #everMessages: Float64Array;
  readonly #messages: Float64Array;
  readonly #errors: Float64Array;
  readonly #windows = new Set<MetricsWindow>();
  readonly #pauses: ActiveTime;
  /** What resets have taken out of the total. */
  readonly #forgotten = new SpanAccumulator();
  readonly #lifetime = new SpanAccumulator();
  /** Active time at the start of this epoch, and the clock then. */
  #startedAt: number;
  #since: number;
  #epoch = 0;
  #torn = 0;

  /** Blocks lie one after another from `byteOffset`. */
  constructor(
    memory: SharedArrayBuffer,
    byteOffset: number,
    workers: number,
    role: Role,
    clock: Clock = nowMicros,
  ) {
    this.#role = role;
    this.#clock = clock;
    this.#blocks = Array.from(
      { length: workers },
      (_, i) => new MetricsBlock(memory, byteOffset + i * BLOCK_BYTES),
    );
    this.#everMessages = new Float64Array(workers);
    this.#messages = new Float64Array(workers);
    this.#errors = new Float64Array(workers);
    this.#pauses = new ActiveTime();
    this.#startedAt = this.#since = clock();
  }

  /** Takes in what the workers recorded since the last poll; 4–10 times a second. */
  poll(): void {
    const now = this.#clock();
    for (let id = 0; id < this.#blocks.length; id++) {
      const delta = this.#delta;
      const dead = this.#dead.has(id);
      if (this.#blocks[id]!.drain(delta, now, dead) === "torn") this.#torn++;
      // Both halves at once: nobody writes any more, and this may be the last poll.
      if (dead) this.#blocks[id]!.drain(delta, now, true);
      this.#spread(id, delta);
      delta.reset();
    }
  }

  #spread(id: number, delta: SpanAccumulator): void {
    this.#total.add(delta);
    this.#everMessages[id]! += delta.sums[MESSAGES]!;
    this.#messages[id]! += delta.sums[MESSAGES]!;
    this.#errors[id]! += delta.errors;
    for (const window of this.#windows) window.add(id, delta);
  }

  /** Adds to a counter what no worker counts, such as slots that the controller of the schedule gave up. */
  add(name: CounterName, amount: number): void {
    const index = COUNTERS.indexOf(name);
    this.#total.sums[index]! += amount;
    for (const window of this.#windows) window.addSum(index, amount);
  }

  /**
   * Starts a new interval without stopping anything: all that was recorded so far is taken in and forgotten, in
   * totals and windows. The verdict of the verification goes on. Time counts from `at`, which may be a moment ahead.
   */
  reset(at: number = this.#clock()): void {
    this.poll();
    this.#forgotten.add(this.#total);
    this.#total.reset();
    this.#messages.fill(0);
    this.#errors.fill(0);
    this.restartTime(at);
    for (const window of this.#windows) window.restart(this.#startedAt);
  }

  /**
   * Time counts from `at` on, which may be a moment ahead; the figures stay. An epoch of its own all the same, because no
   * rate spans the cut.
   */
  restartTime(at: number = this.#clock()): void {
    this.#startedAt = this.#pauses.at(at);
    this.#since = at;
    this.#epoch++;
  }

  /** How often the figures or their time have begun anew. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Clock at the start of this epoch. */
  get since(): number {
    return this.#since;
  }

  /** Active time from which the figures count, microseconds. */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** Time does not count from `at`, which may be a moment ago, to `resume`. Idempotent. */
  pause(at: number = this.#clock()): void {
    this.#pauses.pause(at);
  }

  /** Clock time of the last receipt that any worker had; 0 before the first. */
  get settledAt(): number {
    return this.#blocks.reduce((last, block) => Math.max(last, block.settledAt), 0);
  }

  resume(): void {
    this.#pauses.resume(this.#clock());
  }

  /** Clock less the pauses. */
  activeMicros(): number {
    return this.#pauses.at(this.#clock());
  }

  /** Length of all pauses so far. */
  get pausedMicros(): number {
    const now = this.#clock();
    return now - this.#pauses.at(now);
  }

  /** Seconds since the last reset, pauses excluded. */
  get elapsed(): number {
    return Math.max(0, this.activeMicros() - this.#startedAt) / 1e6;
  }

  /** All since the last reset. Its histograms live on: they change with the next `poll`. */
  total(at: number = this.#clock()): Span {
    return this.#total.toSpan(this.#role, Math.max(0, this.#pauses.at(at) - this.#startedAt) / 1e6);
  }

  /** Opens a window for one consumer of figures, which closes it with `close`. */
  window(): MetricsWindow {
    const window = new MetricsWindow(this.#role, this.#blocks.length, () => this.activeMicros(), () => {
      this.#windows.delete(window);
    });
    this.#windows.add(window);
    return window;
  }

  /** Workers below `count` as views show them; rate and lag are those of the last stretch that `window` took. */
  workers(window: MetricsWindow, count: number = this.#blocks.length): WorkerSnapshot[] {
    return this.#blocks.slice(0, count).map((block, id) => ({
      id,
      state: block.state,
      rate: window.rateOf(id),
      messages: this.#messages[id]!,
      errors: this.#errors[id]!,
      inFlight: block.inFlight,
      loopLagMicros: window.lagOf(id),
      restarts: block.restarts,
    }));
  }

  /** A counter since the start, whatever resets have taken out of the figures. */
  ever(name: CounterName): number {
    const index = COUNTERS.indexOf(name);
    return this.#forgotten.sums[index]! + this.#total.sums[index]!;
  }

  /**
   * Everything since the start, whatever resets have taken out of the figures. Valid until the next call.
   *
   * @param workers how many there are now; others are named as long as they have counts
   */
  lifetime(workers: number = this.#blocks.length): Omit<Lifetime, "outages" | "outageMicros"> {
    const all = this.#lifetime;
    all.reset();
    all.add(this.#forgotten);
    all.add(this.#total);
    const count = Math.max(workers, this.#everMessages.findLastIndex((messages) => messages > 0) + 1);
    return { ...all.toSpan(this.#role, 0), workerMessages: [...this.#everMessages.subarray(0, count)] };
  }

  get inFlight(): number {
    return this.#blocks.reduce((sum, block) => sum + block.inFlight, 0);
  }

  /** The most that any worker is behind its schedule, microseconds. */
  get behindMicros(): number {
    return this.#blocks.reduce((most, block) => Math.max(most, block.behind), 0);
  }

  /** Records that may be incomplete because their worker died in the middle. */
  get torn(): number {
    return this.#torn;
  }

  state(id: number): WorkerState {
    return this.#blocks[id]!.state;
  }

  /**
   * A worker is gone: its last record is accepted as it is, and it has nothing in flight any more. Only once its
   * thread has ended for certain.
   */
  workerEnded(id: number, state: "stopped" | "crashed"): void {
    const block = this.#blocks[id]!;
    this.#dead.add(id);
    block.state = state;
    block.clearGauges();
  }

  /** A worker starts, or starts again, in this block; before its thread is created. */
  workerStarts(id: number, restarts: number): void {
    const block = this.#blocks[id]!;
    if (this.#dead.has(id)) {
      this.poll();
      this.#dead.delete(id);
    }
    block.state = "starting";
    block.restarts = restarts;
  }
}

/** Figures since one consumer last looked. */
export class MetricsWindow {
  readonly #role: Role;
  readonly #time: () => number;
  readonly #close: () => void;
  #filling = new SpanAccumulator();
  #taken = new SpanAccumulator();
  #messages: Float64Array;
  #lags: Float64Array;
  #rates: Float64Array;
  #takenLags: Float64Array;
  #since: number;

  constructor(role: Role, workers: number, time: () => number, close: () => void) {
    this.#role = role;
    this.#time = time;
    this.#close = close;
    this.#since = time();
    this.#messages = new Float64Array(workers);
    this.#lags = new Float64Array(workers);
    this.#rates = new Float64Array(workers);
    this.#takenLags = new Float64Array(workers);
  }

  add(id: number, delta: SpanAccumulator): void {
    this.#filling.add(delta);
    this.#messages[id]! += delta.sums[MESSAGES]!;
    this.#lags[id] = Math.max(this.#lags[id]!, delta.sums[LAG_AT]!);
  }

  addSum(index: number, amount: number): void {
    this.#filling.sums[index]! += amount;
  }

  restart(at: number = this.#time()): void {
    this.#filling.reset();
    this.#messages.fill(0);
    this.#lags.fill(0);
    this.#since = at;
  }

  /** Ends the stretch and begins the next. The result is valid until the next `take` of this window. */
  take(): Span {
    const now = this.#time();
    const seconds = Math.max(0, now - this.#since) / 1e6;
    [this.#filling, this.#taken] = [this.#taken, this.#filling];
    for (let id = 0; id < this.#rates.length; id++) {
      this.#rates[id] = perSecond(this.#messages[id]!, seconds) ?? 0;
    }
    this.#takenLags.set(this.#lags);
    this.restart();
    return this.#taken.toSpan(this.#role, seconds);
  }

  /** Messages per second of a worker in the stretch taken last. */
  rateOf(id: number): number {
    return this.#rates[id] ?? 0;
  }

  /** Largest event-loop lag of a worker in the stretch taken last, microseconds. */
  lagOf(id: number): number {
    return this.#takenLags[id] ?? 0;
  }

  /** Largest event-loop lag of all workers in the stretch taken last, microseconds. */
  get loopLagMicros(): number {
    return this.#taken.sums[LAG_AT]!;
  }

  close(): void {
    this.#close();
  }
}

/** Time with the pauses cut out. */
class ActiveTime {
  #paused = 0;
  #since: number | undefined;

  pause(now: number): void {
    this.#since ??= now;
  }

  resume(now: number): void {
    if (this.#since === undefined) return;
    this.#paused += now - this.#since;
    this.#since = undefined;
  }

  at(now: number): number {
    return (this.#since ?? now) - this.#paused;
  }
}
