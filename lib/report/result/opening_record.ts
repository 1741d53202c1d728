/** What opening producers or consumers took, as it travels in result files. */
import { formatCount } from "../../config/units.ts";
import { OPENING_STEPS, type OpeningHistograms, type Openings } from "../../load/metrics/opening_times.ts";
import { histogramOfRecord, histogramRecord } from "./span_record.ts";
import type { OpeningRecord, RunResult } from "./types.ts";

export function openingRecord(
  { histograms, late, latestMicros, wanted, unopened, refusals }: Openings,
): OpeningRecord {
  const { connect, lookup, create, ready } = histograms;
  return {
    connect: histogramRecord(connect),
    lookup: histogramRecord(lookup),
    create: histogramRecord(create),
    ready: histogramRecord(ready),
    late,
    latestUs: latestMicros,
    wanted,
    unopened,
    refused: Object.fromEntries(refusals),
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
export function joinOpenings(results: readonly RunResult[]): Openings | undefined {
  const records = results.flatMap(({ opening }) => opening ?? []);
  const [histograms, ...others] = records.map(openingHistograms);
  if (histograms === undefined) return undefined;
  for (const other of others) {
    for (const step of OPENING_STEPS) histograms[step].add(other[step]);
  }
  const late = records.reduce((sum, record) => sum + record.late, 0);
  const latestMicros = Math.max(...records.map(({ latestUs }) => latestUs));
  const sum = (key: "wanted" | "unopened"): number =>
    records.reduce((total, record) => total + (record[key] ?? 0), 0);
  const refusals = new Map<string, number>();
  for (const { refused = {} } of records) {
    for (const [code, times] of Object.entries(refused)) {
      refusals.set(code, (refusals.get(code) ?? 0) + times);
    }
  }
  const counts = { wanted: sum("wanted"), unopened: sum("unopened"), refusals };
  return { histograms, late, latestMicros, ...counts };
}

/** `TooManyRequests 12, ConnectionRefused 3`: most first. */
export function refusedText(refused: Readonly<Record<string, number>>): string {
  const codes = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return codes.map(([code, times]) => `${code} ${formatCount(times)}`).join(", ");
}
