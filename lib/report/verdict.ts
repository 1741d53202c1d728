/**
 * What a run comes to, in one word and one exit code.
 *
 * Precedence when several things went wrong, strongest first:
 *
 * 1. `1` runtime failure — the run broke, so nothing it measured can be relied on;
 * 2. `98` integrity — messages were lost, doubled, reordered or damaged;
 * 3. `99` thresholds — the run worked and was not good enough;
 * 4. `105` interrupted — a signal ended it before its planned end;
 * 5. `0` — none of these.
 *
 * Every reason is listed, whichever decides the code. `2` (usage) and `104` (configuration) belong to runs that
 * never started and are the command line's own.
 */
import { formatCount } from "../config/units.ts";
import type { Integrity } from "../load/snapshot.ts";
import type { ThresholdState } from "./thresholds.ts";

export const EXIT_CODES = {
  ok: 0,
  failure: 1,
  usage: 2,
  integrity: 98,
  thresholds: 99,
  configuration: 104,
  interrupted: 105,
} as const;

export type VerdictStatus = "ok" | "failure" | "integrity" | "thresholds" | "interrupted";

export interface Verdict {
  readonly status: VerdictStatus;
  readonly exitCode: number;
  /** One sentence each, strongest first; empty when all is well. */
  readonly reasons: readonly string[];
}

export interface VerdictInput {
  /** Message of the error that ended the run, if one did. */
  readonly failure?: string | undefined;
  readonly integrity?: Integrity | undefined;
  readonly thresholds: readonly ThresholdState[];
  /** Name of the signal that ended the run before its planned end, e.g. `SIGINT`. */
  readonly interrupted?: string | undefined;
}

/** Decides the verdict; the rules are at the top of this file. */
export function decideVerdict(input: VerdictInput): Verdict {
  const found: { status: VerdictStatus; reason: string }[] = [];
  if (input.failure !== undefined) found.push({ status: "failure", reason: input.failure });
  const violations = integrityViolations(input.integrity);
  if (violations.length > 0) {
    found.push({ status: "integrity", reason: `integrity violated: ${violations.join(", ")}` });
  }
  for (const { text, state, value } of input.thresholds) {
    if (state !== "fail") continue;
    const measured = value === "" ? "" : `, measured ${value}`;
    found.push({ status: "thresholds", reason: `threshold '${text}' failed${measured}` });
  }
  if (input.interrupted !== undefined) {
    found.push({ status: "interrupted", reason: `ended by ${input.interrupted} before its planned end` });
  }
  const status = found[0]?.status ?? "ok";
  return { status, exitCode: EXIT_CODES[status], reasons: found.map(({ reason }) => reason) };
}

/** What the verification found wrong, in words: `3 lost`, `1 corrupt`. Foreign messages are nobody's fault. */
export function integrityViolations(integrity: Integrity | undefined): string[] {
  if (integrity === undefined || integrity.mode === "off") return [];
  const counts: readonly [number, string][] = [
    [integrity.lost, "lost"],
    [integrity.duplicates, "duplicated"],
    [integrity.outOfOrder, "out of order"],
    [integrity.corrupt, "corrupt"],
  ];
  return counts.filter(([count]) => count > 0).map(([count, word]) => `${formatCount(count)} ${word}`);
}
