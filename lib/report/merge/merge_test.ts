import assert from "node:assert/strict";
import { decodeHistogram } from "../../load/histogram/encoding.ts";
import { emptyCounts, type VerificationReport } from "../../load/verify/report.ts";
import { summaryText } from "../formats/summary.ts";
import { MergeError, mergeRun } from "./merge.ts";
import { buildResult, parseResult, resultLine, type RunResult, TOOL_VERSION } from "../result/result.ts";
import { CONSUMER, histogramOf, producerResult, snapshotOf, spanOf } from "../report_test_support.ts";
import { decideVerdict } from "../result/verdict.ts";

/** Instance `index` of `expected`, started `lateUs` after the first. */
function instance(result: RunResult, index: number, expected: number, lateUs = 0): RunResult {
  return {
    ...result,
    run: {
      ...result.run,
      startedAtUs: result.run.startedAtUs + lateUs,
      endedAtUs: result.run.endedAtUs + lateUs,
    },
    host: { ...result.host, name: `pod-${index}` },
    instances: [{
      ...result.instances[0]!,
      name: `pod-${index}`,
      index,
      expected,
      startedAtUs: result.run.startedAtUs + lateUs,
    }],
    intervals: result.intervals.map((interval) => ({ ...interval, atUs: interval.atUs + lateUs })),
    workers: result.workers.map((worker) => ({ ...worker, instance: `pod-${index}` })),
  };
}

/** A consumer of four messages of stream 1 that received the sequences [from, to). */
function consumer(index: number, from: number, to: number): RunResult {
  const report: VerificationReport = {
    version: 1,
    run: 7,
    counts: { ...emptyCounts(), verified: to - from },
    streams: [{
      stream: 1,
      received: { runs: [from, to - from], assumed: 0, floor: 0 },
      redelivered: { runs: [], assumed: 0, floor: 0 },
    }],
  };
  const result = buildResult({
    config: CONSUMER,
    sources: {},
    snapshot: snapshotOf("consumer", {
      total: spanOf("consumer", {
        seconds: 3,
        counters: { messages: to - from },
        latency: { endToEnd: histogramOf(5) },
      }),
      integrity: {
        mode: "count",
        streams: 1,
        verified: to - from,
        lost: from,
        duplicates: 0,
        outOfOrder: 0,
        corrupt: 0,
        foreign: 0,
      },
    }),
    intervals: [],
    thresholds: [{ text: "verify.lost==0", state: from === 0 ? "pass" : "fail", value: String(from) }],
    verdict: decideVerdict({ thresholds: [] }),
    startedAtUs: 1.7e15,
    endedAtUs: 1.7e15 + 4e6,
    versions: { [TOOL_VERSION]: "0.1.0" },
    host: { name: "host", os: "linux", arch: "x86_64", cpus: 2, memoryBytes: 1e9 },
    verification: { report, head: "zero" },
  });
  return instance(result, index, 2);
}

const single = (results: readonly RunResult[]): RunResult => {
  const sides = mergeRun(results);
  assert.equal(sides.length, 1);
  return sides[0]!.result;
};

Deno.test("counts, histograms and intervals of instances add up exactly", () => {
  const parts = [producerResult({ seed: 1 }), producerResult({ seed: 2, centerUs: 8000 })]
    .map((result, index) => instance(result, index, 2, index * 3e6));
  const merged = single(parts);
  assert.equal(merged.totals.messages, 40_000);
  assert.equal(merged.totals.entries, 400);
  const sum = decodeHistogram(parts[0]!.totals.latency.service!.hdr);
  sum.add(decodeHistogram(parts[1]!.totals.latency.service!.hdr));
  assert.deepEqual(
    [...decodeHistogram(merged.totals.latency.service!.hdr).buckets()],
    [...sum.buckets()],
  );
  assert.equal(merged.intervals.reduce((total, { messages }) => total + messages, 0), 40_000);
  assert.deepEqual(
    merged.intervals.map(({ fromSeconds, messages, targetRate }) => [fromSeconds, messages, targetRate]),
    [
      [0, 20_000, 2000],
      [10, 20_000, 2000],
    ],
  );
  assert.deepEqual(merged.workers.map(({ instance, id }) => `${instance}/${id}`), [
    "pod-0/0",
    "pod-0/1",
    "pod-1/0",
    "pod-1/1",
  ]);
});

Deno.test("rates are over the stretch from the first start to the last end, and a small overlap is noted", () => {
  const late = single([instance(producerResult(), 0, 2), instance(producerResult(), 1, 2, 10e6)]);
  assert.equal(late.totals.seconds, 30);
  assert.equal(late.totals.messagesPerSecond, 40_000 / 30);
  assert.match(late.notes.join("\n"), /measured together for only 10\.0 s of 30\.0 s/);
  assert.deepEqual(late.intervals.map(({ messages }) => messages), [10_000, 20_000, 10_000]);
});

Deno.test("a merged result is itself a valid result", () => {
  const merged = single([instance(producerResult(), 0, 2), instance(producerResult(), 1, 2)]);
  assert.deepEqual(parseResult(resultLine(merged), "merged"), JSON.parse(resultLine(merged)));
});

Deno.test("missing and restarted instances are named, and a missing one fails the run", () => {
  const sides = mergeRun([
    instance(producerResult(), 0, 4),
    instance(producerResult(), 2, 4),
    instance(producerResult(), 2, 4, 60e6),
  ]);
  assert.deepEqual(sides[0]!.missing, [1, 3]);
  const { verdict, notes, instances } = sides[0]!.result;
  assert.equal(verdict.exitCode, 1);
  assert.equal(verdict.reasons[0], "2 of 4 instances left no result: 1, 3");
  assert.ok(notes.includes("instance 2 ('pod-2') was restarted 1 time"), notes.join("\n"));
  assert.deepEqual(instances.map(({ index, restarts }) => [index, restarts]), [[0, 0], [2, 1]]);
});

Deno.test("the same result given twice counts once", () => {
  const one = instance(producerResult(), 0, 1);
  assert.equal(single([one, structuredClone(one)]).totals.messages, 20_000);
});

Deno.test("results of different runs are refused by name", () => {
  const other = { ...producerResult(), run: { ...producerResult().run, id: "run-2" } };
  assert.throws(() => mergeRun([producerResult(), other]), (error) => {
    assert.ok(error instanceof MergeError);
    assert.match(error.message, /2 different runs: 'run-1', 'run-2'/);
    return true;
  });
  assert.throws(() => mergeRun([]), MergeError);
});

Deno.test("what one consumer missed and another received is not lost", () => {
  const merged = single([consumer(0, 0, 2), consumer(1, 2, 4)]);
  assert.equal(merged.integrity?.lost, 0);
  assert.equal(merged.integrity?.verified, 4);
  assert.equal(merged.verdict.status, "ok");
  assert.deepEqual(merged.thresholds.map(({ state, value }) => [state, value]), [["pass", "0"]]);
});

/** The same as a consumer that no message of the run reached. */
function withoutRun(index: number, counts: { foreign?: number; corrupt?: number }): RunResult {
  const result = consumer(index, 0, 0);
  const integrity = { ...result.integrity!, streams: 0, verified: 0, lost: 0, ...counts, report: null };
  return { ...result, integrity };
}

Deno.test("an instance that had only foreign messages takes nothing from what the others received", () => {
  const merged = single([consumer(0, 0, 2), withoutRun(1, { foreign: 5 }), consumer(2, 2, 4)]);
  const { verified, lost, foreign, duplicates } = merged.integrity!;
  assert.deepEqual({ verified, lost, foreign, duplicates }, {
    verified: 4,
    lost: 0,
    foreign: 5,
    duplicates: 0,
  });
  assert.equal(merged.integrity!.report?.counts.foreign, 5);
  assert.ok(!merged.notes.some((note) => note.includes("plain sums")), merged.notes.join());
});

Deno.test("what came damaged to an instance may be the gap that the others have", () => {
  const merged = single([consumer(0, 0, 2), withoutRun(1, { corrupt: 1 }), consumer(2, 3, 5)]);
  const { lost, lostOrDamaged, corrupt } = merged.integrity!;
  assert.deepEqual([lost, lostOrDamaged, corrupt], [1, 1, 1]);
  assert.match(merged.verdict.reasons.join(), /1 lost \(or the damaged one\), 1 corrupt/);
});

Deno.test("instances that had nothing but foreign messages prove nothing, and no note blames them", () => {
  const merged = single([withoutRun(0, { foreign: 5 }), withoutRun(1, { foreign: 2 })]);
  assert.deepEqual([merged.integrity!.foreign, merged.integrity!.verified], [7, 0]);
  assert.ok(!merged.notes.some((note) => note.includes("plain sums")), merged.notes.join());
});

Deno.test("an instance that followed another run's messages received foreign ones", () => {
  const stray = consumer(1, 0, 3);
  const report = { ...stray.integrity!.report!, run: 8 };
  const merged = single([consumer(0, 0, 4), { ...stray, integrity: { ...stray.integrity!, report } }]);
  assert.deepEqual([merged.integrity!.verified, merged.integrity!.foreign], [4, 3]);
});

Deno.test("what two consumers received is a duplicate, what none received is lost", () => {
  const merged = single([consumer(0, 0, 2), consumer(1, 1, 2)]);
  assert.equal(merged.integrity?.duplicates, 1);
  const gap = single([consumer(0, 0, 1), consumer(1, 3, 4)]);
  assert.equal(gap.integrity?.lost, 2);
  assert.equal(gap.verdict.exitCode, 98);
});

Deno.test("a producer's result shows the tail that no consumer received", () => {
  const producer = {
    ...instance(producerResult(), 0, 1),
    sent: { run: 7, streams: [{ stream: 1, next: 9 }] },
  };
  const sides = mergeRun([producer, consumer(0, 0, 2), consumer(1, 2, 4)]);
  assert.deepEqual(sides.map(({ role, subscription }) => [role, subscription]), [["producer", undefined], [
    "consumer",
    "load",
  ]]);
  assert.equal(sides[1]!.result.integrity?.lost, 5);
});

Deno.test("a producer's result explains what was received twice, as far as it was sent again", () => {
  const producer = {
    ...instance(producerResult(), 0, 1),
    sent: { run: 7, streams: [{ stream: 1, next: 4, resent: [[1, 2]] as const }] },
  };
  const results = [producer, consumer(0, 0, 3), consumer(1, 1, 4)];
  const read = results.map((result) => parseResult(resultLine(result), "r.json"));
  const { result } = mergeRun(read)[1]!;
  assert.deepEqual([result.integrity?.duplicates, result.integrity?.duplicatesExplained], [2, 1]);
  assert.match(result.verdict.reasons.join(), /2 duplicated \(1 explained by messages sent again\)/);
  const alone = single(read.slice(1));
  assert.equal(alone.integrity?.duplicatesExplained, undefined, "without producers, nobody knows");
});

Deno.test("a loss that shows only in the joined results is told with its topic, and with what no result says", () => {
  const topic = "persistent://public/default/t";
  const producer = {
    ...instance(producerResult(), 0, 1),
    sent: { run: 7, streams: [{ stream: 1, next: 4, topic, resent: [[2, 3]] as const }] },
  };
  const copies = [{ ledgerId: 1, entryId: 2, atUs: 1.7e15, worker: 0, redelivered: false }];
  const first = {
    ...consumer(0, 0, 1),
    counterexamples: [
      { kind: "lost", run: "r", stream: 1, from: 1, to: 3 },
      { kind: "duplicate", run: "r", stream: 1, from: 2, to: 3, copies },
    ] as const,
  };
  const results = [producer, first, consumer(1, 3, 4)].map((result) =>
    parseResult(resultLine(result), "r.json")
  );
  const { result } = mergeRun(results)[1]!;
  const [lost, duplicate] = parseResult(resultLine(result), "merged.json").counterexamples!;
  assert.deepEqual([lost!.from, lost!.to], [1, 3]);
  assert.equal(duplicate!.explained, true, "the producers' word is known now");
  assert.match(summaryText(result, { color: false }), /e\.g\. +lost: messages 1 to 2 of stream 00000001/);
  const received = mergeRun([results[0]!, results[1]!, consumer(1, 1, 4)])[1]!.result;
  assert.deepEqual(received.counterexamples!.map(({ kind }) => kind), ["duplicate"], "another one has them");
  const tail = mergeRun([results[0]!, consumer(0, 0, 2), consumer(1, 2, 3)])[1]!.result.counterexamples!;
  assert.deepEqual([tail[0]!.topic, tail[0]!.from, tail[0]!.to], [topic, 3, 4]);
  assert.match(tail[0]!.missing!.join(), /receipts are in no result/);
});

Deno.test("thresholds over the whole run are judged on the joined figures, windows by the worst instance", () => {
  const part = (index: number, window: "pass" | "fail"): RunResult => {
    const result = instance(producerResult(), index, 2);
    return {
      ...result,
      thresholds: [
        { text: "messages>=40k", state: "fail", value: "20,000" },
        { text: "rate>=0.99*target", state: "pass", value: "1,000 msg/s" },
        { text: "service.p99<20ms over 5s", state: window, value: "30 ms" },
      ],
    };
  };
  const { thresholds } = single([part(0, "pass"), part(1, "fail")]);
  assert.deepEqual(thresholds.map(({ state }) => state), ["pass", "pass", "fail"]);
  assert.equal(thresholds[2]!.value, "30 ms in pod-1");
});

Deno.test("the configuration tells what differed between instances", () => {
  const other = instance(producerResult(), 1, 2);
  const merged = single([
    instance(producerResult(), 0, 2),
    { ...other, config: { ...other.config, seed: { value: 2, source: "flag --seed" } } },
  ]);
  assert.deepEqual(merged.config.seed, { value: [1, 2], source: "differs between instances" });
  assert.deepEqual(merged.config.rate, { value: 1000, source: "flag --rate" });
});
