import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import { decodeHistogram } from "../../load/histogram/encoding.ts";
import { emptyCounts } from "../../load/verify/report.ts";
import {
  buildResult,
  isoTimes,
  parseResult,
  parseResults,
  RESULT_SCHEMA,
  ResultError,
  resultLine,
  type RunResult,
  TOOL_VERSION,
} from "./result.ts";
import { checkSchema } from "./schema_check.ts";
import {
  CONSUMER,
  histogramOf,
  PRODUCER,
  producerResult,
  snapshotOf,
  spanOf,
} from "../report_test_support.ts";
import { decideVerdict } from "./verdict.ts";

const RUNS = { runs: [0, 3], assumed: 0, floor: 0 };

function consumerResult(): RunResult {
  const endToEnd = histogramOf(900, 1100, 2500);
  endToEnd.record(-40, 2);
  return buildResult({
    config: CONSUMER,
    sources: {},
    snapshot: snapshotOf("consumer", {
      total: spanOf("consumer", { seconds: 3, counters: { messages: 3 }, latency: { endToEnd } }),
      backlog: 12,
      clockUncertaintyMicros: 250,
      integrity: {
        mode: "strict",
        streams: 2,
        verified: 3,
        lost: 0,
        duplicates: 0,
        outOfOrder: 0,
        corrupt: 0,
        foreign: 0,
      },
    }),
    intervals: [],
    thresholds: [{ text: "backlog<1k", state: "pass", value: "12", measured: 12 }],
    verdict: decideVerdict({ thresholds: [], interrupted: "SIGINT" }),
    startedAtUs: 1.7e15,
    endedAtUs: 1.7e15 + 4e6,
    versions: { [TOOL_VERSION]: "0.1.0" },
    host: { name: "pod-1", os: "linux", arch: "x86_64", cpus: 2, memoryBytes: 1e9 },
    verification: {
      head: "zero",
      report: {
        version: 1,
        run: 7,
        counts: emptyCounts(),
        streams: [{ stream: 1, received: RUNS, redelivered: RUNS }],
      },
    },
    changes: [
      { atUs: 1.7e15, seconds: 1.5, setting: "rate", from: "unlimited", to: 500, stage: 2 },
      { atUs: 1.7e15, seconds: 2, setting: "paused", from: false, to: true },
    ],
    rateSearch: {
      sustainableRate: 10,
      steps: [{ rate: 10, achieved: 9, responseP99Us: 5, sustained: true, reason: "" }],
    },
  });
}

function refusal(text: string): ResultError {
  try {
    parseResult(text, "a.json");
  } catch (error) {
    assert.ok(error instanceof ResultError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "the text was accepted" });
}

Deno.test("real results conform to the published schema, to a full validator as to our own", () => {
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(RESULT_SCHEMA);
  for (const result of [producerResult(), consumerResult()]) {
    const value = JSON.parse(resultLine(result));
    assert.ok(validate(value), JSON.stringify(validate.errors));
    assert.equal(checkSchema(value, RESULT_SCHEMA), undefined);
  }
});

Deno.test("our schema check refuses whatever the full validator refuses", () => {
  const validate = new Ajv2020().compile(RESULT_SCHEMA);
  // deno-lint-ignore no-explicit-any -- the point is to break the shape
  const breakages: ((result: any) => void)[] = [
    (result) => delete result.totals,
    (result) => delete result.totals.latency.service.hdr,
    (result) => result.totals.messages = "many",
    (result) => result.totals.messages = 1.5,
    (result) => result.totals.messages = -1,
    (result) => result.run.role = "observer",
    (result) => result.verdict.exitCode = 3,
    (result) => result.instances = [],
    (result) => result.intervals[1].atUs = null,
    (result) => result.surprise = true,
    (result) => result.totals.latency.service.percentilesUs["50"] = "fast",
    (result) => result.config.rate = 5,
    (result) => result.notes = {},
  ];
  for (const breakIt of breakages) {
    const value = JSON.parse(resultLine(producerResult()));
    breakIt(value);
    assert.equal(validate(value), false, breakIt.toString());
    assert.notEqual(checkSchema(value, RESULT_SCHEMA), undefined, breakIt.toString());
  }
});

Deno.test("a result that ends before it starts is refused, for the run and for each instance, with how far", () => {
  const whole = producerResult();
  const { startedAtUs } = whole.run;
  const end = { endedAtUs: startedAtUs - 1775.7e6 };
  const run = refusal(JSON.stringify({ ...whole, run: { ...whole.run, ...end } }));
  assert.equal(run.code, "RESULT_SHAPE");
  assert.match(run.message, /'a\.json' .*'run'.*1775\.7 s before it started.*clock/);
  const part = refusal(JSON.stringify({ ...whole, instances: [{ ...whole.instances[0], ...end }] }));
  assert.match(part.message, /'instances\[0\]'/);
});

Deno.test("a result reads back as it was written, histograms included", () => {
  const result = producerResult();
  const back = parseResult(JSON.stringify(result, null, 2), "a.json");
  assert.deepEqual(back, JSON.parse(JSON.stringify(result)));
  const histogram = decodeHistogram(back.totals.latency.service!.hdr);
  assert.equal(histogram.total, 20_000);
  assert.equal(histogram.percentile(99.9), back.totals.latency.service!.percentilesUs["99.9"]);
});

Deno.test("rates are counts over the measured seconds, not over the wall clock", () => {
  const { totals, run } = producerResult();
  assert.equal(totals.seconds, 20);
  assert.ok(run.endedAtUs - run.startedAtUs > 21e6);
  assert.equal(totals.messagesPerSecond, 1000);
  assert.equal(totals.bytesPerSecond, 1_000_000);
});

Deno.test("the configuration shows sources and hides secrets", () => {
  const base = producerResult();
  assert.deepEqual(base.config.rate, { value: 1000, source: "flag --rate" });
  assert.deepEqual(base.config.batchMessages, { value: 100, source: "default" });
  const config = {
    ...PRODUCER,
    serviceUrl: "pulsar://admin:hunter2@host:6650",
    adminUrl: "http://host/?token=abc123",
    tokenFile: "/run/token",
    properties: { password: "hunter2", color: "red" },
  };
  const text = resultLine(producerResult({ input: { config } }));
  assert.ok(!text.includes("hunter2") && !text.includes("abc123"), text);
  assert.ok(text.includes("/run/token") && text.includes('"color":"red"'));
});

Deno.test("notes tell of the embedded broker, unequal clocks and negative times", () => {
  assert.match(consumerResult().notes.join("\n"), /±250 µs[\s\S]*2 end-to-end times were negative/);
  const embedded = producerResult({ input: { config: { ...PRODUCER, embedded: "memory" } } });
  assert.match(embedded.notes.join("\n"), /embedded broker: in memory, no persistence/);
  assert.equal(embedded.run.embedded, true);
});

Deno.test("a file cut anywhere is refused as cut short", () => {
  const text = resultLine(producerResult());
  for (const share of [0.01, 0.3, 0.5, 0.9]) {
    const cut = text.slice(0, Math.floor(text.length * share)).replace(/\}+$/, "");
    const error = refusal(cut);
    assert.equal(error.code, "RESULT_TRUNCATED");
    assert.match(error.message, /^'a.json' is cut short: it ends in the middle, after \d+ characters$/);
  }
  assert.equal(refusal(" ").code, "RESULT_TRUNCATED");
});

Deno.test("another version, another kind, another shape and a damaged histogram are told apart", () => {
  const good = JSON.parse(resultLine(producerResult()));
  const version = refusal(JSON.stringify({ ...good, schemaVersion: 2 }));
  assert.equal(version.message, "'a.json' has result version 2; this tool reads version 1");
  assert.equal(refusal("[]").code, "RESULT_KIND");
  assert.equal(refusal('{"tool":"oha"}').code, "RESULT_KIND");
  assert.equal(refusal("not json").code, "RESULT_SYNTAX");
  const shape = refusal(JSON.stringify({ ...good, totals: { ...good.totals, messages: "12" } }));
  assert.equal(
    shape.message,
    `'a.json' has a wrong shape at 'totals.messages': expected a whole number, found "12"`,
  );
  const damaged = structuredClone(good);
  damaged.intervals[1].latency.service.hdr = damaged.intervals[1].latency.service.hdr.slice(0, -12);
  assert.match(refusal(JSON.stringify(damaged)).message, /damaged histogram in 'intervals\[1\]'/);
  const lying = structuredClone(good);
  lying.totals.latency.service.count = 19_999;
  assert.match(refusal(JSON.stringify(lying)).message, /'service' holds 20000 values, not the stated 19999/);
});

Deno.test("results are found among the lines of a log, whatever stands before them", () => {
  const line = resultLine(producerResult());
  const log = `starting\n[pod/load-0] ${line}noise {"kind":"other"}\n[pod/load-1] ${line}`;
  assert.equal(parseResults(log, "-").length, 2);
  assert.equal(parseResults(JSON.stringify(producerResult(), null, 2), "a.json").length, 1);
  assert.throws(() => parseResults("nothing here\n", "-"), ResultError);
  const cut = `[pod/load-0] ${line}[pod/load-1] ${line.slice(0, 2000).replace(/\}+$/, "")}\n`;
  assert.throws(() => parseResults(cut, "-"), { code: "RESULT_TRUNCATED", message: /^'-:2' is cut short/ });
});

Deno.test("the limits of a run are there as text too, and a clock beyond all calendars makes none", () => {
  const { run } = producerResult();
  assert.equal(run.startedAt, new Date(run.startedAtUs / 1000).toISOString());
  assert.equal(run.endedAt, new Date(run.endedAtUs / 1000).toISOString());
  assert.deepEqual(isoTimes({ startedAtUs: 1e30, endedAtUs: 0 }), {});
});

Deno.test("what stands in the place of kind or version is told at a length to be read, however long it is", () => {
  const long = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const text = resultLine(producerResult());
  for (
    const [changed, code] of [
      [`{"kind":${long}}`, "RESULT_KIND"],
      [text.replace(/"schemaVersion":\d+/, `"schemaVersion":${long}`), "RESULT_VERSION"],
    ]
  ) {
    assert.throws(() => parseResult(changed!, "o"), (error) => {
      assert.ok(error instanceof ResultError);
      assert.equal(error.code, code);
      assert.ok(error.message.length < 200, `${error.message.length} characters`);
      return true;
    });
  }
});
