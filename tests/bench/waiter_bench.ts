/**
 * How exactly messages start and what waiting costs: processor time of the whole process, main thread and pacer
 * included, against the lateness of a message's start.
 *
 *     deno run -P=unit tests/bench/waiter_bench.ts
 */
import process from "node:process";
import { RunMemory } from "../../lib/load/worker/run_memory.ts";
import type { BenchRequest } from "./schedule_worker.ts";

const SECONDS = 3;

async function measure(rate: number, workers: number, withPacer: boolean): Promise<void> {
  const memory = new RunMemory();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const pacer = withPacer ? memory.startPacer() : undefined;
  const schedule = memory.schedule({ catchUp: "bounded" });
  const threads = Array.from(
    { length: workers },
    () => new Worker(new URL("./schedule_worker.ts", import.meta.url), { type: "module" }),
  );
  const next = (thread: Worker): Promise<MessageEvent> =>
    new Promise((resolve) => thread.onmessage = resolve);
  const ready = threads.map(next);
  threads.forEach((thread, id) => {
    const request: BenchRequest = { memory: memory.buffer, stop, id, batch: 100 };
    thread.postMessage(request);
  });
  await Promise.all(ready);
  const idleFrom = process.cpuUsage();
  await sleep(1000);
  const idle = process.cpuUsage(idleFrom);
  if (rate > 0) schedule.setRate(rate);
  await sleep(500);
  const from = process.cpuUsage();
  const missedBefore = schedule.behind();
  await sleep(SECONDS * 1000);
  const cpu = process.cpuUsage(from);
  const results = threads.map(next);
  Atomics.store(stop, 0, 1);
  memory.wakeBoard().wakeAll();
  const reports = (await Promise.all(results)).map((event) => event.data as { slots: number; p: number[] });
  for (const thread of threads) thread.terminate();
  await pacer?.stop();
  const busy = (cpu.user + cpu.system) / (SECONDS * 1e6) * 100;
  const silent = (idle.user + idle.system) / 1e6 * 100;
  const slots = reports.reduce((sum, report) => sum + report.slots, 0);
  const worst = [0, 1, 2].map((i) => Math.max(...reports.map((report) => report.p[i]!)));
  console.log(
    `${String(rate).padStart(6)}/s ${String(workers).padStart(2)} workers ${
      withPacer ? "pacer " : "timers"
    }` +
      `  late p50 ${worst[0]} p90 ${worst[1]} p99 ${worst[2]} µs  processor ${busy.toFixed(1)} %` +
      ` (silent ${silent.toFixed(1)} %)  ${slots} slots, behind ${Math.round(missedBefore)} µs`,
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

for (const [rate, workers] of [[10, 1], [10, 10], [1000, 1], [1000, 10], [5000, 1], [5000, 10]] as const) {
  await measure(rate, workers, true);
}
await measure(1000, 1, false);
