/** Results that look like real runs, for reports that are drawn and looked at. */
import { IntervalRecorder } from "../../lib/report/result/intervals.ts";
import {
  buildResult,
  type ResultInput,
  type RunResult,
  TOOL_VERSION,
} from "../../lib/report/result/result.ts";
import { PRODUCER, snapshotOf, spanOf } from "../../lib/report/report_test_support.ts";
import { decideVerdict } from "../../lib/report/result/verdict.ts";

export interface SampleOptions {
  readonly seed?: number;
  /** Median of the service time, microseconds. */
  readonly serviceUs?: number;
  readonly rate?: number;
  /** Seconds (of 60) in which the broker stalls. */
  readonly stalledAt?: readonly number[];
  readonly input?: Partial<ResultInput>;
}

const WORKERS = 4;
const SAMPLES = 2000;

/** One minute of a producer: a log-normal service time with a heavy tail, and a response time that shows stalls. */
export function producerSample(options: SampleOptions = {}): RunResult {
  const { seed = 1, serviceUs = 1800, rate = 50_000, stalledAt = [] } = options;
  const random = generator(seed);
  const total = spanOf("producer");
  const recorder = new IntervalRecorder();
  let snapshot = snapshotOf("producer");
  for (let second = 1; second <= 60; second++) {
    const stalled = stalledAt.includes(second);
    const reached = Math.round(rate * (stalled ? 0.62 : 0.995 + 0.01 * random()));
    for (let i = 0; i < SAMPLES; i++) {
      const count = Math.floor(reached / SAMPLES) + (i < reached % SAMPLES ? 1 : 0);
      const tail = random() < 0.004 ? 6 + 30 * random() : 1;
      const service = serviceUs * Math.exp(0.35 * normal(random)) * tail + (stalled && i < 40 ? 80_000 : 0);
      const waiting = stalled ? 250_000 * random() : 0;
      total.latency.service!.record(service, count);
      total.latency.response!.record(service + 120 + waiting, count);
    }
    total.batchSize.record(100, Math.round(reached / 100));
    total.seconds = second;
    total.counters.messages += reached;
    total.counters.sent += reached;
    total.counters.bytes += reached * 1024;
    total.counters.wireBytes += reached * 1040;
    total.counters.entries += Math.round(reached / 100);
    total.counters.blockedMicros += stalled ? 900_000 : 2_000;
    if (stalled) total.errors = new Map([["ServiceNotReady", 12], ["Timeout", 3]]);
    snapshot = snapshotOf("producer", {
      total,
      targetRate: rate,
      behindMicros: stalled ? 250_000 : 80,
      workers: Array.from({ length: WORKERS }, (_, id) => ({
        id,
        state: "stopped",
        rate: rate / WORKERS,
        messages: Math.round(total.counters.messages / WORKERS * (0.98 + 0.01 * id)),
        errors: 0,
        inFlight: 0,
        loopLagMicros: 300,
        restarts: 0,
      })),
    });
    recorder.close(snapshot);
  }
  return buildResult({
    config: { ...PRODUCER, rate, workers: WORKERS },
    sources: {
      rate: "flag --rate",
      workers: "environment PLL_WORKERS",
      batchMessages: "profile default:4:3",
    },
    snapshot: { ...snapshot, phase: "done" },
    intervals: recorder.records,
    thresholds: [],
    verdict: decideVerdict({ thresholds: [] }),
    startedAtUs: 1_699_999_999_000_000,
    endedAtUs: 1_700_000_060_500_000,
    versions: { [TOOL_VERSION]: "0.1.0", deno: "2.7.11", broker: "4.2.4" },
    host: { name: "laptop", os: "linux 6.1", arch: "x86_64", cpus: 8, memoryBytes: 16e9 },
    ...options.input,
  });
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal value (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
