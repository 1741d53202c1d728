/**
 * Runs as Prometheus reads them: OpenMetrics 1.0 text, or the older text format 0.0.4 for clients that do not
 * ask for it.
 *
 * Counters and histograms count from the start of the process and never go back: neither the end of a warm-up nor a
 * reset by hand touches them, because Prometheus can only guess a reset, and guesses wrong once the new count has
 * outgrown the old one. Gauges are of the moment, and `elapsed_seconds` of the measured part.
 */
import type { Histogram } from "../../load/histogram/histogram.ts";
import { type Lifetime, type RunSnapshot, type ThresholdState, WORKER_STATES } from "../../load/snapshot.ts";

export type ExpositionFormat = "openmetrics" | "text";

export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  text: "text/plain; version=0.0.4; charset=utf-8",
};

/** One run of the page. */
export interface ExposedRun {
  readonly snapshot: RunSnapshot;
  /** Labels of `pulsar_lab_run_info`, e.g. run, profile, topic. */
  readonly info: Labels;
  /** Of a scenario: the name of the group, which all samples of the run have as a label. */
  readonly group?: string | undefined;
  readonly thresholds?: readonly ThresholdState[] | undefined;
  /** Counts that no reset has touched; those of the snapshot by default. */
  readonly lifetime?: Lifetime | undefined;
}

/** A step of a scenario that has begun. */
export interface ExposedStep {
  /** On the timeline, from 1. */
  readonly number: number;
  readonly name: string;
  readonly kind: string;
  /** Seconds since the Unix epoch. */
  readonly began: number;
}

export interface Exposed {
  /** Labels of `pulsar_lab_build_info`, e.g. version and commit. */
  readonly build: Labels;
  readonly runs: readonly ExposedRun[];
  readonly steps?: readonly ExposedStep[] | undefined;
}

/** Upper bounds in seconds: three to four a decade from 100 µs to one minute. */
const LATENCY_BOUNDS: readonly number[] = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
  30,
  60,
];

/** Upper bounds in messages per batch. */
const BATCH_BOUNDS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** Renders the whole page, `# EOF` included. */
export function exposition({ build, runs, steps = [] }: Exposed, format: ExpositionFormat): string {
  const page = new Page(format);
  for (const run of runs) {
    const { snapshot: { role }, group } = run;
    writeRun(page.labelled({ role, ...(group === undefined ? {} : { group }) }), build, run);
  }
  const resident = runs.flatMap(({ snapshot: { residentBytes } }) => residentBytes ?? []).slice(-1);
  page.labelled({}).gauge(
    "process_resident_memory_bytes",
    "Memory of the process in use",
    resident.map((bytes): Sample => [{}, bytes]),
  );
  page.labelled({}).gauge(
    "pulsar_lab_step_start_time_seconds",
    "When a step of the scenario has begun",
    steps.map(({ number, name, kind, began }): Sample => [{ step: String(number), name, kind }, began]),
  );
  return page.text();
}

function writeRun(page: Samples, build: Labels, run: ExposedRun): void {
  const { snapshot, info, thresholds = [], lifetime = lifetimeOf(snapshot) } = run;
  page.info("pulsar_lab_build", "Version of the load tool", build);
  page.info("pulsar_lab_run", "What this run does", info);
  writeCounters(page, lifetime);
  writeGauges(page, snapshot);
  writeIntegrity(page, snapshot);
  page.gauge(
    "pulsar_lab_threshold_ok",
    "1 while a threshold holds or is not judged yet, 0 once it is violated",
    thresholds.map(({ text, state }): Sample => [{ threshold: text }, state === "fail" ? 0 : 1]),
  );
  const { latency, batchSize } = lifetime;
  page.latency("pulsar_lab_service_seconds", "Acknowledgement - send", latency.service);
  page.latency("pulsar_lab_response_seconds", "Acknowledgement - intended send time", latency.response);
  page.latency(
    "pulsar_lab_end_to_end_seconds",
    "Receive - send time stamped in the payload",
    latency.endToEnd,
  );
  page.histogram("pulsar_lab_batch_size", "Messages per batch", batchSize, BATCH_BOUNDS, 1);
}

function lifetimeOf({ total, workers, outages }: RunSnapshot): Lifetime {
  const workerMessages: number[] = [];
  for (const { id, messages } of workers) workerMessages[id] = messages;
  return { ...total, workerMessages, outages: outages.count, outageMicros: outages.totalMicros };
}

function writeCounters(page: Samples, lifetime: Lifetime): void {
  const { counters, errors, workerMessages, outages, outageMicros } = lifetime;
  const plain: readonly [string, string, number][] = [
    ["messages", "Messages acknowledged (producer) or received (consumer)", counters.messages],
    ["bytes", "Payload bytes of those messages, before compression", counters.bytes],
    ["wire_bytes", "Bytes of the entries that carried them, as a broker counts them", counters.wireBytes],
    ["entries", "Batches, or single messages without batching", counters.entries],
    ["sent", "Messages written to the socket (producer) or acknowledged (consumer)", counters.sent],
    ["failed", "Messages refused, given up or undecodable", counters.failed],
    ["missed", "Schedule slots given up", counters.missed],
    ["missed_late", "Slots given up because they were later than may be caught up", counters.missedLate],
    ["outages", "Times in which a producer or consumer had lost its connection", outages],
    ["outage_seconds", "Length of these times, joined and summed", outageMicros / 1e6],
    ["reconnects", "Connections re-established after a loss", counters.reconnects],
    ["redelivered", "Messages delivered again by the broker", counters.redelivered],
    ["nacked", "Negative acknowledgements sent", counters.nacked],
    ["backpressure_seconds", "Time workers waited for room in flight, summed", counters.blockedMicros / 1e6],
  ];
  for (const [name, help, value] of plain) page.counter(`pulsar_lab_${name}`, help, [[{}, value]]);
  page.counter(
    "pulsar_lab_errors",
    "Errors by code",
    [...errors].map(([code, count]): Sample => [{ code }, count]),
  );
  page.counter(
    "pulsar_lab_worker_messages",
    "Messages by worker",
    workerMessages.flatMap((messages, id): Sample[] => [[{ worker: String(id) }, messages]]),
  );
}

function writeGauges(page: Samples, snapshot: RunSnapshot): void {
  const single = (name: string, help: string, value: number | undefined): void => {
    if (value !== undefined) page.gauge(`pulsar_lab_${name}`, help, [[{}, value]]);
  };
  single("in_flight", "Messages sent and not yet acknowledged", snapshot.inFlight);
  single("target_rate", "Messages per second asked for now", snapshot.targetRate);
  single("behind_schedule_seconds", "How late the oldest unsent slot is", snapshot.behindMicros / 1e6);
  single("loop_lag_seconds", "Largest event-loop lag of the last window", snapshot.loopLagMicros / 1e6);
  single("outage_longest_seconds", "Longest time without a connection", snapshot.outages.longestMicros / 1e6);
  single(
    "connected",
    "0 while a producer or consumer has no connection",
    snapshot.outages.since === undefined ? 1 : 0,
  );
  single("elapsed_seconds", "Measured seconds, pauses left out", snapshot.total.seconds);
  single("backlog", "Messages the broker still holds for the subscription", snapshot.backlog);
  page.gauge(
    "pulsar_lab_workers",
    "Workers by state",
    WORKER_STATES.map((state): Sample => [
      { state },
      snapshot.workers.filter((worker) => worker.state === state).length,
    ]),
  );
}

function writeIntegrity(page: Samples, { integrity }: RunSnapshot): void {
  if (integrity === undefined || integrity.mode === "off") return;
  page.counter("pulsar_lab_verified", "Messages that carried a header of this run", [[
    {},
    integrity.verified,
  ]]);
  // A gap closes when a late message arrives, so this one can fall.
  page.gauge("pulsar_lab_verify_lost", "Messages missing so far", [[{}, integrity.lost]]);
  page.gauge(
    "pulsar_lab_verify_not_received",
    "Messages left to the subscription when the consumer ended, not lost",
    [[{}, integrity.notReceived ?? 0]],
  );
  page.counter("pulsar_lab_verify_duplicates", "Messages that arrived twice", [[{}, integrity.duplicates]]);
  page.counter("pulsar_lab_verify_out_of_order", "Messages out of their order", [[{}, integrity.outOfOrder]]);
  page.counter(
    "pulsar_lab_verify_reordered",
    "Messages that came late where no order is promised",
    [[{}, integrity.reordered ?? 0]],
  );
  page.counter("pulsar_lab_verify_corrupt", "Messages with a wrong checksum", [[{}, integrity.corrupt]]);
  page.counter("pulsar_lab_verify_foreign", "Messages of another run or without a header", [[
    {},
    integrity.foreign,
  ]]);
}

/** Collects lines by family, since those of one must stand together. */
class Page {
  readonly isOpen: boolean;
  readonly #families = new Map<string, string[]>();

  constructor(format: ExpositionFormat) {
    this.isOpen = format === "openmetrics";
  }

  /** Takes samples that have all of these labels. */
  labelled(common: Labels): Samples {
    return new Samples(this, common);
  }

  /** The lines of a family so far, its head at first. */
  family(name: string, type: string, help: string): string[] {
    let lines = this.#families.get(name);
    if (lines === undefined) {
      lines = [`# TYPE ${name} ${type}`, `# HELP ${name} ${help}`];
      this.#families.set(name, lines);
    }
    return lines;
  }

  text(): string {
    const end = this.isOpen ? ["# EOF"] : [];
    return [...[...this.#families.values()].flat(), ...end].join("\n") + "\n";
  }
}

/** Samples of one run; a family without any is left out. */
class Samples {
  readonly #page: Page;
  readonly #common: Labels;

  constructor(page: Page, common: Labels) {
    this.#page = page;
    this.#common = common;
  }

  counter(name: string, help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    // The older format names the family as its samples are named.
    const lines = this.#page.family(this.#page.isOpen ? name : `${name}_total`, "counter", help);
    for (const [labels, value] of samples) {
      lines.push(this.#line(`${name}_total`, labels, Math.max(0, value)));
    }
  }

  gauge(name: string, help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    const lines = this.#page.family(name, "gauge", help);
    for (const [labels, value] of samples) lines.push(this.#line(name, labels, value));
  }

  info(name: string, help: string, labels: Labels): void {
    const lines = this.#page.isOpen
      ? this.#page.family(name, "info", help)
      : this.#page.family(`${name}_info`, "gauge", help);
    lines.push(this.#line(`${name}_info`, labels, 1));
  }

  /** @param micros values in microseconds, told in seconds */
  latency(name: string, help: string, micros: Histogram | undefined): void {
    this.histogram(name, help, micros, LATENCY_BOUNDS, 1e6);
  }

  /** @param scale how many of the histogram's units make one of the metric's */
  histogram(
    name: string,
    help: string,
    histogram: Histogram | undefined,
    bounds: readonly number[],
    scale: number,
  ): void {
    if (histogram === undefined) return;
    const lines = this.#page.family(name, "histogram", help);
    const counts = bounds.map(() => 0);
    for (const { from, count } of histogram.buckets()) {
      const index = bounds.findIndex((bound) => from <= bound * scale);
      if (index >= 0) counts[index]! += count;
    }
    let cumulative = 0;
    bounds.forEach((bound, index) => {
      cumulative += counts[index]!;
      lines.push(this.#line(`${name}_bucket`, { le: boundText(bound) }, cumulative));
    });
    const total = histogram.total;
    lines.push(
      this.#line(`${name}_bucket`, { le: "+Inf" }, total),
      this.#line(`${name}_sum`, {}, total === 0 ? 0 : histogram.mean * total / scale),
      this.#line(`${name}_count`, {}, total),
    );
  }

  #line(name: string, labels: Labels, value: number): string {
    const text = Object.entries({ ...this.#common, ...labels })
      .map(([key, label]) => `${labelName(key)}="${escapeLabel(label)}"`).join(",");
    return `${name}${text === "" ? "" : `{${text}}`} ${value}`;
  }
}

/** OpenMetrics wants bucket bounds as floats: `1.0`, not `1`. */
function boundText(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/** One wrong name would make Prometheus refuse the whole page. */
function labelName(key: string): string {
  return key.replaceAll(/\W/g, "_").replace(/^(?=\d)/, "_");
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
