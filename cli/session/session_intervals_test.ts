import assert from "node:assert/strict";
import { HistogramLogReader } from "hdr-histogram-js";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import type { Role } from "../../lib/config/run_config.ts";
import type { IntervalRecord } from "../../lib/report/result/types.ts";
import { parseResults, type RunResult } from "../../lib/report/result/result.ts";
import { fakeIo, planFor } from "./session_test_support.ts";
import { Session } from "./session.ts";

/** A line of `--events` for an interval. */
type Line = IntervalRecord & { readonly event: string; readonly epoch: number };

interface Written {
  readonly result: RunResult;
  readonly events: readonly Line[];
  /** Fields of the CSV by their headings. */
  readonly rows: readonly Readonly<Record<string, string>>[];
  readonly hdr: string;
}

async function read(folder: string, role: Role): Promise<Written> {
  const text = (kind: string): Promise<string> => Deno.readTextFile(`${folder}/${role}.${kind}`);
  const [head, ...lines] = (await text("csv")).trimEnd().split("\r\n").map((line) => line.split(","));
  const events = (await text("jsonl")).trimEnd().split("\n").map((line) => JSON.parse(line) as Line);
  return {
    result: parseResults(await text("json"), role)[0]!,
    events: events.filter(({ event }) => event === "interval"),
    rows: lines.map((line) => Object.fromEntries(line.map((field, index) => [head![index], field]))),
    hdr: await text("hlog"),
  };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

function countOf(hdr: string): { lines: number; total: number } {
  const reader = new HistogramLogReader(hdr);
  const counts: number[] = [];
  for (let next = reader.nextIntervalHistogram(); next; next = reader.nextIntervalHistogram()) {
    if (next.tag !== "service") counts.push(next.totalCount);
  }
  return { lines: counts.length, total: sum(counts) };
}

function check({ result, events, rows, hdr }: Written, period: number): void {
  const { totals, intervals } = result;
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 0.01;
  const told = events.filter(({ epoch }) => epoch === events.at(-1)!.epoch);
  assert.equal(sum(intervals.map(({ messages }) => messages)), totals.messages);
  assert.equal(sum(told.map(({ messages }) => messages)), totals.messages, "events add up");
  assert.equal(sum(rows.map(({ messages }) => Number(messages))), totals.messages, "the CSV adds up");
  assert.ok(near(sum(rows.map(({ seconds }) => Number(seconds))), totals.seconds));
  assert.ok(near(sum(intervals.map(({ seconds }) => seconds)), totals.seconds));
  const logged = countOf(hdr);
  const lead = totals.latency.response ?? totals.latency.endToEnd!;
  assert.equal(logged.total, lead.count, "the HDR log adds up");
  assert.equal(logged.lines, rows.filter(({ messages }) => messages !== "0").length);
  // The first rows are told as they are; only the last of a file may hold a rest that was told by itself.
  for (const [index, row] of rows.slice(0, -1).entries()) {
    assert.equal(Number(row.messages), told[index]!.messages, "a row of the CSV is a line of the events");
    assert.ok(Number(row.seconds) >= period / 2 - 0.001, `a row of ${row.seconds} s`);
  }
  for (const record of [...intervals, ...told]) {
    for (const histogram of Object.values(record.latency)) {
      assert.ok(histogram.count === 0 || histogram.meanUs >= 0, `mean ${histogram.meanUs}`);
      assert.ok(histogram.maxUs <= Math.max(...Object.values(totals.latency).map(({ maxUs }) => maxUs)));
    }
  }
}

Deno.test("result, CSV, HDR log and events hold the measured part only, in intervals as asked for", async () => {
  const broker = await EmbeddedBroker.start();
  const folder = await Deno.makeTempDir();
  try {
    const files = (role: Role): string[] => [
      ...["-o", `${folder}/${role}.json`, "--csv", `${folder}/${role}.csv`],
      ...["--hdr-log", `${folder}/${role}.hlog`, "--events", `${folder}/${role}.jsonl`],
    ];
    const common = ["--workers", "1", "--warmup", "600ms", "--report-interval", "400ms", "--ui", "none"];
    const io = fakeIo();
    const plans = [
      planFor("producer", broker.serviceUrl, ...common, "-r", "1000", "-d", "2s", ...files("producer")),
      planFor("consumer", broker.serviceUrl, ...common, ...files("consumer")),
    ];
    assert.equal(await new Session(plans, io).run(), 0, io.stdout.text + io.stderr.text);
    for (const role of ["producer", "consumer"] as const) {
      const written = await read(folder, role);
      check(written, 0.4);
      assert.ok(written.rows.length > 1);
      assert.equal(written.events[0]!.fromSeconds, 0);
      assert.equal(new Set(written.events.map(({ epoch }) => epoch)).size, 1, "the warm-up told nothing");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
    await broker.stop();
  }
});
