import assert from "node:assert/strict";
import fc from "fast-check";
import {
  groupResult,
  MEASURED_AT,
  SCENARIO_SNAPSHOT,
  scenarioSample,
  sweepSample,
} from "../scenario_test_support.ts";
import { readRecordStream, readResultStream } from "./reader.ts";
import {
  parseRecord,
  recordLine,
  SCENARIO_KIND,
  SCENARIO_SCHEMA,
  type ScenarioRecord,
  SWEEP_SCHEMA,
} from "./records.ts";
import { ResultError, resultLine } from "./result.ts";
import { insideStep, outsideSteps, windowOf } from "./scenario_figures.ts";
import { scenarioRecord, scenarioVerdict } from "./scenario_record.ts";
import { checkSchema } from "./schema_check.ts";
import { histogramOfRecord } from "./span_record.ts";

const { record, results } = scenarioSample();
const streamOf = (text: string): ReadableStream<Uint8Array<ArrayBuffer>> => new Blob([text]).stream();
const file = (of: ScenarioRecord = record): string => recordLine(of) + results.map(resultLine).join("");

function refused(of: unknown, expected: RegExp, text = JSON.stringify(of)): void {
  assert.throws(() => parseRecord(text, "o"), (error: unknown) => {
    assert.ok(error instanceof ResultError, String(error));
    assert.match(error.message, expected);
    return true;
  });
}

Deno.test("a scenario reads back as it was written, with the results of its groups", async () => {
  const read = await readRecordStream(streamOf(file()), "o");
  assert.deepEqual(read.scenarios.map((one) => one.record), [record]);
  assert.deepEqual(read.scenarios[0]!.results, results);
  assert.equal(read.results.length, 4);
  assert.deepEqual(await readResultStream(streamOf(file()), "o"), read.results);
});

Deno.test("every record conforms to its published schema", () => {
  assert.equal(checkSchema(JSON.parse(recordLine(record)), SCENARIO_SCHEMA), undefined);
  assert.equal(checkSchema(JSON.parse(recordLine(sweepSample().record)), SWEEP_SCHEMA), undefined);
});

Deno.test("records are found among the lines of a log, whatever stands before them", async () => {
  const lines = file().split("\n").map((line) => `[pod/lab-0] ${line}`).join("\n");
  const read = await readRecordStream(streamOf(`starting\n${lines}\nover\n`), "o");
  assert.equal(read.scenarios[0]!.record.name, "rolling-unload");
  assert.equal(read.results.length, 4);
});

Deno.test("a sweep has the results of its combinations, those of the scenarios between them", async () => {
  const { record: sweep, results: points } = sweepSample();
  const scenario = { ...record, groups: record.groups.slice(0, 2), steps: [] };
  const lines = points.map((pair) => recordLine(scenario) + pair.map(resultLine).join(""));
  const read = await readRecordStream(streamOf(recordLine(sweep) + lines.join("")), "o");
  assert.equal(read.sweeps.length, 1);
  assert.deepEqual(read.sweeps[0]!.results, points);
  assert.equal(read.scenarios.length, points.length);
  assert.deepEqual(read.scenarios[3]!.results, points[3]);
});

Deno.test("two scenarios in one file keep their own results", async () => {
  const other = { ...record, name: "other", groups: [record.groups[0]!] };
  const text = file() + recordLine(other) + resultLine(results[1]!);
  const { scenarios } = await readRecordStream(streamOf(text), "o");
  assert.deepEqual(scenarios.map((one) => one.results.length), [4, 1]);
  assert.deepEqual(scenarios[1]!.results, [results[1]]);
});

Deno.test("a file that ends before the results of its groups is told as cut short", async () => {
  const text = recordLine(record) + resultLine(results[0]!);
  await assert.rejects(
    readRecordStream(streamOf(text), "o"),
    /'o' is cut short: 'rolling-unload' names result 2, and 1 follow it/,
  );
});

Deno.test("another version, another shape, a wrong time and a damaged histogram are told apart", () => {
  refused({ ...record, schemaVersion: 2 }, /'o' has scenario version 2; this tool reads version 1/);
  refused({ ...record, groups: [] }, /wrong shape at 'groups'/);
  refused({ ...record, extra: 1 }, /wrong shape at 'scenario': 'extra' is not part of this version/);
  refused({ ...record, endedAtUs: record.startedAtUs - 1 }, /ended before it started/);
  const [, unload] = record.steps;
  const outages = { orders: { ...unload!.outages.orders!, hdr: "AAAA" } };
  refused({ ...record, steps: [{ ...unload!, outages }] }, /damaged histogram in 'steps\[0\]'/);
  const steps = [{ ...unload!, state: "gone" }];
  refused({ ...record, steps }, /wrong shape at 'steps\[0\]\.state': expected one of/);
  refused(
    undefined,
    /holds a scenario that is cut short/,
    `{"kind":"${SCENARIO_KIND}","schemaVersion":1,"na`,
  );
  assert.equal(parseRecord('{"kind":"something else"}', "o"), undefined);
});

Deno.test("a line cut anywhere is refused, and nothing but a refusal comes of it", () => {
  const line = recordLine(record).trimEnd();
  fc.assert(
    fc.property(fc.nat(line.length - 1), (at) => {
      const text = line.slice(0, at);
      try {
        assert.equal(parseRecord(text, "o"), undefined);
      } catch (error) {
        assert.ok(error instanceof ResultError, String(error));
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("steps keep what was measured of them, and what never was has not passed", () => {
  const [steady, unload, hold, kill] = record.steps;
  assert.equal(unload!.beganUs, MEASURED_AT + 30e6);
  assert.equal(unload!.recoverySeconds, 1.21);
  assert.equal(histogramOfRecord(unload!.outages.orders!).total, 2);
  assert.deepEqual(hold!.drain, { backlog: 325_000, seconds: 36, rate: 34_028 });
  assert.equal(kill!.state, "failed");
  assert.equal(steady!.resent, 0);
  const [first] = SCENARIO_SNAPSHOT.steps;
  const thresholds = [{ text: "recovery<1s", state: "pending" as const, value: "" }];
  const pending = scenarioRecord({
    ...record,
    snapshot: { ...SCENARIO_SNAPSHOT, steps: [{ ...first!, thresholds }] },
    versions: { "pulsar-local-lab": "1" },
  });
  assert.equal(pending.steps[0]!.thresholds[0]!.state, "fail");
});

Deno.test("the order of the results may differ from that of the groups, but must name all of them", () => {
  const input = { ...record, snapshot: SCENARIO_SNAPSHOT, versions: { "pulsar-local-lab": "1" } };
  const order = ["archive", "billing", "payments", "orders"];
  assert.deepEqual(scenarioRecord({ ...input, order }).groups.map(({ result }) => result), [3, 2, 1, 0]);
  assert.throws(() => scenarioRecord({ ...input, order: ["orders"] }), /group 'payments' has no result/);
});

Deno.test("the verdict is the worst of all, every reason says whom it is about, and a stop is told once", () => {
  const ok = { status: "ok", exitCode: 0, reasons: [] } as const;
  const stopped = { status: "interrupted", exitCode: 105, reasons: ["stopped by the user (q)"] } as const;
  const lost = { status: "integrity", exitCode: 98, reasons: ["integrity violated: 3 lost"] } as const;
  assert.deepEqual(scenarioVerdict({ groups: [{ name: "a", verdict: ok }], steps: [] }), ok);
  const groups = [{ name: "a", verdict: stopped }, { name: "b", verdict: stopped }, {
    name: "c",
    verdict: lost,
  }];
  assert.deepEqual(scenarioVerdict({ groups, steps: [] }), {
    status: "integrity",
    exitCode: 98,
    reasons: ["c: integrity violated: 3 lost", "stopped by the user (q)"],
  });
  assert.equal(record.verdict.status, "failure");
  assert.match(record.verdict.reasons[0]!, /^step 'kill a broker' failed: kubectl/);
  assert.equal(scenarioVerdict({ groups, steps: [], failure: "boom" }).reasons[0], "boom");
  const far = { ...stopped, reasons: ["stopped by the user (q): 0:07 of 1:00"] };
  const both = [{ name: "a", verdict: far }, { name: "b", verdict: stopped }];
  assert.deepEqual(scenarioVerdict({ groups: both, steps: [] }).reasons, far.reasons);
});

Deno.test("latency inside a step stands against that of the intervals no step touches", () => {
  const [, unload] = record.steps;
  const inside = insideStep(unload!, "orders")!;
  const outside = outsideSteps(record, results[0]!)!;
  assert.ok(inside.p99Us! > 100_000 && outside.p99Us! < 20_000, JSON.stringify([inside, outside]));
  assert.equal(inside.messagesPerSecond, 8000);
  assert.deepEqual(windowOf(unload!, record), { from: 30, to: 32 });
  // A hold that lasts from beginning to end leaves nothing outside.
  const always = { ...unload!, beganUs: MEASURED_AT, endedUs: MEASURED_AT + 120e6 };
  assert.equal(outsideSteps({ ...record, steps: [always] }, results[0]!), undefined);
  assert.equal(insideStep(unload!, "nobody"), undefined);
});

Deno.test("a group without a single message has no latency, and no rate but 0", () => {
  const silent = groupResult({ role: "consumer", rate: 0, seconds: 3 });
  const outside = outsideSteps({ ...record, steps: [] }, silent)!;
  assert.deepEqual(outside, { messagesPerSecond: 0, p50Us: undefined, p99Us: undefined, maxUs: undefined });
});
