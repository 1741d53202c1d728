/** What opening producers or consumers took, as it travels in result files. */
import { OPENING_STEPS, type OpeningHistograms } from "../../load/metrics/opening_times.ts";
import { histogramOfRecord, histogramRecord } from "./span_record.ts";
import type { HistogramRecord, OpeningRecord, RunResult } from "./types.ts";

export function openingRecord(histograms: OpeningHistograms): OpeningRecord {
  const record: { -readonly [Step in keyof OpeningRecord]?: HistogramRecord } = {};
  for (const step of OPENING_STEPS) record[step] = histogramRecord(histograms[step]);
  return record as OpeningRecord;
}

/** @throws what the decoder throws when a histogram is damaged */
export function openingOfRecord(record: OpeningRecord): OpeningHistograms {
  return {
    connect: histogramOfRecord(record.connect),
    lookup: histogramOfRecord(record.lookup),
    create: histogramOfRecord(record.create),
    ready: histogramOfRecord(record.ready),
  };
}

/** Every producer and consumer of several processes was opened once: the distributions add up. */
export function joinOpenings(results: readonly RunResult[]): Pick<RunResult, "opening"> {
  const [first, ...others] = results.flatMap(({ opening }) => opening ?? []).map(openingOfRecord);
  if (first === undefined) return {};
  for (const other of others) {
    for (const step of OPENING_STEPS) first[step].add(other[step]);
  }
  return { opening: openingRecord(first) };
}
