/** The report page as people see it: drawn in a real Chromium, by mouse and by keyboard, light, dark and on paper. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { reportHtml } from "../../lib/report/page/html.ts";
import { producerResult } from "../../lib/report/report_test_support.ts";
import type { RunResult } from "../../lib/report/result/types.ts";
import type { Page } from "../support/chromium.ts";
import { INK, LOW_CONTRAST, SERIES_DRAWN } from "../support/page_probes.ts";
import { withReportPage } from "../support/report_page.ts";
import { producerSample } from "../support/sample_results.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const test = testUnless(await missingPrograms("chromium"));

const ONE = [{ name: "baseline.json", result: producerSample({ stalledAt: [20, 21, 44] }) }];
const THREE = [
  ...ONE,
  { name: "lz4.json", result: producerSample({ seed: 5, serviceUs: 1300 }) },
  { name: "zstd.json", result: producerSample({ seed: 9, serviceUs: 2600, rate: 42_000 }) },
];

/** Captions of what happened beside the load. */
const HEALTH = [
  "Errors per second",
  "Behind schedule at the end of the interval",
  "Back-pressure share of the workers' time",
];

/** Set it to a folder to keep pictures of what the tests saw. */
const PICTURES = Deno.env.get("PLL_TEST_PICTURES");

const opened = (results: typeof ONE, use: (page: Page) => Promise<void>, width = 1280): Promise<void> =>
  withReportPage(reportHtml(results), width, use);

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await Deno.writeFile(join(PICTURES, `${name}.png`), await page.screenshot());
}

for (const scheme of ["light", "dark"] as const) {
  test(`all charts are drawn with every series in its colour (${scheme})`, () =>
    opened(THREE, async (page) => {
      await page.colorScheme(scheme);
      assert.equal((await page.evaluate<number[]>(INK)).length, 7);
      const drawn = await page.evaluate<boolean[][]>(SERIES_DRAWN);
      assert.deepEqual(drawn.map((series) => series.length), [5, 3, 3, 3, 3, 3, 3]);
      assert.ok(drawn.flat().every(Boolean), JSON.stringify(drawn));
      const back = await page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      assert.equal(back, scheme === "light" ? "rgb(246, 247, 249)" : "rgb(16, 21, 28)");
      await picture(page, `report-three-${scheme}`);
    }));
}

test("the latency and percentile choices redraw the charts", () =>
  opened(THREE, async (page) => {
    const captions = (): Promise<string[]> =>
      page.evaluate(`[...document.querySelectorAll("figcaption")].map((caption) => caption.textContent)`);
    assert.deepEqual(await captions(), [
      "Throughput messages per second",
      "Response time over time P99",
      "Response time by percentile whole run",
      "Response time: distribution share of messages",
      ...HEALTH,
    ]);
    await page.evaluate(`document.querySelector("input[value=service]").click()`);
    await page.evaluate(`document.querySelector('input[value="99.9"]').click()`);
    await page.evaluate(`document.querySelector("input[name=scale][value='1']").click()`);
    assert.deepEqual((await captions()).slice(1), [
      "Service time over time P99.9",
      "Service time by percentile whole run",
      "Service time: distribution share of messages",
      ...HEALTH,
    ]);
    assert.ok((await page.evaluate<number[]>(INK)).every((colors) => colors > 3));
  }));

test("everything is reached and read by keyboard alone", () =>
  opened(ONE, async (page) => {
    const reached: string[] = [];
    for (let i = 0; i < 30 && !reached.includes("plot"); i++) {
      await page.press("Tab");
      reached.push(await page.evaluate("document.activeElement.id || document.activeElement.className"));
    }
    assert.ok(
      reached[0] === "skip" && reached.includes("theme") && reached.includes("plot"),
      reached.join(" "),
    );
    await page.press("End");
    assert.match(
      await page.evaluate(`document.activeElement.parentElement.querySelector(".readout").textContent`),
      /^0:59 actual 4\d,\d{3} msg\/s|^0:59 actual 50,\d{3} msg\/s/,
    );
    await page.press("ArrowLeft");
    assert.match(
      await page.evaluate(`document.activeElement.parentElement.querySelector(".readout").textContent`),
      /^0:58 /,
    );
    await page.press("Home");
    assert.match(
      await page.evaluate(`document.activeElement.parentElement.querySelector(".readout").textContent`),
      /^0:00 /,
    );
  }));

test("each chart's figures are there as a table", () =>
  opened(ONE, async (page) => {
    await page.evaluate(
      `document.querySelectorAll("figure details").forEach((details) => details.open = true)`,
    );
    await page.evaluate("new Promise((done) => setTimeout(done, 50))");
    const rows = await page.evaluate<number[]>(
      `[...document.querySelectorAll("figure .figures")].map((box) => box.querySelectorAll("tbody tr").length)`,
    );
    assert.equal(rows[0], 60);
    assert.equal(rows[1], 60);
    assert.ok(rows[2]! > 100 && rows[3]! > 20, rows.join(" "));
    assert.equal(
      await page.evaluate(`document.querySelector(".figures tbody td:nth-child(3)").textContent`),
      "50,000 msg/s",
    );
  }));

test("texts stand out from their background by at least 4.5 to 1, in light and in dark", () =>
  opened(THREE, async (page) => {
    for (const scheme of ["light", "dark"] as const) {
      await page.colorScheme(scheme);
      assert.deepEqual(await page.evaluate<string[]>(LOW_CONTRAST), [], scheme);
    }
  }));

test("paper is light, and no chart is wider than its card", () =>
  opened(THREE, async (page) => {
    await page.colorScheme("dark");
    await page.media("print");
    assert.equal(await page.evaluate("getComputedStyle(document.documentElement).colorScheme"), "light");
    const spill = await page.evaluate<number[]>(
      `[...document.querySelectorAll(".plot canvas")].map((canvas) => canvas.getBoundingClientRect().right - canvas.closest(".card").getBoundingClientRect().right)`,
    );
    assert.ok(spill.every((over) => over < 0), spill.join(" "));
    assert.equal(
      await page.evaluate(`getComputedStyle(document.querySelector(".controls")).display`),
      "none",
    );
    assert.ok((await page.pdf()).length > 10_000);
    await picture(page, "report-three-print");
  }, 820));

test("a phone shows the whole page without sideways scrolling", () =>
  opened(ONE, async (page) => {
    const over = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    assert.equal(over, 0);
    await picture(page, "report-one-phone");
  }, 390));

test("two runs stand side by side on a phone, and a wider table scrolls instead of being cut", () =>
  opened(THREE.slice(0, 2), async (page) => {
    const tables = await page.evaluate<{ spill: number; scrolls: boolean }[]>(
      `[...document.querySelectorAll(".scroll")].map((box) => ({
        spill: box.getBoundingClientRect().right - box.closest(".card").getBoundingClientRect().right,
        scrolls: getComputedStyle(box).overflowX === "auto" }))`,
    );
    assert.ok(
      tables.length > 3 && tables.every(({ spill, scrolls }) => spill <= 0 && scrolls),
      JSON.stringify(tables),
    );
    const hidden = await page.evaluate<number>(
      `(() => { const box = document.querySelector('[aria-label="Comparison"]'); return box.scrollWidth - box.clientWidth; })()`,
    );
    assert.equal(hidden, 0, "the comparison of two runs fits");
    const across = await page.evaluate<number>(
      `new Set([...document.querySelectorAll(".tiles > div")].map((tile) => tile.getBoundingClientRect().left)).size`,
    );
    assert.ok(across >= 2, "figures stand side by side");
    await picture(page, "report-two-phone");
  }, 400));

test("the page tells how to zoom", () =>
  opened(ONE, async (page) => {
    assert.match(
      await page.evaluate(`document.querySelector(".hint").textContent`),
      /Drag in a chart to zoom/,
    );
  }));

test("what was found out about integrity is read without scrolling, also where order is not judged", () => {
  const base = producerResult();
  const result: RunResult = {
    ...base,
    run: { ...base.run, role: "consumer" },
    config: { ...base.config, subscriptionType: { value: "shared", source: "flag" } },
    integrity: {
      ...{ mode: "count", streams: 2, verified: 325_624, lost: 0, duplicates: 0, outOfOrder: 0, corrupt: 0 },
      ...{ foreign: 0, head: "zero", report: null },
    },
  };
  return opened([{ name: "shared.json", result }], async (page) => {
    const hidden = await page.evaluate<number>(
      `(() => { const box = document.querySelector('[aria-label="Integrity"]'); return box.scrollWidth - box.clientWidth; })()`,
    );
    assert.equal(hidden, 0);
    assert.match(
      await page.evaluate("document.body.textContent"),
      /order is not judged on a shared subscription/,
    );
    await picture(page, "report-shared");
  });
});

test("a run without intervals and latencies opens without a complaint", async () => {
  const base = producerResult();
  const result = { ...base, intervals: [], totals: { ...base.totals, latency: {}, seconds: 0 } };
  await opened([{ name: "empty.json", result }], async (page) => {
    assert.equal(await page.evaluate(`document.querySelectorAll("figure").length`), 0);
  });
});
