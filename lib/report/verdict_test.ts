import assert from "node:assert/strict";
import type { Integrity } from "../load/snapshot.ts";
import { decideVerdict, type VerdictInput } from "./verdict.ts";

const CLEAN: Integrity = {
  mode: "count",
  streams: 1,
  verified: 10,
  lost: 0,
  duplicates: 0,
  outOfOrder: 0,
  corrupt: 0,
  foreign: 0,
};
const FAILED = [{ text: "errors==0", state: "fail", value: "4" }] as const;

Deno.test("a clean run ends with 0 and no reasons", () => {
  const verdict = decideVerdict({
    integrity: CLEAN,
    thresholds: [{ text: "errors==0", state: "pass", value: "0" }],
  });
  assert.deepEqual(verdict, { status: "ok", exitCode: 0, reasons: [] });
});

Deno.test("the strongest finding decides the exit code and every finding is listed", () => {
  const all: VerdictInput = {
    failure: "connection lost",
    integrity: { ...CLEAN, lost: 1234, corrupt: 1 },
    thresholds: FAILED,
    interrupted: "SIGINT",
  };
  const expected = [
    [all, 1, 4],
    [{ ...all, failure: undefined }, 98, 3],
    [{ ...all, failure: undefined, integrity: CLEAN }, 99, 2],
    [{ ...all, failure: undefined, integrity: CLEAN, thresholds: [] }, 105, 1],
  ] as const;
  for (const [input, exitCode, reasons] of expected) {
    const verdict = decideVerdict(input);
    assert.equal(verdict.exitCode, exitCode);
    assert.equal(verdict.reasons.length, reasons);
  }
  assert.deepEqual(decideVerdict(all).reasons, [
    "connection lost",
    "integrity violated: 1,234 lost, 1 corrupt",
    "threshold 'errors==0' failed, measured 4",
    "ended by SIGINT before its planned end",
  ]);
});

Deno.test("foreign messages and a verification that is off violate nothing", () => {
  assert.equal(decideVerdict({ integrity: { ...CLEAN, foreign: 9 }, thresholds: [] }).exitCode, 0);
  assert.equal(decideVerdict({ integrity: { ...CLEAN, mode: "off", lost: 9 }, thresholds: [] }).exitCode, 0);
});
