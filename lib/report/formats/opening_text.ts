/** What opening producers or consumers took, in words and rows: for summaries and the page. */
import { formatCount, formatDuration, plural } from "../../config/units.ts";
import { OPENING_STEPS, type OpeningStep } from "../../load/metrics/opening_times.ts";
import { refusedText } from "../result/opening_record.ts";
import type { RunResult } from "../result/types.ts";

export const OPENING_TITLES: Readonly<Record<OpeningStep, string>> = {
  connect: "connect",
  lookup: "look up",
  create: "create",
  ready: "ready",
};

export const OPENING_HEAD = ["count", "P50", "P99", "max"] as const;

/** A row for each step that has happened: its name, count, P50, P99 and largest time. */
export function openingRows({ opening }: Pick<RunResult, "opening">): string[][] {
  if (opening === undefined) return [];
  return OPENING_STEPS.flatMap((step) => {
    const { count, percentilesUs, maxUs } = opening[step];
    if (count === 0) return [];
    const times = [percentilesUs["50"] ?? NaN, percentilesUs["99"] ?? NaN, maxUs];
    return [[OPENING_TITLES[step], formatCount(count), ...times.map(formatDuration)]];
  });
}

/** What a reader must know when the rate of opening was not held; undefined when it was. */
function lateOpeningText({ opening }: Pick<RunResult, "opening">): string | undefined {
  if (opening === undefined || opening.late === 0) return undefined;
  return `${plural(opening.late, "opening")} began later than due, by up to ${
    formatDuration(opening.latestUs)
  }: ` +
    "this machine did not hold the rate; 'ready' counts from when they were due";
}

/** How many are open, and what refused attempts there were on the way; undefined where none was refused. */
function refusedOpeningText({ opening }: Pick<RunResult, "opening">): string | undefined {
  const { wanted = 0, unopened = 0, refused = {} } = opening ?? {};
  const attempts = Object.values(refused).reduce((sum, times) => sum + times, 0);
  if (attempts === 0 && unopened === 0) return undefined;
  return `opened ${formatCount(wanted - unopened)} of ${formatCount(wanted)}; ` +
    `${plural(attempts, "attempt")} refused: ${refusedText(refused)}`;
}

/** What a reader must know beside the times, by its title; each is undefined where there is nothing to say. */
export const OPENING_NOTES = [["late", lateOpeningText], ["refused", refusedOpeningText]] as const;
