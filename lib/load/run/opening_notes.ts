/** What a reader must know of how producers or consumers were opened, before trusting the figures. */
import type { OpeningTimes } from "../metrics/opening_times.ts";

export function openingNotes(times: OpeningTimes | undefined, lanes: number): string[] {
  if (times === undefined || times.late === 0) return [];
  const seconds = (times.latestMicros / 1e6).toFixed(2);
  return [
    `the rate of connecting was not held: ${times.late} of ${lanes} were begun later than they were due, by up to ` +
    `${seconds} s; 'ready' counts from when they were due`,
  ];
}
