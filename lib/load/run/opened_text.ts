/** What is said of a run that could not open all of its producers or consumers. */
import { formatCount, formatDuration } from "../../config/units.ts";
import { OPENING_STEPS, type OpeningTimes } from "../metrics/opening_times.ts";

/** How far it came, for a run that could not open all. */
export function openedText({ histograms }: OpeningTimes, lanes: number): string {
  const times = OPENING_STEPS.flatMap((step) => {
    const histogram = histograms[step];
    const [p50, p99] = histogram.percentiles([50, 99]);
    return histogram.range === undefined
      ? []
      : [`${step} ${formatCount(histogram.total)}, P50 ${formatDuration(p50!)}, P99 ${formatDuration(p99!)}`];
  });
  const open = `${formatCount(histograms.ready.total)} of ${
    formatCount(lanes)
  } producers or consumers were open`;
  return [open, ...times].join("; ");
}
