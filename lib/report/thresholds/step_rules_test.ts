import assert from "node:assert/strict";
import { Histogram } from "../../load/histogram/histogram.ts";
import { ZERO_COUNTERS } from "../../load/snapshot_test_support.ts";
import type { RunSnapshot, Span } from "../../load/snapshot.ts";
import type { StepOutcome } from "../../scenario/snapshot.ts";
import type { StepThreshold } from "../../scenario/types.ts";
import { judgeStep, parseStepRule } from "./step_rules.ts";

const source = { kind: "default" } as const;
const context = () => ({ role: "producer" as const, hasTarget: true, verifies: true });
const rule = (text: string, group?: string) =>
  parseStepRule({ text, group, source } as StepThreshold, context);

function spanOf(responses: readonly number[]): Span {
  const response = new Histogram();
  for (const value of responses) response.record(value);
  const counters = { ...ZERO_COUNTERS, messages: responses.length };
  return {
    seconds: 2,
    counters,
    latency: { response, service: response },
    batchSize: new Histogram(),
    errors: new Map(),
  };
}

function outcomeOf(more: Partial<StepOutcome> = {}): StepOutcome {
  return {
    missing: 0,
    resent: 0,
    outages: new Map(),
    inside: new Map([["web", spanOf([900, 50_000])]]),
    ...more,
  };
}

const snapshot = { epoch: 1, measured: true } as RunSnapshot;
const judge = (text: string, outcome: StepOutcome, group?: string) =>
  judgeStep([rule(text, group)], outcome, () => snapshot)[0]!;

Deno.test("a step is held against its recovery, its outages, what was sent again, and its drain", () => {
  const outages = new Histogram();
  outages.record(3_000_000);
  const outcome = outcomeOf({
    recovery: 2.5,
    firstError: 0.1,
    resent: 7,
    outages: new Map([["web", outages]]),
    drain: { backlog: 1000, seconds: 0.5, rate: 2000 },
  });
  const states = [
    "recovery<3s",
    "recovery<2s",
    "firstError>=100ms",
    "outage<4s",
    "resent==0",
    "drain<1s",
    "drainRate>=2k",
  ]
    .map((text) => judge(text, outcome)).map(({ state, value }) => `${state} ${value}`);
  assert.deepEqual(states, [
    "pass 2.50 s",
    "fail 2.50 s",
    "pass 100 ms",
    "pass 3.00 s",
    "fail 7",
    "pass 500 ms",
    "pass 2,000 msg/s",
  ]);
});

Deno.test("who was never cut off needed no recovery; who is still cut off never recovered", () => {
  assert.deepEqual(judge("recovery<1s", outcomeOf()), {
    text: "recovery<1s",
    state: "pass",
    value: "none",
    measured: 0,
  });
  const { state, value } = judge("recovery<1h", outcomeOf({ missing: 2 }));
  assert.deepEqual([state, value], ["fail", "never"]);
  assert.equal(judge("drain<1h", outcomeOf()).value, "nothing measured");
});

Deno.test("a group is held against its figures while the step lasted", () => {
  assert.equal(judge("response.p99<100ms", outcomeOf(), "web").state, "pass");
  const failed = judge("response.p99<10ms", outcomeOf(), "web");
  assert.deepEqual([failed.text, failed.state], ["web: response.p99<10ms", "fail"]);
  assert.equal(judge("response.p99<10ms", outcomeOf({ inside: new Map() }), "web").value, "nothing measured");
});

Deno.test("rules that make no sense are refused with their column", () => {
  assert.throws(() => rule("recover<10s"), /unknown metric 'recover' of a step, expected one of recovery/);
  assert.throws(() => rule("recovery<10"), /column 10: '10' is not valid: expected such as '10s'/);
  assert.throws(() => rule("recovery"), /expected a rule such as/);
  assert.throws(() => rule("rate>0.9*target", "web"), /target/);
});
