/** Made-up runs for tests, benchmarks and pictures of the screens; the same every time. */
import { History } from "./history.ts";
import { snapshotStats } from "./stats.ts";
import { GLYPHS } from "./theme.ts";
import { INITIAL_UI, type RunInfo, type View } from "./view.ts";
import { Histogram } from "../load/histogram/histogram.ts";
import type { RunSnapshot, Span, WorkerSnapshot } from "../load/snapshot.ts";
import { ZERO_COUNTERS } from "../load/snapshot_test_support.ts";

/** 2026-03-01T12:00:00Z in microseconds. */
export const SAMPLE_START = 1_772_366_400_000_000;

/** Numbers in [0, 1) that look random and are not (mulberry32). */
export function sampleRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Latencies with a long tail around `middle` microseconds. */
export function sampleHistogram(middle: number, count: number, seed: number): Histogram {
  const random = sampleRandom(seed);
  const histogram = new Histogram();
  const draws = Math.min(count, 4000);
  for (let i = 0; i < draws; i++) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const tail = random() < 0.01 ? 4 : 1;
    histogram.record(Math.max(60, middle * Math.exp(0.35 * normal) * tail), count / draws);
  }
  return histogram;
}

function sampleSpan(role: RunSnapshot["role"], seconds: number, rate: number, seed: number): Span {
  const messages = Math.round(rate * seconds);
  const batchSize = new Histogram();
  batchSize.record(role === "producer" ? 412 : 398, Math.max(1, Math.round(messages / 400)));
  const latency = role === "producer"
    ? { service: sampleHistogram(1900, messages, seed), response: sampleHistogram(2600, messages, seed + 1) }
    : { endToEnd: sampleHistogram(3400, messages, seed + 2) };
  return {
    seconds,
    counters: {
      ...ZERO_COUNTERS,
      messages,
      bytes: messages * 1024,
      wireBytes: messages * 540,
      entries: Math.round(messages / 400),
      sent: role === "producer" ? messages + 812 : messages - 420,
      blockedMicros: seconds * 4 * 180_000,
      redelivered: role === "consumer" ? Math.round(seconds * 0.2) : 0,
    },
    latency,
    batchSize,
    errors: new Map(),
  };
}

export function sampleWorkers(count: number, rate: number, seed = 7): WorkerSnapshot[] {
  const random = sampleRandom(seed);
  return Array.from({ length: count }, (_, id) => ({
    id,
    state: "running" as const,
    rate: (rate / count) * (0.97 + random() * 0.06),
    messages: Math.round(rate / count * 72 * (0.97 + random() * 0.06)),
    errors: 0,
    inFlight: Math.round(150 + random() * 100),
    loopLagMicros: 400 + random() * 2600,
    restarts: 0,
  }));
}

/** One moment of a run, `elapsed` seconds in; anything can be replaced. */
export function sampleSnapshot(
  role: RunSnapshot["role"],
  elapsed = 72,
  replace: Partial<RunSnapshot> = {},
): RunSnapshot {
  const rate = 49_812;
  const at = SAMPLE_START + elapsed * 1e6;
  const base: RunSnapshot = {
    role,
    runId: "8f3a2c",
    at,
    phase: "running",
    epoch: 1,
    since: SAMPLE_START,
    measured: true,
    elapsed,
    duration: 300,
    behindMicros: 0,
    inFlight: role === "producer" ? 812 : 0,
    maxInFlight: role === "producer" ? 2000 : 0,
    loopLagMicros: 2900,
    total: sampleSpan(role, Math.max(elapsed, 1), rate * 0.98, 1),
    window: sampleSpan(role, 1, rate, 2),
    workers: sampleWorkers(4, rate),
    outages: { count: 0, totalMicros: 0, longestMicros: 0 },
    clockUncertaintyMicros: 0,
    log: [
      { at: SAMPLE_START - 900_000, level: "info", text: "connected to pulsar://localhost:6650" },
      { at: SAMPLE_START + 10_000, level: "info", text: "warm-up over, measuring" },
    ],
  };
  const own: Partial<RunSnapshot> = role === "producer"
    ? { targetRate: 50_000, stage: { index: 1, count: 3, name: "hold 50k", rate: 50_000 } }
    : {
      backlog: 1240,
      integrity: {
        mode: "strict",
        streams: 4,
        verified: 3_514_204,
        lost: 0,
        duplicates: 0,
        outOfOrder: 0,
        corrupt: 0,
        foreign: 0,
      },
    };
  return { ...base, ...own, ...replace };
}

export const SAMPLE_INFO: RunInfo = {
  target: "pulsar://localhost:6650",
  topic: "persistent://public/default/load",
  profile: "high-throughput",
  version: "0.1.0",
  embedded: false,
  settings: {
    workers: 4,
    rate: 50_000,
    size: { kind: "fixed", bytes: 1024 },
    batchMessages: 500,
    compression: "lz4",
  },
  restarts: ["workers", "size", "batchMessages", "compression"],
};

export const SAMPLE_CONSUMER_INFO: RunInfo = {
  ...SAMPLE_INFO,
  subscription: "lab (shared)",
  settings: { workers: 4, rate: "unlimited" },
};

/** A minute of history before the snapshot: a ramp, a steady part with small noise, and one dip. */
export function sampleHistory(last: RunSnapshot, seconds = 72): History {
  const history = new History();
  const random = sampleRandom(11);
  let messages = 0;
  const start = last.at / 1e6 - seconds;
  const target = last.targetRate ?? 50_000;
  const total = last.total;
  for (let i = 0; i <= seconds * 4; i++) {
    const t = i / 4;
    const ramp = Math.min(1, 0.3 + t / 28);
    const dip = t > 47 && t < 50 ? 0.62 : 1;
    const slow = dip < 1 ? 3 : 1;
    messages += target / 4 * ramp * dip * (0.985 + random() * 0.02);
    const counters = { ...total.counters, messages, sent: messages };
    const step: RunSnapshot = { ...last, at: (start + t) * 1e6, elapsed: t, total: { ...total, counters } };
    const asked = last.targetRate === undefined ? step : { ...step, targetRate: target * ramp };
    const tail = { count: 1, p95: 0, p999: 0, max: 0, bins: new Float64Array(0) };
    const lead = {
      ...tail,
      p50: 2600 * slow * (0.9 + random() * 0.2),
      p99: 7200 * slow * (0.8 + random() * 0.5),
    };
    const window = last.role === "producer" ? { response: lead } : { endToEnd: lead };
    history.add(asked, { total: {}, window });
  }
  return history;
}

/** Everything a panel needs. */
export function sampleView(role: RunSnapshot["role"], replace: Partial<View> = {}): View {
  const snapshot = replace.snapshot ?? sampleSnapshot(role);
  const info = role === "producer" ? SAMPLE_INFO : SAMPLE_CONSUMER_INFO;
  return {
    snapshot,
    stats: snapshotStats(snapshot),
    history: sampleHistory(snapshot),
    info,
    settings: info.settings,
    thresholds: [
      { text: "response.p99<20ms", state: "pass", value: "8.03 ms" },
      { text: "rate>=0.99*target", state: "pass", value: "99.6%" },
      { text: "errors==0", state: "pass", value: "0" },
    ],
    ui: INITIAL_UI,
    glyphs: GLYPHS.braille,
    ...replace,
  };
}
