/** For tests of whole runs: an embedded broker, configurations as people write them, and a producer with a consumer. */
import assert from "node:assert/strict";
import { type BrokerHandle, type BrokerOptions, startBrokerInWorker } from "../../broker/mod.ts";
import type { OptionKey } from "../../config/option_spec.ts";
import { resolve } from "../../config/resolve.ts";
import type { ConsumerConfig, ProducerConfig, Role, RunConfig } from "../../config/run_config.ts";
import { LoadRun } from "./load_run.ts";
import type { RunOptions, RunOutcome, SpreadTopics } from "./types.ts";
import type { Span } from "../snapshot.ts";

/** Settings in the words of the command line. */
export type Settings = Readonly<Partial<Record<OptionKey, string>>>;

/** Upper bound of every wait, ms: for a machine that has much else to do. */
export const LONG = 20_000;

export function configOf(role: "producer", settings: Settings): ProducerConfig;
export function configOf(role: "consumer", settings: Settings): ConsumerConfig;
export function configOf(role: Role, settings: Settings): RunConfig {
  const flags = new Map(
    Object.entries(settings).map(([key, text]) => {
      const texts = key === "stages" ? text.split(",") : [text];
      return [key as OptionKey, { texts, source: { kind: "flag" as const, flag: `--${key}` } }];
    }),
  );
  const readFile = (path: string): string => Deno.readTextFileSync(path);
  return resolve({ role, flags, env: {}, readFile, runId: "test-run" }).config;
}

/** A run at a broker that the test has from elsewhere. */
export function runAt(
  { serviceUrl, adminUrl }: { readonly serviceUrl: string; readonly adminUrl: string },
  role: Role,
  settings: Settings,
): LoadRun {
  const config = role === "producer" ? configOf(role, settings) : configOf(role, settings);
  return new LoadRun({ config: { ...config, serviceUrl, adminUrl } });
}

const CRASHING_WORKER = new URL("../worker/crashing_worker_test_support.ts", import.meta.url);

export class Lab implements AsyncDisposable {
  readonly broker: BrokerHandle;
  /** Whether runs know the admin interface. */
  hasAdmin = true;
  /** Takes the lines of runs that are made after it is set. */
  onTrace: RunOptions["onTrace"];
  readonly #runs: LoadRun[] = [];
  /** The latest thread of each slot. */
  readonly #threads = new Map<LoadRun, Worker[]>();

  private constructor(broker: BrokerHandle) {
    this.broker = broker;
  }

  static async open(options: BrokerOptions = {}): Promise<Lab> {
    return new Lab(await startBrokerInWorker(options));
  }

  /** A producer on the topic of the test, two workers unless said otherwise. */
  producer(settings: Settings = {}, topics?: SpreadTopics): LoadRun {
    const config = configOf("producer", { workers: "2", size: "256B", topic: "tested", ...settings });
    return this.#add(config, topics);
  }

  consumer(settings: Settings = {}, topics?: SpreadTopics): LoadRun {
    const config = configOf("consumer", {
      workers: "2",
      topic: "tested",
      ...(settings.seek === undefined ? { initialPosition: "earliest" } : {}),
      ...settings,
    });
    return this.#add(config, topics);
  }

  #add(config: RunConfig, topics?: SpreadTopics): LoadRun {
    const { serviceUrl, adminUrl } = this.broker;
    const threads: Worker[] = [];
    const run = new LoadRun({
      config: { ...config, serviceUrl, ...(this.hasAdmin ? { adminUrl } : {}) },
      topics,
      onTrace: this.onTrace,
      createWorker: config.driver === "native"
        ? undefined
        : (slot) => threads[slot] = new Worker(CRASHING_WORKER, { type: "module" }),
    });
    this.#runs.push(run);
    this.#threads.set(run, threads);
    return run;
  }

  /** Lets the worker of a slot die of an uncaught error. */
  crash(run: LoadRun, slot: number): void {
    this.#threads.get(run)![slot]!.postMessage({ kind: "crash" });
  }

  /** Waits for the producer's end, lets the consumer take all that was sent, and ends it. */
  async finish(producer: LoadRun, consumer: LoadRun): Promise<{ sent: RunOutcome; received: RunOutcome }> {
    const sent = await producer.done;
    consumer.integrity.expect(sent.streams, [producer.integrity.witness]);
    // Judged without leniency: what has not been reported yet counts as lost.
    const hasAll = (): boolean => consumer.integrity.current(false)!.lost === 0;
    await until(() => hasAll() || consumer.phase !== "running", LONG, consumer);
    return { sent, received: await consumer.finish("quit") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.phase === "starting" ? run.abort() : run.finish("quit")));
    await this.broker.stop();
  }
}

/** Connects a producer and a consumer, unless they are, consumer first, and begins once a probe has come through. */
export async function beginBoth(producer: LoadRun, consumer: LoadRun): Promise<void> {
  for (const run of [consumer, producer]) if (run.phase === "starting") await run.connect();
  await Promise.all([producer.probe(), consumer.probesSeen(LONG)]);
  consumer.begin();
  producer.begin();
}

/** Messages that were sent, confirmed or not. */
export function messagesOf({ streams }: RunOutcome): number {
  return streams.reduce((sum, { next }) => sum + next, 0);
}

/** Waits until something is so, or until the time is up. */
export async function until(
  isSo: () => boolean,
  timeoutMs = LONG,
  run?: LoadRun,
  stepMs = 10,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    run?.reader.poll();
    if (isSo() || performance.now() > deadline) return;
    await delay(stepMs);
  }
}

/** The figures once nothing was sent for so long; fails when that does not come about. */
export async function settled(run: LoadRun, quietMs: number): Promise<Span> {
  let sent = -1;
  let since = 0;
  const isQuiet = (): boolean => {
    const before = sent;
    sent = run.reader.total().counters.sent;
    if (sent !== before) since = performance.now();
    return performance.now() - since >= quietMs;
  };
  await until(isQuiet, LONG, run, 20);
  assert.ok(isQuiet(), `still sending after ${LONG / 1000} s: ${sent} messages by now`);
  return run.reader.total();
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Nothing lost, doubled, reordered or damaged, and, where nothing came twice, as many received as expected. */
export function assertIntact(
  { snapshot }: RunOutcome,
  messages: number,
  allowed: { outOfOrder?: "any" } = {},
): void {
  const { lost, duplicates, corrupt, foreign } = snapshot.integrity!;
  const outOfOrder = allowed.outOfOrder === "any" ? 0 : snapshot.integrity!.outOfOrder;
  assert.deepEqual(
    { lost, duplicates, outOfOrder, corrupt, foreign },
    { lost: 0, duplicates: 0, outOfOrder: 0, corrupt: 0, foreign: 0 },
  );
  const { counters } = snapshot.total;
  if (counters.redelivered === 0) assert.equal(counters.messages, messages);
}
