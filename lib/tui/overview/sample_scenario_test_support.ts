/** A made-up scenario for tests and pictures of its overview; the same every time. */
import type { Role } from "../../config/run_config.ts";
import { Histogram } from "../../load/histogram/histogram.ts";
import type { RunSnapshot, ThresholdState } from "../../load/snapshot.ts";
import type { ScenarioSnapshot, StepOutcome, StepSnapshot } from "../../scenario/snapshot.ts";
import { History } from "../history.ts";
import {
  SAMPLE_CONSUMER_INFO,
  SAMPLE_INFO,
  SAMPLE_START,
  sampleRandom,
  sampleSnapshot,
} from "../sample_run_test_support.ts";
import { snapshotStats } from "../stats.ts";
import { GLYPHS } from "../theme.ts";
import { INITIAL_UI, type View } from "../view.ts";
import type { GroupView, ScenarioView } from "./view.ts";

const NOW = 72;

interface SampleGroup {
  readonly name: string;
  readonly role: Role;
  readonly topics: number;
  readonly lanes: number;
  readonly rate: number;
  readonly asked?: number;
  /** From when to when it had how much of its rate. */
  readonly dips: readonly (readonly [from: number, to: number, share: number])[];
  readonly backlog?: number;
  readonly outages: number;
  readonly replace?: Partial<RunSnapshot>;
  readonly thresholds?: readonly ThresholdState[];
}

const GROUPS: readonly SampleGroup[] = [
  {
    name: "orders",
    role: "producer",
    topics: 100,
    lanes: 100,
    rate: 19_987,
    asked: 20_000,
    dips: [[30, 31.5, 0.35], [31.5, 33, 0.92]],
    outages: 1,
    replace: { stage: undefined },
    thresholds: [
      { text: "response.p99<50ms", state: "pass", value: "31.2 ms" },
      { text: "errors==0", state: "fail", value: "4" },
    ],
  },
  {
    name: "payments",
    role: "producer",
    topics: 10,
    lanes: 40,
    rate: 4996,
    asked: 5000,
    dips: [[30, 31, 0.6]],
    outages: 1,
    replace: { stage: undefined },
  },
  {
    name: "billing",
    role: "consumer",
    topics: 100,
    lanes: 300,
    rate: 20_012,
    dips: [[30, 31.5, 0.3], [31.5, 33, 1.1]],
    backlog: 214,
    outages: 1,
    thresholds: [{ text: "verify.lost==0", state: "pass", value: "0" }],
  },
  {
    name: "archive",
    role: "consumer",
    topics: 110,
    lanes: 110,
    rate: 31_400,
    dips: [[0, 45, 0.8], [45, 58, 0], [58, 74, 1.25]],
    backlog: 181_034,
    outages: 0,
  },
];

function outage(micros: number): Histogram {
  const histogram = new Histogram();
  histogram.record(micros);
  return histogram;
}

const NOTHING: StepOutcome = { missing: 0, outages: new Map(), inside: new Map(), resent: 0 };

export const SAMPLE_STEPS: readonly StepSnapshot[] = [
  { name: "steady", kind: "stage", state: "done", at: 0, began: 0, ended: 30, text: "" },
  {
    name: "unload",
    kind: "unload",
    state: "done",
    at: 30,
    began: 30.1,
    ended: 31.6,
    text: "unloads 100 topics",
    outcome: {
      ...NOTHING,
      firstError: 0.042,
      recovery: 1.21,
      outages: new Map([["orders", outage(1_180_000)], ["billing", outage(1_210_000)]]),
      resent: 1204,
    },
  },
  {
    name: "hold archive",
    kind: "hold",
    state: "running",
    at: 45,
    began: 45,
    text: "archive takes nothing until 200,000 messages lie there",
    outcome: { ...NOTHING },
  },
  {
    name: "kill a broker",
    kind: "command",
    state: "failed",
    at: 60,
    began: 60,
    ended: 60.4,
    text: 'kubectl ended with code 1: pods "broker-2" not found',
  },
  { name: "rate up", kind: "rate", state: "planned", at: 90, text: "orders sends 40,000 msg/s" },
  { name: "unload all", kind: "unloadNamespace", state: "planned", at: 110, text: "unloads public/default" },
];

export function sampleScenario(replace: Partial<ScenarioSnapshot> = {}): ScenarioSnapshot {
  return {
    name: "rolling-unload",
    phase: "running",
    elapsed: NOW,
    duration: 120,
    groups: GROUPS.map(({ name, role, topics, lanes, backlog }) => ({ name, role, topics, lanes, backlog })),
    steps: SAMPLE_STEPS,
    ...replace,
  };
}

function snapshotOf(group: SampleGroup): RunSnapshot {
  const { role, rate, asked, backlog, outages, replace } = group;
  const base = sampleSnapshot(role, NOW, { duration: 120 });
  const scale = rate / 49_812;
  const span = (one: RunSnapshot["total"]): RunSnapshot["total"] => ({
    ...one,
    counters: {
      ...one.counters,
      messages: Math.round(one.counters.messages * scale),
      bytes: Math.round(one.counters.bytes * scale),
    },
  });
  const errors = new Map(outages > 0 && role === "producer" ? [["ConnectionClosed", 4]] : []);
  return {
    ...base,
    targetRate: asked,
    backlog,
    total: { ...span(base.total), errors },
    window: span(base.window),
    outages: { count: outages, totalMicros: outages * 1_200_000, longestMicros: outages * 1_200_000 },
    log: outages === 0 ? [] : [
      {
        at: SAMPLE_START + 30_150_000,
        level: "warn",
        text: "the broker closed the connection: topic is being unloaded",
      },
      { at: SAMPLE_START + 31_400_000, level: "info", text: "connected again after 1.2 s" },
    ],
    ...replace,
  };
}

function historyOf(group: SampleGroup, snapshot: RunSnapshot, seed: number): History {
  const history = new History();
  const random = sampleRandom(seed);
  let messages = 0;
  for (let i = 0; i <= NOW * 4; i++) {
    const elapsed = i / 4;
    const dip = group.dips.find(([from, to]) => elapsed > from && elapsed <= to)?.[2] ?? 1;
    messages += group.rate / 4 * dip * (0.99 + random() * 0.015);
    const counters = { ...snapshot.total.counters, messages, sent: messages };
    history.add(
      { ...snapshot, at: SAMPLE_START + elapsed * 1e6, elapsed, total: { ...snapshot.total, counters } },
      { total: {}, window: {} },
    );
  }
  return history;
}

export function sampleGroupViews(replace: Partial<View> = {}): GroupView[] {
  return GROUPS.map((group, index) => {
    const { name, role, topics, lanes, backlog, thresholds = [] } = group;
    const snapshot = snapshotOf(group);
    const info = role === "producer" ? SAMPLE_INFO : SAMPLE_CONSUMER_INFO;
    const view: View = {
      group: name,
      snapshot,
      stats: snapshotStats(snapshot),
      history: historyOf(group, snapshot, index + 3),
      info: { ...info, topic: `${topics} topics` },
      settings: info.settings,
      thresholds,
      ui: INITIAL_UI,
      glyphs: GLYPHS.braille,
      ...replace,
    };
    return { name, role, facts: { name, role, topics, lanes, backlog }, view };
  });
}

/** Everything that the overview shows. */
export function sampleScenarioView(replace: Partial<ScenarioView> = {}): ScenarioView {
  return {
    name: "rolling-unload",
    info: SAMPLE_INFO,
    scenario: sampleScenario(),
    groups: sampleGroupViews(),
    log: [{ at: SAMPLE_START + 60_400_000, level: "error", text: "step 'kill a broker' failed" }],
    ui: INITIAL_UI,
    glyphs: GLYPHS.braille,
    ...replace,
  };
}
