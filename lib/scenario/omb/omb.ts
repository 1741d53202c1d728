/**
 * Workload files of the OpenMessaging Benchmark (OMB), run unchanged: recognized by their keys, and translated, with a
 * driver file for Pulsar, into a scenario. What cannot be given its meaning is refused by name.
 */
import { stringify } from "yaml";
import { ConfigError } from "../../config/source.ts";
import { DRIVER_KEYS, DRIVER_SECTIONS, readDriver } from "./driver.ts";
import type { OmbFacts } from "./facts.ts";
import { Settings } from "./settings.ts";
import { translate } from "./translate.ts";
import { OWN_KEYS, readWorkload } from "./workload.ts";

export interface OmbFile {
  /** In errors. */
  readonly path: string;
  readonly text: string;
}

export interface OmbScenario {
  /** A scenario file. */
  readonly scenario: string;
  /** What of the files has no effect, or another one than in OMB; one sentence each, beginning with the key. */
  readonly notes: readonly string[];
  /** What a result in OMB's shape says about the workload. */
  readonly facts: OmbFacts;
}

/** At the beginning of a line, or in a mapping of one line. */
const OWN_KEY = new RegExp(`(?:^|[{,])[ \\t]*["']?(?:${OWN_KEYS.join("|")})["']?[ \\t]*:`, "m");
const SECTIONS_OF_WORKLOADS: ReadonlySet<string> = new Set();

/** Whether a file is a workload of OMB: it has a key that nothing else here has. Mistakes in it do not matter. */
export function isOmbWorkload(text: string): boolean {
  return OWN_KEY.test(text);
}

/**
 * @param driver a driver file; without one, OMB's own settings hold and the target is what the command line says
 * @param overrides values in place of the files', by their names: `topics`, `consumer.receiverQueueSize`
 * @throws {ConfigError} listing every mistake, and every key that is refused, with file, line and column
 */
export function readOmb(
  text: string,
  path: string,
  driver?: OmbFile,
  overrides: ReadonlyMap<string, string> = new Map(),
): OmbScenario {
  const [ofDriver, ofWorkload] = [new Map<string, string>(), new Map<string, string>()];
  for (const [key, value] of overrides) (isDriverKey(key) ? ofDriver : ofWorkload).set(key, value);
  const workloadSettings = new Settings(text, path, SECTIONS_OF_WORKLOADS, ofWorkload);
  const driverSettings = new Settings(driver?.text ?? "", driver?.path ?? path, DRIVER_SECTIONS, ofDriver);
  // A text that is no YAML has nothing else to be judged.
  const unreadable = [...workloadSettings.problems, ...driverSettings.problems];
  if (unreadable.length > 0) throw new ConfigError(unreadable);
  const readFirst = readDriver(driverSettings);
  const readThen = readWorkload(workloadSettings, readFirst.driver);
  const problems = [...workloadSettings.problems, ...driverSettings.problems];
  if (problems.length > 0) throw new ConfigError(problems);
  const { workload } = readThen;
  const made = translate(workload, readFirst.driver);
  return {
    scenario: stringify(made.scenario, { lineWidth: 0 }),
    notes: [...readThen.notes, ...readFirst.notes, ...made.notes],
    facts: {
      workload: workload.name || path.replace(/^.*[/\\]/, "").replace(/\.[^.]+$/, ""),
      driver: readFirst.driver.name,
      messageSize: workload.messageSize,
      topics: workload.topics,
      partitions: workload.partitionsPerTopic,
      producersPerTopic: workload.producersPerTopic,
      consumersPerTopic: workload.consumerPerSubscription,
      subscriptionsPerTopic: workload.subscriptionsPerTopic,
    },
  };
}

/** `name` is a key of both files, and means the workload's. */
function isDriverKey(key: string): boolean {
  return key !== "name" && (DRIVER_KEYS.has(key) || DRIVER_SECTIONS.has(key.split(".")[0]!));
}
