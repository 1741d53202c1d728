/** Measures how late timers are: whether the client itself, and not the broker, is the bottleneck. */
const PERIOD_MS = 50;

/** Calls `record` with the lateness in microseconds of each tick; returns what stops it. */
export function watchLoopLag(record: (micros: number) => void): () => void {
  let expected = performance.now() + PERIOD_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    record(Math.max(0, now - expected) * 1000);
    expected = now + PERIOD_MS;
  }, PERIOD_MS);
  return () => clearInterval(timer);
}
