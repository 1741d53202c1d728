import assert from "node:assert/strict";
import { NOTHING_VERIFIED } from "../../load/snapshot_test_support.ts";
import { mergeVerdict } from "./verdict.ts";
import type { RunResult } from "../result/types.ts";
import { producerResult } from "../report_test_support.ts";
import { decideVerdict, type VerdictInput } from "../result/verdict.ts";

function instance(index: number, input: Partial<VerdictInput> = {}): RunResult {
  const result = producerResult({ input: { verdict: decideVerdict({ thresholds: [], ...input }) } });
  const [one] = result.instances;
  return { ...result, instances: [{ ...one!, index, name: `producer-${index}`, expected: 2 }] };
}

const merged = (...results: RunResult[]): ReturnType<typeof mergeVerdict> =>
  mergeVerdict(results, results.map(({ instances }) => instances[0]!), [], {
    integrity: undefined,
    thresholds: [],
  });

Deno.test("an instance that failed is named with its reason, and the worst finding of all holds", () => {
  const delivery = { messages: 1, unacknowledged: 71 };
  const verdict = merged(instance(0), instance(1, { delivery }));
  assert.equal(verdict.exitCode, 1);
  assert.deepEqual(verdict.reasons, ["failed: producer-1 (71 messages were never acknowledged)"]);
  assert.deepEqual(verdict.findings, { delivery: "unacknowledged", plan: "failed" });
});

Deno.test("an instance that somebody stopped makes the whole a stopped run", () => {
  const verdict = merged(instance(0), instance(1, { interrupted: "SIGTERM" }));
  assert.equal(verdict.exitCode, 105);
  assert.match(verdict.reasons[0]!, /stopped by .*producer-1.* before the plan was fulfilled/);
  assert.equal(verdict.findings?.plan, "stopped");
});

Deno.test("consumers that verified nothing together prove nothing together", () => {
  const integrity = NOTHING_VERIFIED;
  const results = [0, 1].map((index) => instance(index, { integrity, isPart: true }));
  for (const { verdict } of results) assert.equal(verdict.exitCode, 0);
  const instances = results.map((result) => result.instances[0]!);
  const verdict = mergeVerdict(results, instances, [], { integrity, thresholds: [] });
  assert.equal(verdict.status, "unverified");
  assert.equal(verdict.exitCode, 98);
});
