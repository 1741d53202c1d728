/**
 * A thread that does nothing but wake workers at the times they ask for.
 *
 * Timers of an event loop have a grain of 1 ms and fire up to 1.4 ms late, and a worker can't block for the rest, for it
 * has receipts to read. A thread of its own can: it sleeps in `Atomics.wait` to within some 50 µs and notifies the
 * worker's `Atomics.waitAsync`, which another 30 µs later runs in the worker's event loop like any other event. One
 * pacer serves all workers.
 */
import { type Clock, nowMicros } from "../clock.ts";
import { WakeBoard } from "./wake_board.ts";

/** `Atomics.wait` returns about this late: the kernel's timer slack and the switch to the thread. */
const WAIT_LATE_MICROS = 80;
/** A notification is on its way this long; a worker woken early waits the rest on its own. */
const NOTIFY_MICROS = 35;
/** Even without any deadline the pacer looks around so often. */
const LONGEST_SLEEP_MICROS = 1_000_000;

/** Runs until `stopPacer`; blocks its thread. */
export function runPacer(board: WakeBoard, clock: Clock = nowMicros): void {
  // The deadline that each worker was last woken for: it stays on the board until the worker writes another.
  const served = new Float64Array(board.workers);
  while (!board.pacerStopped) {
    const ticket = board.pacerTicket();
    const now = clock();
    let next = now + LONGEST_SLEEP_MICROS;
    for (let worker = 0; worker < board.workers; worker++) {
      const deadline = board.deadline(worker);
      if (deadline === served[worker] || deadline === 0) continue;
      if (deadline - NOTIFY_MICROS <= now) {
        served[worker] = deadline;
        board.wake(worker);
      } else if (deadline < next) {
        next = deadline;
      }
    }
    const sleep = next - NOTIFY_MICROS - WAIT_LATE_MICROS - clock();
    // Closer than the sleep is exact: sleep the shortest time there is, and look again.
    board.pacerSleep(ticket, next, Math.max(sleep, 1));
  }
}

export interface PacerRequest {
  readonly memory: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly workers: number;
}

/** A pacer that was started. */
export interface Pacer {
  /** Resolves when the thread has ended. */
  stop(): Promise<void>;
}

/** Starts the thread. Main thread only. */
export function startPacer(memory: SharedArrayBuffer, byteOffset: number, workers: number): Pacer {
  const thread = new Worker(new URL("./pacer_worker.ts", import.meta.url), { type: "module", name: "pacer" });
  const ended = new Promise<void>((resolve) => {
    thread.onmessage = () => resolve();
    // Without a pacer workers fall back on their timers; nothing to tear down a run for.
    thread.onerror = (event) => {
      event.preventDefault();
      resolve();
    };
  });
  const request: PacerRequest = { memory, byteOffset, workers };
  thread.postMessage(request);
  return {
    async stop() {
      new WakeBoard(memory, byteOffset, workers).stopPacer();
      await ended;
      thread.terminate();
    },
  };
}
