/** The timeline of a scenario file: steps with a time and one action each. */
import { MAX_WORKERS } from "../../config/limits.ts";
import { payloadSize } from "../../config/pulsar_values.ts";
import { hint } from "../../config/suggest.ts";
import {
  durationText,
  parseBytes,
  parseCount,
  parseDuration,
  parseRate,
  ValueError,
} from "../../config/units.ts";
import type { EmbeddedFault, Step, StepAction, StepThreshold } from "../types.ts";
import { ACTION_FIELDS, HOLD_FIELDS, STEP_FIELDS } from "./fields.ts";
import type { Section } from "./section.ts";

/** What steps may name. */
export interface Named {
  readonly topics: readonly string[];
  readonly producers: readonly string[];
  /** As the file calls them, and those that each stands for. */
  readonly subscriptions: ReadonlyMap<string, readonly string[]>;
  /** Subscriptions that are not durable. */
  readonly readers: ReadonlySet<string>;
  /** Why a group cannot have so many workers; undefined when it can. */
  problemWithWorkers(group: string, workers: number): string | undefined;
  /** Of the measured part, if it has a planned length. */
  readonly durationMs: number | undefined;
}

const WEEK = 7 * 86_400_000;
const MOST_TIMES = 100_000;
const ACTIONS = Object.keys(ACTION_FIELDS) as (keyof typeof ACTION_FIELDS)[];

export function readSteps(top: Section, named: Named): Step[] {
  const steps = top.list("steps").flatMap((section) => readStep(section, named) ?? []);
  return steps.sort((a, b) => a.atMs - b.atMs);
}

function readStep(section: Section, named: Named): Step | undefined {
  const given = ACTIONS.filter((action) => section.has(action));
  const isHold = section.has("hold");
  section.allow([...Object.keys(STEP_FIELDS), ...ACTIONS, ...(isHold ? Object.keys(HOLD_FIELDS) : [])]);
  if (given.length !== 1) {
    const found = given.length === 0 ? "nothing to do" : given.map((name) => `'${name}'`).join(" and ");
    section.report(given[1], `'${section.name}' has ${found}: expected one of ${ACTIONS.join(", ")}`);
    return undefined;
  }
  const atMs = section.value("at", (text) => parseDuration(text, { min: 0, max: WEEK }));
  if (atMs === undefined && !section.has("at")) {
    section.report(undefined, `'${section.name}' needs 'at', a time such as '30s'`);
  }
  const times = section.value("times", (text) => parseCount(text, { min: 1, max: MOST_TIMES })) ?? 1;
  const everyMs = section.value("every", (text) => parseDuration(text, { min: 1, max: WEEK })) ?? 0;
  if (times > 1 && everyMs === 0) {
    section.report("times", `'${section.name}' happens ${times} times: 'every' is missing`);
  }
  const last = (atMs ?? 0) + (times - 1) * everyMs;
  if (named.durationMs !== undefined && last >= named.durationMs) {
    const what = times > 1 ? "its last time comes" : "it comes";
    section.report(
      "at",
      `'${section.name}': ${what} at ${durationText(last)}, and the load lasts ${
        durationText(named.durationMs)
      }`,
    );
  }
  const kind = given[0]!;
  const action = readAction(section, kind, named);
  if (action === undefined || atMs === undefined) return undefined;
  return {
    name: section.text("name") ??
      (kind === "stage" ? section.text("stage")! : `${kind} ${section.texts(kind).join(" ")}`),
    atMs,
    times,
    everyMs,
    action,
    thresholds: section.texts("thresholds").flatMap((text) => readThresholds(section, text, named)),
    source: section.source(kind),
  };
}

function readThresholds(section: Section, text: string, named: Named): StepThreshold[] {
  const source = section.source("thresholds");
  const match = /^([\w.-]+)\s*:\s*(.+)$/.exec(text);
  if (match === null) return [{ text, source }];
  const [, group, rule] = match;
  const groups = expanded(group!, named);
  if (groups.length === 0) {
    const known = [...named.producers, ...named.subscriptions.keys()];
    section.report("thresholds", `threshold '${text}': there is no group '${group}'${hint(group!, known)}`);
  }
  return groups.map((name) => ({ group: name, text: rule!, source }));
}

/** The groups that a name stands for; none for a name that is not there. */
function expanded(name: string, { producers, subscriptions }: Named): readonly string[] {
  return producers.includes(name) ? [name] : subscriptions.get(name) ?? [];
}

function readAction(
  section: Section,
  kind: keyof typeof ACTION_FIELDS,
  named: Named,
): StepAction | undefined {
  const { topics, producers } = named;
  const subscriptions = [...named.subscriptions.keys()];
  const unknown = (text: string, list: readonly string[], what: string): void =>
    section.report(kind, `'${section.name}': there is no ${what} '${text}'${hint(text, list)}`);
  const groupsOf = (texts: readonly string[], list: readonly string[], what: string): string[] =>
    texts.flatMap((text) => {
      if (!list.includes(text)) unknown(text, list, what);
      return expanded(text, named);
    });
  /** Those that a step can do something to while their consumers are away. */
  const kept = (groups: readonly string[]): readonly string[] => {
    const reader = groups.find((group) => named.readers.has(group));
    if (reader !== undefined) {
      section.report(
        kind,
        `'${section.name}': '${reader}' is not durable: '${kind}' is for subscriptions that the broker keeps`,
      );
    }
    return groups;
  };
  const topicsOf = (text: string | undefined): string | undefined => {
    if (text === undefined || topics.includes(text)) return text;
    unknown(text, topics, "group of topics");
    return undefined;
  };
  switch (kind) {
    case "stage":
      return section.text(kind) === undefined ? undefined : { kind };
    case "pause":
    case "resume":
      return { kind, groups: groupsOf(section.texts(kind), [...producers, ...subscriptions], "group") };
    case "hold":
      return readHold(section, groupsOf(section.texts(kind), subscriptions, "subscription"));
    case "deleteSubscription":
      return { kind, subscriptions: kept(groupsOf(section.texts(kind), subscriptions, "subscription")) };
    case "unload":
    case "terminate": {
      const group = topicsOf(section.text(kind));
      return group === undefined ? undefined : { kind, topics: group };
    }
    case "unloadNamespace":
      return section.value(kind, namespaceOf);
    case "command":
      return readCommand(section);
    case "fault": {
      const fault = section.value(kind, faultOf);
      return fault === undefined ? undefined : { kind, fault };
    }
  }
  const pair = pairOf(section, kind);
  if (pair === undefined) return undefined;
  const [name, value] = pair;
  switch (kind) {
    case "rate": {
      const rate = section.value(kind, () => rateOf(value));
      const groups = groupsOf([name], [...producers, ...subscriptions], "group");
      return rate === undefined ? undefined : { kind, groups, rate };
    }
    case "size": {
      const size = section.value(kind, () => payloadSize.parse([value]));
      const groups = groupsOf([name], producers, "group of producers");
      return size === undefined ? undefined : { kind, groups, size };
    }
    case "workers":
      return readWorkers(section, value, groupsOf([name], [...producers, ...subscriptions], "group"), named);
    case "partitions": {
      const partitions = section.value(kind, () => parseCount(value, { min: 1, max: 10_000 }));
      const group = topicsOf(name);
      return partitions === undefined || group === undefined
        ? undefined
        : { kind, topics: group, partitions };
    }
    case "expire": {
      const ms = section.value(kind, () => parseDuration(value, { min: 1000, max: WEEK }));
      const groups = kept(groupsOf([name], subscriptions, "subscription"));
      return ms === undefined ? undefined : { kind, subscriptions: groups, seconds: Math.round(ms / 1000) };
    }
  }
}

function readWorkers(
  section: Section,
  text: string,
  groups: readonly string[],
  { problemWithWorkers }: Named,
): StepAction | undefined {
  const workers = section.value("workers", () => parseCount(text, { min: 1, max: MAX_WORKERS }));
  if (workers === undefined) return undefined;
  for (const group of groups) {
    const problem = problemWithWorkers(group, workers);
    if (problem === undefined) continue;
    section.report("workers", `'${section.name}': ${problem}`);
    return undefined;
  }
  return { kind: "workers", groups, workers };
}

function readHold(section: Section, subscriptions: readonly string[]): StepAction {
  const messages = section.value("messages", (text) => parseCount(text, { min: 1, max: 1e12 }));
  const bytes = section.value("bytes", (text) => parseBytes(text, { min: 1, max: 2 ** 50 }));
  if (section.has("messages") === section.has("bytes")) {
    section.report(
      "hold",
      `'${section.name}': hold needs either 'messages' or 'bytes', so that it has an end`,
    );
  }
  return { kind: "hold", subscriptions, messages, bytes };
}

/** A list is a program with its arguments; one text is split at blanks. */
function readCommand(section: Section): StepAction | undefined {
  const texts = section.texts("command");
  const words = texts.length === 1 ? texts[0]!.split(/\s+/).filter(Boolean) : texts;
  if (words.length > 0) return { kind: "command", words };
  section.report("command", `'${section.name}': the command is empty`);
  return undefined;
}

function pairOf(section: Section, kind: string): [string, string] | undefined {
  const text = section.text(kind);
  if (text === undefined) return undefined;
  const match = /^(\S+)\s+(\S.*)$/.exec(text.trim());
  if (match !== null) return [match[1]!, match[2]!];
  section.report(kind, `'${section.name}': '${text}' needs a name and a value: '${kind}: NAME VALUE'`);
  return undefined;
}

function rateOf(text: string): number | "unlimited" {
  return text === "unlimited" ? text : parseRate(text, { min: 0.001, max: 1e9 });
}

function namespaceOf(text: string): StepAction {
  const match = /^([^/\s]+\/[^/\s]+)(?:\/(0x[0-9a-f]{8}_0x[0-9a-f]{8}))?$/i.exec(text);
  if (match === null) {
    throw new ValueError(
      text,
      "'tenant/namespace', or a bundle of it as in 'public/default/0x00000000_0x40000000'",
    );
  }
  return { kind: "unloadNamespace", namespace: match[1]!, bundle: match[2] };
}

const FAULTS: Readonly<Record<EmbeddedFault["kind"], "none" | "ms" | "times">> = {
  dropConnections: "none",
  stallReads: "ms",
  delayReceipts: "ms",
  forgetReceipts: "times",
  corruptDeliveries: "times",
};

function faultOf(text: string): EmbeddedFault {
  const [name = "", value] = text.trim().split(/\s+/);
  const takes = Object.hasOwn(FAULTS, name) ? FAULTS[name as EmbeddedFault["kind"]] : undefined;
  if (takes === undefined) {
    throw new ValueError(text, `one of ${Object.keys(FAULTS).join(", ")}${hint(name, Object.keys(FAULTS))}`);
  }
  const kind = name as EmbeddedFault["kind"];
  if (takes === "ms") {
    if (value === undefined) throw new ValueError(text, `'${kind}' with a time, such as '${kind} 2s'`);
    return { kind, ms: parseDuration(value, { min: 0, max: 600_000 }) } as EmbeddedFault;
  }
  if (takes === "times") {
    return { kind, times: parseCount(value ?? "1", { min: 1, max: 1_000_000 }) } as EmbeddedFault;
  }
  return { kind } as EmbeddedFault;
}
