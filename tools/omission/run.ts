/**
 * Makes the picture of coordinated omission from a run of our own: a producer that has one message in flight, as tools
 * without a schedule have, at a broker that does not read for one second. `deno task pictures:latency`; 15 seconds.
 */
import { join } from "node:path";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { startBrokerInWorker } from "../../lib/broker/mod.ts";
import type { HistogramRecord, IntervalRecord, RunResult } from "../../lib/report/result/types.ts";
import { TOOL_VERSION } from "../../lib/report/result/types.ts";
import { eventually, runCli } from "../../tests/support/cli.ts";
import { type Figures, FIGURES_FILE, PERCENTILES } from "./figures.ts";

const STALL_SECONDS = 1;
const RATE = 1000;
const STALL_AFTER_SECONDS = 4;
const LOAD = [
  ...["--topic", "omission", "--workers", "1", "--rate", String(RATE), "--duration", "10s", "--warmup", "2s"],
  ...["--no-batching", "--max-in-flight", "1", "--catch-up", "full"],
];

async function run(folder: string): Promise<Figures> {
  const [output, events] = [join(folder, "result.json"), join(folder, "events.jsonl")];
  const broker = await startBrokerInWorker();
  try {
    const files = ["--output", output, "--events", events, "--report-interval", "100ms", "--ui", "none"];
    const producer = runCli("producer", ["-u", broker.serviceUrl, ...LOAD, ...files]);
    const isReached = async (): Promise<true | undefined> =>
      (await intervalsOf(events)).some((interval) => interval.fromSeconds >= STALL_AFTER_SECONDS)
        ? true
        : undefined;
    await Promise.race([eventually("the moment of the stall", isReached), producer]);
    await broker.inject({ kind: "stallReads", ms: STALL_SECONDS * 1000 });
    const { code, stderr } = await producer;
    if (code !== 0) throw new Error(`the producer ended with ${code}: ${stderr}`);
  } finally {
    await broker.stop();
  }
  const result: RunResult = JSON.parse(await Deno.readTextFile(output));
  return figuresOf(result, await intervalsOf(events));
}

async function intervalsOf(events: string): Promise<readonly IntervalRecord[]> {
  const text = await Deno.readTextFile(events).catch(() => "");
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line)).filter(({ event }) =>
    event === "interval"
  );
}

function figuresOf(result: RunResult, intervals: readonly IntervalRecord[]): Figures {
  const { service, response } = result.totals.latency;
  const silent = intervals.filter(({ messages }) => messages === 0);
  return {
    command: `producer ${LOAD.join(" ")}`,
    version: result.versions[TOOL_VERSION] ?? "",
    date: new Date(result.run.startedAtUs / 1000).toISOString().slice(0, 10),
    stall: { at: rounded(silent[0]?.fromSeconds ?? STALL_AFTER_SECONDS), seconds: STALL_SECONDS },
    rate: RATE,
    messages: result.totals.messages,
    intervals: intervals.map(({ fromSeconds, seconds, messages, latency }) => ({
      seconds: rounded(fromSeconds + seconds),
      messages,
      service: millis(latency.service?.maxUs),
      response: millis(latency.response?.maxUs),
    })),
    service: curve(service!),
    response: curve(response!),
  };
}

function curve({ hdr }: HistogramRecord): Record<string, number> {
  const histogram = decodeFromCompressedBase64(hdr);
  return Object.fromEntries(
    PERCENTILES.map((percent) => [percent, millis(histogram.getValueAtPercentile(percent))]),
  );
}

function millis(micros = 0): number {
  return rounded(micros / 1000);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir();
  try {
    const figures = await run(folder);
    await Deno.writeTextFile(FIGURES_FILE, JSON.stringify(figures, null, 2) + "\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
