import assert from "node:assert/strict";
import { producerResult } from "../report_test_support.ts";
import { histogramOfRecord } from "../result/span_record.ts";
import { chartData } from "./chart_data.ts";

const one = producerResult({ seed: 1 });
const other = producerResult({ seed: 2, centerUs: 5000 });

Deno.test("the percentile curve is the histogram's own, and ends where one message is the last", () => {
  const { curve } = chartData([one], ["one"]).latency.service!;
  const histogram = histogramOfRecord(one.totals.latency.service!);
  const at = (inverse: number): number | null => curve.columns[0]![curve.x.indexOf(inverse)] ?? null;
  assert.equal(at(10), histogram.percentile(90));
  assert.equal(at(100), histogram.percentile(99));
  assert.equal(at(1000), histogram.percentile(99.9));
  const drawn = curve.x.filter((_, index) => curve.columns[0]![index] !== null);
  assert.ok(drawn.at(-1)! <= 20_000 * 1.0001 && drawn.at(-1)! > 10_000, String(drawn.at(-1)));
});

Deno.test("the bins of each result hold all of its messages", () => {
  const { bins } = chartData([one, other], ["one", "other"]).latency.response!;
  for (const column of bins.columns) {
    const sum = column.reduce<number>((total, share) => total + (share ?? 0), 0);
    assert.ok(Math.abs(sum - 1) < 1e-9, String(sum));
  }
  assert.equal(bins.columns[0]![0], 0, "an empty bin closes the outline");
});

Deno.test("results of different interval lengths share one time axis with gaps", () => {
  const shifted = {
    ...other,
    intervals: other.intervals.map((interval) => ({ ...interval, fromSeconds: interval.fromSeconds + 2 })),
  };
  const { rate } = chartData([one, shifted], ["one", "shifted"]);
  assert.deepEqual(rate.x, [5, 7, 15, 17]);
  assert.deepEqual(rate.columns, [[1000, null, 1000, null], [null, 1000, null, 1000]]);
});

Deno.test("a latency that no result measured is left out, one that some measured keeps its place", () => {
  const bare = { ...other, totals: { ...other.totals, latency: {} }, intervals: [] };
  const { latency } = chartData([one, bare], ["one", "bare"]);
  assert.deepEqual(Object.keys(latency), ["service", "response"]);
  assert.ok(latency.service!.curve.columns[1]!.every((value) => value === null));
});

Deno.test("what happened beside the load is drawn over time, and what never happened is not", () => {
  const quiet = {
    ...one,
    intervals: one.intervals.map((interval) => ({ ...interval, loopLagUs: 0, inFlight: 0 })),
  };
  assert.deepEqual(chartData([quiet], ["one"]).health.map(({ title }) => title), []);
  const troubled = {
    ...quiet,
    intervals: quiet.intervals.map((interval, index) => ({
      ...interval,
      seconds: 10,
      errors: index === 1 ? { Timeout: 15, Other: 5 } : {},
      missed: index === 1 ? 30 : 0,
      blockedUs: index === 1 ? 5e6 * quiet.workers.length : 0,
      backlog: 7,
      loopLagUs: 250_000,
    })),
  };
  const { health } = chartData([quiet, troubled], ["quiet", "troubled"]);
  assert.deepEqual(health.map(({ title, kind, chart }) => [title, kind, chart.columns[1]]), [
    ["Errors", "count", [0, 2]],
    ["Missed slots", "count", [0, 3]],
    ["Backlog", "count", [7, 7]],
    ["Back-pressure", "share", [0, 0.5]],
    ["Event-loop lag", "duration", [250_000, 250_000]],
  ]);
  assert.deepEqual(health[2]!.chart.columns[0], [null, null], "an unknown backlog is no backlog of 0");
});

Deno.test("changes stand on the axis of time where the interval does that they fell into", () => {
  const [first, second] = one.intervals;
  const change = (atUs: number, to: number) => ({
    atUs,
    seconds: 99,
    setting: "workers" as const,
    from: 1,
    to,
  });
  const startUs = first!.atUs - first!.seconds * 1e6;
  const changes = [
    change(startUs - 1e6, 2),
    change(startUs + 2.5e6, 3),
    change(second!.atUs - 1e6, 4),
    change(second!.atUs + 1, 5),
  ];
  const data = chartData([other, { ...one, changes }], ["other", "one"]);
  assert.deepEqual(data.changes, [
    { x: 2.5, text: "workers 1 → 3", result: 1 },
    { x: second!.fromSeconds + second!.seconds - 1, text: "workers 1 → 4", result: 1 },
  ]);
  assert.deepEqual(chartData([one], ["one"]).changes, []);
});
