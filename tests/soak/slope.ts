/** What a soak is judged by: how memory grew once everything was warm. */

export interface MemorySample {
  /** Since the start of the load. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Samples before this are of a process that still warms up: ten minutes, or a sixth of a shorter run. */
export function warmSeconds(totalSeconds: number): number {
  return Math.min(600, totalSeconds / 6);
}

/**
 * Slope of the line through the samples from `fromSeconds` on by least squares, MiB per minute.
 *
 * @throws {RangeError} when fewer than two samples are left, through which no line goes
 */
export function slopeMibPerMinute(samples: readonly MemorySample[], fromSeconds: number): number {
  const used = samples.filter(({ seconds }) => seconds >= fromSeconds);
  if (used.length < 2) throw new RangeError(`${used.length} samples after ${fromSeconds} s give no slope`);
  const mean = (of: (sample: MemorySample) => number): number =>
    used.reduce((sum, sample) => sum + of(sample), 0) / used.length;
  const middle = mean(({ seconds }) => seconds);
  const level = mean(({ bytes }) => bytes);
  let together = 0;
  let spread = 0;
  for (const { seconds, bytes } of used) {
    together += (seconds - middle) * (bytes - level);
    spread += (seconds - middle) ** 2;
  }
  return together / spread * 60 / 2 ** 20;
}
