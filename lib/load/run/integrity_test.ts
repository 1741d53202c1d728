import assert from "node:assert/strict";
import { configOf } from "./load_run_test_support.ts";
import { RunIntegrity } from "./integrity.ts";
import { emptyCounts, type VerificationReport } from "../verify/report.ts";
import type { Runs } from "../verify/interval_set.ts";

const NOTHING: Runs = { runs: [], assumed: 0, floor: 0 };

/** One worker's report that it received sequences [from, to) of a stream. */
function reportOf(run: number, stream: number, from: number, to: number): VerificationReport {
  const received = { runs: [from, to - from], assumed: 0, floor: 0 };
  return {
    version: 1,
    run,
    counts: { ...emptyCounts(), verified: to - from },
    streams: [{ stream, received, redelivered: NOTHING }],
  };
}

const consumer = (settings: Parameters<typeof configOf>[1] = {}): RunIntegrity =>
  new RunIntegrity(configOf("consumer", settings));

Deno.test("streams begin at their first message when the consumer was there, or reads from the start", () => {
  assert.equal(consumer().head, "first-seen");
  assert.equal(consumer({ initialPosition: "earliest" }).head, "zero");
  assert.equal(consumer({ seek: "earliest" }).head, "zero");
  assert.equal(new RunIntegrity(configOf("producer", {})).head, "first-seen");
});

Deno.test("without verification, and for producers, there is no verdict", () => {
  assert.equal(consumer({ verify: "off" }).current(true), undefined);
  assert.equal(new RunIntegrity(configOf("producer", {})).current(false), undefined);
});

Deno.test("what the producers sent makes a missing tail and a missing stream visible", () => {
  const integrity = consumer({ initialPosition: "earliest" });
  integrity.add(reportOf(1, 5, 0, 90));
  assert.equal(integrity.current(false)!.lost, 0);
  integrity.expect([{ stream: 5, next: 100 }, { stream: 6, next: 3 }]);
  assert.equal(integrity.current(false)!.lost, 13);
  assert.equal(integrity.current(false)!.streams, 2);
  assert.equal(integrity.report()!.counts.verified, 90);
});

Deno.test("a consumer that received nothing of what was sent has lost all of it", () => {
  const integrity = consumer();
  assert.equal(integrity.current(false)!.lost, 0, "as long as nobody knows of anything sent");
  integrity.expect([{ stream: 5, next: 100 }]);
  assert.equal(integrity.current(false)!.lost, 100);
});

Deno.test("messages of a dead producer's last moments are not missed, those before are", () => {
  const integrity = consumer({ initialPosition: "earliest" });
  integrity.add(reportOf(1, 5, 0, 80));
  integrity.expect([{ stream: 5, next: 100, unconfirmed: [[85, 100]] }]);
  assert.equal(integrity.current(false)!.lost, 5);
});

Deno.test("while messages flow, what another worker may still report is not lost yet", () => {
  const integrity = consumer({ initialPosition: "earliest" });
  integrity.add(reportOf(1, 5, 50, 100));
  assert.equal(integrity.current(true)!.lost, 0);
  assert.equal(integrity.current(false)!.lost, 50, "at the end there is nobody left to report");
});

Deno.test("a worker that follows another run has received nothing but foreign messages", () => {
  const integrity = consumer();
  integrity.add(reportOf(1, 5, 0, 10));
  integrity.add(reportOf(2, 9, 0, 4));
  const { verified, foreign, streams } = integrity.current(false)!;
  assert.deepEqual({ verified, foreign, streams }, { verified: 10, foreign: 4, streams: 1 });
});

Deno.test("foreign messages are in the verdict and in the report, also those that came before any run was known", () => {
  const integrity = consumer();
  const before = (foreign: number): VerificationReport => ({
    version: 1,
    run: null,
    counts: { ...emptyCounts(), foreign },
    streams: [],
  });
  integrity.add(before(83));
  assert.equal(integrity.current(false)!.foreign, 83, "when nothing else came");
  integrity.add(reportOf(1, 5, 0, 10));
  integrity.add(before(2), 1);
  integrity.add(reportOf(2, 9, 0, 4), 2);
  assert.equal(integrity.current(false)!.foreign, 89);
  assert.equal(integrity.report()!.counts.foreign, 89);
});

Deno.test("one of several instances does not call the others' messages lost", () => {
  const integrity = consumer({ initialPosition: "earliest", instances: "2", instance: "0", runId: "r" });
  integrity.add(reportOf(1, 5, 50, 100));
  const { lost, notReceived } = integrity.current(false)!;
  assert.deepEqual([lost, notReceived], [0, 0]);
});

Deno.test("a gap is a loss when every worker has seen all that it was sent, and not when one has not", () => {
  for (const complete of [true, false]) {
    const integrity = consumer({ initialPosition: "earliest" });
    for (const slot of [0, 1]) integrity.workerStarts(slot);
    integrity.add(reportOf(1, 5, 0, 50), 0);
    integrity.add(reportOf(1, 5, 80, 100), 1);
    integrity.add({ ...reportOf(1, 5, 50, 60), complete }, 0);
    integrity.add({ ...reportOf(1, 5, 100, 101), complete: true }, 1);
    integrity.conclude();
    const { lost, notReceived } = integrity.current(false)!;
    assert.deepEqual([lost, notReceived], complete ? [20, 0] : [0, 20]);
  }
});

Deno.test("what a lost connection had been sent may still come again: shortly after, a gap is no loss", () => {
  const integrity = consumer({ initialPosition: "earliest" });
  integrity.workerStarts(0);
  integrity.add(reportOf(1, 5, 0, 50), 0, 1);
  integrity.add({ ...reportOf(1, 5, 60, 100), complete: true }, 0);
  integrity.conclude();
  const { lost, notReceived } = integrity.current(false)!;
  assert.deepEqual([lost, notReceived], [0, 10]);
});
