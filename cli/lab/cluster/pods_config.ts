/** The configuration that all pods of a load share, as the file that they read. */
import { stringify } from "yaml";
import { fileKey, type OptionKey } from "../../../lib/config/option_spec.ts";
import { type OptionEntry, optionOf, sharedOptions } from "../../../lib/config/options.ts";
import type { ConsumerConfig, ProducerConfig, Role } from "../../../lib/config/run_config.ts";
import { parseCommandLine, UsageError } from "../../command.ts";
import { loadConfig } from "../../load_config.ts";
import { LabError } from "../../lab_error.ts";
import { NAMESPACE, RELEASE } from "./names.ts";

/** Port of every pod's metrics; prometheus/prometheus.yml finds it by its name. */
export const METRICS_PORT = 9464;

/** Files of this machine, which pods do not have. */
export const FILES_OF_A_MACHINE = [
  "payloadFile",
  "tokenFile",
  "tokenEnv",
  "tlsCa",
  "tlsCert",
  "tlsKey",
] as const satisfies readonly OptionKey[];

/** What the pods decide themselves, or what means nothing in a container. */
const NOT_FOR_PODS: readonly OptionKey[] = [
  "embedded",
  "instances",
  "instance",
  "barrier",
  "runId",
  "output",
  "json",
  "events",
  "csv",
  "hdrLog",
  "html",
  "trace",
  "theme",
  "metricsPort",
  "metricsHost",
  "ui",
  "color",
  ...FILES_OF_A_MACHINE,
];

const broker = `${RELEASE}-broker.${NAMESPACE}.svc`;
/** Of the lab's own cluster, for its pods. */
export const SERVICE_URL = `pulsar://${broker}:6650`;
export const ADMIN_URL = `http://${broker}:8080`;

export interface LoadFile {
  readonly text: string;
  /** The whole run's, as each side will understand the file. */
  readonly producer: ProducerConfig;
  readonly consumer: ConsumerConfig;
}

/**
 * @param producerArgs options of `producer`; those that both sides have count for both
 * @param consumerSettings `name=value` of options of `consumer`
 * @throws {UsageError} naming an option that is unknown or cannot be given to pods
 * @throws {LabError} for a load that would never end, and for what else a side refuses
 */
export function loadFile(
  producerArgs: readonly string[],
  consumerSettings: readonly string[],
  pods: { readonly producers: number; readonly consumers: number },
): LoadFile {
  const shared = new Set(sharedOptions().map(({ key }) => key));
  const top: Record<string, unknown> = {
    serviceUrl: SERVICE_URL,
    adminUrl: ADMIN_URL,
    metricsPort: METRICS_PORT,
    metricsHost: "0.0.0.0",
    reportInterval: "5s",
  };
  const sections: Record<Role, Record<string, unknown>> = { producer: {}, consumer: { idle: "20s" } };
  for (const [entry, texts] of given("producer", producerArgs)) {
    // How long and how many is what the producers decide: consumers go on until nothing comes any more.
    const isOwn = !shared.has(entry.key) ||
      ["durationMs", "count", "warmupMs", "thresholds"].includes(entry.key);
    (isOwn ? sections.producer : top)[fileKey(entry)] = valueOf(entry, texts);
  }
  for (const [entry, texts] of given("consumer", consumerSettings.map(asFlag))) {
    sections.consumer[fileKey(entry)] = valueOf(entry, texts);
  }
  const text = stringify({ ...top, ...sections }, { lineWidth: 0 });
  const producer = judged("producer", text, pods.producers);
  const consumer = judged("consumer", text, pods.consumers);
  if (producer.durationMs === undefined && producer.count === undefined && producer.stages.length === 0) {
    throw new LabError("Usage", "a load in pods must have an end: give --duration, --count or --stage");
  }
  return { text, producer, consumer };
}

function given(role: Role, args: readonly string[]): [OptionEntry, readonly string[]][] {
  const invocation = parseCommandLine(role, args);
  if (invocation.kind !== "run" || invocation.print !== undefined || invocation.configFile !== undefined) {
    throw new UsageError(`'${args.join(" ")}' holds what is not for pods: only options of a run are`);
  }
  return [...invocation.flags].map(([key, { texts }]) => {
    if (NOT_FOR_PODS.includes(key)) {
      throw new UsageError(`--${optionOf(key).flag} cannot be given to pods`);
    }
    return [optionOf(key), texts];
  });
}

function asFlag(setting: string): string {
  if (!/^[a-z][a-z-]*=/.test(setting)) {
    throw new UsageError(
      `--consumer-set '${setting}' is not valid: expected an option such as 'ack=cumulative'`,
    );
  }
  return `--${setting}`;
}

function valueOf(entry: OptionEntry, texts: readonly string[]): unknown {
  if (entry.kind.list) return texts;
  const text = texts.at(-1)!;
  return entry.kind.isBoolean ? text === "true" : text;
}

interface SideOf {
  readonly producer: ProducerConfig;
  readonly consumer: ConsumerConfig;
}

/** Reads the file as a pod of this side will, so that mistakes show here and not in a container. */
function judged<R extends Role>(role: R, text: string, instances: number): SideOf[R] {
  const env = { PLL_CONFIG: "run.yaml", PLL_RUN_ID: "run", PLL_INSTANCES: String(Math.max(1, instances)) };
  const loaded = loadConfig(role, [], env, () => text);
  if (loaded.kind === "run") return loaded.config;
  throw new LabError(
    "Usage",
    loaded.text.trim().replaceAll("\n", "; ").replaceAll(/ ?\(?run\.yaml:\d+:\d+\)?/g, ""),
  );
}
