/**
 * The shared memory of a run: schedule, wake board and one metrics block per worker in a single buffer, so that a worker
 * starts with that buffer and its slot.
 */
import { MAX_WORKERS } from "../../config/limits.ts";
import { BLOCK_BYTES } from "../metrics/layout.ts";
import { MetricsReader } from "../metrics/reader.ts";
import { WorkerMetrics } from "../metrics/writer.ts";
import { type Pacer, startPacer } from "../pacing/pacer.ts";
import { Waiter } from "../pacing/waiter.ts";
import { WakeBoard, wakeBoardBytes } from "../pacing/wake_board.ts";
import { ScheduleCursor } from "../schedule/cursor.ts";
import { Schedule, type ScheduleOptions } from "../schedule/schedule.ts";
import { SharedWords } from "../schedule/shared_words.ts";
import { SCHEDULE_BYTES } from "../schedule/words.ts";
import type { Role } from "../../config/run_config.ts";

const WAKE_AT = align(SCHEDULE_BYTES);
const METRICS_AT = align(WAKE_AT + wakeBoardBytes(MAX_WORKERS));
const RUN_BYTES = METRICS_AT + MAX_WORKERS * BLOCK_BYTES;

export class RunMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #board: WakeBoard;

  /** @param buffer of another `RunMemory`, in a worker; by default zeroed memory, of which only used pages are resident */
  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(RUN_BYTES)) {
    this.buffer = buffer;
    this.#board = new WakeBoard(buffer, WAKE_AT, MAX_WORKERS);
  }

  /** Main thread: a silent schedule. Each of its changes wakes all workers. */
  schedule(options: Omit<ScheduleOptions, "onChange">): Schedule {
    return new Schedule(this.#scheduleWords(), { ...options, onChange: () => this.#board.wakeAll() });
  }

  /** Worker: its cursor on the schedule. Handing out the last message of a planned number wakes all workers. */
  cursor(): ScheduleCursor {
    return new ScheduleCursor(this.#scheduleWords(), () => this.#board.wakeAll());
  }

  #scheduleWords(): SharedWords {
    return new SharedWords(this.buffer, 0, SCHEDULE_BYTES);
  }

  wakeBoard(): WakeBoard {
    return this.#board;
  }

  waiter(slot: number): Waiter {
    return new Waiter(this.#board, slot);
  }

  /** Main thread: starts the thread that wakes workers in time. */
  startPacer(): Pacer {
    return startPacer(this.buffer, WAKE_AT, MAX_WORKERS);
  }

  /** Worker: where it counts. A worker that replaces another in a slot continues its figures. */
  metrics(slot: number): WorkerMetrics {
    return new WorkerMetrics(this.buffer, METRICS_AT + slot * BLOCK_BYTES);
  }

  /** Main thread, once per run: reads the metrics of all slots. */
  reader(role: Role): MetricsReader {
    return new MetricsReader(this.buffer, METRICS_AT, MAX_WORKERS, role);
  }
}

/** To a cache line, so that writes to one part do not slow down another. */
function align(offset: number): number {
  return Math.ceil(offset / 64) * 64;
}
