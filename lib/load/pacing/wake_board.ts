/**
 * Who sleeps until when: one line of shared memory per worker, on which the worker writes the time it wants to be
 * woken at, and everybody else wakes it. `pacer_worker.ts` wakes it at that time; `Waiter` is the worker's side.
 */

const LINE_BYTES = 64;

/** Bytes for a board of this many workers. */
export function wakeBoardBytes(workers: number): number {
  return (workers + 1) * LINE_BYTES;
}

// 32-bit words of a worker's line, and of the pacer's line before them.
const WAKE = 0;
const PACER_STOP = 1;
// Float of a line: a worker's deadline, or the time until which the pacer sleeps.
const TIME = 1;

export class WakeBoard {
  readonly workers: number;
  readonly words: Int32Array;
  readonly #times: Float64Array;

  constructor(memory: SharedArrayBuffer, byteOffset: number, workers: number) {
    this.workers = workers;
    this.words = new Int32Array(memory, byteOffset, wakeBoardBytes(workers) / 4);
    this.#times = new Float64Array(memory, byteOffset, wakeBoardBytes(workers) / 8);
  }

  /** Word that a worker waits on. */
  wordOf(worker: number): number {
    return (worker + 1) * (LINE_BYTES / 4) + WAKE;
  }

  /** Wakes one worker, or makes its next wait return at once. From any thread. */
  wake(worker: number): void {
    const word = this.wordOf(worker);
    Atomics.add(this.words, word, 1);
    Atomics.notify(this.words, word);
  }

  /** After every change that workers shall see at once: rate, pause, resume, stop. */
  wakeAll(): void {
    for (let worker = 0; worker < this.workers; worker++) this.wake(worker);
  }

  deadline(worker: number): number {
    return this.#times[(worker + 1) * (LINE_BYTES / 8) + TIME]!;
  }

  /** Asks the pacer for a wake at a time (epoch microseconds); it is told only when it would sleep longer. */
  setDeadline(worker: number, time: number): void {
    this.#times[(worker + 1) * (LINE_BYTES / 8) + TIME] = time;
    // After the deadline and before the look at the pacer's plan, in the one order of atomic steps.
    Atomics.add(this.words, WAKE, 1);
    if (time < this.#times[TIME]!) Atomics.notify(this.words, WAKE);
  }

  /** Pacer: what to pass to `pacerSleep`; to be read before the deadlines are. */
  pacerTicket(): number {
    this.#times[TIME] = -Infinity;
    return Atomics.load(this.words, WAKE);
  }

  /** Pacer: sleeps until `time`, or until an earlier deadline appears, if none has since the ticket. */
  pacerSleep(ticket: number, time: number, micros: number): void {
    this.#times[TIME] = time;
    Atomics.wait(this.words, WAKE, ticket, micros / 1000);
  }

  get pacerStopped(): boolean {
    return Atomics.load(this.words, PACER_STOP) === 1;
  }

  stopPacer(): void {
    Atomics.store(this.words, PACER_STOP, 1);
    Atomics.add(this.words, WAKE, 1);
    Atomics.notify(this.words, WAKE);
  }
}
