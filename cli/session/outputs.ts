/** Where a run's figures go besides the screen. Everything is tried before the load starts. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import { intervalsCsv } from "../../lib/report/formats/csv.ts";
import { changeEvent, endEvent, intervalEvent, startEvent } from "../../lib/report/formats/events.ts";
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
  #hasBegun = false;

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
   * @throws {OutputError} naming what cannot be used
   */
  static async open(config: RunConfig): Promise<Outputs> {
    const prepare = (path: string | undefined): Promise<Output | undefined> =>
      path === undefined ? Promise.resolve(undefined) : prepareOutput(path);
    return new Outputs(config, {
      result: await prepare(config.output),
      json: await prepare(config.json && config.output !== "-" ? "-" : undefined),
      csv: await prepare(config.csv),
      hdr: await prepare(config.hdrLog),
      html: await prepare(config.html),
      events: config.events === undefined ? undefined : await openLineOutput(config.events),
      trace: config.trace === undefined ? undefined : await TraceOutput.open(config.trace),
    });
  }

  /** Whether results go to stdout, where nothing else must be printed then. */
  get usesStdout(): boolean {
    const { output, json, csv, hdrLog: hdr, html, events, trace } = this.#config;
    return json || [output, csv, hdr, html, events, trace].includes("-");
  }

  /** From here on there is a run to tell of. @param at epoch microseconds */
  begin(at: number): void {
    this.#hasBegun = true;
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
    if (!this.#hasBegun) this.#events?.write(startEvent(runId, result.run.role, topic, started));
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
    return problems.filter((problem) => problem !== undefined);
  }
}
