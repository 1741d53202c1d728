import assert from "node:assert/strict";
import { Histogram } from "../../load/histogram/histogram.ts";
import { emptyCounts, type VerificationReport } from "../../load/verify/report.ts";
import type { StepOutcome, StepSnapshot } from "../../scenario/snapshot.ts";
import { ELSEWHERE } from "../../scenario/steps/perform.ts";
import { scenarioSummaryText } from "../formats/scenario_summary.ts";
import { CONSUMER, histogramOf, PRODUCER, snapshotOf, spanOf } from "../report_test_support.ts";
import { MEASURED_AT } from "../scenario_test_support.ts";
import { parseRecord, recordLine } from "../result/records.ts";
import type { ScenarioResults } from "../result/reader.ts";
import { buildResult, type RunResult, TOOL_VERSION } from "../result/result.ts";
import { scenarioRecord, scenarioVerdict } from "../result/scenario_record.ts";
import { decideVerdict } from "../result/verdict.ts";
import { MergeError } from "./merge.ts";
import { mergeScenario } from "./scenario.ts";

const ORDERS = ["persistent://public/default/orders-0", "persistent://public/default/orders-1"] as const;
const CLICKS = "persistent://public/default/clicks";
const VERSIONS = { [TOOL_VERSION]: "0.1.0" } as const;
const HOST = { name: "pod", os: "linux", arch: "x86_64", cpus: 2, memoryBytes: 1e9 } as const;

const common = (index: number) => ({
  sources: {},
  intervals: [],
  thresholds: [],
  startedAtUs: MEASURED_AT,
  endedAtUs: MEASURED_AT + 4e6,
  versions: VERSIONS,
  host: { ...HOST, name: `pod-${index}` },
});

/** What a part of a group has sent: so many messages of each stream. */
function producer(
  part: number,
  streams: readonly { stream: number; next: number; topic: string }[],
  of = 2,
): RunResult {
  const messages = streams.reduce((sum, { next }) => sum + next, 0);
  return buildResult({
    ...common(part),
    config: PRODUCER,
    snapshot: snapshotOf("producer", { total: spanOf("producer", { seconds: 3, counters: { messages } }) }),
    verdict: decideVerdict({ thresholds: [] }),
    sent: { run: 7, streams: streams.map((one) => ({ ...one, acknowledged: one.next })) },
    instance: { name: `producer-${part}`, index: part, expected: of, restarts: 0 },
  });
}

/** What a part of a subscription has received: sequences [from, to) of each stream. */
function consumer(
  part: number,
  of: number,
  received: readonly { stream: number; from: number; to: number }[],
): RunResult {
  const verified = received.reduce((sum, { from, to }) => sum + to - from, 0);
  const report: VerificationReport = {
    version: 1,
    run: 7,
    counts: { ...emptyCounts(), verified },
    streams: received.map(({ stream, from, to }) => ({
      stream,
      received: { runs: [from, to - from], assumed: 0, floor: 0 },
      redelivered: { runs: [], assumed: 0, floor: 0 },
    })),
  };
  return buildResult({
    ...common(part),
    config: CONSUMER,
    snapshot: snapshotOf("consumer", {
      total: spanOf("consumer", { seconds: 3, counters: { messages: verified } }),
      integrity: {
        mode: "count",
        streams: received.length,
        verified,
        lost: 0,
        duplicates: 0,
        outOfOrder: 0,
        corrupt: 0,
        foreign: 0,
      },
    }),
    verdict: decideVerdict({ thresholds: [], isPart: true }),
    verification: { report, head: "zero" },
    instance: { name: `consumer-${part}`, index: part, expected: of, restarts: 0 },
  });
}

interface PartSample {
  readonly name: string;
  readonly role: "producer" | "consumer";
  readonly topics: readonly string[];
  readonly result: RunResult;
}

function processOf(
  index: number,
  groups: readonly PartSample[],
  steps: readonly StepSnapshot[] = [],
  of = 2,
): ScenarioResults {
  const record = scenarioRecord({
    snapshot: {
      name: "s",
      phase: "done",
      elapsed: 3,
      duration: 3,
      groups: groups.map(({ name, role, topics }) => ({
        name,
        role,
        topics: topics.length,
        lanes: topics.length,
      })),
      steps,
    },
    description: "",
    runId: "run-1",
    serviceUrl: "pulsar://broker:6650",
    embedded: false,
    startedAtUs: MEASURED_AT,
    endedAtUs: MEASURED_AT + 4e6,
    measuredAtUs: MEASURED_AT,
    verdict: scenarioVerdict({ groups: [], steps }),
    versions: VERSIONS,
    host: { ...HOST, name: `pod-${index}` },
    process: { index, of },
    topicNames: new Map(groups.map(({ name, topics }) => [name, topics])),
  });
  return { record, results: groups.map(({ result }) => result) };
}

const web = (part: number): PartSample => ({
  name: "web",
  role: "producer",
  topics: [ORDERS[part]!],
  result: producer(part, [{ stream: part + 1, next: 4, topic: ORDERS[part]! }]),
});
const billing = (part: number, received: Parameters<typeof consumer>[2]): PartSample => ({
  name: "billing",
  role: "consumer",
  topics: ORDERS,
  result: consumer(part, 2, received),
});

Deno.test("a subscription is held against what all processes sent to its topics, whoever of them received it", () => {
  const clicks: PartSample = {
    name: "app",
    role: "producer",
    topics: [CLICKS],
    result: producer(0, [{ stream: 9, next: 50, topic: CLICKS }], 1),
  };
  const { record, results, missing } = mergeScenario([
    processOf(1, [web(1), billing(1, [{ stream: 1, from: 2, to: 4 }, { stream: 2, from: 0, to: 3 }])]),
    processOf(0, [web(0), clicks, billing(0, [{ stream: 1, from: 0, to: 2 }])]),
  ]);
  assert.deepEqual(missing, []);
  assert.deepEqual(record.groups.map(({ name, topics, lanes, result }) => [name, topics, lanes, result]), [
    ["web", 2, 2, 0],
    ["app", 1, 1, 1],
    ["billing", 2, 4, 2],
  ]);
  const { integrity } = results[2]!;
  // The last message of stream 2 came to nobody; those on other topics are not the subscription's.
  assert.deepEqual([integrity!.verified, integrity!.lost], [7, 1]);
  assert.equal(record.verdict.exitCode, 98);
  assert.match(record.verdict.reasons.join(), /^billing: integrity violated: 1 lost/);
  assert.equal(record.process, undefined);
  assert.ok(record.groups.every(({ topicNames }) => topicNames === undefined));
  assert.deepEqual(parseRecord(recordLine(record), "merged"), JSON.parse(recordLine(record)));
});

Deno.test("a process that left nothing is named, and fails the scenario", () => {
  const { record, missing } = mergeScenario([processOf(1, [web(1)], [], 3)]);
  assert.deepEqual(missing, [0, 2]);
  assert.equal(record.verdict.reasons[0], "2 of 3 processes left no result: 0, 2");
  assert.equal(record.verdict.exitCode, 1);
});

const histogram = (...micros: number[]): Histogram => {
  const made = new Histogram();
  for (const one of micros) made.record(one);
  return made;
};

function stepOf(text: string, outcome: Partial<StepOutcome>, rest: Partial<StepSnapshot> = {}): StepSnapshot {
  return {
    name: "cut",
    kind: "unload",
    state: "done",
    at: 1,
    began: 1,
    ended: 2,
    text,
    outcome: { missing: 0, outages: new Map(), inside: new Map(), resent: 0, ...outcome },
    ...rest,
  };
}

Deno.test("a step is what all processes saw of it, and its thresholds are judged on that", () => {
  const latency = (micros: number) =>
    spanOf("producer", {
      seconds: 1,
      counters: { messages: 100 },
      latency: { response: histogramOf(micros), service: histogramOf(micros) },
    });
  const pass = (text: string) => ({ text, state: "pass", value: "1" }) as const;
  const { record, results } = mergeScenario([
    processOf(0, [web(0)], [
      stepOf("2 topics unloaded", {
        firstError: 0.1,
        recovery: 0.5,
        outages: new Map([["web", histogram(400_000)]]),
        inside: new Map([["web", latency(1000)]]),
        resent: 3,
      }, { thresholds: [pass("recovery<1s"), pass("web: response.max<1s")] }),
    ]),
    processOf(1, [web(1)], [
      stepOf(ELSEWHERE, {
        firstError: 0.2,
        recovery: 1.5,
        outages: new Map([["web", histogram(1_300_000)]]),
        inside: new Map([["web", latency(3_000_000)]]),
        resent: 4,
      }, { ended: 3, thresholds: [pass("recovery<1s"), pass("web: response.max<1s")] }),
    ]),
  ]);
  const [step] = record.steps as [typeof record.steps[number]];
  assert.equal(step.text, "2 topics unloaded");
  assert.deepEqual([step.firstErrorSeconds, step.recoverySeconds, step.resent], [0.1, 1.5, 7]);
  assert.equal(step.endedUs, MEASURED_AT + 3e6);
  assert.equal(step.outages.web!.count, 2);
  assert.equal(step.inside.web!.messages, 200);
  assert.deepEqual(step.thresholds.map(({ text, state }) => [text, state]), [
    ["recovery<1s", "fail"],
    ["web: response.max<1s", "fail"],
  ]);
  assert.match(record.verdict.reasons[0]!, /^step 'cut': threshold 'recovery<1s' failed, measured 1\.5/);
  assert.match(scenarioSummaryText(record, results, { color: false }), /recovered in 1\.50? s/);
});

Deno.test("a step that failed in one process has failed, with its reason; one that never came back has no recovery", () => {
  const { record } = mergeScenario([
    processOf(0, [web(0)], [stepOf("no such topic", {}, { state: "failed" })]),
    processOf(1, [web(1)], [stepOf(ELSEWHERE, { firstError: 0.2, missing: 1 })]),
  ]);
  const [step] = record.steps as [typeof record.steps[number]];
  assert.deepEqual([step.state, step.text, step.recoverySeconds], ["failed", "no such topic", undefined]);
});

Deno.test("of a process that was started twice the last record counts; the same one given twice counts once", () => {
  const early = processOf(0, [web(0)]);
  const late = {
    ...early,
    record: { ...early.record, startedAtUs: MEASURED_AT + 1, notes: ["the second"] },
  };
  const { record, results } = mergeScenario([late, early, processOf(1, [web(1)]), processOf(1, [web(1)])]);
  assert.equal(results[0]!.totals.messages, 8);
  assert.ok(record.notes.includes("the second"));
  assert.ok(record.notes.includes("process 0 was started more than once; its last start counts"));
});

Deno.test("what does not belong together is refused", () => {
  const refusal = (given: readonly ScenarioResults[]): string => {
    try {
      mergeScenario(given);
    } catch (error) {
      assert.ok(error instanceof MergeError);
      return error.message;
    }
    return "";
  };
  const one = processOf(0, [web(0)]);
  const { process: _process, ...alone } = one.record;
  assert.match(refusal([one, { ...one, record: alone }]), /one record of scenario 's' is of all of it/);
  assert.deepEqual(mergeScenario([{ ...one, record: alone }]).record, alone);
  const other = { ...one, record: { ...one.record, runId: "run-2" } };
  assert.match(refusal([one, other]), /2 different runs: 'run-1', 'run-2'/);
  assert.match(refusal([one, processOf(1, [web(1)], [], 5)]), /of runs with 2 and 5 processes/);
  assert.match(refusal([]), /no scenarios to merge/);
});

Deno.test("a backlog is the largest that any process saw, and gone when the slowest saw it gone", () => {
  const hold = (backlog: number, seconds: number, rate: number): StepSnapshot =>
    stepOf("held", { drain: { backlog, seconds, rate } }, { kind: "hold" });
  const { record } = mergeScenario([
    processOf(0, [web(0)], [hold(1000, 0.5, 2000)]),
    processOf(1, [web(1)], [hold(700, 0.6, 1500)]),
  ]);
  assert.deepEqual(record.steps[0]!.drain, { backlog: 1000, seconds: 0.6, rate: 1500 });
});
