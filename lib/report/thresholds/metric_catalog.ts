/**
 * The figures of a run that thresholds can name, each with its kind, who measures it and how it is read from
 * a snapshot. The table is also the help text (`METRICS`).
 */
import type { Role } from "../../config/run_config.ts";
import { backPressureShare, errorShare, errorTotal, perSecond, shareOf } from "../../load/figures.ts";
import type { Histogram } from "../../load/histogram/histogram.ts";
import type { OpeningStep } from "../../load/metrics/opening_times.ts";
import type { Integrity, RunSnapshot, Span } from "../../load/snapshot.ts";

/** Decides which units a bound may carry and how a value is shown. */
export type MetricKind = "duration" | "count" | "rate" | "ratio" | "byteRate" | "number";

/** What a metric is read from: a span (the whole run or a window) of a run, and the snapshot that holds it. */
export interface MetricView {
  readonly span: Span;
  readonly snapshot: MetricSource;
}

/** The part of a snapshot that metrics read beside the span. */
export type MetricSource =
  & Pick<RunSnapshot, "behindMicros" | "inFlight" | "loopLagMicros" | "integrity" | "backlog">
  & { readonly workers: { readonly length: number } }
  // Results of earlier versions do not know.
  & Partial<Pick<RunSnapshot, "outages" | "openings">>;

export interface Metric {
  /** As written in a threshold, e.g. `service.p99`. */
  readonly name: string;
  readonly kind: MetricKind;
  readonly roles: readonly Role[];
  /** True when only verification can measure it. */
  readonly needsVerify: boolean;
  /** True when only a group that is opened by a plan of its own can measure it. */
  readonly needsOpening: boolean;
  /** True for readings of the moment, which have no meaning over a span. */
  readonly gauge: boolean;
  /** Undefined while nothing has been measured. Durations in microseconds, ratios as fractions. */
  read(view: MetricView): number | undefined;
}

/** A row of the help text. */
export interface MetricHelp {
  readonly name: string;
  readonly kind: MetricKind;
  readonly roles: readonly Role[];
  readonly what: string;
  /** Only a group of a scenario that opens its producers or consumers by a plan of its own can measure it. */
  readonly needsOpening?: boolean;
}

type Row = MetricHelp & { read(view: MetricView): number | undefined };

const BOTH: readonly Role[] = ["producer", "consumer"];
const PRODUCER: readonly Role[] = ["producer"];
const CONSUMER: readonly Role[] = ["consumer"];

/** Share of `part` among the messages of the span and itself. */
const besideMessages = (part: number, span: Span): number | undefined =>
  shareOf(part, part + span.counters.messages);

function row(
  name: string,
  kind: MetricKind,
  roles: readonly Role[],
  what: string,
  read: (view: MetricView) => number | undefined,
): Row {
  return { name, kind, roles, what, read };
}

/** Undefined while no message was verified: "none lost of none" proves nothing. */
const verifyRow = (name: string, field: Exclude<keyof Integrity, "mode">, what: string): Row =>
  row(`verify.${name}`, "count", CONSUMER, what, ({ snapshot: { integrity } }) => {
    if (integrity === undefined) return undefined;
    const { verified, corrupt, foreign } = integrity;
    const isAboutAll = field === "foreign" || field === "verified";
    const lookedAt = verified + corrupt + (isAboutAll ? foreign : 0);
    const value = integrity[field] ?? 0;
    return lookedAt === 0 && value === 0 ? undefined : value;
  });

const FIXED: readonly Row[] = [
  row(
    "rate",
    "rate",
    BOTH,
    "messages per second",
    ({ span }) => perSecond(span.counters.messages, span.seconds),
  ),
  row(
    "throughput",
    "byteRate",
    BOTH,
    "payload bytes per second",
    ({ span }) => perSecond(span.counters.bytes, span.seconds),
  ),
  row("messages", "count", BOTH, "messages acknowledged or received", ({ span }) => span.counters.messages),
  row("errors", "count", BOTH, "errors of every code", ({ span }) => errorTotal(span.errors)),
  row(
    "errors.rate",
    "ratio",
    BOTH,
    "errors as a share of messages and errors",
    ({ span }) => errorShare(span.errors, span.counters.messages),
  ),
  row(
    "failed",
    "count",
    BOTH,
    "messages refused, given up or undecodable",
    ({ span }) => span.counters.failed,
  ),
  row(
    "failed.rate",
    "ratio",
    BOTH,
    "failed as a share of all messages",
    ({ span }) => besideMessages(span.counters.failed, span),
  ),
  row("reconnects", "count", BOTH, "connections re-established", ({ span }) => span.counters.reconnects),
  row(
    "outages",
    "count",
    BOTH,
    "times without one of its connections",
    ({ snapshot }) => snapshot.outages?.count,
  ),
  row(
    "outages.total",
    "duration",
    BOTH,
    "all outages together, one that still lasts included",
    ({ snapshot }) => snapshot.outages?.totalMicros,
  ),
  row(
    "outages.longest",
    "duration",
    BOTH,
    "the longest outage so far, one that still lasts included",
    ({ snapshot }) => snapshot.outages?.longestMicros,
  ),
  row(
    "backpressure",
    "ratio",
    BOTH,
    "share of time blocked by the in-flight window",
    ({ span: { counters: { blockedMicros }, seconds }, snapshot }) =>
      backPressureShare({ blockedMicros, seconds, workers: snapshot.workers.length }),
  ),
  row(
    "loop.lag",
    "duration",
    BOTH,
    "largest event-loop lag of the last window",
    (view) => view.snapshot.loopLagMicros,
  ),
  row("missed", "count", PRODUCER, "schedule slots given up", ({ span }) => span.counters.missed),
  row(
    "missed.rate",
    "ratio",
    PRODUCER,
    "missed as a share of all slots",
    ({ span }) => besideMessages(span.counters.missed, span),
  ),
  row(
    "behind",
    "duration",
    PRODUCER,
    "how late the oldest unsent slot is now",
    (view) => view.snapshot.behindMicros,
  ),
  row(
    "inflight",
    "count",
    PRODUCER,
    "messages sent and not yet acknowledged",
    (view) => view.snapshot.inFlight,
  ),
  row("redelivered", "count", CONSUMER, "messages delivered again", ({ span }) => span.counters.redelivered),
  row(
    "redelivered.rate",
    "ratio",
    CONSUMER,
    "redelivered as a share of received",
    ({ span }) => shareOf(span.counters.redelivered, span.counters.messages),
  ),
  row("nacked", "count", CONSUMER, "negative acknowledgements", ({ span }) => span.counters.nacked),
  row(
    "backlog",
    "count",
    CONSUMER,
    "messages the broker still holds now",
    ({ snapshot }) => snapshot.backlog,
  ),
  {
    name: "refused",
    kind: "count",
    roles: BOTH,
    what: "attempts to open a producer or consumer that were refused",
    needsOpening: true,
    read: ({ snapshot: { openings } }) =>
      openings && [...openings.refusals.values()].reduce((sum, times) => sum + times, 0),
  },
  verifyRow("lost", "lost", "messages that never arrived"),
  verifyRow("not_received", "notReceived", "messages left to the subscription at the end, not lost"),
  verifyRow("duplicates", "duplicates", "messages that arrived twice without a redelivery"),
  verifyRow("out_of_order", "outOfOrder", "messages that arrived out of their stream's order"),
  verifyRow("reordered", "reordered", "messages that came late where no order is promised"),
  verifyRow("corrupt", "corrupt", "messages whose checksum does not match"),
  verifyRow("foreign", "foreign", "messages of another run or without a header"),
  verifyRow("verified", "verified", "messages that carried a header of this run"),
];

const GAUGES: ReadonlySet<string> = new Set(["loop.lag", "behind", "inflight", "backlog"]);

const STATISTICS = "p50, p90, p95, p99, p99.9 … any percentile, min, mean, stddev, max";

type Family = MetricHelp & { pick(view: MetricView): Histogram | undefined };

/** Figures of the whole run, also where a span is asked for: opening comes before the load. */
const openingFamily = (name: OpeningStep, what: string): Family => ({
  name,
  kind: "duration",
  roles: BOTH,
  what: `${what}: ${STATISTICS}`,
  needsOpening: true,
  pick: ({ snapshot: { openings } }) => openings?.histograms[name],
});

const FAMILIES: readonly Family[] = [
  {
    name: "service",
    kind: "duration",
    roles: PRODUCER,
    what: `acknowledgement − send: ${STATISTICS}`,
    pick: ({ span }) => span.latency.service,
  },
  {
    name: "response",
    kind: "duration",
    roles: PRODUCER,
    what: `acknowledgement − intended send time: ${STATISTICS}`,
    pick: ({ span }) => span.latency.response,
  },
  {
    name: "e2e",
    kind: "duration",
    roles: CONSUMER,
    what: `receive − send time in the payload: ${STATISTICS}`,
    pick: ({ span }) => span.latency.endToEnd,
  },
  {
    name: "batch",
    kind: "number",
    roles: BOTH,
    what: `messages per batch: ${STATISTICS}`,
    pick: ({ span }) => span.batchSize,
  },
  openingFamily("connect", "connection and handshake with a broker"),
  openingFamily("lookup", "lookup of a topic's broker"),
  openingFamily("create", "creation of a producer or consumer at its broker"),
  openingFamily("ready", "from when a producer or consumer was due until it was there"),
];

/** Every metric and metric family, in the order of the help text. */
export const METRICS: readonly MetricHelp[] = [
  ...FAMILIES.map((family) => ({ ...helpOf(family), name: `${family.name}.pNN` })),
  ...FIXED.map(helpOf),
  {
    name: "errors.CODE",
    kind: "count",
    roles: BOTH,
    what: "errors of one code, e.g. errors.ServiceNotReady",
  },
];

function helpOf({ name, kind, roles, what, needsOpening = false }: MetricHelp): MetricHelp {
  return { name, kind, roles, what, needsOpening };
}

const COMMON_STATISTICS = ["p50", "p90", "p95", "p99", "p99.9", "p99.99", "min", "mean", "stddev", "max"];

/**
 * Names that thresholds of a run of this role may begin with, for shells and for proposals; percentiles are the usual
 * ones.
 */
export function metricNames(role: Role): readonly string[] {
  const isOf = ({ roles, needsOpening }: MetricHelp): boolean => roles.includes(role) && !needsOpening;
  return [
    ...FAMILIES.filter(isOf).flatMap(({ name }) => COMMON_STATISTICS.map((stat) => `${name}.${stat}`)),
    ...FIXED.filter(isOf).map(({ name }) => name),
  ];
}

/** What could be meant by a statistic alone: `p99` → `service.p99`, `response.p99`. */
export function metricsOfStatistic(statistic: string, role: Role): readonly string[] {
  if (statisticOf(statistic) === undefined) return [];
  return FAMILIES.filter(({ kind, roles, needsOpening }) =>
    kind === "duration" && roles.includes(role) && !needsOpening
  )
    .map(({ name }) => `${name}.${statistic}`);
}

/** Finds a metric by its name in a threshold; undefined if there is none of that name. */
export function findMetric(name: string): Metric | undefined {
  const fixed = FIXED.find((candidate) => candidate.name === name);
  if (fixed !== undefined) {
    return {
      ...fixed,
      needsVerify: name.startsWith("verify."),
      needsOpening: fixed.needsOpening ?? false,
      gauge: GAUGES.has(name),
    };
  }
  const code = /^errors\.([A-Z]\w*)$/.exec(name)?.[1];
  if (code !== undefined) {
    return {
      name,
      kind: "count",
      roles: BOTH,
      needsVerify: false,
      needsOpening: false,
      gauge: false,
      read: ({ span }) => span.errors.get(code) ?? 0,
    };
  }
  const dot = name.indexOf(".");
  const family = FAMILIES.find((candidate) => candidate.name === name.slice(0, dot));
  const statistic = family && statisticOf(name.slice(dot + 1));
  if (!family || !statistic) return undefined;
  return {
    name,
    kind: family.kind,
    roles: family.roles,
    needsVerify: false,
    needsOpening: family.needsOpening ?? false,
    gauge: false,
    read: (view) => {
      const histogram = family.pick(view);
      return histogram === undefined || histogram.total === 0 ? undefined : statistic(histogram);
    },
  };
}

function statisticOf(name: string): ((histogram: Histogram) => number) | undefined {
  if (name === "min") return (histogram) => histogram.min;
  if (name === "max") return (histogram) => histogram.max;
  if (name === "mean") return (histogram) => histogram.mean;
  if (name === "stddev") return (histogram) => histogram.stdDev;
  const percent = /^p(\d{1,3}(?:\.\d{1,5})?)$/.exec(name)?.[1];
  if (percent === undefined || Number(percent) > 100) return undefined;
  return (histogram) => histogram.percentile(Number(percent));
}
