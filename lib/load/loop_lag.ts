/** Measures how late timers are: whether the client itself, and not the broker, is the bottleneck. */
const PERIOD_MS = 50;

/** Time in milliseconds and what comes back every so many of them; tests bring their own. */
export interface LoopTimers {
  now(): number;
  every(ms: number, call: () => void): () => void;
}

const REAL: LoopTimers = {
  now: () => performance.now(),
  every(ms, call) {
    const timer = setInterval(call, ms);
    return () => clearInterval(timer);
  },
};

/** Calls `record` with the lateness in microseconds of each tick; returns what stops it. */
export function watchLoopLag(record: (micros: number) => void, timers: LoopTimers = REAL): () => void {
  let expected = timers.now() + PERIOD_MS;
  return timers.every(PERIOD_MS, () => {
    const now = timers.now();
    record(Math.max(0, now - expected) * 1000);
    expected = now + PERIOD_MS;
  });
}
