/** A run that is to be started: its configuration, judged as far as that goes without a broker. */
import { findAddon } from "../../lib/driver/native/find_addon.ts";
import type { OptionKey } from "../../lib/config/option_spec.ts";
import type { Role, RunConfig } from "../../lib/config/run_config.ts";
import { ConfigError, formatSource, type Source } from "../../lib/config/source.ts";
import {
  parseThresholds,
  type Threshold,
  ThresholdSyntaxError,
} from "../../lib/report/thresholds/thresholds.ts";
import type { SpreadTopics } from "../../lib/load/run/types.ts";
import type { GroupPart } from "../../lib/scenario/types.ts";
import { checkPayload } from "./check_payload.ts";
import type { Together } from "./together.ts";

export interface Plan {
  readonly config: RunConfig;
  readonly sources: ReadonlyMap<OptionKey, Source>;
  readonly thresholds: readonly Threshold[];
  /** The token, when it came from the environment. */
  readonly token?: string;
  /** What people should know before the run, one sentence each. */
  readonly notices: readonly string[];
  /** Of the group, in a scenario. */
  readonly name?: string | undefined;
  /** Many topics, instead of the configuration's one. */
  readonly topics?: SpreadTopics | undefined;
  /** Number in stream ids that tells the group's streams from others'. */
  readonly streamInstance?: number | undefined;
  /** How long after the others it connects and begins. */
  readonly startMs?: number | undefined;
  /** What this process has of the group. */
  readonly part?: GroupPart | undefined;
  /** Where several processes do the run; the configuration is this one's share of it. */
  readonly together?: Together;
}

/**
 * @param topics many topics, instead of the configuration's one
 * @param token value of the environment variable that `tokenEnv` names
 * @throws {ConfigError} for a threshold that makes no sense, or a token that is not there
 * @throws {GeneratorError} for payloads that cannot be made
 * @throws {NativeAddonError} when the native client is asked for and not there
 */
export function makePlan(
  config: RunConfig,
  sources: ReadonlyMap<OptionKey, Source>,
  token: string | undefined,
  topics?: SpreadTopics,
): Plan {
  const thresholds = thresholdsOf(config, sources, topics?.opening !== undefined);
  if (config.role === "producer") checkPayload(config);
  if (config.driver === "native") findAddon();
  const { tokenEnv } = config;
  const plan = { config, sources, thresholds, topics, notices: [] };
  if (tokenEnv === undefined) return plan;
  if (token === undefined || token.trim() === "") {
    throw new ConfigError([{
      message: `environment variable '${tokenEnv}', which should hold the token, is not set or empty`,
      source: { kind: "env", name: tokenEnv },
    }]);
  }
  return { ...plan, token: token.trim() };
}

/**
 * A configuration without results of its own: files, JSON and the metrics endpoint belong to another run of the session,
 * or to all of it. The environment may name them for every run.
 */
export function withoutOutputs<C extends RunConfig>(config: C): C {
  return {
    ...config,
    output: undefined,
    csv: undefined,
    hdrLog: undefined,
    html: undefined,
    events: undefined,
    trace: undefined,
    metricsPort: undefined,
    json: false,
  };
}

function thresholdsOf(
  config: RunConfig,
  sources: ReadonlyMap<OptionKey, Source>,
  opens: boolean,
): Threshold[] {
  try {
    return parseThresholdsFor(config.role, config, config.thresholds, opens);
  } catch (cause) {
    if (!(cause instanceof ThresholdSyntaxError)) throw cause;
    const source = sources.get("thresholds") ?? { kind: "default" };
    const origin = source.kind === "flag" ? source.flag : formatSource(source);
    throw new ConfigError([{ message: `${origin}: ${cause.message}`, source }], { cause });
  }
}

/**
 * @param opens whether producers or consumers are opened by a plan of their own
 * @throws {ThresholdSyntaxError}
 */
export function parseThresholdsFor(
  role: Role,
  config: RunConfig,
  texts: readonly string[],
  opens = false,
): Threshold[] {
  return parseThresholds(texts, {
    role,
    hasTarget: typeof config.rate === "number" || (config.role === "producer" && config.stages.length > 0),
    verifies: config.verify !== "off",
    opens,
  });
}
