/**
 * A run's verdict: three findings, one status and one exit code.
 *
 * A finding is a proof, or it is not given: `✓` never stands for "nothing was looked at". `FINDINGS` is the table of
 * what can be found; docs/reference is made from it. When several things went wrong the strongest decides the status:
 *
 * 1. `failure` (1): the run broke, messages were left unacknowledged, or a planned number was not reached;
 * 2. `integrity` (98): messages were lost, duplicated, reordered or damaged;
 * 3. `thresholds` (99): the run worked and was not good enough, or what was asked about it was never measured;
 * 4. `interrupted` (105): the user or a signal stopped it before its plan was fulfilled;
 * 5. `unverified` (98): nothing came that could be verified, though that was the task;
 * 6. `ok` (0): none of these.
 *
 * Every reason is listed, whichever decides. `2` (usage) and `104` (configuration) belong to runs that never started.
 */
import type { Role } from "../../config/run_config.ts";
import { formatCount, formatElapsed } from "../../config/units.ts";
import type { Delivery } from "../../load/run/types.ts";
import type { Integrity, ThresholdState } from "../../load/snapshot.ts";
import { EXIT_CODES, type ExitCode } from "./exit_codes.ts";

export type VerdictStatus = "ok" | "failure" | "integrity" | "thresholds" | "interrupted" | "unverified";

const CODE_OF: Readonly<Record<VerdictStatus, ExitCode>> = {
  ok: EXIT_CODES.ok,
  failure: EXIT_CODES.failure,
  integrity: EXIT_CODES.integrity,
  thresholds: EXIT_CODES.thresholds,
  interrupted: EXIT_CODES.interrupted,
  unverified: EXIT_CODES.integrity,
};

/** What was found about a run; consumers alone verify. */
export interface Findings {
  readonly integrity?: "proven" | "violated" | "unverified" | "off";
  readonly delivery: "complete" | "unacknowledged" | "disconnected";
  readonly plan: "fulfilled" | "stopped" | "aborted" | "failed";
}

export interface FindingMeaning {
  readonly about: keyof Findings;
  readonly finding: Required<Findings>[keyof Findings];
  readonly meaning: string;
  readonly exitCode: ExitCode;
}

function rows(
  about: keyof Findings,
  list: readonly (readonly [FindingMeaning["finding"], string, ExitCode])[],
): FindingMeaning[] {
  return list.map(([finding, meaning, exitCode]) => ({ about, finding, meaning, exitCode }));
}

/** Every finding there is, with what it means and the exit code that it leads to by itself. */
export const FINDINGS: readonly FindingMeaning[] = [
  ...rows("integrity", [
    [
      "proven",
      "messages were verified, and none was lost, duplicated, corrupt or, where judged, out of order",
      EXIT_CODES.ok,
    ],
    ["violated", "some message was lost, duplicated, out of order or corrupt", EXIT_CODES.integrity],
    [
      "unverified",
      "no message came that could be verified: no ✓, and thresholds on 'verify.*' fail (99)",
      EXIT_CODES.integrity,
    ],
    ["off", "'--verify off': nothing is claimed", EXIT_CODES.ok],
  ]),
  ...rows("delivery", [
    ["complete", "everything sent was acknowledged, and the connection stood at the end", EXIT_CODES.ok],
    ["unacknowledged", "messages had no receipt at the end", EXIT_CODES.failure],
    [
      "disconnected",
      "the run ended without a connection, or without some of its producers or consumers",
      EXIT_CODES.failure,
    ],
  ]),
  ...rows("plan", [
    [
      "fulfilled",
      "the planned time or number, the stages, the search or the silence came to their end",
      EXIT_CODES.ok,
    ],
    ["stopped", "by 'q', Ctrl-C or a signal, also where no end was planned", EXIT_CODES.interrupted],
    ["aborted", "by a threshold marked 'abort'", EXIT_CODES.thresholds],
    ["failed", "by an error, or the planned number of messages was not reached", EXIT_CODES.failure],
  ]),
];

export interface Verdict {
  readonly status: VerdictStatus;
  readonly exitCode: number;
  /** One sentence each, strongest first; empty when all is well. */
  readonly reasons: readonly string[];
  /** Absent in results of before there were any, and of several instances together. */
  readonly findings?: Findings;
}

export interface VerdictInput {
  readonly role?: Role;
  /** Message of the error that ended the run, if one did. */
  readonly failure?: string | undefined;
  readonly integrity?: Integrity | undefined;
  readonly thresholds: readonly ThresholdState[];
  /** What stopped the run before its plan was fulfilled: `q`, or the name of a signal. */
  readonly interrupted?: string | undefined;
  /** Whether there was a plan with an end. Default true. */
  readonly hasEnd?: boolean;
  /** Seconds of the measured part that are over, of those that were planned. */
  readonly time?: { readonly seconds: number; readonly planned: number } | undefined;
  /** A threshold has ended the run. */
  readonly isAborted?: boolean;
  /** Whether the messages were acknowledged, where it is known. */
  readonly delivery?: Delivery | undefined;
  /** Producers or consumers that were never opened, of those that were to be, and why attempts were refused. */
  readonly unopened?: { readonly count: number; readonly of: number; readonly refused: string } | undefined;
  /** The run failed before it connected, or before its load began. */
  readonly isUnstarted?: boolean;
  /** One of several consumers: it may be whole though it received nothing. */
  readonly isPart?: boolean;
}

type Found = readonly [Exclude<VerdictStatus, "ok">, string];

/** A verdict on several runs together. */
export function verdictOf(status: VerdictStatus, reasons: readonly string[]): Verdict {
  return { status, exitCode: CODE_OF[status], reasons };
}

/** Decides the verdict; the rules are at the top of this file. */
export function decideVerdict(input: VerdictInput): Verdict {
  const { failure, delivery, interrupted, thresholds } = input;
  const isShort = delivery?.planned !== undefined && delivery.messages < delivery.planned &&
    interrupted === undefined && !input.isAborted;
  const found: Found[] = [];
  if (failure !== undefined) found.push(["failure", failure]);
  const undelivered = deliveryProblem(delivery);
  if (undelivered !== undefined) found.push(["failure", undelivered]);
  const isPartlyOpen = (input.unopened?.count ?? 0) > 0;
  if (isPartlyOpen && failure === undefined) found.push(["failure", unopenedReason(input)]);
  if (isShort && failure === undefined) found.push(["failure", shortfall(input.role, delivery)]);
  const violations = integrityViolations(input.integrity);
  if (violations.length > 0) found.push(["integrity", `integrity violated: ${violations.join(", ")}`]);
  for (const threshold of thresholds) {
    if (threshold.state === "fail") found.push(["thresholds", failedText(threshold)]);
  }
  if (interrupted !== undefined) found.push(["interrupted", stopReason(interrupted, input)]);
  const integrity = integrityFinding(input.integrity);
  // A failure or a stop explains already why nothing was verified.
  const isWhole = failure === undefined && interrupted === undefined && !input.isPart;
  if (integrity === "unverified" && isWhole) found.push(["unverified", unverifiedReason(input)]);
  const status = found[0]?.[0] ?? "ok";
  return {
    status,
    exitCode: CODE_OF[status],
    reasons: found.map(([, reason]) => reason),
    findings: {
      ...(integrity === undefined ? {} : { integrity }),
      delivery: input.isUnstarted
        ? "disconnected"
        : isPartlyOpen && deliveryFinding(delivery) === "complete"
        ? "disconnected"
        : deliveryFinding(delivery),
      plan: failure !== undefined || isShort
        ? "failed"
        : interrupted !== undefined
        ? "stopped"
        : input.isAborted
        ? "aborted"
        : "fulfilled",
    },
  };
}

/** `threshold 'response.p99<1s' failed, measured 2 s`. */
export function failedText({ text, value, measured }: ThresholdState): string {
  const why = value === "" ? "" : measured === undefined ? `: ${value}` : `, measured ${value}`;
  return `threshold '${text}' failed${why}`;
}

/** Undefined for a producer, which verifies nothing. */
export function integrityFinding(integrity: Integrity | undefined): Findings["integrity"] {
  if (integrity === undefined) return undefined;
  if (integrity.mode === "off") return "off";
  if (integrityViolations(integrity).length > 0) return "violated";
  return integrity.verified > 0 ? "proven" : "unverified";
}

/** What the verification found wrong, in words: `3 lost`, `1 corrupt`. Foreign messages are no violation. */
export function integrityViolations(integrity: Integrity | undefined): string[] {
  if (integrity === undefined || integrity.mode === "off") return [];
  const counts: readonly [number, string][] = [
    [integrity.lost, "lost"],
    [integrity.duplicates, "duplicated"],
    [integrity.outOfOrder, "out of order"],
    [integrity.corrupt, "corrupt"],
  ];
  return counts.filter(([count]) => count > 0).map(([count, word]) => {
    const text = `${formatCount(count)} ${word}`;
    return word === "duplicated"
      ? text + explanation(integrity)
      : word === "lost"
      ? text + damage(integrity)
      : text;
  });
}

/** How many of the lost may have come damaged. */
function damage({ lost, lostOrDamaged = 0 }: Integrity): string {
  if (lostOrDamaged === 0) return "";
  return lost === 1
    ? " (or the damaged one)"
    : ` (up to ${formatCount(lostOrDamaged)} of them may have come damaged)`;
}

/** How many of the duplicates are what producers had to send again; nothing where nobody knows. */
function explanation({ duplicatesExplained: explained }: Integrity): string {
  if (explained === undefined) return "";
  return ` (${explained === 0 ? "none" : formatCount(explained)} explained by messages sent again)`;
}

function deliveryFinding(delivery: Delivery | undefined): Findings["delivery"] {
  if (delivery === undefined) return "complete";
  if (delivery.unacknowledged > 0) return "unacknowledged";
  return delivery.disconnected === undefined ? "complete" : "disconnected";
}

/** `3,280 messages were never acknowledged; no connection since 0:08 (ConnectionRefused)`. */
function deliveryProblem(delivery: Delivery | undefined): string | undefined {
  if (delivery === undefined) return undefined;
  const { unacknowledged, disconnected } = delivery;
  const parts: string[] = [];
  if (unacknowledged > 0) parts.push(`${messages(unacknowledged)} never acknowledged`);
  if (disconnected !== undefined) {
    const { down, of, seconds, code } = disconnected;
    const what = down >= of ? "no connection" : `${down} of ${of} connections missing`;
    parts.push(`${what} since ${formatElapsed(seconds)} (${code})`);
  }
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** `3 of 20 producers were never opened (ServiceNotReady 12)`. */
function unopenedReason({ role, unopened }: VerdictInput): string {
  const { count, of, refused } = unopened!;
  const what = role === "consumer" ? "consumers" : "producers";
  return `${formatCount(count)} of ${formatCount(of)} ${what} ${
    count === 1 ? "was" : "were"
  } never opened (${refused})`;
}

function messages(count: number): string {
  return count === 1 ? "1 message was" : `${formatCount(count)} messages were`;
}

function shortfall(role: Role | undefined, { messages, planned }: Delivery): string {
  const done = role === "consumer" ? "received" : "acknowledged";
  return `the planned number was not reached: ${formatCount(messages)} of ${
    formatCount(planned!)
  } messages ${done}`;
}

/** The same words for every way to stop a run; the name says which it was. */
function stopReason(by: string, { hasEnd = true, delivery, time }: VerdictInput): string {
  const who = by === "q" ? "the user (q)" : by === "SIGINT" ? "the user (Ctrl-C)" : by;
  if (!hasEnd) return `stopped by ${who}; the run had no planned end`;
  const progress = [
    ...(delivery?.planned === undefined
      ? []
      : [`${formatCount(delivery.messages)} of ${formatCount(delivery.planned)} messages`]),
    ...(time === undefined ? [] : [`${formatElapsed(time.seconds)} of ${formatElapsed(time.planned)}`]),
  ];
  const reached = progress.length === 0 ? "" : `: ${progress.join(", ")}`;
  return `stopped by ${who} before the plan was fulfilled${reached}`;
}

function unverifiedReason({ integrity, delivery }: VerdictInput): string {
  const foreign = integrity?.foreign ?? 0;
  if (foreign > 0) {
    return `nothing was verified: ${messages(foreign)} received, none of them part of this run; ` +
      "'--verify off' if that is meant";
  }
  return delivery === undefined || delivery.messages === 0
    ? "nothing was received, so nothing was verified"
    : "nothing was verified";
}
