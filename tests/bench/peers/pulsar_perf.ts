/**
 * pulsar-perf 4.0.8, Apache Pulsar's own load tool in Java, as a peer to measure against.
 *
 * For a fair pair, measure both sides with `measureProcess`, one after the other on the same broker, swap the
 * order from round to round, and compare the ratios of the rounds.
 */
import { join } from "node:path";
import type { BrokerAdmin } from "../../support/broker_admin.ts";
import { resolveJars } from "../../support/maven.ts";
import { TiedProcess } from "../../support/process.ts";
import { brokerJars } from "../../support/real_broker.ts";
import { type Measurement, measureProcess } from "./measure.ts";

export interface PeerRun {
  readonly broker: { readonly serviceUrl: string; readonly admin: BrokerAdmin };
  /** Full name or `orders`; must exist. */
  readonly topic: string;
  /** Length of the measured window. */
  readonly seconds: number;
  /** Before the window, from the first message on; 5 s by default, enough for the JVM to compile its hot paths. */
  readonly warmupSeconds?: number;
  /** More options of pulsar-perf, e.g. `["-z", "LZ4"]`. */
  readonly options?: readonly string[];
}

export interface ProduceRun extends PeerRun {
  /** Messages per second; a million and more means as fast as it can. */
  readonly rate: number;
  /** Payload bytes. */
  readonly size: number;
}

export interface ConsumeRun extends PeerRun {
  /** Must exist with a backlog that lasts longer than warm-up and window. */
  readonly subscription: string;
}

/** Publishes with one producer and one thread, batching as pulsar-perf does by default. */
export async function runPulsarPerfProduce(run: ProduceRun): Promise<Measurement> {
  const { broker: { admin }, topic } = run;
  const before = (await admin.stats(topic)).msgInCounter;
  const options = ["-r", String(run.rate), "-s", String(run.size), "-n", "1", "-threads", "1"];
  return await measured(
    "produce",
    options,
    run,
    async () => (await admin.stats(topic)).msgInCounter - before,
  );
}

/** Consumes and acknowledges what a subscription holds, with one consumer. */
export async function runPulsarPerfConsume(run: ConsumeRun): Promise<Measurement> {
  const { broker: { admin }, topic, subscription } = run;
  const state = async (): Promise<{ msgBacklog: number; msgOutCounter: number }> => {
    const found = (await admin.stats(topic)).subscriptions[subscription];
    if (found === undefined) throw new Error(`topic '${topic}' has no subscription '${subscription}'`);
    return found;
  };
  const before = await state();
  if (before.msgBacklog === 0) throw new Error(`subscription '${subscription}' of '${topic}' has no backlog`);
  const options = ["-ss", subscription, "-sp", "Earliest"];
  const count = async (): Promise<number> => (await state()).msgOutCounter - before.msgOutCounter;
  // The backlog counts entries (batches), so it can only tell whether anything is left.
  const exhausted = async (): Promise<boolean> => (await state()).msgBacklog === 0;
  return await measured("consume", options, run, count, exhausted);
}

async function measured(
  command: "produce" | "consume",
  options: readonly string[],
  run: PeerRun,
  count: () => Promise<number>,
  exhausted?: () => Promise<boolean>,
): Promise<Measurement> {
  const folder = await Deno.makeTempDir({ prefix: "pll-perf-" });
  await Deno.writeTextFile(join(folder, "client.conf"), "");
  const log = join(folder, "log");
  const process = TiedProcess.start({
    command: "java",
    args: [
      ...[
        "-cp",
        await pulsarPerfClassPath(),
        "org.apache.pulsar.testclient.PulsarPerfTestTool",
        "client.conf",
        command,
      ],
      ...["-u", run.broker.serviceUrl, ...options, ...run.options ?? [], run.topic],
    ],
    cwd: folder,
    log,
    removeCwd: true,
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
    throw new Error(`pulsar-perf ${command} could not be measured; its output ends with:\n${tail}`, {
      cause,
    });
  } finally {
    await process.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Classes that pulsar-perf names but its POM cannot bring: from the broker's jars. */
const FROM_BROKER = /^(pulsar-broker-\d|managed-ledger-|pulsar-metadata-|bookkeeper-)/;

/** Where Java finds pulsar-perf and what it needs, a client of its version among it. */
export async function pulsarPerfClassPath(): Promise<string> {
  const own = await resolveJars("pulsar-perf-4.0.8", new URL("./pom.xml", import.meta.url));
  const broker = await brokerJars();
  const borrowed: string[] = [];
  for await (const { name } of Deno.readDir(broker)) {
    if (FROM_BROKER.test(name)) borrowed.push(join(broker, name));
  }
  return [join(own, "*"), ...borrowed].join(":");
}
