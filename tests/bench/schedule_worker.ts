/// <reference lib="deno.worker" />
/** A worker of `waiter_bench.ts`: takes slots when they are due and notes how late. */
import { nowMicros } from "../../lib/load/clock.ts";
import { Histogram } from "../../lib/load/histogram/histogram.ts";
import { RunMemory } from "../../lib/load/worker/run_memory.ts";

export interface BenchRequest {
  readonly memory: SharedArrayBuffer;
  /** Not 0 once the worker shall report. */
  readonly stop: Int32Array;
  readonly id: number;
  readonly batch: number;
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = async (event: MessageEvent<BenchRequest>): Promise<void> => {
  const { stop, id, batch } = event.data;
  const memory = new RunMemory(event.data.memory);
  const cursor = memory.cursor();
  const waiter = memory.waiter(id);
  const late = new Histogram();
  let slots = 0;
  scope.postMessage("ready");
  while (Atomics.load(stop, 0) === 0) {
    const now = nowMicros();
    const count = cursor.take(now, batch);
    if (count === 0) {
      await waiter.until(cursor.nextAt);
    } else {
      const step = count > 1 ? (cursor.lastIntended - cursor.firstIntended) / (count - 1) : 0;
      for (let slot = 0; slot < count; slot++) late.record(now - cursor.firstIntended - slot * step);
      slots += count;
    }
  }
  const p = [50, 90, 99].map((percent) => late.percentile(percent));
  scope.postMessage({ slots, p });
};
