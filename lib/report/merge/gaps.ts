/** What several instances were asked for, what they gave up, and when they had no connection. */
import type { OutageSnapshot } from "../../load/snapshot.ts";
import type { OutageRecord, RunResult } from "../result/types.ts";

/** Messages asked for add up, unless some instance knew no limit. */
export function joinAsked(results: readonly RunResult[]): { asked?: number } {
  let sum = 0;
  for (const { totals } of results) {
    if (totals.asked === undefined) return {};
    sum += totals.asked;
  }
  return { asked: sum };
}

/** The outages of several processes are mostly the same ones, seen by each: those of the one that saw most stand. */
export function joinGaps(results: readonly RunResult[]): Pick<RunResult, "catchUpUs" | "outages"> {
  const bounds = results.flatMap(({ catchUpUs }) => catchUpUs ?? []);
  const outages = results.flatMap(({ outages }) => outages ?? []);
  return {
    // What all messages given up were later than.
    ...(bounds.length === 0 ? {} : { catchUpUs: Math.min(...bounds) }),
    ...(outages.length === 0 ? {} : { outages: joinOutages(outages) }),
  };
}

function joinOutages(all: readonly OutageRecord[]): OutageRecord {
  const since = all.flatMap(({ sinceUs }) => sinceUs ?? []);
  return {
    count: Math.max(...all.map(({ count }) => count)),
    totalUs: Math.max(...all.map(({ totalUs }) => totalUs)),
    longestUs: Math.max(...all.map(({ longestUs }) => longestUs)),
    ...(since.length === 0 ? {} : { sinceUs: Math.min(...since) }),
  };
}

/** The same as a snapshot has it; undefined where a result does not know. */
export function outagesOf({ outages }: Pick<RunResult, "outages">): OutageSnapshot | undefined {
  if (outages === undefined) return undefined;
  return { count: outages.count, totalMicros: outages.totalUs, longestMicros: outages.longestUs };
}
