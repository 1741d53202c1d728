/** What a search for the highest sustainable rate found, as results and summaries carry it. */
import type { Decision } from "../../load/schedule/rate_search.ts";
import type { RateSearchRecord } from "./types.ts";

/** The record of a finished search, every rate it tried included. */
export function rateSearchRecord(verdict: Extract<Decision, { kind: "verdict" }>): RateSearchRecord {
  return {
    sustainableRate: verdict.rate,
    steps: verdict.evidence.map(({ target, observation, sustained, reasons }) => ({
      rate: target,
      achieved: Math.max(0, observation.achieved),
      // A search step without any acknowledged message has no percentile.
      responseP99Us: Number.isFinite(observation.p99Micros) ? observation.p99Micros : 0,
      sustained,
      reason: reasons.join(", "),
    })),
  };
}
