import assert from "node:assert/strict";
import { groupResult, MEASURED_AT, scenarioSample, sweepSample } from "../scenario_test_support.ts";
import { chartData } from "./chart_data.ts";
import { scenarioHtml, sweepHtml } from "./html.ts";
import { storyAxis, storyOf } from "./story.ts";
import { alongOf, sweepCharts } from "./sweep_data.ts";

const { record, results } = scenarioSample();
const main = (page: string): string => page.slice(page.indexOf("<main>"), page.indexOf("</main>"));

Deno.test("all groups share one axis by the wall clock, whenever each began", () => {
  const base = groupResult({ role: "producer", rate: 1000, seconds: 20 });
  // A group that began ten seconds later, with intervals of two seconds less a little.
  const late = {
    ...base,
    intervals: base.intervals.map((interval) => ({ ...interval, atUs: interval.atUs + 10e6 + 3000 })),
  };
  const data = chartData([base, late], ["a", "b"], { ...record, seconds: 30, steps: [] });
  assert.equal(data.rate.x.length, 30);
  assert.equal(data.rate.x[0], 0.5);
  const [first, second] = data.rate.columns;
  assert.equal(first!.findLastIndex((value) => value !== null), 19);
  assert.equal(second!.findIndex((value) => value !== null), 10);
  assert.ok(second!.slice(10, 30).every((value) => value !== null), "no holes where clocks differ a little");
});

Deno.test("several intervals in one step keep the worst latency and the mean rate", () => {
  const long = groupResult({ role: "producer", rate: 1000, seconds: 10 });
  const [one, two] = long.intervals;
  const half = (of: typeof one, atUs: number, messagesPerSecond: number) => (
    { ...of!, atUs, seconds: 0.5, messagesPerSecond }
  );
  const short = {
    ...long,
    intervals: [half(one, MEASURED_AT + 0.5e6, 100), half(two, MEASURED_AT + 1e6, 300)],
  };
  const data = chartData([long, short], ["a", "b"], { ...record, seconds: 10, steps: [] });
  assert.equal(data.rate.columns[1]![0], 200);
  const worst = Math.max(one!.latency.response!.maxUs, two!.latency.response!.maxUs);
  assert.equal(data.latency.response!.overTime.max!.columns[1]![0], worst);
});

Deno.test("a pause is a gap, and one missing step between two others is none", () => {
  const base = groupResult({ role: "producer", rate: 1000, seconds: 10 });
  const without = (...gone: number[]) => ({
    ...base,
    intervals: base.intervals.filter((_, index) => !gone.includes(index)),
  });
  const data = chartData([without(4), without(4, 5)], ["a", "b"], { ...record, seconds: 10, steps: [] });
  assert.notEqual(data.rate.columns[0]![4], null);
  assert.deepEqual(data.rate.columns[1]!.slice(4, 6), [null, null]);
});

Deno.test("a backlog is drawn while its group is paused, too", () => {
  const base = groupResult({ role: "consumer", rate: 1000, seconds: 10, backlog: () => 7 });
  const paused = { ...base, intervals: base.intervals.filter((_, index) => index < 4) };
  const backlogOverTime = Array.from(
    { length: 9 },
    (_, second) => ({ seconds: second + 0.2, messages: second * 10 }),
  );
  const common = { role: "consumer", topics: 1, lanes: 1 } as const;
  const groups = [
    { ...common, name: "followed", result: 0, backlogOverTime },
    { ...common, name: "other", result: 1 },
  ];
  const data = chartData([paused, paused], ["a", "b"], { ...record, seconds: 10, steps: [], groups });
  const { columns } = data.health.find(({ title }) => title === "Backlog")!.chart;
  assert.deepEqual(columns[0], [0, 10, 20, 30, 40, 50, 60, 70, 80, null]);
  assert.deepEqual(columns[1], [7, 7, 7, 7, null, null, null, null, null, null]);
});

Deno.test("the memory of a scenario's process is drawn once", () => {
  const group = (seconds: number) => {
    const base = groupResult({ role: "producer", rate: 1000, seconds });
    return {
      ...base,
      intervals: base.intervals.map((interval) => ({ ...interval, residentBytes: 2 ** 28 })),
    };
  };
  const data = chartData([group(3), group(5)], ["a", "b"], { ...record, seconds: 5, steps: [] });
  const { columns } = data.health.find(({ kind }) => kind === "bytes")!.chart;
  assert.deepEqual(columns, [Array(5).fill(null), Array(5).fill(2 ** 28)]);
});

Deno.test("steps are stretches of the axis, and one that never began is a moment", () => {
  const { steps } = storyOf(record);
  assert.deepEqual(steps.map(({ from, to }) => [from, to]), [[0, 30], [30, 32], [45, 94], [100, 100.4]]);
  assert.match(steps[1]!.text, /^unloaded 100 topics; recovered in 1\.21 s, first error after 42\.0 ms/);
  const { beganUs: _began, endedUs: _ended, ...never } = record.steps[3]!;
  const story = storyOf({ ...record, steps: [{ ...never, state: "planned", text: "" }] });
  assert.deepEqual([story.steps[0]!.from, story.steps[0]!.to, story.steps[0]!.text], [
    100,
    100,
    "never begun",
  ]);
});

Deno.test("groups without any interval still have an axis", () => {
  const axis = storyAxis(record, results.map((result) => ({ ...result, intervals: [] })));
  assert.ok(axis.steps > 0 && axis.step > 0);
});

Deno.test("the page of a scenario tells steps, groups and thresholds before each group by itself", () => {
  const page = main(scenarioHtml(record, results));
  const order = ["Failed", "<h2>Steps", "<h2>Groups", "<h2>Thresholds", 'id="group-0"', "<h2>Findings"];
  const at = order.map((text) => page.indexOf(text));
  assert.ok(at.every((place) => place >= 0), String(at));
  assert.deepEqual(at, [...at].sort((a, b) => a - b));
  assert.match(page, /step &#39;kill a broker&#39; failed/);
  assert.match(page, /325,000 in 36\.0 s, 34,028 msg\/s/);
  assert.match(page, /<code>recovery&#60;1s<\/code>/);
  assert.doesNotMatch(page, /Compared with|undefined|NaN/);
});

Deno.test("many lines of steps by groups are folded away", () => {
  const steps = Array.from({ length: 20 }, () => record.steps[1]!);
  assert.match(main(scenarioHtml({ ...record, steps }, results)), /outside of steps, 80 lines<\/summary>/);
});

Deno.test("what a scenario says can't become markup or script", () => {
  const evil = `</script><img src=x onerror=alert(1)>"'&`;
  const bad = {
    ...record,
    name: evil,
    description: evil,
    serviceUrl: evil,
    notes: [evil],
    settings: { [evil]: evil },
    groups: record.groups.map((group) => ({ ...group, name: evil })),
    steps: record.steps.map((step) => ({ ...step, name: evil, text: evil })),
    verdict: { ...record.verdict, reasons: [evil] },
  };
  const sweep = sweepSample();
  const points = sweep.record.points.map((point) => ({ ...point, settings: { [evil]: evil } }));
  const pages = [
    scenarioHtml(bad, results),
    sweepHtml({ ...sweep.record, name: evil, description: evil, points }, sweep.results),
  ];
  for (const page of pages) {
    assert.ok(!page.includes("<img"), "markup got through");
    assert.equal(page.match(/<\/script>/g)?.length, 3);
  }
});

Deno.test("every table of a scenario and of a sweep has a caption and headings with scope", () => {
  const sweep = sweepSample();
  for (const page of [scenarioHtml(record, results), sweepHtml(sweep.record, sweep.results)]) {
    for (const table of page.match(/<table[\s\S]*?<\/table>/g) ?? []) {
      assert.match(table, /<caption[^>]*>[^<]+<\/caption>/);
      assert.doesNotMatch(table, /<th(?![^>]*scope=)(?!ead)/);
    }
  }
});

Deno.test("a scenario that proves and demands nothing has not passed", () => {
  const verdict = { status: "ok", exitCode: 0, reasons: [] } as const;
  const bare = { ...record, verdict, steps: [], groups: record.groups.slice(1, 2) };
  assert.match(scenarioHtml({ ...bare }, [results[1]!]), /verdict open[^]*–<\/span> Ended as asked/);
  assert.match(
    scenarioHtml({ ...record, verdict }, results),
    /verdict good[^]*✓<\/span> Passed/,
  );
});

Deno.test("a sweep is drawn along its rate, a line for each of the other settings", () => {
  const sweep = sweepSample();
  assert.equal(alongOf(sweep.record), "rate");
  const [response, endToEnd] = sweepCharts(sweep.record, sweep.results);
  assert.equal(response!.title, "Response time by rate");
  assert.equal(endToEnd!.title, "End-to-end time by rate");
  assert.deepEqual(response!.x, [...response!.x].sort((a, b) => a - b));
  assert.equal(response!.x.length, 15);
  assert.deepEqual(response!.lines.map(({ name }) => name), [
    "size 100B P99",
    "size 100B P50",
    "size 1KiB P99",
    "size 1KiB P50",
    "size 10KiB P99",
    "size 10KiB P50",
  ]);
  const last = response!.lines[4]!;
  assert.deepEqual(last.labels.filter((label) => label !== ""), ["5k", "10k", "20k", "40k", "60k"]);
  assert.equal(last.values.filter((value) => value !== null).length, 5);
});

Deno.test("without a rate the setting with the most values runs along the line, and what never varies is none", () => {
  const sweep = sweepSample();
  const points = sweep.record.points.slice(0, 3).map((point, index) => ({
    ...point,
    settings: { batch: String(index), size: index === 0 ? "1KiB" : "2KiB", acks: "all" },
  }));
  const record = { ...sweep.record, points };
  assert.equal(alongOf(record), "batch");
  assert.equal(alongOf({ ...record, points: points.slice(0, 1) }), undefined);
  const [chart] = sweepCharts({ ...record, points: points.slice(0, 1) }, sweep.results);
  assert.equal(chart!.x.length, 1);
});

Deno.test("a combination that measured nothing is in the table and not in the chart", () => {
  const sweep = sweepSample();
  const silent = sweep.results.map((pair, index) =>
    index > 0 ? pair : pair.map((result) => ({ ...result, totals: { ...result.totals, latency: {} } }))
  );
  assert.equal(sweepCharts(sweep.record, silent)[0]!.x.length, 14);
  assert.match(sweepHtml(sweep.record, silent), /<td>\s*100B<\/td>\s*<td>\s*5k/);
  const all = sweep.results.map((pair) =>
    pair.map((result) => ({ ...result, totals: { ...result.totals, latency: {} } }))
  );
  assert.deepEqual(sweepCharts(sweep.record, all), []);
});
