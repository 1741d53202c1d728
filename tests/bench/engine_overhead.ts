/**
 * What the engine costs: whole runs with it (schedule, figures, verification header) against the same work without it
 * (`bare_producer.ts`), in pairs of alternating order, with the broker in another process.
 *
 * deno run --no-check --allow-read --allow-net --allow-run --allow-sys --allow-env tests/bench/engine_overhead.ts [pairs] [messages] [workers] [verify] [service URL]
 */
import { cpuUsage } from "node:process";
import { resolve } from "../../lib/config/resolve.ts";
import type { ProducerConfig } from "../../lib/config/run_config.ts";
import { LoadRun } from "../../lib/load/run/load_run.ts";
import type { BareRequest } from "./bare_producer.ts";
import { startBrokerProcess } from "./broker_process.ts";

/** Seconds of the clock, and of all processors together, for one run. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

const [pairs = 8, messages = 1_000_000, workers = 1] = Deno.args.slice(0, 3).map(Number);
/** `off` leaves the verification header out of the engine's side too: what is left is schedule and figures. */
const verify = Deno.args[3] ?? "count";
/** Of another broker than the embedded one, which stores nothing. */
const serviceUrl = Deno.args[4];

function configFor(serviceUrl: string, topic: string): ProducerConfig {
  const flag = { kind: "flag" as const, flag: "" };
  const flags = new Map(
    [
      ["workers", { texts: [String(workers)], source: flag }],
      ["count", { texts: [String(messages)], source: flag }],
      ["topic", { texts: [topic], source: flag }],
      ["verify", { texts: [verify], source: flag }],
    ] as const,
  );
  const { config } = resolve({ role: "producer", flags, env: {}, readFile: () => "", runId: "bench" });
  return { ...config as ProducerConfig, serviceUrl };
}

async function measure(work: () => Promise<void>): Promise<Cost> {
  const cpu = cpuUsage();
  const start = performance.now();
  await work();
  const wall = (performance.now() - start) / 1000;
  const { user, system } = cpuUsage(cpu);
  return { wall, cpu: (user + system) / 1e6 };
}

async function engineOn(config: ProducerConfig): Promise<Cost> {
  const run = new LoadRun({ config });
  await run.connect();
  const cost = await measure(async () => {
    run.begin();
    await run.done;
  });
  return { ...cost, wall: (await run.done).snapshot.total.seconds };
}

async function engineOff(config: ProducerConfig): Promise<Cost> {
  const threads = Array.from(
    { length: workers },
    () => new Worker(new URL("./bare_producer.ts", import.meta.url), { type: "module" }),
  );
  const answers = (): Promise<unknown> =>
    Promise.all(threads.map((thread) => new Promise((resolve) => thread.onmessage = resolve)));
  const ready = answers();
  threads.forEach((thread, worker) => {
    const count = Math.floor(messages / workers);
    thread.postMessage({ config, worker, count } satisfies BareRequest);
  });
  await ready;
  const cost = await measure(async () => {
    const done = answers();
    for (const thread of threads) thread.postMessage("go");
    await done;
  });
  for (const thread of threads) thread.terminate();
  return cost;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}

await using broker = await startBrokerProcess("null");
const ratios: Cost[] = [];
for (let pair = -1; pair < pairs; pair++) {
  const config = configFor(serviceUrl ?? broker.serviceUrl, `bench-${pair + 1}`);
  const order = pair % 2 === 0 ? [engineOn, engineOff] : [engineOff, engineOn];
  const costs = new Map<typeof engineOn, Cost>();
  for (const run of order) costs.set(run, await run(config));
  const [on, off] = [costs.get(engineOn)!, costs.get(engineOff)!];
  const ratio = { wall: on.wall / off.wall, cpu: on.cpu / off.cpu };
  const text = (cost: Cost): string =>
    `${Math.round(messages / cost.wall)} msg/s, ${(cost.cpu / messages * 1e6).toFixed(3)} µs CPU/msg`;
  console.log(
    `${pair < 0 ? "warm-up" : `pair ${pair + 1}`}: on ${text(on)}; off ${text(off)}; ` +
      `wall ${ratio.wall.toFixed(3)}, CPU ${ratio.cpu.toFixed(3)}`,
  );
  if (pair >= 0) ratios.push(ratio);
}
const percent = (values: readonly number[]): string => `${((median(values) - 1) * 100).toFixed(1)} %`;
console.log(
  `engine overhead, median of ${pairs} pairs: ${percent(ratios.map(({ wall }) => wall))} of the time, ` +
    `${percent(ratios.map(({ cpu }) => cpu))} of the CPU time`,
);
