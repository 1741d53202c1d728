/// <reference lib="deno.worker" />
/** A worker of `waiter_bench.ts`: takes slots when they are due and notes how late. */
import { nowMicros } from "../../lib/load/clock.ts";
import { Histogram } from "../../lib/load/histogram/histogram.ts";
import { type RunLayout, scheduleWords } from "../../lib/load/worker/run_memory.ts";
import { ScheduleCursor } from "../../lib/load/schedule/cursor.ts";
import { WakeBoard } from "../../lib/load/pacing/wake_board.ts";
import { Waiter } from "../../lib/load/pacing/waiter.ts";

export interface BenchRequest {
  readonly memory: SharedArrayBuffer;
  readonly layout: RunLayout;
  readonly id: number;
  readonly batch: number;
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async (event: MessageEvent<BenchRequest>): Promise<void> => {
  const { memory, layout, id, batch } = event.data;
  const control = new Int32Array(memory, layout.control, 1);
  const cursor = new ScheduleCursor(scheduleWords(memory, layout));
  const waiter = new Waiter(new WakeBoard(memory, layout.wake, layout.workers), id);
  const late = new Histogram();
  let slots = 0;
  scope.postMessage("ready");
  while (Atomics.load(control, 0) === 0) {
    const now = nowMicros();
    const count = cursor.take(now, batch);
    if (count === 0) {
      await waiter.until(cursor.nextAt);
    } else {
      late.recordSpread(now - cursor.lastIntended, now - cursor.firstIntended, count);
      slots += count;
    }
  }
  const p = [50, 90, 99].map((percent) => late.percentile(percent));
  scope.postMessage({ slots, p });
};
