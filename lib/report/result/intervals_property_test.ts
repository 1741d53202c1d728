import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeHistogram } from "../../load/histogram/encoding.ts";
import { Histogram } from "../../load/histogram/histogram.ts";
import { WorkerMetrics } from "../../load/metrics/writer.ts";
import { BLOCK_BYTES } from "../../load/metrics/layout.ts";
import { MetricsReader } from "../../load/metrics/reader.ts";
import type { Phase, RunSnapshot } from "../../load/snapshot.ts";
import { IntervalRecorder } from "./intervals.ts";
import type { IntervalRecord } from "./types.ts";
import { snapshotOf } from "../report_test_support.ts";

/** What can happen to a run between two looks at it. */
type Step =
  | { readonly kind: "work"; readonly millis: number; readonly messages: number; readonly micros: number }
  | { readonly kind: "pause"; readonly millis: number }
  | { readonly kind: "look" | "reset" | "measure" };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("work" as const),
      millis: fc.integer({ min: 1, max: 3000 }),
      messages: fc.integer({ min: 0, max: 500 }),
      micros: fc.integer({ min: 0, max: 5_000_000 }),
    }),
  },
  { weight: 8, arbitrary: fc.constant({ kind: "look" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("pause" as const), millis: fc.integer({ min: 1, max: 9000 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reset" } as const) },
);

/** A warm-up, and nine times in ten a measured part after it. */
const STEPS: fc.Arbitrary<Step[]> = fc.tuple(
  fc.array(STEP, { maxLength: 8, size: "max" }),
  fc.integer({ min: 0, max: 9 }),
  fc.array(STEP, { maxLength: 80, size: "max" }),
).map(([warmUp, ended, steps]) => ended === 0 ? warmUp : [...warmUp, { kind: "measure" }, ...steps]);

/** A producer's real figures under a clock of the test, as a run shows them. */
class Model {
  #now = 1_800_000_000_000_000;
  readonly #reader: MetricsReader;
  readonly #writer: WorkerMetrics;
  #measured = false;

  constructor() {
    const memory = new SharedArrayBuffer(BLOCK_BYTES);
    this.#reader = new MetricsReader(memory, 0, 1, "producer", () => this.#now);
    this.#writer = new WorkerMetrics(memory, 0);
    this.#reader.reset();
  }

  perform(step: Step): void {
    if (step.kind === "work") {
      this.#now += step.millis * 1000;
      this.receive(step.messages, step.micros);
    } else if (step.kind === "pause") {
      this.#reader.pause();
      this.#now += step.millis * 1000;
      this.#reader.resume();
    } else if (step.kind === "reset" || (step.kind === "measure" && !this.#measured)) {
      this.#reader.reset();
      this.#measured ||= step.kind === "measure";
    }
  }

  receive(messages: number, micros: number): void {
    if (messages === 0) return;
    const at = this.#now;
    this.#writer.recordSend(messages);
    this.#writer.recordReceipt(
      at - micros,
      at - micros,
      at - micros,
      at,
      messages,
      messages * 10,
      messages * 11,
    );
  }

  /** @param cut seconds that the end takes back */
  snapshot(phase: Phase = "running", cut = 0): RunSnapshot {
    this.#reader.poll();
    const total = this.#reader.total();
    total.seconds = Math.max(0, total.seconds - cut);
    return snapshotOf("producer", {
      at: this.#now,
      since: this.#reader.since,
      phase,
      epoch: this.#reader.epoch,
      measured: this.#measured,
      total,
      asked: total.seconds * 1000,
      targetRate: 1000,
    });
  }
}

function checkEach(records: readonly IntervalRecord[], last: RunSnapshot): void {
  for (const record of records) {
    for (const name of ["messages", "bytes", "entries", "sent", "failed", "missed", "blockedUs"] as const) {
      assert.ok(record[name] >= 0, `${name} is ${record[name]}`);
    }
    for (const name of ["service", "response"] as const) {
      const histogram = record.latency[name]!;
      for (const { count } of decodeHistogram(histogram.hdr).buckets()) {
        assert.ok(count > 0, "a negative bucket");
      }
      assert.ok(histogram.count >= 0 && histogram.meanUs >= 0);
      assert.ok(histogram.maxUs <= last.total.latency[name]!.max, "a maximum above that of the run");
    }
    assert.ok(Math.abs(record.targetRate! - 1000) < 1e-3, `target ${record.targetRate}`);
  }
}

function checkSum(records: readonly IntervalRecord[], { total }: RunSnapshot): void {
  const sum = (read: (record: IntervalRecord) => number): number =>
    records.reduce((all, record) => all + read(record), 0);
  assert.equal(sum(({ messages }) => messages), total.counters.messages);
  assert.ok(Math.abs(sum(({ seconds }) => seconds) - total.seconds) < 1e-6);
  const all = new Histogram();
  for (const { latency } of records) all.add(decodeHistogram(latency.response!.hdr));
  assert.deepEqual([...all.buckets()], [...total.latency.response!.buckets()]);
}

Deno.test("whatever resets, pauses and looks happen, intervals tile the last epoch, and none is false or a splinter", () => {
  fc.assert(
    fc.property(
      STEPS,
      fc.constantFrom(1, 2.5, 10),
      fc.integer({ min: 0, max: 100 }),
      fc.double({ min: 0, max: 4, noNaN: true }),
      (steps, period, late, cut) => {
        const model = new Model();
        const recorder = new IntervalRecorder({ period });
        let told: IntervalRecord[] = [];
        let epoch = -1;
        for (const step of steps) {
          model.perform(step);
          if (step.kind !== "look") continue;
          const snapshot = model.snapshot();
          if (snapshot.epoch !== epoch) told = [];
          epoch = snapshot.epoch;
          const record = recorder.observe(snapshot);
          if (record === undefined) continue;
          told.push(record);
          assert.ok(record.seconds >= period / 2 - 1e-6, `${record.seconds} of ${period} s, live`);
        }
        model.receive(late, 7_000_000);
        const last = model.snapshot("done", cut);
        if (last.epoch !== epoch) told = [];
        const rest = recorder.finish(last);
        if (!last.measured) {
          assert.deepEqual([recorder.records.length, rest], [0, undefined], "a warm-up has no intervals");
          return;
        }
        const { records } = recorder;
        checkEach([...records, ...told, ...rest === undefined ? [] : [rest]], last);
        if (last.total.seconds > 0) checkSum(records, last);
        if (records.length > 1) {
          for (const { seconds } of records) {
            assert.ok(seconds >= period / 2 - 1e-6, `${seconds} of ${period} s`);
          }
        }
        records.forEach(({ fromSeconds }, index) => {
          const before = records.slice(0, index).reduce((all, { seconds }) => all + seconds, 0);
          assert.ok(Math.abs(fromSeconds - before) < 1e-6, "a gap or an overlap");
        });
        const heard = [...told, ...rest === undefined ? [] : [rest]];
        assert.equal(heard.reduce((all, { messages }) => all + messages, 0), last.total.counters.messages);
      },
    ),
    { numRuns: 300 },
  );
});
