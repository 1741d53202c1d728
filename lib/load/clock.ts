/**
 * Time of a run: microseconds since the Unix epoch as float64 numbers (resolution 0.25 µs until the year 2100).
 *
 * `nowMicros` never goes back and is common to all workers of one process: every worker adds its monotonic
 * `performance.now()` to its own `performance.timeOrigin`, and those origins agree to about half a microsecond
 * unless the wall clock was stepped between two starts (a resumed laptop or virtual machine). `wallMicros` follows the
 * wall clock instead and is the one to compare between processes and hosts.
 *
 * Cost: one `performance.now()`, 70–100 ns; take one reading per batch, not per message.
 */

const originMicros = performance.timeOrigin * 1000;

/** Epoch microseconds, monotonic, the same in all workers of this process. */
export function nowMicros(): number {
  return originMicros + performance.now() * 1000;
}

/** What a class that needs time takes, so that tests can inject their own. */
export type Clock = () => number;

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
const NARROW_MICROS = 10;
const ATTEMPTS = 5;

function readOffset(): void {
  let narrowest = Infinity;
  for (let attempt = 0; attempt < ATTEMPTS && narrowest > NARROW_MICROS; attempt++) {
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
export class AnchoredClock {
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
