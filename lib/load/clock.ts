/**
 * Time of a run: microseconds since the Unix epoch as float64 numbers (resolution 0.25 µs until the year 2100).
 *
 * `nowMicros` never goes back and is common to all workers of one process: every worker adds its monotonic
 * `performance.now()` to its own `performance.timeOrigin`, and those origins agree to about half a microsecond
 * unless the wall clock was stepped between two starts (a resumed laptop or virtual machine). `ClockLink`
 * measures and removes such a step. `wallMicros` follows the wall clock instead and is the one to compare
 * between processes and hosts.
 *
 * Cost: one `performance.now()`, 70–100 ns; take one reading per batch, not per message.
 */

const originMicros = performance.timeOrigin * 1000;
let base = originMicros;

/** Epoch microseconds, monotonic, the same in all workers of this process. */
export function nowMicros(): number {
  return base + performance.now() * 1000;
}

/** What a class that needs time takes, so that tests can inject their own. */
export type Clock = () => number;

/** Shifts `nowMicros` of this worker; called once at start, before any reading was kept. */
export function alignClock(offsetMicros: number): void {
  base = originMicros + offsetMicros;
}

const WALL_REFRESH_MICROS = 100_000;
let wallOffset = 0;
let wallRefreshAt = -Infinity;

let wallShift = 0;

/**
 * Corrects `wallMicros` of this worker by what the clock of the machine is behind the one that a run of several
 * processes goes by.
 */
export function shiftWall(micros: number): void {
  wallShift = micros;
}

/**
 * Epoch microseconds of the wall clock, re-anchored every 100 ms: in between it is `nowMicros` plus a constant,
 * so no object is made per call. May go back when the system clock is set back.
 */
export function wallMicros(): number {
  return machineMicros() + wallShift;
}

/** The same without correction: what the clock of this machine says. */
export function machineMicros(): number {
  const now = nowMicros();
  if (now >= wallRefreshAt) {
    readOffset();
    wallRefreshAt = now + WALL_REFRESH_MICROS;
  }
  return now + wallOffset;
}

/** A thread that loses its processor between two clock readings would take the wait for an offset: look again then. */
const STEADY_MICROS = 10;
const ATTEMPTS = 5;

function readOffset(): void {
  let narrowest = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && narrowest > STEADY_MICROS; attempt++) {
    const before = nowMicros();
    const wall = readWallMicros();
    const after = nowMicros();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    wallOffset = wall - (before + after) / 2;
  }
}

function readWallMicros(): number {
  const nanos = Temporal.Now.instant().epochNanoseconds;
  // Split first: nanoseconds since 1970 do not fit a float64.
  return Number(nanos / 1000n) + Number(nanos % 1000n) / 1000;
}

/**
 * The wall clock as it was at one moment, carried on by the monotonic one: times of a run are then in order and their
 * differences true, also when the clock of the machine is set meanwhile.
 */
export class SteadyWall {
  #offset = 0;

  constructor(readonly wall: Clock = wallMicros, readonly clock: Clock = nowMicros) {
    this.anchor();
  }

  /** Takes over what the wall clock says now. */
  anchor(): void {
    this.#offset = this.wall() - this.clock();
  }

  /** Epoch microseconds of a reading of the monotonic clock, of this moment by default. */
  at(micros: number = this.clock()): number {
    return micros + this.#offset;
  }
}

/** Bytes of shared memory that a `ClockLink` needs, 8-byte aligned. */
export const CLOCK_LINK_BYTES = 16;

const ROUNDS = 8;
const ROUND_TIMEOUT_MS = 250;

/**
 * Aligns a worker's clock with the main thread's through two shared words and one float: the worker asks by
 * raising the first word, the main thread answers with its time, and the round of the shortest trip tells the
 * offset to within half that trip (Cristian's algorithm).
 */
export class ClockLink {
  readonly #words: Int32Array;
  readonly #answer: Float64Array;
  #serving = false;

  constructor(memory: SharedArrayBuffer, byteOffset = 0) {
    this.#words = new Int32Array(memory, byteOffset, 2);
    this.#answer = new Float64Array(memory, byteOffset + 8, 1);
  }

  /** Main thread: answers until `stop` is called. Does not keep the process alive. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    void this.#serveLoop();
  }

  async #serveLoop(): Promise<void> {
    while (this.#serving) {
      const asked = Atomics.load(this.#words, 0);
      if (Atomics.load(this.#words, 1) !== asked) {
        this.#answer[0] = nowMicros();
        Atomics.store(this.#words, 1, asked);
        Atomics.notify(this.#words, 1);
      }
      const wait = Atomics.waitAsync(this.#words, 0, asked);
      if (wait.async) await wait.value;
    }
  }

  stop(): void {
    this.#serving = false;
    Atomics.notify(this.#words, 0);
  }

  /**
   * Worker: blocks for a few round trips and returns microseconds to give to `alignClock`. Returns 0 when the
   * clocks agree within the precision of the measurement, so that a good clock is never made worse, and when
   * nobody answers.
   */
  measure(clock: Clock = nowMicros): number {
    let shortest = Infinity;
    let offset = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const before = clock();
      const asked = Atomics.add(this.#words, 0, 1) + 1 | 0;
      Atomics.notify(this.#words, 0);
      const seen = Atomics.load(this.#words, 1);
      if (seen !== asked && Atomics.wait(this.#words, 1, seen, ROUND_TIMEOUT_MS) === "timed-out") return 0;
      const after = clock();
      if (Atomics.load(this.#words, 1) !== asked || after - before >= shortest) continue;
      shortest = after - before;
      offset = this.#answer[0]! - (before + after) / 2;
    }
    return Math.abs(offset) <= shortest / 2 ? 0 : offset;
  }
}
