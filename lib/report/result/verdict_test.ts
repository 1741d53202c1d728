import assert from "node:assert/strict";
import fc from "fast-check";
import type { DownConnections } from "../../load/run/connection_watch.ts";
import type { Integrity } from "../../load/snapshot.ts";
import { decideVerdict, FINDINGS, type VerdictInput } from "./verdict.ts";

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
const FAILED = [{ text: "errors==0", state: "fail", value: "4", measured: 4 }] as const;
const NOTHING: Integrity = { ...CLEAN, streams: 0, verified: 0 };
const LOST: DownConnections = { down: 2, of: 2, seconds: 8, code: "ConnectionRefused" };

Deno.test("a clean run ends with 0 and no reasons", () => {
  const verdict = decideVerdict({
    integrity: CLEAN,
    thresholds: [{ text: "errors==0", state: "pass", value: "0" }],
  });
  assert.deepEqual(verdict, {
    status: "ok",
    exitCode: 0,
    reasons: [],
    findings: { integrity: "proven", delivery: "complete", plan: "fulfilled" },
  });
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
    "stopped by the user (Ctrl-C) before the plan was fulfilled",
  ]);
});

Deno.test("duplicates violate, also explained ones, and the reason says how many are", () => {
  const reason = (duplicatesExplained?: number): string =>
    decideVerdict({
      integrity: {
        ...CLEAN,
        duplicates: 5,
        ...(duplicatesExplained === undefined ? {} : { duplicatesExplained }),
      },
      thresholds: [],
    }).reasons.join();
  assert.equal(reason(), "integrity violated: 5 duplicated");
  assert.equal(reason(5), "integrity violated: 5 duplicated (5 explained by messages sent again)");
  assert.equal(reason(0), "integrity violated: 5 duplicated (none explained by messages sent again)");
});

Deno.test("foreign messages and a verification that is off violate nothing", () => {
  assert.equal(decideVerdict({ integrity: { ...CLEAN, foreign: 9 }, thresholds: [] }).exitCode, 0);
  assert.equal(decideVerdict({ integrity: { ...CLEAN, mode: "off", lost: 9 }, thresholds: [] }).exitCode, 0);
});

Deno.test("a verification of nothing is no proof, and never ends with 0 where it was the task", () => {
  const verdict = decideVerdict({
    integrity: NOTHING,
    thresholds: [],
    delivery: { messages: 0, unacknowledged: 0 },
  });
  assert.deepEqual(verdict, {
    status: "unverified",
    exitCode: 98,
    reasons: ["nothing was received, so nothing was verified"],
    findings: { integrity: "unverified", delivery: "complete", plan: "fulfilled" },
  });
  const foreign = decideVerdict({ integrity: { ...NOTHING, foreign: 83 }, thresholds: [] });
  assert.equal(foreign.status, "unverified");
  assert.match(foreign.reasons[0]!, /^nothing was verified: 83 messages were received, none of them part of/);
});

Deno.test("one consumer of several may get nothing: it neither fails nor claims a proof", () => {
  const verdict = decideVerdict({ integrity: NOTHING, thresholds: [], isPart: true });
  assert.equal(verdict.exitCode, 0);
  assert.equal(verdict.findings?.integrity, "unverified");
});

Deno.test("a threshold that nothing was measured for decides before the missing proof does", () => {
  const verdict = decideVerdict({
    integrity: NOTHING,
    thresholds: [{ text: "verify.lost==0", state: "fail", value: "nothing measured" }],
  });
  assert.equal(verdict.exitCode, 99);
  assert.equal(verdict.reasons[0], "threshold 'verify.lost==0' failed: nothing measured");
});

Deno.test("messages without receipt and a missing connection fail the run, with numbers and reason", () => {
  const verdict = decideVerdict({
    role: "producer",
    thresholds: [],
    delivery: { messages: 9, unacknowledged: 3280, disconnected: LOST },
  });
  assert.equal(verdict.exitCode, 1);
  assert.deepEqual(verdict.reasons, [
    "3,280 messages were never acknowledged; no connection since 0:08 (ConnectionRefused)",
  ]);
  assert.equal(verdict.findings?.delivery, "unacknowledged");
});

Deno.test("a consumer that ends without some of its connections says how many", () => {
  const { exitCode, reasons, findings } = decideVerdict({
    role: "consumer",
    integrity: CLEAN,
    thresholds: [],
    delivery: { messages: 9, unacknowledged: 0, disconnected: { ...LOST, of: 10 } },
  });
  assert.equal(exitCode, 1);
  assert.deepEqual(reasons, ["2 of 10 connections missing since 0:08 (ConnectionRefused)"]);
  assert.deepEqual(findings, { integrity: "proven", delivery: "disconnected", plan: "fulfilled" });
});

Deno.test("a planned number that was not reached fails the run, unless somebody or a threshold stopped it", () => {
  const input: VerdictInput = {
    role: "consumer",
    thresholds: [],
    delivery: { messages: 6429, planned: 20_000, unacknowledged: 0 },
  };
  const short = decideVerdict(input);
  assert.equal(short.exitCode, 1);
  assert.deepEqual(short.reasons, ["the planned number was not reached: 6,429 of 20,000 messages received"]);
  assert.equal(short.findings?.plan, "failed");
  const stopped = decideVerdict({ ...input, interrupted: "q" });
  assert.equal(stopped.exitCode, 105);
  assert.deepEqual(stopped.reasons, [
    "stopped by the user (q) before the plan was fulfilled: 6,429 of 20,000 messages",
  ]);
  assert.equal(stopped.findings?.plan, "stopped");
  const aborted = decideVerdict({ ...input, thresholds: FAILED, isAborted: true });
  assert.equal(aborted.exitCode, 99);
  assert.equal(aborted.findings?.plan, "aborted");
});

Deno.test("a run that is stopped says how much of its planned time is over", () => {
  const { reasons } = decideVerdict({
    thresholds: [],
    interrupted: "SIGTERM",
    time: { seconds: 8, planned: 60 },
    delivery: { messages: 6429, planned: 20_000, unacknowledged: 0 },
  });
  assert.deepEqual(reasons, [
    "stopped by SIGTERM before the plan was fulfilled: 6,429 of 20,000 messages, 0:08 of 1:00",
  ]);
});

Deno.test("a run without a planned end that somebody stops says so", () => {
  const { exitCode, reasons } = decideVerdict({ thresholds: [], interrupted: "SIGTERM", hasEnd: false });
  assert.equal(exitCode, 105);
  assert.deepEqual(reasons, ["stopped by SIGTERM; the run had no planned end"]);
});

Deno.test("whatever is found: 0 means no reason and nothing unproven, and a proof has something to stand on", () => {
  const count = fc.oneof(fc.constant(0), fc.nat(5));
  const integrity = fc.record({
    verified: count,
    lost: count,
    duplicates: count,
    corrupt: count,
    foreign: count,
  });
  const delivery = fc.record({ messages: fc.nat(9), unacknowledged: count }, {
    requiredKeys: ["messages", "unacknowledged"],
  });
  fc.assert(fc.property(
    fc.option(integrity, { nil: undefined }),
    fc.constantFrom("count", "strict", "off"),
    fc.option(delivery, { nil: undefined }),
    fc.option(fc.nat(9), { nil: undefined }),
    fc.boolean(),
    fc.constantFrom(undefined, "q", "SIGINT", "SIGTERM"),
    fc.constantFrom(undefined, "connection lost"),
    (counts, mode, delivered, planned, isDown, interrupted, failure) => {
      const seen = counts === undefined ? undefined : { ...CLEAN, ...counts, mode } as Integrity;
      const verdict = decideVerdict({
        integrity: seen,
        thresholds: [],
        interrupted,
        failure,
        delivery: delivered && {
          ...delivered,
          ...(planned === undefined ? {} : { planned }),
          ...(isDown ? { disconnected: LOST } : {}),
        },
      });
      const { findings, exitCode, reasons, status } = verdict;
      assert.equal(exitCode === 0, reasons.length === 0);
      assert.equal(exitCode === 0, status === "ok");
      const rank = (finding: string | undefined): number =>
        FINDINGS.find((row) => row.finding === finding)?.exitCode ?? 0;
      const codes = Object.values(findings!).map(rank);
      assert.ok(exitCode === 0 ? codes.every((code) => code === 0) : codes.includes(exitCode));
      assert.ok(!codes.includes(1) || exitCode === 1, "a failure is never outvoted");
      if (findings!.integrity === "proven") assert.ok(seen!.verified > 0);
      if (mode === "off" && seen !== undefined) assert.equal(findings!.integrity, "off");
    },
  ));
});

Deno.test("producers that were never opened are a failure, with what refused them", () => {
  const verdict = decideVerdict({
    role: "producer",
    thresholds: [],
    unopened: { count: 2, of: 8, refused: "TooManyRequests 12" },
  });
  assert.deepEqual([verdict.status, verdict.reasons, verdict.findings!.delivery], [
    "failure",
    ["2 of 8 producers were never opened (TooManyRequests 12)"],
    "disconnected",
  ]);
  const all = { count: 0, of: 8, refused: "TooManyRequests 12" };
  assert.equal(decideVerdict({ role: "producer", thresholds: [], unopened: all }).status, "ok");
});
