/**
 * Reads a scenario file.
 *
 * ```yaml
 * duration: 1m
 * topics:
 *   orders: { count: 10, partitions: 4 }
 * producers:
 *   web: { topics: orders, rate: 20k, size: 1KiB }
 * subscriptions:
 *   billing: { topics: orders, type: shared, consumers: 2 }
 * steps:
 *   - { at: 30s, unload: orders, thresholds: [recovery<10s] }
 * ```
 */
import type { Layer } from "../../config/config_file.ts";
import type { ReadFile } from "../../config/profiles.ts";
import { ConfigError } from "../../config/source.ts";
import { parseDuration } from "../../config/units.ts";
import { YamlText } from "../../config/yaml_text.ts";
import type { ProducerGroup, Scenario, SubscriptionGroup } from "../types.ts";
import { TOP_FIELDS, topOptions } from "./fields.ts";
import { type GroupContext, readProducers, readSubscriptions } from "./groups.ts";
import { Section } from "./section.ts";
import { readSteps } from "./steps.ts";
import { workersProblem } from "./workers.ts";
import { readNamespaces, readTopics } from "./topics.ts";

export interface ScenarioInput {
  /** Of the file, in errors. */
  readonly path: string;
  readonly text: string;
  /** Options of the command line that concern all groups. */
  readonly flags: Layer;
  readonly env: Readonly<Record<string, string>>;
  readonly readFile: ReadFile;
  /** Where neither flags, environment nor file name the run. */
  readonly runId: string;
  /** Values in place of the file's, by their path: `producers.web.size`. */
  readonly overrides?: ReadonlyMap<string, string> | undefined;
}

export interface ReadScenario {
  readonly scenario: Scenario;
  /** What people should know before the load, one sentence each. */
  readonly notices: readonly string[];
}

/** A step's action with its settings, in a list, in the file. */
const MOST_DEPTH = 10;
const DRAIN_MS = 10_000;
const SECTIONS = ["namespaces", "topics", "producers", "subscriptions", "steps", "sweep"] as const;

/** @throws {ConfigError} listing every mistake with file, line and column */
export function readScenario(input: ScenarioInput): ReadScenario {
  const { yaml, top } = open(input);
  top.allow([...topOptions().keys(), ...Object.keys(TOP_FIELDS), ...SECTIONS]);
  const shared = top.options(topOptions());
  const { flags, env } = input;
  const runId = flags.get("runId")?.texts.at(-1) || env.PLL_RUN_ID || shared.get("runId")?.texts.at(-1) ||
    input.runId;
  shared.delete("runId");
  const topics = readTopics(top, runId);
  const context: GroupContext = {
    topics,
    shared,
    flags,
    env,
    readFile: input.readFile,
    runId,
    problems: yaml.problems,
    notices: new Set(),
  };
  const namespaces = readNamespaces(top);
  const producers = readProducers(top, context);
  const subscriptions = readSubscriptions(top, context);
  const groups = [...producers, ...subscriptions];
  const durationMs = lengthOf(producers);
  const steps = readSteps(top, {
    topics: topics.map(({ name }) => name),
    producers: top.section("producers")?.keys ?? [],
    subscriptions: families(top.section("subscriptions")?.keys ?? [], subscriptions),
    readers: new Set(subscriptions.filter(({ config }) => !config.durable).map(({ name }) => name)),
    problemWithWorkers: (name, workers) =>
      workersProblem(groups.find((group) => group.name === name), workers),
    durationMs,
  });
  const drainMs = top.value("drain", (text) => parseDuration(text, { min: 1000, max: 86_400_000 })) ??
    DRAIN_MS;
  checkWhole(top, producers, subscriptions);
  if (yaml.problems.length > 0) throw new ConfigError(yaml.problems);
  const scenario: Scenario = {
    name: input.path.replace(/^.*[/\\]/, "").replace(/\.[^.]+$/, ""),
    description: top.text("description") ?? "",
    runId,
    durationMs,
    warmupMs: groups[0]!.config.warmupMs,
    drainMs,
    namespaces,
    topics,
    producers,
    subscriptions,
    steps,
  };
  return { scenario, notices: [...context.notices] };
}

/**
 * What a sweep goes through: every combination of its lists, as overrides for `readScenario`; one empty combination
 * without a sweep.
 *
 * @throws {ConfigError}
 */
export function readSweep(
  input: Pick<ScenarioInput, "path" | "text" | "overrides">,
): ReadonlyMap<string, string>[] {
  const { yaml, top } = open(input);
  const section = top.section("sweep");
  let combinations: Map<string, string>[] = [new Map()];
  for (const path of section?.keys ?? []) {
    if (!/^[\w-]+(\.[\w-]+)+$|^[\w-]+$/.test(path)) {
      section!.report(path, `sweep: '${path}' is no path of a setting, such as 'producers.web.size'`);
    }
    const values = section!.texts(path);
    combinations = combinations.flatMap((before) =>
      values.map((value) => new Map([...before, [path, value]]))
    );
  }
  if (combinations.length > MOST_COMBINATIONS) {
    section!.report(
      undefined,
      `sweep: ${combinations.length} combinations, expected ${MOST_COMBINATIONS} at most`,
    );
  }
  if (yaml.problems.length > 0) throw new ConfigError(yaml.problems);
  return combinations;
}

const MOST_COMBINATIONS = 1000;

function open({ path, text, overrides = new Map() }: Pick<ScenarioInput, "path" | "text" | "overrides">): {
  yaml: YamlText;
  top: Section;
} {
  const yaml = new YamlText(text, path, (place) => ({ kind: "file", path, ...place }));
  const values = new Map([...overrides].map(([key, value]) => [key.split("."), value] as const));
  const root = yaml.root(
    MOST_DEPTH,
    "expected a scenario, such as 'topics:', 'producers:' and 'subscriptions:'",
    values,
  );
  if (yaml.problems.length > 0) throw new ConfigError(yaml.problems);
  return { yaml, top: new Section(yaml, "", root) };
}

/** What each name stands for: itself, or several subscriptions that the file describes at once. */
function families(
  written: readonly string[],
  subscriptions: readonly SubscriptionGroup[],
): ReadonlyMap<string, readonly string[]> {
  const all = new Map<string, string[]>(written.map((name) => [name, []]));
  for (const { name, family } of subscriptions) {
    all.get(family)?.push(name);
    if (name !== family) all.set(name, [name]);
  }
  return all;
}

/** The measured part ends with the last producer's plan. */
function lengthOf(producers: readonly ProducerGroup[]): number | undefined {
  const lengths = producers.map(({ startMs, config }) => {
    const stages = config.stages.reduce((sum, { durationMs }) => sum + durationMs, 0);
    return startMs + (stages > 0 ? stages : config.durationMs ?? Infinity);
  });
  const longest = Math.max(0, ...lengths);
  return Number.isFinite(longest) && longest > 0 ? longest : undefined;
}

function checkWhole(
  top: Section,
  producers: readonly ProducerGroup[],
  subscriptions: readonly SubscriptionGroup[],
): void {
  if (!top.isWell) return;
  if (producers.length + subscriptions.length === 0) {
    top.report(undefined, "nothing to run: neither 'producers' nor 'subscriptions' are there");
  }
  const names = [...producers, ...subscriptions].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) top.report("subscriptions", `two groups are called '${twice}': names must differ`);
}
