/**
 * How long it took to connect, to look up, to create, and from when a producer or consumer was due until it was there:
 * counted by each worker, and added up by the main thread. Only at turning points, so not in shared memory.
 */
import { decodeHistogram, encodeHistogram } from "../histogram/encoding.ts";
import { Histogram } from "../histogram/histogram.ts";
import type { OpeningFigures } from "../snapshot.ts";

export type OpeningHistograms = OpeningFigures["histograms"];
/** `ready`: from the moment when it was due to be opened; the others as the client times them. */
export type OpeningStep = keyof OpeningHistograms;
export const OPENING_STEPS: readonly OpeningStep[] = ["connect", "lookup", "create", "ready"];

/** Of one worker, since its last report. */
export interface OpeningReport {
  readonly histograms: Readonly<Record<OpeningStep, string>>;
  /** How many were begun much later than they were due, and the latest one by how much, microseconds. */
  readonly late: number;
  readonly latestMicros: number;
  /** Attempts that were refused, by code of the error. */
  readonly refused: Readonly<Record<string, number>>;
  /** Lanes that were given up. */
  readonly givenUp: readonly number[];
}

/** What the times of a whole run are read from. */
export type Openings = Pick<OpeningTimes, "histograms" | "late" | "latestMicros" | "refusals"> & {
  /** Producers or consumers that were to be opened, and how many of them are not there. */
  readonly wanted: number;
  readonly unopened: number;
};

/** Timers are later than asked for by a millisecond or two; from here on a worker does not keep up. */
const LATE_MICROS = 50_000;

export class OpeningTimes {
  readonly histograms: OpeningHistograms = {
    connect: new Histogram(),
    lookup: new Histogram(),
    create: new Histogram(),
    ready: new Histogram(),
  };
  late = 0;
  latestMicros = 0;
  /** Attempts that were refused before a producer or consumer was there, by code of the error. */
  readonly refusals = new Map<string, number>();
  #givenUp: readonly number[] = [];

  refused(code: string, times = 1): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + times);
  }

  /** These lanes will not be there. */
  giveUp(lanes: readonly number[]): void {
    this.#givenUp = lanes;
  }

  record(step: OpeningStep, micros: number): void {
    this.histograms[step].record(micros);
  }

  /** One was begun, so much later than it was due. */
  begun(lateMicros: number): void {
    if (lateMicros < LATE_MICROS) return;
    this.late++;
    this.latestMicros = Math.max(this.latestMicros, lateMicros);
  }

  /** What has been counted since the last time; undefined when that is nothing. */
  take(): OpeningReport | undefined {
    const all = OPENING_STEPS.map((step) => [step, this.histograms[step]] as const);
    const isQuiet = this.late === 0 && this.refusals.size === 0 && this.#givenUp.length === 0;
    if (isQuiet && all.every(([, { range }]) => range === undefined)) return undefined;
    const report: OpeningReport = {
      histograms: Object.fromEntries(
        all.map(([step, histogram]) => [step, encodeHistogram(histogram)]),
      ) as OpeningReport["histograms"],
      late: this.late,
      latestMicros: this.latestMicros,
      refused: Object.fromEntries(this.refusals),
      givenUp: this.#givenUp,
    };
    this.refusals.clear();
    this.#givenUp = [];
    for (const [, histogram] of all) histogram.reset();
    this.late = 0;
    this.latestMicros = 0;
    return report;
  }

  add({ histograms, late, latestMicros, refused }: OpeningReport): void {
    for (const [code, times] of Object.entries(refused)) this.refused(code, times);
    for (const step of OPENING_STEPS) this.histograms[step].add(decodeHistogram(histograms[step]));
    this.late += late;
    this.latestMicros = Math.max(this.latestMicros, latestMicros);
  }
}
