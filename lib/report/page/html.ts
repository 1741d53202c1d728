/**
 * `lab report`: one self-contained HTML page of one result or of several overlaid. It loads nothing from anywhere,
 * says so in its content security policy, and reads well without its script: charts are the only thing missing then.
 */
import { ROLES } from "../../config/option_spec.ts";
import { type ChartData, chartData } from "./chart_data.ts";
import assets from "./assets.json" with { type: "json" };
import { Html, html, type HtmlPart, jsonForScript } from "./html_text.ts";
import { configurationSection, countsSection, findingsSection, hostSection } from "./details.ts";
import {
  comparisonSection,
  latencyTable,
  type NamedResult,
  openingSection,
  type PlacedResult,
  verdictCard,
} from "./sections.ts";
import { groupsSection, scenarioCard, scenarioThresholds, stepsSection } from "./scenario_sections.ts";
import { topicsSection } from "./topics_section.ts";
import { topicsText } from "../../config/topics_text.ts";
import { sweepCharts } from "./sweep_data.ts";
import { sweepCard, sweepSection } from "./sweep_sections.ts";
import type { ScenarioRecord, SweepRecord } from "../result/scenario_types.ts";
import { type RunResult, TOOL_VERSION } from "../result/types.ts";

export type { NamedResult } from "./sections.ts";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/**
 * The page as text.
 *
 * @param results in the order they are shown; the first of a role is what the others of it are compared with
 * @throws {RangeError} without any result
 */
export function reportHtml(results: readonly NamedResult[]): string {
  const [first, ...others] = results;
  if (first === undefined) throw new RangeError("a report needs at least one result");
  const named = withDistinctNames(results);
  const many = others.length > 0;
  const groups = ofOneRole(named);
  return pageHtml({
    title: many ? `Load report: ${results.length} runs` : `Load report: ${topicsText(first.result.run)}`,
    heading: groups.length > 0 ? `${results.length} runs compared` : "Load report",
    version: first.result.versions[TOOL_VERSION],
    verdicts: named.map((one, index) => verdictCard(one, index, many)),
    data: chartData(named.map(({ result }) => result), named.map(({ name }) => name)),
    above: html`
      ${groups.map(comparisonSection)}
      <section class="card"><h2>Latency</h2>${latencyTable(named)}</section>
      ${openingSection(named)}
    `,
    below: html`
      ${topicsSection(named)} ${detailsOf(named)}
    `,
  });
}

/** What was found of every result, and under which circumstances. */
function detailsOf(named: readonly NamedResult[]): Html {
  return html`
    ${findingsSection(named)}
    <div class="${named.length > 1 ? "stack" : "pair"}">${countsSection(named)}${hostSection(named)}</div>
    ${configurationSection(named)}
  `;
}

/**
 * The page of a scenario: producers, consumers and steps as one story on one axis of time, then each group by itself.
 *
 * @param results in the order of `record.groups`
 */
export function scenarioHtml(record: ScenarioRecord, results: readonly RunResult[]): string {
  const named = record.groups.map(({ name }, index): NamedResult => ({ name, result: results[index]! }));
  return pageHtml({
    title: `Scenario: ${record.name}`,
    heading: "Scenario",
    version: record.versions[TOOL_VERSION],
    verdicts: [scenarioCard(record, named)],
    data: chartData(results, named.map(({ name }) => name), record),
    above: undefined,
    below: html`
      ${stepsSection(record, named)} ${groupsSection(record, named)} ${scenarioThresholds(record, named)}
      ${topicsSection(named, record)}
      <section class="card"><h2>Latency</h2>${latencyTable(named)}</section>
      ${openingSection(named)} ${named.map((one, index) =>
        html`
          <div id="group-${index}">${verdictCard(one, index, true)}</div>
        `
      )} ${detailsOf(named)}
    `,
  });
}

/**
 * The page of a sweep: rate against latency, and every combination in a table.
 *
 * @param results of each combination, in the order of `record.points`
 */
export function sweepHtml(record: SweepRecord, results: readonly (readonly RunResult[])[]): string {
  return pageHtml({
    title: `Sweep: ${record.name}`,
    heading: "Sweep",
    version: record.versions[TOOL_VERSION],
    verdicts: [sweepCard(record, results)],
    data: { ...chartData([], []), sweep: sweepCharts(record, results) },
    above: undefined,
    below: sweepSection(record, results),
  });
}

interface Page {
  readonly title: string;
  readonly heading: string;
  /** Of the tool that made the results. */
  readonly version: string | undefined;
  readonly verdicts: readonly Html[];
  readonly data: ChartData;
  /** Between the verdicts and the charts, and behind the charts. */
  readonly above: HtmlPart;
  readonly below: HtmlPart;
}

function pageHtml({ title, heading, version, verdicts, data, above, below }: Page): string {
  const page = html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="${POLICY}">
        <title>${title}</title>
        <style>
        ${new Html(assets.uplotStyle)}${new Html(assets.pageStyle)}
        </style>
      </head>
      <body>
        <a class="skip" href="#verdicts">Skip to the verdict</a>
        <header class="top">
          <h1>${heading}</h1>
          <button type="button" id="theme" class="quiet" hidden>Theme: system</button>
        </header>
        <main>
          <section id="verdicts" class="cards" aria-label="Verdict">${verdicts}</section>
          ${above}
          <section id="charts" class="charts" aria-label="Charts">
            <noscript><p class="note">Charts need JavaScript; all their figures are in the tables.</p></noscript>
          </section>
          ${below}
        </main>
        <footer>
          Made by pulsar-local-lab ${version ??
            "of an unknown version"}. Charts by uPlot (MIT): <details class="inline">
            <summary>licence</summary>
            <pre>${assets.uplotLicense}</pre>
          </details>
        </footer>
        <script type="application/json" id="data">
        ${jsonForScript(data)}
        </script>
        <script>
        ${new Html(assets.uplotScript)}
        </script>
        <script>
        ${new Html(assets.pageScript)}
        </script>
      </body>
    </html>
  `;
  return page.text;
}

/** What can be compared: a producer's figures say nothing about a consumer's. */
function ofOneRole(results: readonly NamedResult[]): (readonly PlacedResult[])[] {
  const placed = results.map((one, index): PlacedResult => ({ ...one, index }));
  return ROLES.map((role) => placed.filter(({ result }) => result.run.role === role))
    .filter(({ length }) => length > 1);
}

/** File names are often equal (`result.json` in several folders): number those. */
function withDistinctNames(results: readonly NamedResult[]): NamedResult[] {
  const counts = new Map<string, number>();
  for (const { name } of results) counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return results.map(({ name, result }) => {
    if (counts.get(name) === 1) return { name, result };
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return { name: `${name} (${number})`, result };
  });
}
