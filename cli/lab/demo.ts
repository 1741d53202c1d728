/** `lab demo`: an embedded broker, a consumer and a producer in one process, with the counters of both live. */
import type { OptionKey } from "../../lib/config/option_spec.ts";
import { readEnvironment } from "../../lib/config/environment.ts";
import type { ReadFile } from "../../lib/config/profiles.ts";
import type { ProducerConfig, Role, RunConfig } from "../../lib/config/run_config.ts";
import type { Source } from "../../lib/config/source.ts";
import { ThresholdSyntaxError } from "../../lib/report/thresholds/thresholds.ts";
import { startBrokerInWorker } from "../../lib/broker/mod.ts";
import { UsageError } from "../command.ts";
import { pointedAt } from "../embedded.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { shortHelp } from "../help.ts";
import { loadConfig, type Loaded } from "../load_config.ts";
import { outputWidth } from "../console.ts";
import { finishLoading, reportError } from "../main.ts";
import { readTextFile } from "../read_text_file.ts";
import { runBeside } from "../session/beside_broker.ts";
import { makePlan, parseThresholdsFor, type Plan, withoutOutputs } from "../session/plan.ts";
import { Session } from "../session/session.ts";
import { denoSessionIo } from "../session/io.ts";

type Runnable<R extends Role> = Extract<Loaded<R>, { kind: "run" }>;

const PROGRAM = "lab demo";
const DEMO_WARMUP_MS = 2000;

const HELP =
  `See messages flow: an embedded broker, a consumer and a producer in one process; no server needed

Examples:
  lab demo
      two workers a side, 20,000 msg/s, 30 s after a warm-up of 2 s
  lab demo --rate 50k --duration 1m
  lab demo --profile burst --compression zstd
  lab demo --stage ramp:20s:100k --stage 10s:100k --threshold 'response.p99<20ms'

Usage: lab demo [options]

The options are the producer's; the consumer gets those that concern both. '--output' and '--json' give the results
of both, one a line.
`;

/** Arguments are the producer's; what they leave open is set to a load that every machine can take. */
export async function demo(argv: readonly string[]): Promise<ExitCode> {
  if (argv.some((word) => word === "--help" || word === "-h")) {
    const options = shortHelp("producer", outputWidth());
    const from = options.indexOf("Common options:");
    console.log(`${HELP}\n${options.slice(from).trimEnd()}`);
    return EXIT.ok;
  }
  const runId = crypto.randomUUID().slice(0, 8);
  let isDebug = argv.includes("--debug");
  try {
    const plans = demoPlans(argv, readEnvironment(Deno.env), readTextFile, runId);
    if (!Array.isArray(plans)) return finishLoading(plans);
    isDebug = plans[0]!.config.debug;
    const broker = await startBrokerInWorker();
    try {
      const aimed = plans.map((plan) => ({ ...plan, config: pointedAt(plan.config, broker) }));
      return await runBeside(broker, new Session(aimed, denoSessionIo()));
    } finally {
      await broker.stop();
    }
  } catch (error) {
    return reportError(PROGRAM, error, { debug: isDebug });
  }
}

type NoRun = Exclude<Loaded, { kind: "run" }>;

/**
 * The plans of producer and consumer, or what is to be printed instead.
 *
 * @throws {UsageError}, {ConfigError} or {GeneratorError} naming what cannot be
 */
export function demoPlans(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  readFile: ReadFile,
  runId: string,
): Plan[] | NoRun {
  const first = loadConfig("producer", argv, env, readFile, { runId });
  if (first.kind !== "run") return first;
  checkTarget(first);
  const producer = loadConfig("producer", [...argv, ...missingOptions(first)], env, readFile, { runId });
  if (producer.kind !== "run") return producer;
  const options = consumerOptions(producer.config);
  const consumer = loadConfig("consumer", options, env, readFile, { runId: producer.config.runId });
  if (consumer.kind !== "run") return consumer;
  const { own, others } = splitThresholds(producer.config);
  const embedded = "memory" as const;
  const plans = [
    makePlan({ ...producer.config, thresholds: own, embedded }, producer.sources, undefined),
    makePlan(
      // Files and the metrics endpoint are the producer's.
      { ...withoutOutputs(consumer.config), thresholds: others, embedded },
      consumer.sources,
      undefined,
    ),
  ];
  return plans.map((plan, index) => ({ ...plan, notices: index === 0 ? producer.notices : [] }));
}

/** Options for what nobody has said anything about. */
function missingOptions({ config, sources }: Runnable<"producer">): string[] {
  const kindOf = (key: OptionKey): Source["kind"] => sources.get(key)?.kind ?? "default";
  // The default profile is nobody's choice.
  const isOpen = (key: OptionKey): boolean =>
    kindOf(key) === "default" || (kindOf(key) === "profile" && kindOf("profile") === "default");
  const isPlanned = config.stages.length > 0;
  // The first second has workers that start and code that is not compiled yet: it would decide P99 of a short run.
  const isLong = config.durationMs === undefined || config.durationMs >= 5 * DEMO_WARMUP_MS;
  const isWarmed = isOpen("warmupMs") && isOpen("count") && isLong && !isPlanned && config.rate !== "max";
  return [
    ...(isWarmed ? ["--warmup", `${DEMO_WARMUP_MS}ms`] : []),
    ...(isOpen("workers") ? ["--workers", "2"] : []),
    ...(isOpen("rate") && !isPlanned ? ["--rate", "20k"] : []),
    ...(isOpen("durationMs") && isOpen("count") && !isPlanned && config.rate !== "max"
      ? ["--duration", "30s"]
      : []),
  ];
}

function consumerOptions(
  { workers, topic, partitions, verify, reportIntervalMs, warmupMs }: ProducerConfig,
): string[] {
  return [
    ["--warmup", `${warmupMs}ms`],
    ["--initial-position", "earliest"],
    ["--workers", String(workers)],
    ["--topic", topic],
    ["--partitions", String(partitions)],
    ["--verify", verify],
    ["--report-interval", `${reportIntervalMs}ms`],
  ].flat();
}

/** @throws {UsageError} */
function checkTarget({ config, sources }: Runnable<"producer">): void {
  if (config.embedded === "null") {
    throw new UsageError(`--embedded null stores nothing, so that there would be nothing to consume`);
  }
  for (const [key, flag] of [["serviceUrl", "--service-url"], ["adminUrl", "--admin-url"]] as const) {
    if (sources.get(key)?.kind !== "flag") continue;
    throw new UsageError(
      `${flag}: the demo has its own broker; for '${config.serviceUrl}' use 'producer' and 'consumer'`,
    );
  }
}

/** Thresholds that only a consumer can judge, such as `verify.lost==0`, are the consumer's. */
function splitThresholds(config: ProducerConfig): { own: string[]; others: string[] } {
  const own: string[] = [];
  const others: string[] = [];
  for (const text of config.thresholds) {
    const isOthers = !isThreshold("producer", config, text) && isThreshold("consumer", config, text);
    (isOthers ? others : own).push(text);
  }
  return { own, others };
}

function isThreshold(role: Role, config: RunConfig, text: string): boolean {
  try {
    parseThresholdsFor(role, config, [text]);
    return true;
  } catch (error) {
    if (error instanceof ThresholdSyntaxError) return false;
    throw error;
  }
}
