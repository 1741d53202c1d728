/** A made-up scenario as its records tell of it, for tests and pictures of its page; the same every time. */
import type { Role } from "../config/run_config.ts";
import type { Histogram } from "../load/histogram/histogram.ts";
import type { Integrity, Span, ThresholdState } from "../load/snapshot.ts";
import type { ScenarioSnapshot, StepOutcome, StepSnapshot } from "../scenario/snapshot.ts";
import { CONSUMER, histogramOf, PRODUCER, snapshotOf, spanOf } from "./report_test_support.ts";
import { IntervalRecorder } from "./result/intervals.ts";
import { buildResult, type RunResult, TOOL_VERSION } from "./result/result.ts";
import { scenarioRecord, scenarioVerdict, sweepRecord } from "./result/scenario_record.ts";
import type { ScenarioRecord, SweepRecord } from "./result/scenario_types.ts";
import { spanOfRecord } from "./result/span_record.ts";
import { decideVerdict } from "./result/verdict.ts";
import { addSpans } from "../load/span_math.ts";

const VERSIONS = { [TOOL_VERSION]: "0.1.0", deno: "2.9.6" } as const;
const HOST = { name: "laptop", os: "linux 6.1", arch: "x86_64", cpus: 8, memoryBytes: 16e9 } as const;
/** When the measured part began. */
export const MEASURED_AT = 1_700_000_000_000_000;

export interface GroupSample {
  readonly role: Role;
  readonly rate: number;
  readonly asked?: number;
  readonly seconds?: number;
  /** Middle of the latency, microseconds. */
  readonly latencyUs?: number;
  /** From when to when it had how much of its rate. */
  readonly dips?: readonly (readonly [from: number, to: number, share: number])[];
  readonly backlog?: (second: number) => number;
  readonly integrity?: Partial<Integrity>;
  readonly thresholds?: readonly ThresholdState[];
  readonly outages?: number;
}

/** The result of one group, an interval a second. */
export function groupResult(sample: GroupSample): RunResult {
  const { role, rate, asked, seconds = 120, latencyUs = 2500, dips = [], thresholds = [], outages = 0 } =
    sample;
  const total = spanOf(role);
  const recorder = new IntervalRecorder();
  let snapshot = snapshotOf(role);
  let state = rate;
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
  for (let second = 1; second <= seconds; second++) {
    const dip = dips.find(([from, to]) => second > from && second <= to)?.[2] ?? 1;
    const reached = Math.round(rate * dip * (0.99 + 0.01 * random()) / 100) * 100;
    for (let i = 0; i < 100 && reached > 0; i++) {
      const micros = latencyUs * (0.6 - 0.4 * Math.log(1 - random() * 0.9999));
      const count = reached / 100;
      const waiting = dip < 1 ? 1_000_000 * (1 - dip) * random() : 0;
      if (role === "consumer") total.latency.endToEnd!.record(micros + waiting, count);
      else {
        total.latency.service!.record(micros, count);
        total.latency.response!.record(micros * 1.2 + waiting, count);
      }
    }
    if (reached > 0) total.batchSize.record(100, reached / 100);
    total.seconds = second;
    total.counters.messages += reached;
    total.counters.sent += reached;
    total.counters.bytes += reached * 1024;
    total.counters.wireBytes += reached * 1040;
    total.counters.entries += Math.round(reached / 100);
    if (dip < 1 && outages > 0) total.errors = new Map([["ConnectionClosed", 4]]);
    snapshot = snapshotOf(role, {
      total,
      targetRate: asked,
      asked: asked === undefined ? undefined : asked * second,
      inFlight: role === "producer" ? Math.round(400 * (2 - dip)) : 0,
      backlog: sample.backlog?.(second),
      outages: { count: outages, totalMicros: outages * 1_200_000, longestMicros: outages * 1_200_000 },
      workers: [{
        id: 0,
        state: "stopped",
        rate,
        messages: total.counters.messages,
        errors: 0,
        inFlight: 0,
        loopLagMicros: 300,
        restarts: 0,
      }],
    });
    recorder.close(snapshot);
  }
  const integrity: Integrity | undefined = role === "producer" ? undefined : {
    mode: "strict",
    streams: 100,
    verified: total.counters.messages,
    lost: 0,
    duplicates: 0,
    outOfOrder: 0,
    corrupt: 0,
    foreign: 0,
    ...sample.integrity,
  };
  return buildResult({
    config: role === "producer" ? { ...PRODUCER, rate: asked ?? rate } : CONSUMER,
    sources: {},
    snapshot: { ...snapshot, phase: "done", ...(integrity === undefined ? {} : { integrity }) },
    intervals: recorder.records,
    thresholds,
    verdict: decideVerdict({ role, thresholds, integrity }),
    startedAtUs: MEASURED_AT - 1_000_000,
    endedAtUs: MEASURED_AT + seconds * 1e6 + 500_000,
    versions: VERSIONS,
    host: HOST,
  });
}

const GROUPS = {
  orders: groupResult({
    role: "producer",
    rate: 20_000,
    asked: 20_000,
    dips: [[30, 32, 0.4]],
    outages: 1,
    thresholds: [{ text: "response.p99<50ms", state: "fail", value: "271 ms", measured: 271_000 }],
  }),
  payments: groupResult({
    role: "producer",
    rate: 5000,
    asked: 5000,
    dips: [[30, 31, 0.7]],
    latencyUs: 1700,
  }),
  billing: groupResult({
    role: "consumer",
    rate: 20_000,
    dips: [[30, 32, 0.4]],
    latencyUs: 4100,
    backlog: (second) => second > 30 && second < 36 ? 20_000 - (second - 30) * 3300 : 40,
    thresholds: [{ text: "verify.lost==0", state: "pass", value: "0", measured: 0 }],
  }),
  archive: groupResult({
    role: "consumer",
    rate: 25_000,
    dips: [[45, 58, 0]],
    latencyUs: 5200,
    backlog: (second) =>
      second <= 45
        ? 60
        : second <= 58
        ? (second - 45) * 25_000
        : Math.max(60, 325_000 - (second - 58) * 9000),
  }),
} as const;

/** What a group did between two moments. */
function insideOf(result: RunResult, from: number, to: number): Span {
  const inside = result.intervals.filter(({ fromSeconds }) => fromSeconds >= from && fromSeconds < to);
  const span = inside.map(spanOfRecord).reduce(addSpans);
  return { ...span, seconds: to - from };
}

function outcomeOf(from: number, to: number, parts: Partial<StepOutcome> = {}): StepOutcome {
  const inside = new Map(Object.entries(GROUPS).map(([name, result]) => [name, insideOf(result, from, to)]));
  return { missing: 0, outages: new Map(), inside, resent: 0, ...parts };
}

const STEPS: readonly StepSnapshot[] = [
  {
    name: "steady",
    kind: "stage",
    state: "done",
    at: 0,
    began: 0,
    ended: 30,
    text: "",
    outcome: outcomeOf(0, 30),
  },
  {
    name: "unload",
    kind: "unload",
    state: "done",
    at: 30,
    began: 30,
    ended: 32,
    text: "unloaded 100 topics",
    outcome: outcomeOf(30, 32, {
      firstError: 0.042,
      recovery: 1.21,
      outages: new Map<string, Histogram>([
        ["orders", histogramOf(810_000, 1_180_000)],
        ["billing", histogramOf(1_210_000)],
      ]),
      resent: 1204,
    }),
    thresholds: [{ text: "recovery<1s", state: "fail", value: "1.21 s", measured: 1_210_000 }],
  },
  {
    name: "hold archive",
    kind: "hold",
    state: "done",
    at: 45,
    began: 45,
    ended: 94,
    text: "325,000 messages lay there after 13 s",
    outcome: outcomeOf(45, 94, { drain: { backlog: 325_000, seconds: 36, rate: 34_028 } }),
    thresholds: [{ text: "drain<1m", state: "pass", value: "36.0 s", measured: 36_000_000 }],
  },
  {
    name: "kill a broker",
    kind: "command",
    state: "failed",
    at: 100,
    began: 100,
    ended: 100.4,
    text: 'kubectl ended with code 1: pods "broker-2" not found',
  },
];

const ROLES: readonly (readonly [name: keyof typeof GROUPS, topics: number, lanes: number])[] = [
  ["orders", 100, 100],
  ["payments", 10, 40],
  ["billing", 100, 300],
  ["archive", 110, 110],
];

export const SCENARIO_SNAPSHOT: ScenarioSnapshot = {
  name: "rolling-unload",
  phase: "done",
  elapsed: 120,
  duration: 120,
  groups: ROLES.map(([name, topics, lanes]) => {
    const { run: { role }, backlog } = GROUPS[name];
    return { name, role, topics, lanes, ...(backlog === undefined ? {} : { backlog }) };
  }),
  steps: STEPS,
};

/** A scenario of four groups, with the results in the order of the record. */
export function scenarioSample(replace: Partial<ScenarioRecord> = {}): {
  record: ScenarioRecord;
  results: readonly RunResult[];
} {
  const groups = Object.entries(GROUPS).map(([name, { verdict }]) => ({ name, verdict }));
  const record = scenarioRecord({
    snapshot: SCENARIO_SNAPSHOT,
    description:
      "Topics move between brokers while orders are sent; the archive falls behind and catches up.",
    runId: "run-1",
    serviceUrl: "pulsar://localhost:6650",
    embedded: false,
    startedAtUs: MEASURED_AT - 1_000_000,
    endedAtUs: MEASURED_AT + 120_500_000,
    measuredAtUs: MEASURED_AT,
    verdict: scenarioVerdict({ groups, steps: STEPS }),
    versions: VERSIONS,
    host: HOST,
  });
  return { record: { ...record, ...replace }, results: Object.values(GROUPS) };
}

const RATES = [5000, 10_000, 20_000, 40_000, 60_000];
const SIZES = ["100B", "1KiB", "10KiB"];

/** Five rates by three sizes; beyond what the broker takes latencies explode. */
export function sweepSample(): { record: SweepRecord; results: readonly (readonly RunResult[])[] } {
  const combinations = SIZES.flatMap((size, index) =>
    RATES.map((rate) => ({ size, rate, most: [90_000, 55_000, 26_000][index]! }))
  );
  const results = combinations.map(({ rate, most }) => {
    const used = Math.min(0.995, rate / most);
    const reached = Math.min(rate, most);
    const latencyUs = 1500 / (1 - used * 0.99);
    return [
      groupResult({ role: "producer", rate: reached, asked: rate, seconds: 4, latencyUs }),
      groupResult({ role: "consumer", rate: reached, seconds: 4, latencyUs: latencyUs * 1.3 }),
    ];
  });
  const record = sweepRecord({
    name: "rate-by-size",
    description: "",
    startedAtUs: MEASURED_AT,
    endedAtUs: MEASURED_AT + 90e6,
    versions: VERSIONS,
    points: combinations.map(({ size, rate }, index) => ({
      settings: { size, rate: `${rate / 1000}k` },
      groups: ["load", "sink"],
      verdict: scenarioVerdict({
        groups: results[index]!.map(({ verdict }, group) => ({ name: ["load", "sink"][group]!, verdict })),
        steps: [],
      }),
    })),
  });
  return { record, results };
}
