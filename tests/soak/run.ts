/**
 * Soak: `deno task test:soak [--duration 3600] [--rate 5000] [--service-url URL --admin-url URL] [--output FILE] [--html FILE]`.
 *
 * A producer and a consumer run as processes of their own, against an embedded broker in a third unless a service URL is
 * given. Their resident memory is sampled each second. Exit code 1 when one grew by more than 0.5 MiB a minute after it
 * was warm, or when a process reports less than a proven run. `--html` is the page of both, with their memory over time.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { reportHtml } from "../../lib/report/page/html.ts";
import { parseResults } from "../../lib/report/result/result.ts";
import { CLEAN_ENV, cliCommand } from "../support/cli.ts";
import { LabBroker } from "../support/lab_broker.ts";
import { run, TiedProcess } from "../support/process.ts";
import { type MemorySample, slopeMibPerMinute, warmSeconds } from "./slope.ts";

const MOST_MIB_PER_MINUTE = 0.5;
/** The consumer ends by itself once nothing comes any more. */
const END_GRACE_SECONDS = 60;

interface Watched {
  readonly name: string;
  readonly process: TiedProcess;
  readonly samples: MemorySample[];
}

async function residentBytes(pid: number): Promise<number | undefined> {
  const { code, output } = await run("ps", ["-o", "rss=", "-p", String(pid)]);
  return code === 0 ? Number(output) * 1024 : undefined;
}

function start(folder: string, name: "producer" | "consumer", args: readonly string[]): Watched {
  const [command, ...rest] = cliCommand(name, args);
  const process = TiedProcess.start({
    command: command!,
    args: rest,
    cwd: folder,
    log: join(folder, `${name}.log`),
    env: { ...CLEAN_ENV },
  });
  return { name, process, samples: [] };
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      duration: { type: "string", default: "3600" },
      rate: { type: "string", default: "5000" },
      "service-url": { type: "string" },
      "admin-url": { type: "string" },
      output: { type: "string" },
      html: { type: "string" },
    },
  });
  const seconds = Number(values.duration);
  if (!(seconds >= 30)) {
    console.error(`--duration: '${values.duration}' is not possible; use seconds, 30 at least`);
    return 2;
  }
  const folder = await Deno.makeTempDir({ prefix: "pll-soak-" });
  const broker = values["service-url"] === undefined ? await LabBroker.start() : undefined;
  const watched: Watched[] = [];
  try {
    const adminUrl = values["admin-url"] ?? broker?.adminUrl;
    const common = [
      ...["--service-url", values["service-url"] ?? broker!.serviceUrl],
      ...(adminUrl === undefined ? [] : ["--admin-url", adminUrl]),
      ...["--topic", `soak-${crypto.randomUUID()}`, "--run-id", "soak", "--ui", "plain"],
    ];
    const consumer = start(folder, "consumer", [
      ...common,
      ...["--initial-position", "earliest", "--idle", "20s", "--output", "consumer.json"],
    ]);
    const producer = start(folder, "producer", [
      ...common,
      ...["--rate", values.rate, "--duration", `${seconds}s`, "--output", "producer.json"],
    ]);
    watched.push(consumer, producer);
    const verdict = await sample(watched, seconds);
    const slopes = watched.map(({ name, samples }) => {
      const slope = slopeMibPerMinute(samples, warmSeconds(seconds));
      const peak = Math.max(...samples.map(({ bytes }) => bytes)) / 2 ** 20;
      console.log(
        `${name}: ${slope.toFixed(3)} MiB/min after ${warmSeconds(seconds)} s, peak ${peak.toFixed(0)} MiB`,
      );
      return { name, slope, peak, samples };
    });
    if (values.output !== undefined) {
      await Deno.writeTextFile(values.output, JSON.stringify({ seconds, rate: values.rate, slopes }) + "\n");
    }
    if (values.html !== undefined) await Deno.writeTextFile(values.html, await pageOf(folder));
    for (const { name, code } of verdict) {
      if (code === 0) continue;
      console.error(`${name} ended with ${code}:\n${await Deno.readTextFile(join(folder, `${name}.log`))}`);
    }
    const isSteady = slopes.every(({ slope }) => slope <= MOST_MIB_PER_MINUTE);
    if (!isSteady) console.error(`memory grew by more than ${MOST_MIB_PER_MINUTE} MiB a minute`);
    return isSteady && verdict.every(({ code }) => code === 0) ? 0 : 1;
  } finally {
    for (const { process } of watched) if (!process.ended) await process.stop();
    await broker?.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

async function pageOf(folder: string): Promise<string> {
  const named = ["producer", "consumer"].map(async (name) => {
    const [result] = parseResults(await Deno.readTextFile(join(folder, `${name}.json`)), name);
    return { name, result: result! };
  });
  return reportHtml(await Promise.all(named));
}

/** Samples until the planned end, then waits for the processes; resolves to their exit codes. */
async function sample(
  watched: readonly Watched[],
  seconds: number,
): Promise<{ name: string; code: number }[]> {
  const started = performance.now();
  const elapsed = (): number => (performance.now() - started) / 1000;
  while (elapsed() < seconds && watched.every(({ process }) => !process.ended)) {
    for (const { process, samples } of watched) {
      const bytes = await residentBytes(process.pid);
      if (bytes !== undefined) samples.push({ seconds: elapsed(), bytes });
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  const limit = setTimeout(() => {
    for (const { process } of watched) if (!process.ended) void process.stop();
  }, END_GRACE_SECONDS * 1000);
  const codes = await Promise.all(
    watched.map(async ({ name, process }) => ({ name, code: (await process.wait()).code })),
  );
  clearTimeout(limit);
  return codes;
}

Deno.exit(await main());
