/**
 * Pictures of all dashboards over a real cluster under real load, drawn in Chromium from what a real Prometheus
 * answers to the panels' own queries: `deno task dashboards:pictures`.
 */
import { join } from "node:path";
import { withPage } from "../../tests/support/chromium.ts";
import type { Prometheus } from "../../tests/support/prometheus.ts";
import {
  ask,
  type DashboardModel,
  readDashboards,
  variableValues,
} from "../../tests/support/prometheus_panels.ts";
import { withStage } from "../../tests/support/prometheus_stage.ts";
import { PAGE_WIDTH, pageHtml, type Picture } from "./page.ts";
import type { Answers } from "./panels.ts";

const SECONDS = 210;
/** Left out at the beginning: the brokers' publish latency appears after a minute. */
const SKIPPED_SECONDS = 60;

/** Asks all queries of a dashboard. */
export async function pictureOf(
  dashboard: DashboardModel,
  titles: readonly string[],
  prometheus: Prometheus,
  from: number,
  to: number,
): Promise<Picture> {
  // About as many points as a panel has room for.
  const step = Math.max(1, Math.round((to - from) / 150));
  const times: number[] = [];
  for (let time = Math.ceil(from); time <= to; time += step) times.push(time);
  const values = await variableValues(dashboard, prometheus, "8s", "pattern");
  const answers = new Map<number, Answers>();
  for (const panel of dashboard.panels) {
    answers.set(
      panel.id,
      await Promise.all(
        (panel.targets ?? []).map((target) =>
          ask(prometheus, target, values, times[0]!, times.at(-1)!, step)
        ),
      ),
    );
  }
  return { dashboard, answers, times, titles };
}

/** Draws all dashboards; returns names of panels that have nothing to show. */
export async function drawDashboards(
  prometheus: Prometheus,
  from: number,
  to: number,
  folder: string,
): Promise<string[]> {
  const dashboards = await readDashboards();
  const titles = [...dashboards.values()].map(({ title }) => title);
  const empty: string[] = [];
  for (const dashboard of dashboards.values()) {
    const page = pageHtml(await pictureOf(dashboard, titles, prometheus, from, to));
    empty.push(...page.empty.map((title) => `${dashboard.title}: ${title}`));
    const file = await Deno.makeTempFile({ suffix: ".html" });
    try {
      await Deno.writeTextFile(file, page.html);
      await withPage(
        `file://${file}`,
        { width: PAGE_WIDTH, height: Math.ceil(page.height) },
        async (view) => {
          if (view.complaints.length > 0) throw new Error(view.complaints.join("\n"));
          const png = await view.screenshot({ whole: false });
          await Deno.writeFile(join(folder, `${dashboard.uid}.png`), png);
        },
      );
    } finally {
      await Deno.remove(file);
    }
  }
  return empty;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? "docs/dashboards";
  await Deno.mkdir(folder, { recursive: true });
  await withStage({ seconds: SECONDS, rate: 1500 }, async ({ minikube, loadFrom, to }) => {
    const empty = await drawDashboards(minikube, loadFrom + SKIPPED_SECONDS, to, folder);
    for (const panel of empty) console.error(`empty: ${panel}`);
    if (empty.length > 0) Deno.exitCode = 1;
  });
}
