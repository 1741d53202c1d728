/** What opening producers or consumers took, as it travels in result files. */
import { OPENING_STEPS, type OpeningHistograms, type Openings } from "../../load/metrics/opening_times.ts";
import { histogramOfRecord, histogramRecord } from "./span_record.ts";
import type { OpeningRecord, RunResult } from "./types.ts";

export function openingRecord({ histograms, late, latestMicros }: Openings): OpeningRecord {
  const { connect, lookup, create, ready } = histograms;
  return {
    connect: histogramRecord(connect),
    lookup: histogramRecord(lookup),
    create: histogramRecord(create),
    ready: histogramRecord(ready),
    late,
    latestUs: latestMicros,
  };
}

/** @throws what the decoder throws when a histogram is damaged */
export function openingHistograms(record: OpeningRecord): OpeningHistograms {
  return {
    connect: histogramOfRecord(record.connect),
    lookup: histogramOfRecord(record.lookup),
    create: histogramOfRecord(record.create),
    ready: histogramOfRecord(record.ready),
  };
}

/** Every producer and consumer of several processes was opened by one of them: the distributions add up. */
export function joinOpenings(results: readonly RunResult[]): Pick<RunResult, "opening"> {
  const records = results.flatMap(({ opening }) => opening ?? []);
  const [histograms, ...others] = records.map(openingHistograms);
  if (histograms === undefined) return {};
  for (const other of others) {
    for (const step of OPENING_STEPS) histograms[step].add(other[step]);
  }
  const late = records.reduce((sum, record) => sum + record.late, 0);
  const latestMicros = Math.max(...records.map(({ latestUs }) => latestUs));
  return { opening: openingRecord({ histograms, late, latestMicros }) };
}
