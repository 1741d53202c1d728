/** The parts of a report page that are text and tables; charts are drawn over them by `page.js`. */
import { errorShare, errorTotal } from "../../load/figures.ts";
import {
  formatCount,
  formatData,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatRate,
  formatThroughput,
} from "../../config/units.ts";
import { compareSides } from "../compare/compare.ts";
import { formatChange } from "../format.ts";
import { topicsText } from "../../config/topics_text.ts";
import { givenUpText } from "../formats/gap_text.ts";
import { changeLine } from "../formats/changes.ts";
import { OPENING_HEAD, OPENING_NOTES, openingRows } from "../formats/opening_text.ts";
import type { ChangeRecord, RunResult } from "../result/types.ts";
import { integrityFinding, type Verdict } from "../result/verdict.ts";
import { LATENCY_NAMES } from "../../load/span_math.ts";
import { meanTarget } from "../result/result_figures.ts";
import { LATENCY_TITLES } from "./latency_titles.ts";
import { type Html, html, type HtmlPart, table } from "./html_text.ts";

export interface NamedResult {
  readonly name: string;
  readonly result: RunResult;
}

/** Where a result stands among all of the page; its colour follows from it. */
export interface PlacedResult extends NamedResult {
  readonly index: number;
}

const STATUS_WORDS = {
  ok: "Passed",
  failure: "Failed",
  integrity: "Integrity violated",
  thresholds: "Thresholds failed",
  interrupted: "Stopped early",
  unverified: "Nothing verified",
} as const;

/** The headline: a passed test, or only a run that ended as asked. */
function wordOf({ verdict, thresholds }: RunResult): string {
  if (verdict.status !== "ok" || thresholds.length > 0) return STATUS_WORDS[verdict.status];
  return verdict.findings?.integrity === "proven" ? "Every message arrived" : "Ended as asked";
}

/** Colour key of a result, shown where several are on the page. */
export const key = (index: number, many: boolean): HtmlPart =>
  many && html`
    <span class="key key-${index % 8}" aria-hidden="true"></span>
  `;

export type Tile = readonly [label: string, value: string, small: string];

function tilesList(tiles: readonly Tile[]): Html {
  return html`
    <dl class="tiles">${tiles.map(([label, value, small]) =>
      html`
        <div>
          <dt>${label}</dt>
          <dd>${value}${small !== "" && html`
            <small>${small}</small>
          `}</dd>
        </div>
      `
    )}</dl>
  `;
}

function reasonsList(reasons: readonly string[]): Html | undefined {
  if (reasons.length === 0) return undefined;
  return html`
    <ul class="reasons">${reasons.map((reason) =>
      html`
        <li>${reason}</li>
      `
    )}</ul>
  `;
}

/** The verdict on several runs together. */
export function recordCard(card: {
  readonly name: string;
  readonly verdict: Verdict;
  readonly isProven: boolean;
  readonly isJudged: boolean;
  readonly about: string;
  readonly description: string;
  readonly tiles: readonly Tile[];
  readonly notes: readonly string[];
}): Html {
  const { verdict } = card;
  const isGood = verdict.status === "ok";
  // What proves and demands nothing has not passed.
  const [tone, mark, word] = !isGood
    ? ["bad", "✗", STATUS_WORDS[verdict.status]]
    : card.isJudged
    ? ["good", "✓", STATUS_WORDS.ok]
    : card.isProven
    ? ["good", "✓", "Every message arrived"]
    : ["open", "–", "Ended as asked"];
  return html`
    <article class="card verdict ${tone}">
      <h2>${card.name} <span class="mark"><span aria-hidden="true">${mark}</span> ${word}</span></h2>
      <p class="about">${card.about}</p>
      ${card.description !== "" && html`
        <p class="description">${card.description}</p>
      `} ${reasonsList(verdict.reasons)} ${tilesList(card.tiles)} ${card.notes.map((note) =>
        html`
          <p class="note">${note}</p>
        `
      )}
    </article>
  `;
}

/** The verdict and the headline figures of one result. */
export function verdictCard({ name, result }: NamedResult, index: number, many: boolean): Html {
  const { verdict, totals, run, changes = [] } = result;
  // Not from the verdict's findings: results of earlier versions have none.
  const isProven = integrityFinding(result.integrity) !== "unverified";
  const [tone, mark] = !isProven && (verdict.status === "ok" || verdict.status === "unverified")
    ? ["open", "–"]
    : verdict.status === "ok"
    ? ["good", "✓"]
    : ["bad", "✗"];
  const word = tone === "open" ? STATUS_WORDS.unverified : wordOf(result);
  // The ✓ of a run without thresholds must not look like a passed test.
  const isUnjudged = result.thresholds.length === 0 && tone !== "bad";
  const main = totals.latency.endToEnd ?? totals.latency.response ?? totals.latency.service;
  const title = totals.latency.endToEnd ? "end-to-end" : totals.latency.response ? "response" : "service";
  const percentile = (at: string): string =>
    main === undefined || main.count === 0 ? "–" : formatDuration(main.percentilesUs[at] ?? NaN);
  const target = meanTarget(result);
  const errors = errorTotal(totals.errors);
  const tiles: readonly Tile[] = [
    [
      "Rate",
      formatRate(totals.messagesPerSecond),
      target ? `${formatPercent(totals.messagesPerSecond / target)} of target` : "",
    ],
    ["Throughput", formatThroughput(totals.bytesPerSecond), `${formatData(totals.bytes)} in all`],
    [`P50 ${title}`, percentile("50"), ""],
    [`P99 ${title}`, percentile("99"), ""],
    [`P99.9 ${title}`, percentile("99.9"), ""],
    [
      "Errors",
      formatCount(errors),
      errors > 0
        ? formatPercent(errorShare(totals.errors, totals.messages) ?? 0)
        : `in ${formatCount(totals.messages)} messages`,
    ],
  ];
  return html`
    <article class="card verdict ${tone}">
      <h2>
        ${key(index, many)}${many && html`
          ${name}
        `}<span class="mark"><span aria-hidden="true">${mark}</span> ${word}</span>${isUnjudged && html`
          <small>no thresholds set</small>
        `}
      </h2>
      <p class="about">
        ${run.role} · ${topicsText(run)} · ${run.embedded
          ? "embedded broker"
          : run.serviceUrl} · profile ${run
          .profile} · ${duration(totals.seconds)} measured · ${new Date(run.startedAtUs / 1000).toISOString()
          .slice(0, 19).replace("T", " ")} UTC
      </p>
      ${reasonsList(verdict.reasons)} ${tilesList(tiles)}
      ${changes.length > 0 && html`
        <p class="note">Changed while it ran: ${changesShown(changes)}</p>
      `} ${result.notes.map((note) =>
        html`
          <p class="note">${note}</p>
        `
      )}
    </article>
  `;
}

/** Most changes that the card names; all of them stand among the findings. */
const NAMED_CHANGES = 5;

function changesShown(changes: readonly ChangeRecord[]): string {
  const named = changes.slice(0, NAMED_CHANGES).map((change) => changeLine(change).replace("  ", " "));
  const left = changes.length - named.length;
  return [...named, ...(left > 0 ? [`${left} more below`] : [])].join("; ");
}

/** Latency percentiles of all results, one line per result and latency. */
export function latencyTable(results: readonly NamedResult[]): Html {
  const many = results.length > 1;
  const rows = results.flatMap(({ name, result }, index) =>
    LATENCY_NAMES.flatMap((latency) => {
      const histogram = result.totals.latency[latency];
      if (histogram === undefined || histogram.count === 0) return [];
      const at = (percentile: string): string => formatDuration(histogram.percentilesUs[percentile] ?? NaN);
      return [[
        html`
          ${key(index, many)}${many ? `${name} · ` : ""}${LATENCY_TITLES[latency]}
        `,
        ...["50", "90", "95", "99", "99.9", "99.99"].map(at),
        formatDuration(histogram.maxUs),
        formatDuration(histogram.meanUs),
        formatDuration(histogram.stdDevUs),
      ]];
    })
  );
  if (rows.length === 0) {
    return html`
      <p>No latency was measured.</p>
    `;
  }
  const gaps = results.flatMap(({ name, result }) => {
    const text = givenUpText(result);
    return text === undefined ? [] : [`${many ? `${name}: ` : ""}${text}`];
  });
  return html`
    ${table(
      "Latency",
      ["", "P50", "P90", "P95", "P99", "P99.9", "P99.99", "max", "mean", "std dev"],
      rows,
    )}
    ${gaps.map((gap) =>
      html`
        <p class="note">${gap}</p>
      `
    )}
  `;
}

/** What opening producers or consumers took; nothing where no result measured it. */
export function openingSection(results: readonly NamedResult[]): Html | undefined {
  const many = results.length > 1;
  const rows = results.flatMap(({ name, result }, index) =>
    openingRows(result).map(([step, ...figures]) => [
      html`
        ${key(index, many)}${many ? `${name} · ` : ""}${step}
      `,
      ...figures,
    ])
  );
  if (rows.length === 0) return undefined;
  const notes = results.flatMap(({ name, result }) =>
    OPENING_NOTES.flatMap(([, textOf]) => textOf(result) ?? []).map((text) =>
      `${many ? `${name}: ` : ""}${text}`
    )
  );
  return html`
    <section class="card">
      <h2>Opening</h2>
      ${table("Opening", ["", ...OPENING_HEAD], rows)}
      <p class="note">Ready counts from when a producer or consumer was due to be opened.</p>
      ${notes.map((text) =>
        html`
          <p class="note">${text}</p>
        `
      )}
    </section>
  `;
}

/** The comparison of each later result with the first; at least two, of one role. */
export function comparisonSection(results: readonly PlacedResult[]): Html {
  const [first, ...others] = results;
  const comparisons = others.map(({ result }) => compareSides([first!.result], [result]));
  const names = [...new Set(comparisons.flatMap(({ figures }) => figures.map((figure) => figure.name)))];
  const rows = names.map((name) => {
    const figures = comparisons.map((comparison) =>
      comparison.figures.find((figure) => figure.name === name)
    );
    const base = figures.find((figure) => figure !== undefined)!;
    return [
      name,
      base.format(base.a.median),
      ...figures.map((figure) => {
        if (figure === undefined) return "–";
        const worse = figure.better === "lower" ? figure.change > 0 : figure.change < 0;
        const tone = Math.abs(figure.change) < 0.0005 || Number.isNaN(figure.change)
          ? ""
          : worse
          ? "worse"
          : "better";
        return html`
          ${figure.format(figure.b.median)} <span class="change ${tone}">${formatChange(figure.change)}</span>
        `;
      }),
    ];
  });
  const heads = results.map(({ name, index }) =>
    html`
      ${key(index, true)}${name}
    `
  );
  const cautions = [...new Set(comparisons.flatMap((comparison) => comparison.cautions))]
    // The first is said once below, the second by the verdicts above.
    .filter((caution) => !caution.startsWith("one run") && !caution.includes("did not end well"));
  return html`
    <section class="card">
      <h2>Compared with ${first!.name}</h2>
      ${table("Comparison", ["", ...heads], rows)}
      <p class="note">One run each: no spread is known, so a difference may be noise.</p>
      ${cautions.map((caution) =>
        html`
          <p class="note">${caution}</p>
        `
      )}
    </section>
  `;
}

function duration(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${formatElapsed(seconds)} min`;
}
