/**
 * How a worker waits for the time of its next message while its event loop goes on serving the socket.
 *
 * It writes the time on the wake board and awaits `Atomics.waitAsync`: the pacer wakes it just before, a change of
 * the schedule, a command or its own `poke` wakes it at once. What is left when it wakes early, at most some tens of
 * microseconds, it spins.
 */
import { setImmediate } from "node:timers";
import { type Clock, nowMicros } from "../clock.ts";
import type { WakeBoard } from "./wake_board.ts";

/** Rests shorter than this are spun, or left out: less than waking up again would take. */
export const EARLY_MICROS = 60;
/** When the pacer has not woken us this long after the time, a timer of our own does. */
const TIMEOUT_GRACE_MS = 2;
/** Longest timer; a wait without a deadline just waits again. */
const LONGEST_MS = 60_000;

export class Waiter {
  readonly #board: WakeBoard;
  readonly #worker: number;
  readonly #word: number;
  readonly #clock: Clock;
  #seen: number;

  constructor(board: WakeBoard, worker: number, clock: Clock = nowMicros) {
    this.#board = board;
    this.#worker = worker;
    this.#word = board.wordOf(worker);
    this.#clock = clock;
    this.#seen = Atomics.load(board.words, this.#word);
  }

  /**
   * Waits until `time` (epoch microseconds, or `Infinity`) or until something wakes this worker, whichever comes first,
   * and tells whether the time has come. A wake since the last wait returns at once. Without the pacer it is late by
   * the grain of a timer.
   *
   * For what need not be exact, such as the end of a batch, `canBeEarly` leaves out the spinning at the end.
   *
   * When the time has come already it returns without a turn of the event loop: a caller that is always late must
   * also call `turn`, or its receipts are never read.
   */
  async until(time: number, canBeEarly = false): Promise<boolean> {
    const now = this.#clock();
    if (time - now <= EARLY_MICROS) return canBeEarly || this.#spin(time);
    if (this.#changed()) return false;
    if (time !== Infinity) this.#board.setDeadline(this.#worker, time);
    const timeout = Math.min(LONGEST_MS, (time - now) / 1000 + TIMEOUT_GRACE_MS);
    const wait = Atomics.waitAsync(this.#board.words, this.#word, this.#seen, timeout);
    if (wait.async) await wait.value;
    this.#changed();
    return time - this.#clock() <= EARLY_MICROS && (canBeEarly || this.#spin(time));
  }

  #spin(time: number): boolean {
    while (this.#clock() < time);
    return true;
  }

  #changed(): boolean {
    const seen = Atomics.load(this.#board.words, this.#word);
    if (seen === this.#seen) return false;
    this.#seen = seen;
    return true;
  }

  /** One turn of the event loop, so that what is waiting on sockets is served; about 3 µs when nothing is. */
  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Ends a running `until` of this worker, as when a receipt has made room in its window. */
  poke(): void {
    this.#board.wake(this.#worker);
  }
}
