/** Where a run's figures go besides the screen. Everything is tried before the load starts. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import type { RunView } from "../../lib/load/run/view.ts";
import type { ThresholdState } from "../../lib/load/snapshot.ts";
import { intervalsCsv } from "../../lib/report/formats/csv.ts";
import { type MetricsEndpoint, startMetricsEndpoint } from "../../lib/report/formats/endpoint.ts";
import { changeEvent, endEvent, intervalEvent, startEvent } from "../../lib/report/formats/events.ts";
import { exposition } from "../../lib/report/formats/exposition.ts";
import { hdrLog } from "../../lib/report/formats/hdr_log.ts";
import { reportHtml } from "../../lib/report/page/html.ts";
import {
  type ChangeRecord,
  type IntervalRecord,
  resultLine,
  type RunResult,
} from "../../lib/report/result/result.ts";
import {
  type LineOutput,
  openLineOutput,
  type Output,
  type OutputError,
  prepareOutput,
} from "../../lib/report/formats/write.ts";
import { TraceOutput } from "../../lib/report/formats/trace_output.ts";
import { versions } from "./host.ts";

/** A page without metrics; OpenMetrics wants its end mark all the same. */
const NOTHING_YET = { openmetrics: "# EOF\n", text: "" } as const;

export class Outputs {
  readonly #config: RunConfig;
  readonly #result: Output | undefined;
  /** Standard output, where a file gets the result too. */
  readonly #json: Output | undefined;
  readonly #csv: Output | undefined;
  readonly #hdr: Output | undefined;
  readonly #html: Output | undefined;
  readonly #events: LineOutput | undefined;
  /** One line for each entry. */
  readonly trace: TraceOutput | undefined;
  #endpoint: MetricsEndpoint | undefined;
  #view: RunView | undefined;
  #thresholds: () => readonly ThresholdState[] = () => [];

  private constructor(config: RunConfig, outputs: {
    result: Output | undefined;
    json: Output | undefined;
    csv: Output | undefined;
    hdr: Output | undefined;
    html: Output | undefined;
    events: LineOutput | undefined;
    trace: TraceOutput | undefined;
  }) {
    this.#config = config;
    this.#result = outputs.result;
    this.#json = outputs.json;
    this.#csv = outputs.csv;
    this.#hdr = outputs.hdr;
    this.#html = outputs.html;
    this.#events = outputs.events;
    this.trace = outputs.trace;
  }

  /**
   * Opens what the configuration names.
   *
   * @throws {OutputError} or {MetricsEndpointError} naming what cannot be used
   */
  static async open(config: RunConfig): Promise<Outputs> {
    const prepare = (path: string | undefined): Promise<Output | undefined> =>
      path === undefined ? Promise.resolve(undefined) : prepareOutput(path);
    const outputs = new Outputs(config, {
      result: await prepare(config.output),
      json: await prepare(config.json && config.output !== "-" ? "-" : undefined),
      csv: await prepare(config.csv),
      hdr: await prepare(config.hdrLog),
      html: await prepare(config.html),
      events: config.events === undefined ? undefined : await openLineOutput(config.events),
      trace: config.trace === undefined ? undefined : await TraceOutput.open(config.trace),
    });
    outputs.#listen();
    return outputs;
  }

  /** Whether results go to stdout, where nothing else must be printed then. */
  get usesStdout(): boolean {
    const { output, json, csv, hdrLog: hdr, html, events, trace } = this.#config;
    return json || [output, csv, hdr, html, events, trace].includes("-");
  }

  get metricsUrl(): string | undefined {
    return this.#endpoint?.url;
  }

  #listen(): void {
    const { metricsPort, metricsHost, runId, profile, topic, serviceUrl } = this.#config;
    if (metricsPort === undefined) return;
    const info = { build: versions(), run: { run: runId, profile, topic, target: serviceUrl } };
    this.#endpoint = startMetricsEndpoint({
      host: metricsHost,
      port: metricsPort,
      render: (format) =>
        this.#view === undefined
          ? NOTHING_YET[format]
          : exposition(this.#view.snapshot(), info, format, this.#thresholds(), this.#view.lifetime()),
      unhealthy: () => this.#view === undefined ? "starting" : undefined,
    });
  }

  /** From here on there is a run to tell of. */
  attach(view: RunView, thresholds: () => readonly ThresholdState[], at: number): void {
    this.#view = view;
    this.#thresholds = thresholds;
    this.#events?.write(startEvent(this.#config.runId, this.#config.role, this.#config.topic, at));
  }

  /** @param epoch of the snapshot that ends the interval */
  interval(record: IntervalRecord, epoch: number): void {
    this.#events?.write(intervalEvent(this.#config.runId, epoch, record));
  }

  change(change: ChangeRecord): void {
    this.#events?.write(changeEvent(this.#config.runId, change));
  }

  /**
   * Writes everything; returns what could not be written.
   *
   * @param intervals those that people asked for, for CSV and HDR log; the result has finer ones
   * @param others results of runs beside this one, which go into the same file as further lines
   */
  async finish(
    result: RunResult,
    intervals: readonly IntervalRecord[],
    others: readonly RunResult[] = [],
  ): Promise<OutputError[]> {
    const { runId, topic } = this.#config;
    const started = result.run.startedAtUs;
    // A run that never began has been told of to nobody.
    if (this.#view === undefined) this.#events?.write(startEvent(runId, result.run.role, topic, started));
    this.#events?.write(endEvent(runId, result.run.endedAtUs, result.verdict));
    const lines = [result, ...others].map(resultLine).join("");
    const problems = await Promise.all([
      this.#result?.commit(lines),
      this.#json?.commit(lines),
      this.#csv?.commit(intervalsCsv(intervals)),
      this.#hdr?.commit(hdrLog(intervals, started, `run ${runId} on ${topic}`)),
      this.#html?.commit(reportHtml([result, ...others].map((one) => ({ name: one.run.role, result: one })))),
      this.#events?.close(),
      this.trace?.close(),
    ]);
    await this.close();
    return problems.filter((problem) => problem !== undefined);
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
    this.#endpoint = undefined;
  }
}
