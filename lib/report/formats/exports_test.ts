import assert from "node:assert/strict";
import { type Histogram, HistogramLogReader } from "hdr-histogram-js";
import { intervalsCsv } from "./csv.ts";
import { endEvent, intervalEvent, startEvent } from "./events.ts";
import { hdrLog } from "./hdr_log.ts";
import { producerResult } from "../report_test_support.ts";

Deno.test("HdrHistogram's own log reader finds every interval with its tag, times and counts", () => {
  const { intervals, run } = producerResult();
  const reader = new HistogramLogReader(hdrLog(intervals, run.startedAtUs, "run-1"));
  const read: Histogram[] = [];
  for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram()) {
    read.push(next);
  }
  assert.deepEqual(read.map(({ tag }) => tag), ["service", "response", "service", "response"]);
  assert.deepEqual(read.map(({ totalCount }) => totalCount), [10_000, 10_000, 10_000, 10_000]);
  for (const [index, interval] of intervals.entries()) {
    const histogram = read[index * 2]!;
    assert.equal(histogram.getValueAtPercentile(99), interval.latency.service!.percentilesUs["99"]);
    assert.equal(histogram.endTimeStampMsec - histogram.startTimeStampMsec, 10_000);
  }
  assert.equal(read[0]!.startTimeStampMsec, run.startedAtUs / 1000 + 1000);
});

Deno.test("the CSV has one line an interval, as many fields as headings, and empty fields for what was not measured", () => {
  const { intervals } = producerResult();
  const lines = intervalsCsv(intervals).split("\r\n");
  assert.equal(lines.length, intervals.length + 2);
  assert.equal(lines.at(-1), "");
  const heads = lines[0]!.split(",");
  const row = Object.fromEntries(lines[2]!.split(",").map((field, index) => [heads[index], field]));
  assert.equal(lines[2]!.split(",").length, heads.length);
  assert.equal(row.messages, "10000");
  assert.equal(row.messages_per_second, "1000");
  assert.equal(row.from_seconds, "10");
  assert.equal(row.service_p99_us, String(intervals[1]!.latency.service!.percentilesUs["99"]));
  assert.equal(row.e2e_p99_us, "");
  assert.equal(row.stage, "");
});

Deno.test("a mean target has no more digits than the other figures of a row", () => {
  const [first] = producerResult().intervals;
  assert.match(intervalsCsv([{ ...first!, targetRate: 9999.999999999998 }]), /,10000,10000,1000,/);
});

Deno.test("a stage name with a comma stays one field", () => {
  const [first] = producerResult().intervals;
  assert.match(intervalsCsv([{ ...first!, stage: 'ramp, "fast"' }]), /,"ramp, ""fast""",/);
});

Deno.test("events are one JSON object a line, without the encoded histograms", () => {
  const [first] = producerResult().intervals;
  const text = startEvent("run-1", "producer", "t", 1) + intervalEvent("run-1", 2, first!) +
    endEvent("run-1", 2, { status: "ok", exitCode: 0, reasons: [] });
  const events = text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(events.map(({ event }) => event), ["start", "interval", "end"]);
  assert.equal(events[1].messagesPerSecond, 1000);
  assert.equal(events[1].latency.service.percentilesUs["50"], first!.latency.service!.percentilesUs["50"]);
  assert.ok(!text.includes("hdr"));
});
