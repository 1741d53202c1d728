/**
 * Results in the shape of the OpenMessaging Benchmark (its `TestResult`), for tools that read those: arrays with a value for
 * each ten seconds, and aggregates of the whole measured part.
 *
 * | there | here |
 * |-------|------|
 * | `publishLatency…`, ms | service time: from sending a message to its receipt |
 * | `publishDelayLatency…`, µs | from the intended moment of sending to sending. Its mean is that of response time less that of service time; a distribution is not recorded, so all else of it is null |
 * | `endToEndLatency…`, ms | end-to-end time of the consumers |
 * | `backlog` | messages sent so far, for each subscription, less those received |
 *
 * As there, what was not measured in an interval is 0, and time is that of the producers: what consumers took after the
 * producers' end is in the aggregates alone.
 */
import { printableJson } from "../../config/foreign_text.ts";
import { Histogram } from "../../load/histogram/histogram.ts";
import type { OmbFacts } from "../../scenario/omb/facts.ts";
import { histogramOfRecord } from "../result/span_record.ts";
import type { HistogramRecord, IntervalRecord, RunResult, SpanRecord } from "../result/types.ts";

export interface OmbInput {
  /** One result for each group of producers. */
  readonly producers: readonly RunResult[];
  /** One result for each subscription. */
  readonly subscriptions: readonly RunResult[];
}

const SECONDS = 10;
/** Percentiles that OMB reports, by the endings of their names. */
const PERCENTILES = [
  ["50pct", 50],
  ["75pct", 75],
  ["95pct", 95],
  ["99pct", 99],
  ["999pct", 99.9],
  ["9999pct", 99.99],
] as const;

/** The result file's text. */
export function ombResult(facts: OmbFacts, { producers, subscriptions }: OmbInput): string {
  const windows = windowsOf(producers, subscriptions);
  const totals = new Window();
  for (const { totals: record } of producers) totals.add(record, "producer");
  for (const { totals: record } of subscriptions) totals.add(record, "consumer");
  const { subscriptionsPerTopic: _, ...named } = facts;
  const each = (
    name: string,
    read: (window: Window) => unknown,
  ): [string, unknown] => [name, windows.map(read)];
  const result = Object.fromEntries([
    ...Object.entries(named),
    each("publishRate", (window) => window.rate(window.published)),
    each("publishErrorRate", (window) => window.rate(window.failed)),
    each("consumeRate", (window) => window.rate(window.received)),
    ["backlog", backlog(windows, subscriptions.length)],
    ...columns("publishLatency", windows, ({ service }) => millis(service)),
    ...columns("publishDelayLatency", windows, delay),
    ...columns("endToEndLatency", windows, ({ endToEnd }) => millis(endToEnd)),
    ...scalars("aggregatedPublishLatency", millis(totals.service)),
    ...scalars("aggregatedPublishDelayLatency", delay(totals)),
    ...scalars("aggregatedEndToEndLatency", millis(totals.endToEnd)),
    ["aggregatedPublishLatencyQuantiles", quantiles(totals.service)],
    ["aggregatedPublishDelayLatencyQuantiles", {}],
    ["aggregatedEndToEndLatencyQuantiles", quantiles(totals.endToEnd)],
  ]);
  return printableJson(JSON.stringify(result, undefined, 2)) + "\n";
}

/** What happened in ten seconds, or in all of the run. */
class Window {
  published = 0;
  failed = 0;
  received = 0;
  readonly service = new Histogram();
  readonly response = new Histogram();
  readonly endToEnd = new Histogram();
  #fromUs = Infinity;
  #toUs = -Infinity;

  add(record: SpanRecord, role: "producer" | "consumer"): void {
    if (role === "producer") {
      this.published += record.messages;
      this.failed += record.failed;
    } else this.received += record.messages;
    const { service, response, endToEnd } = record.latency;
    join(this.service, service);
    join(this.response, response);
    join(this.endToEnd, endToEnd);
  }

  /** Notes the time that its rates are over. */
  cover(fromUs: number, toUs: number): void {
    this.#fromUs = Math.min(this.#fromUs, fromUs);
    this.#toUs = Math.max(this.#toUs, toUs);
  }

  rate(count: number): number {
    const seconds = (this.#toUs - this.#fromUs) / 1e6;
    return seconds > 0 ? count / seconds : 0;
  }
}

function join(histogram: Histogram, record: HistogramRecord | undefined): void {
  if (record !== undefined && record.count > 0) histogram.add(histogramOfRecord(record));
}

/** Tens of seconds from the first measured moment of the producers to their last. */
function windowsOf(producers: readonly RunResult[], consumers: readonly RunResult[]): Window[] {
  const leading = producers.some(({ intervals }) => intervals.length > 0) ? producers : consumers;
  const times = leading.flatMap(({ intervals }) => intervals).map(({ atUs, seconds }) =>
    atUs - seconds * 1e6
  );
  const originUs = times.reduce((first, time) => Math.min(first, time), Infinity);
  const numberOf = ({ atUs, seconds }: IntervalRecord): number =>
    Math.floor((atUs - seconds * 5e5 - originUs) / (SECONDS * 1e6));
  const windows: Window[] = [];
  for (const interval of leading.flatMap(({ intervals }) => intervals)) {
    while (windows.length <= numberOf(interval)) windows.push(new Window());
    windows[numberOf(interval)]!.cover(interval.atUs - interval.seconds * 1e6, interval.atUs);
  }
  for (const [role, results] of [["producer", producers], ["consumer", consumers]] as const) {
    for (const interval of results.flatMap(({ intervals }) => intervals)) {
      windows[numberOf(interval)]?.add(interval, role);
    }
  }
  return windows;
}

function backlog(windows: readonly Window[], subscriptions: number): number[] {
  let [sent, received] = [0, 0];
  return windows.map((window) => {
    sent += window.published;
    received += window.received;
    return Math.max(0, subscriptions * sent - received);
  });
}

type Figures = Readonly<Record<string, number | null>>;

/** `Avg`, percentiles and `Max` of a histogram of microseconds. */
function millis(histogram: Histogram): Figures {
  const values = histogram.percentiles(PERCENTILES.map(([, percent]) => percent));
  return {
    Avg: histogram.mean / 1000,
    ...Object.fromEntries(PERCENTILES.map(([name], index) => [name, values[index]! / 1000])),
    Max: histogram.max / 1000,
  };
}

/** Response and service time are of the same messages, so their means differ by the mean delay. */
function delay({ service, response }: Window): Figures {
  return {
    Avg: Math.max(0, response.mean - service.mean),
    ...Object.fromEntries(PERCENTILES.map(([name]) => [name, null])),
    Max: null,
  };
}

const ENDINGS = ["Avg", ...PERCENTILES.map(([name]) => name), "Max"];

function columns(
  name: string,
  windows: readonly Window[],
  read: (window: Window) => Figures,
): [string, unknown][] {
  const figures = windows.map(read);
  return ENDINGS.map((ending) => [name + ending, figures.map((one) => one[ending])]);
}

function scalars(name: string, figures: Figures): [string, unknown][] {
  return ENDINGS.map((ending) => [name + ending, figures[ending]]);
}

/** Steps of a percentile curve for each halving of the distance to 100 %, as many as OMB asks its histogram for. */
const STEPS = 100;

/** Percentile → milliseconds, as OMB iterates over its histogram: steps that become finer towards 100 %. */
function quantiles(histogram: Histogram): Record<string, number> {
  const { total } = histogram;
  const found: Record<string, number> = {};
  let seen = 0;
  let level = 0;
  for (const { to, count } of histogram.buckets()) {
    seen += count;
    const reached = seen === total ? 100 : seen / total * 100;
    if (reached < level) continue;
    // A key with a point stays where it is put; whole numbers would be moved to the front.
    found[Number.isInteger(reached) ? `${reached}.0` : String(reached)] = to / 1000;
    while (level <= reached && reached < 100) {
      level += 100 / (STEPS * 2 ** (Math.floor(Math.log2(100 / (100 - level))) + 1));
    }
  }
  return found;
}
