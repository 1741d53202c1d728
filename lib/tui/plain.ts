/** Lines for pipes, files and CI logs: what happened in an interval, and that the phase has changed. */
import { clock, integer, LATE_MICROS, latency, percent, short, throughput } from "./format.ts";
import { clean } from "./text.ts";
import type { DrainState } from "../load/drain_clock.ts";
import { errorTotal, perSecond } from "../load/figures.ts";
import type { Histogram } from "../load/histogram/histogram.ts";
import type { Phase, RunSnapshot } from "../load/snapshot.ts";

function percentiles(name: string, histogram: Histogram | undefined): string {
  if (histogram === undefined || histogram.total === 0) return "";
  const values = [["p50", 50], ["p99", 99], ["p99.9", 99.9]] as const;
  const texts = values.map(([label, percentile]) => `${label} ${latency(histogram.percentile(percentile))}`);
  return `${name} ${texts.join(" ")} max ${latency(histogram.max)}`;
}

function errorsText(errors: ReadonlyMap<string, number>): string {
  const total = errorTotal(errors);
  if (total === 0) return "errors 0";
  const worst = [...errors].sort((a, b) => b[1] - a[1]).slice(0, 3);
  return `errors ${integer(total)} (${worst.map(([code, n]) => `${clean(code)} ${integer(n)}`).join(", ")})`;
}

function integrityText(snapshot: RunSnapshot): string {
  const { integrity } = snapshot;
  if (integrity === undefined || integrity.mode === "off") return "";
  const { lost, duplicates, outOfOrder, corrupt } = integrity;
  return `verified ${integer(integrity.verified)} lost ${integer(lost)} dup ${integer(duplicates)}` +
    ` out-of-order ${integer(outOfOrder)} corrupt ${integer(corrupt)}`;
}

/**
 * What happened in the last window, in one line. Parts are separated by two blanks and always come in the same order;
 * times are since the start of the measured part.
 *
 * @param name of the group in a scenario
 */
export function intervalLine(snapshot: RunSnapshot, name: string = snapshot.role): string {
  const { counters, seconds, latency: latencies, errors } = snapshot.window;
  const ofWindow = (value: number): number => perSecond(value, seconds) ?? 0;
  const rate = ofWindow(counters.messages);
  const target = snapshot.targetRate;
  const share = target !== undefined && target > 0
    ? ` (${percent(rate / target)} of ${integer(target)})`
    : "";
  const parts = [
    clock(snapshot.elapsed).padStart(7),
    snapshot.phase === "running" ? clean(name) : `${clean(name)} ${snapshot.phase}`,
    snapshot.stage === undefined ? "" : `stage ${snapshot.stage.index + 1}/${snapshot.stage.count}`,
    `${integer(rate)} msg/s${share}`,
    throughput(ofWindow(counters.bytes)),
    percentiles("service", latencies.service),
    percentiles("response", latencies.response),
    percentiles("e2e", latencies.endToEnd),
  ];
  if (snapshot.role === "producer") {
    parts.push(`in-flight ${short(snapshot.inFlight)}`);
    if (snapshot.behindMicros >= LATE_MICROS && target !== undefined) {
      parts.push(`behind ${latency(snapshot.behindMicros)}`);
    }
  } else {
    parts.push(`acked ${integer(ofWindow(counters.sent))}/s`);
    if (snapshot.backlog !== undefined) parts.push(`backlog ${integer(snapshot.backlog)}`);
    if (counters.redelivered > 0) parts.push(`redelivered ${integer(counters.redelivered)}`);
    parts.push(integrityText(snapshot));
  }
  parts.push(errorsText(errors));
  return parts.filter((part) => part !== "").join("  ");
}

/** Measured time stands still then: what counts is how long it takes, and what is still to come. */
export function drainingLine(
  snapshot: RunSnapshot,
  { seconds, limit }: DrainState,
  name: string = snapshot.role,
): string {
  const parts = [
    clock(snapshot.elapsed).padStart(7),
    `${clean(name)} draining ${seconds.toFixed(0)} s of at most ${limit} s`,
    snapshot.role === "producer" ? `in-flight ${short(snapshot.inFlight)}` : integrityText(snapshot),
    errorsText(snapshot.total.errors),
  ];
  return parts.filter((part) => part !== "").join("  ");
}

const PHASES: Readonly<Record<Phase, string>> = {
  starting: "starting",
  ready: "ready",
  warmup: "warming up",
  running: "running",
  paused: "paused",
  draining: "draining what is in flight",
  done: "done",
  failed: "failed",
};

/** A change of phase in one line. */
export function phaseLine(snapshot: RunSnapshot, name: string = snapshot.role): string {
  const text = `${clock(snapshot.elapsed).padStart(7)}  ${clean(name)}  ${PHASES[snapshot.phase]}`;
  if (snapshot.draining !== undefined) return `${text}, at most ${snapshot.draining.limit} s`;
  if (snapshot.phase !== "done" && snapshot.phase !== "failed") return text;
  return `${text}, ${integer(snapshot.total.counters.messages)} messages in ${clock(snapshot.elapsed)}`;
}
