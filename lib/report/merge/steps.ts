/** The steps of a scenario, joined from what each of its processes has seen of them. */
import { Histogram } from "../../load/histogram/histogram.ts";
import { addSpans } from "../../load/span_math.ts";
import type { StepOutcome, StepState } from "../../scenario/snapshot.ts";
import { ELSEWHERE } from "../../scenario/steps/perform.ts";
import { joinOpenings } from "../result/opening_record.ts";
import { histogramOfRecord, histogramRecord, spanOfRecord, spanRecord } from "../result/span_record.ts";
import type {
  DrainRecord,
  ScenarioGroupRecord,
  ScenarioRecord,
  StepRecord,
} from "../result/scenario_types.ts";
import type { HistogramRecord, SpanRecord, ThresholdRecord } from "../result/types.ts";
import { judgeStep, parseStepRule } from "../thresholds/step_rules.ts";
import { ThresholdSyntaxError } from "../thresholds/thresholds.ts";
import type { MergedSide } from "./merge.ts";
import { judgeTogether } from "./thresholds.ts";

/** A group whose results were joined. */
export interface JoinedGroup {
  readonly record: Omit<ScenarioGroupRecord, "result">;
  readonly side: MergedSide;
}

/** Worst last. */
const STATES: readonly StepState[] = ["planned", "done", "running", "failed"];

/** Every process goes through all steps, in the same order; whoever has nothing to do in one only looks on. */
export function joinSteps(
  records: readonly Pick<ScenarioRecord, "steps">[],
  groups: readonly JoinedGroup[],
): StepRecord[] {
  const length = Math.max(...records.map(({ steps }) => steps.length));
  return Array.from(
    { length },
    (_, index) => joinStep(records.flatMap(({ steps }) => steps[index] ?? []), groups),
  );
}

function joinStep(parts: readonly StepRecord[], groups: readonly JoinedGroup[]): StepRecord {
  const first = parts[0]!;
  const state = STATES[Math.max(...parts.map((part) => STATES.indexOf(part.state)))]!;
  const began = parts.flatMap(({ beganUs }) => beganUs ?? []);
  const ended = parts.flatMap(({ endedUs }) => endedUs ?? []);
  const errors = parts.flatMap(({ firstErrorSeconds }) => firstErrorSeconds ?? []);
  const recovery = recoveryOf(parts);
  const drain = joinDrains(parts.flatMap((part) => part.drain ?? []));
  const joined = {
    name: first.name,
    kind: first.kind,
    state,
    atSeconds: first.atSeconds,
    ...(began.length === 0 ? {} : { beganUs: Math.min(...began) }),
    ...(ended.length === 0 ? {} : { endedUs: Math.max(...ended) }),
    text: textOf(parts, state),
    ...(errors.length === 0 ? {} : { firstErrorSeconds: Math.min(...errors) }),
    ...(recovery === undefined ? {} : { recoverySeconds: recovery }),
    outages: joinBy(parts, ({ outages }) => outages, addHistograms),
    inside: joinBy(
      parts,
      ({ inside }) => inside,
      (spans) => spanRecord(spans.map(spanOfRecord).reduce(addSpans)),
    ),
    resent: parts.reduce((sum, { resent }) => sum + resent, 0),
    ...(drain === undefined ? {} : { drain }),
  };
  return { ...joined, thresholds: judge(parts, joined, groups) };
}

/** Each process tells of the backlog of all; whoever saw it last saw less of it, and the slowest tells when it was gone. */
function joinDrains(drains: readonly DrainRecord[]): DrainRecord | undefined {
  const slowest = drains.toSorted((a, b) => b.seconds - a.seconds)[0];
  return slowest && { ...slowest, backlog: Math.max(...drains.map(({ backlog }) => backlog)) };
}

/** From the first that was cut off to the last that came back; unknown where a process still waited at the end. */
function recoveryOf(parts: readonly StepRecord[]): number | undefined {
  const cutOff = parts.filter(({ firstErrorSeconds, recoverySeconds }) =>
    firstErrorSeconds !== undefined || recoverySeconds !== undefined
  );
  if (cutOff.length === 0 || cutOff.some(({ recoverySeconds }) => recoverySeconds === undefined)) {
    return undefined;
  }
  return Math.max(...cutOff.map(({ recoverySeconds }) => recoverySeconds!));
}

/** What the process says that did it. */
function textOf(parts: readonly StepRecord[], state: StepState): string {
  const telling = parts.filter((part) => part.text !== ELSEWHERE && part.text !== "");
  const best = telling.find((part) => part.state === state) ?? telling[0];
  return best?.text ?? parts[0]!.text;
}

function joinBy<T>(
  parts: readonly StepRecord[],
  of: (part: StepRecord) => Readonly<Record<string, T>>,
  join: (all: readonly T[]) => T,
): Record<string, T> {
  const names = new Set(parts.flatMap((part) => Object.keys(of(part))));
  return Object.fromEntries(
    [...names].map((name) => [name, join(parts.flatMap((part) => of(part)[name] ?? []))]),
  );
}

function addHistograms(records: readonly HistogramRecord[]): HistogramRecord {
  const sum = new Histogram();
  for (const record of records) sum.add(histogramOfRecord(record));
  return histogramRecord(sum);
}

/** Each rule again, on what all processes have seen together. */
function judge(
  parts: readonly StepRecord[],
  joined: Omit<StepRecord, "thresholds">,
  groups: readonly JoinedGroup[],
): ThresholdRecord[] {
  const all = parts.flatMap(({ thresholds }) => thresholds);
  return [...new Set(all.map(({ text }) => text))].map((text) =>
    judgeAgain(text, parts, joined, groups) ?? worst(all.filter((one) => one.text === text))
  );
}

function judgeAgain(
  text: string,
  parts: readonly StepRecord[],
  joined: Omit<StepRecord, "thresholds">,
  groups: readonly JoinedGroup[],
): ThresholdRecord | undefined {
  const group = groups.find(({ record }) => text.startsWith(`${record.name}: `));
  if (group === undefined) return judgeOwn(text, parts, joined);
  const { record: { name, role }, side: { result } } = group;
  const span = joined.inside[name];
  if (span === undefined) return { text, state: "fail", value: "nothing measured" };
  const found = judgeTogether(text.slice(name.length + 2), undefined, {
    role,
    total: spanOfRecord(span),
    integrity: result.integrity,
    workers: result.workers.length,
    outages: undefined,
    openings: joinOpenings([result]),
  });
  return found && { ...found, text };
}

function judgeOwn(
  text: string,
  parts: readonly StepRecord[],
  joined: Omit<StepRecord, "thresholds">,
): ThresholdRecord | undefined {
  try {
    const rule = parseStepRule({ text, source: { kind: "default" } }, () => {
      throw new TypeError("a rule without a group asks for none");
    });
    const [{ state, ...rest }] = judgeStep([rule], outcomeOf(parts, joined), () => undefined) as [
      ThresholdRecord,
    ];
    return { ...rest, state };
  } catch (error) {
    if (error instanceof ThresholdSyntaxError) return undefined;
    throw error;
  }
}

function outcomeOf(parts: readonly StepRecord[], joined: Omit<StepRecord, "thresholds">): StepOutcome {
  const { firstErrorSeconds, recoverySeconds, outages, inside, resent, drain } = joined;
  const mapOf = <R, V>(records: Readonly<Record<string, R>>, read: (record: R) => V): Map<string, V> =>
    new Map(Object.entries(records).map(([name, record]) => [name, read(record)]));
  return {
    firstError: firstErrorSeconds,
    recovery: recoverySeconds,
    // A record does not count them: whoever was cut off and has no recovery lacks at least one.
    missing:
      parts.filter((part) => part.firstErrorSeconds !== undefined && part.recoverySeconds === undefined)
        .length,
    outages: mapOf(outages, histogramOfRecord),
    inside: mapOf<SpanRecord, ReturnType<typeof spanOfRecord>>(inside, spanOfRecord),
    resent,
    drain,
  };
}

function worst(judged: readonly ThresholdRecord[]): ThresholdRecord {
  return judged.find(({ state }) => state === "fail") ?? judged[0]!;
}
