/** Runs our own executables from source against a broker, measured from outside like every other client. */
import { join } from "node:path";
import { TiedProcess } from "../../support/process.ts";
import { type Measurement, measureProcess } from "./measure.ts";
import type { ConsumeRun, ProduceRun } from "./pulsar_perf.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** One worker, batches of 1,000, verification headers and metrics on: a run as a user would start it. */
export async function runOurProduce(run: Omit<ProduceRun, "rate">): Promise<Measurement> {
  const { broker: { serviceUrl, admin }, topic, size } = run;
  const before = (await admin.stats(topic)).msgInCounter;
  const args = [
    "-u",
    serviceUrl,
    "--topic",
    topic,
    "--workers",
    "1",
    "-s",
    String(size),
    "--batch-messages",
    "1000",
  ];
  return await measured("producer", args, run, async () => (await admin.stats(topic)).msgInCounter - before);
}

/** One worker that checks every CRC and every message's header, and acknowledges. */
export async function runOurConsume(run: ConsumeRun): Promise<Measurement> {
  const { broker: { serviceUrl, admin }, topic, subscription } = run;
  const state = async (): Promise<{ msgBacklog: number; msgOutCounter: number }> =>
    (await admin.stats(topic)).subscriptions[subscription]!;
  const before = (await state()).msgOutCounter;
  const args = ["-u", serviceUrl, "--topic", topic, "--workers", "1", "--subscription", subscription];
  args.push("--subscription-type", "exclusive", "--receiver-queue", "5000");
  const count = async (): Promise<number> => (await state()).msgOutCounter - before;
  const exhausted = async (): Promise<boolean> => (await state()).msgBacklog === 0;
  return await measured("consumer", args, run, count, exhausted);
}

async function measured(
  program: "producer" | "consumer",
  args: readonly string[],
  run: ConsumeRun | Omit<ProduceRun, "rate">,
  count: () => Promise<number>,
  exhausted?: () => Promise<boolean>,
): Promise<Measurement> {
  const folder = await Deno.makeTempDir({ prefix: "pll-own-" });
  const log = join(folder, "log");
  const flags = ["run", "--no-check", "--allow-read", "--allow-net", "--allow-env", "--allow-sys"];
  const process = TiedProcess.start({
    command: Deno.execPath(),
    args: [...flags, `${ROOT}cli/${program}.ts`, ...args, "--ui", "none", ...run.options ?? []],
    cwd: ROOT,
    log,
  });
  try {
    return await measureProcess({
      pid: process.pid,
      count,
      warmupSeconds: run.warmupSeconds ?? 5,
      seconds: run.seconds,
      ...(exhausted === undefined ? {} : { exhausted }),
    });
  } catch (cause) {
    const tail = (await Deno.readTextFile(log).catch(() => "")).slice(-2000);
    throw new Error(`${program} could not be measured; its output ends with:\n${tail}`, { cause });
  } finally {
    await process.stop();
    await Deno.remove(folder, { recursive: true });
  }
}
