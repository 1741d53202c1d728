/** The pages of a scenario and of a sweep as people see them, in a real Chromium: wide and narrow, light and dark. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { scenarioHtml, sweepHtml } from "../../lib/report/page/html.ts";
import { scenarioSample, sweepSample } from "../../lib/report/scenario_test_support.ts";
import type { Page } from "../support/chromium.ts";
import { INK, LOW_CONTRAST, SERIES_DRAWN } from "../support/page_probes.ts";
import { withReportPage } from "../support/report_page.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const test = testUnless(await missingPrograms("chromium"));

/** Set it to a folder to keep pictures of what the tests saw. */
const PICTURES = Deno.env.get("PLL_TEST_PICTURES");

const scenario = (): string => {
  const { record, results } = scenarioSample();
  return scenarioHtml(record, results);
};
const sweep = (): string => {
  const { record, results } = sweepSample();
  return sweepHtml(record, results);
};

const captions = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll("figcaption")].map((caption) => caption.textContent)`);

const OVER =
  `[...document.querySelectorAll("main > *, .card")].filter((box) => box.getBoundingClientRect().right > innerWidth + 1).length +
  document.documentElement.scrollWidth - document.documentElement.clientWidth`;

for (const width of [1200, 400]) {
  for (const [name, html, charts] of [["scenario", scenario, 8], ["sweep", sweep, 2]] as const) {
    test(`the page of a ${name} is whole, readable and drawn at ${width} pixels, in light and in dark`, () =>
      withReportPage(html(), width, async (page) => {
        for (const scheme of ["light", "dark"] as const) {
          await page.colorScheme(scheme);
          assert.equal((await page.evaluate<number[]>(INK)).length, charts);
          const drawn = await page.evaluate<boolean[][]>(SERIES_DRAWN);
          // Lines of a group may lie under those of another that does the same.
          assert.ok(
            drawn.every((series) => series.filter(Boolean).length >= series.length / 2),
            String(drawn),
          );
          assert.deepEqual(await page.evaluate<string[]>(LOW_CONTRAST), [], scheme);
          assert.equal(await page.evaluate(OVER), 0);
          if (PICTURES !== undefined) {
            await Deno.writeFile(join(PICTURES, `${name}-${width}-${scheme}.png`), await page.screenshot());
          }
        }
      }));
  }
}

test("the charts of a scenario tell of all groups on one axis, what users feel of each role first", () =>
  withReportPage(scenario(), 1200, async (page) => {
    assert.deepEqual(await captions(page), [
      "Throughput messages per second",
      "Response time over time P99",
      "End-to-end time over time P99",
      "Backlog messages",
      "In flight messages",
      "Errors per second",
      "End-to-end time by percentile whole run",
      "End-to-end time: distribution share of messages",
    ]);
    const lefts = await page.evaluate<number[]>(
      `[...document.querySelectorAll("figure.wide .u-over")].map((over) => over.getBoundingClientRect().left)`,
    );
    assert.equal(new Set(lefts).size, 1, "a moment is at the same place in every chart");
    await page.evaluate(`document.querySelector('input[value="50"]').click()`);
    assert.equal((await captions(page))[1], "Response time over time P50");
    assert.ok((await page.evaluate<number[]>(INK)).every((colors) => colors > 3));
  }));

test("whoever points at a step reads what it did, in every chart at once", () =>
  withReportPage(scenario(), 1200, async (page) => {
    const readouts = await page.evaluate<string[]>(`(() => {
      const over = document.querySelector("figure.wide .u-over");
      const { left, top, width } = over.getBoundingClientRect();
      const at = { bubbles: true, clientX: left + width * 31 / 120, clientY: top + 40 };
      over.dispatchEvent(new MouseEvent("mouseenter", at));
      over.dispatchEvent(new MouseEvent("mousemove", at));
      return new Promise((done) => setTimeout(() => done(
        [...document.querySelectorAll("figure.wide .readout")].map((line) => line.textContent)), 200));
    })()`);
    assert.equal(readouts.length, 6);
    for (const text of readouts) {
      assert.match(text, /^0:3[01] /);
      assert.match(text, /unload unloaded 100 topics; recovered in 1\.21 s/);
    }
    assert.match(readouts[0]!, /orders 8,000 msg\/s/);
  }));

test("a sweep is read point by point with the keyboard, and as a table", () =>
  withReportPage(sweep(), 1200, async (page) => {
    await page.evaluate(`document.querySelector(".plot").focus()`);
    await page.press("End");
    assert.match(
      await page.evaluate(`document.querySelector(".readout").textContent`),
      /^59,\d{3} msg\/s .*size 100B P99 1\d\.\d ms/,
    );
    await page.evaluate(`document.querySelector("figure details").open = true`);
    await page.evaluate("new Promise((done) => setTimeout(done, 50))");
    assert.equal(await page.evaluate(`document.querySelectorAll(".figures tbody tr").length`), 15);
    await page.evaluate(`document.querySelector("input[name=scale][value='1']").click()`);
    assert.ok((await page.evaluate<number[]>(INK)).every((colors) => colors > 3));
  }));

test("the page of a scenario goes to paper with its charts", () =>
  withReportPage(scenario(), 820, async (page) => {
    await page.media("print");
    const spill = await page.evaluate<number[]>(
      `[...document.querySelectorAll(".plot canvas")].map((canvas) => canvas.getBoundingClientRect().right - canvas.closest(".card").getBoundingClientRect().right)`,
    );
    assert.ok(spill.every((over) => over < 0), spill.join(" "));
    assert.ok((await page.pdf()).length > 10_000);
  }));
