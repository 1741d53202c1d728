/** The lower parts of a report page: findings, counts, host and configuration. */
import type { OptionKey } from "../../config/option_spec.ts";
import { optionOf, OPTIONS } from "../../config/options.ts";
import {
  formatBytes,
  formatCount,
  formatData,
  formatDuration,
  formatElapsed,
  formatPercent,
  formatRate,
} from "../../config/units.ts";
import { knowsEntries } from "../../load/figures.ts";
import { changeText } from "../formats/changes.ts";
import { outageText } from "../formats/gap_text.ts";
import { counterexampleText } from "../formats/counterexample_text.ts";
import { corruptText, isOrderJudged, provenText } from "../formats/integrity_text.ts";
import { backPressureOf, largestLoopLag } from "../result/result_figures.ts";
import type { RunResult } from "../result/types.ts";
import { integrityFinding } from "../result/verdict.ts";
import { type Html, html, type HtmlPart, table } from "./html_text.ts";
import { key, type NamedResult } from "./sections.ts";

const INTEGRITY_WORDS = {
  off: "not asked for",
  violated: "✗ violated",
  unverified: "– nothing verified",
} as const;

type Rows = readonly (readonly HtmlPart[])[];

/** Thresholds, errors, integrity and rate search of every result. */
export function findingsSection(results: readonly NamedResult[]): Html {
  const many = results.length > 1;
  return html`
    <section class="card"><h2>Findings</h2>${results.map(({ name, result }, index) =>
      html`
        ${many && html`
          <h3>${key(index, many)}${name}</h3>
        `}
        <div class="columns">${findingsOf(result).map((part) =>
          html`
            <div>${part}</div>
          `
        )}</div>
      `
    )}</section>
  `;
}

function findingsOf(result: RunResult): Html[] {
  const { thresholds, totals, integrity, rateSearch, changes = [], counterexamples = [] } = result;
  const parts: Html[] = [];
  if (thresholds.length > 0) {
    const rows = thresholds.map(({ text, state, value }) => [
      html`
        <code>${text}</code>
      `,
      state === "pass"
        ? html`
          <span class="better">✓ pass</span>
        `
        : html`
          <span class="worse">✗ fail</span>
        `,
      value,
    ]);
    parts.push(
      table("Thresholds", ["Threshold", "", "Measured"], rows, { numeric: false, showCaption: true }),
    );
  }
  const errors = Object.entries(totals.errors).sort(([, a], [, b]) => b - a);
  if (errors.length > 0) {
    const rows = errors.map(([code, count]) => [code, formatCount(count)]);
    parts.push(table("Errors", ["Code", "Count"], rows, { showCaption: true }));
  } else {parts.push(html`
      <p class="none"><strong>Errors</strong> none</p>
    `);}
  if (integrity !== undefined && integrity.mode !== "off") {
    const finding = integrityFinding(integrity)!;
    const found = finding === "proven" ? `✓ ${provenText(result)}` : INTEGRITY_WORDS[finding];
    const rows: Rows = [
      ["verified", formatCount(integrity.verified)],
      ["lost", formatCount(integrity.lost)],
      ...(integrity.lostOrDamaged === undefined
        ? []
        : [["of these maybe damaged", `up to ${formatCount(integrity.lostOrDamaged)}`]]),
      ["from before the subscription", formatCount(integrity.beforeSubscription ?? 0)],
      ["not received at the end", formatCount(integrity.notReceived ?? 0)],
      ["duplicated", formatCount(integrity.duplicates)],
      ...(integrity.duplicatesExplained === undefined ? [] : [[
        "of these explained by messages sent again",
        formatCount(integrity.duplicatesExplained),
      ]]),
      ["out of order", isOrderJudged(result) ? formatCount(integrity.outOfOrder) : "not judged"],
      ["late where no order is promised", formatCount(integrity.reordered ?? 0)],
      ["corrupt", formatCount(integrity.corrupt)],
      ["of other runs", formatCount(integrity.foreign)],
    ];
    const damaged = corruptText(integrity);
    // A sentence would make the columns of figures wider than the card.
    parts.push(html`
      <p class="none"><strong>Integrity</strong> ${found}</p>
      ${table("Integrity", ["Messages", "Count"], rows)} ${damaged !== undefined && html`
        <p class="note">${damaged}</p>
      `}
      ${counterexamples.map((example) =>
        html`
          <p class="note">${counterexampleText(example)}</p>
        `
      )}
    `);
  }
  if (changes.length > 0) {
    const rows = changes.map((change) => [formatElapsed(change.seconds), changeText(change)]);
    const title = "Changed while it ran";
    parts.push(table(title, ["At", "What"], rows, { numeric: false, showCaption: true }));
  }
  if (rateSearch !== undefined) {
    const rows = rateSearch.steps.map((step) => [
      formatRate(step.rate),
      formatRate(step.achieved),
      formatDuration(step.responseP99Us),
      step.sustained ? "✓" : `✗ ${step.reason}`,
    ]);
    const title = `Sustainable rate: ${formatRate(rateSearch.sustainableRate)}`;
    parts.push(table(title, ["Asked", "Reached", "Response P99", ""], rows, { showCaption: true }));
  }
  return parts;
}

const COUNTS: readonly (readonly [string, (result: RunResult) => string])[] = [
  ["messages", ({ totals }) => formatCount(totals.messages)],
  ["entries", ({ totals }) => knowsEntries(totals) ? formatCount(totals.entries) : "–"],
  [
    "mean batch",
    ({ totals }) =>
      totals.entries > 0 && knowsEntries(totals) ? (totals.messages / totals.entries).toFixed(1) : "–",
  ],
  ["sent (producer) or acknowledged (consumer)", ({ totals }) => formatCount(totals.sent)],
  ["failed", ({ totals }) => formatCount(totals.failed)],
  ["messages due and given up", ({ totals }) => formatCount(totals.missed)],
  ["outages", (result) => outageText(result) ?? "none"],
  ["back-pressure", (result) => {
    const share = backPressureOf(result.totals, result);
    return share === undefined ? "–" : formatPercent(share);
  }],
  ["reconnects", ({ totals }) => formatCount(totals.reconnects)],
  ["redelivered", ({ totals }) => formatCount(totals.redelivered)],
  ["bytes on the wire", ({ totals }) => knowsEntries(totals) ? formatData(totals.wireBytes) : "–"],
  ["largest event-loop lag", (result) => formatDuration(largestLoopLag(result))],
  ["workers", ({ workers }) => formatCount(workers.length)],
  ["messages per worker", ({ workers }) => {
    const counts = workers.map(({ messages }) => messages);
    if (counts.length === 0) return "–";
    return `${formatCount(Math.min(...counts))} to ${formatCount(Math.max(...counts))}`;
  }],
];

/** Counters of every result. */
export function countsSection(results: readonly NamedResult[]): Html {
  const rows = COUNTS.map(([label, read]) => [label, ...results.map(({ result }) => read(result))]);
  return html`
    <section class="card"><h2>Counts</h2>${table("Counts", heads("", results), rows)}</section>
  `;
}

/** Hosts and versions; lines that differ between results are marked. */
export function hostSection(results: readonly NamedResult[]): Html {
  const line = (label: string, read: (result: RunResult) => string): readonly HtmlPart[] =>
    marked(label, results.map(({ result }) => read(result)));
  const versions = [...new Set(results.flatMap(({ result }) => Object.keys(result.versions)))];
  const rows = [
    line("host", ({ host }) => host.name),
    line("system", ({ host }) => `${host.os} ${host.arch}`),
    line("CPUs", ({ host }) => formatCount(host.cpus)),
    line("memory", ({ host }) => formatBytes(host.memoryBytes)),
    ...versions.map((name) => line(`${name} version`, ({ versions }) => versions[name] ?? "–")),
    line("run", ({ run }) => run.id),
    line(
      "instances",
      ({ instances }) =>
        instances.map(({ name, restarts }) => restarts > 0 ? `${name} (restarted)` : name).join(", "),
    ),
  ];
  return html`
    <section class="card"><h2>Host</h2>${table("Host", heads("", results), rows, {
      numeric: false,
    })}</section>
  `;
}

/** What was chosen, with its source, and everything else folded away; lines that differ are marked. */
export function configurationSection(results: readonly NamedResult[]): Html {
  const names = [...new Set(results.flatMap(({ result }) => Object.keys(result.config)))];
  const valuesOf = (name: string): string[] =>
    results.map(({ result }) => shown(name, result.config[name]?.value));
  const sourcesOf = (name: string): string[] =>
    results.map(({ result }) => result.config[name]?.source ?? "default");
  const chosen = names.filter((name) =>
    sourcesOf(name).some((source) => source !== "default") || new Set(valuesOf(name)).size > 1
  );
  const rest = names.filter((name) => !chosen.includes(name));
  const rows = (list: readonly string[]): Rows =>
    list.map((name) => marked(labelOf(name), valuesOf(name), sourcesOf(name)));
  const head = heads("option", results);
  return html`
    <section class="card">
      <h2>Configuration</h2>
      ${chosen.length === 0
        ? html`
          <p class="none">Everything is at its default.</p>
        `
        : table("Chosen options", head, rows(chosen), { numeric: false })}
      <details><summary>${rest.length} options at their defaults</summary>${table(
        "Options at their defaults",
        head,
        rows(rest),
        { numeric: false },
      )}</details>
    </section>
  `;
}

function heads(first: string, results: readonly NamedResult[]): readonly HtmlPart[] {
  const many = results.length > 1;
  return [
    first,
    ...results.map(({ name }, index) =>
      html`
        ${key(index, many)}${many ? name : "value"}
      `
    ),
  ];
}

function marked(
  label: string,
  values: readonly string[],
  sources: readonly string[] = [],
): readonly HtmlPart[] {
  const cells = values.map((value, index) => {
    const source = sources[index] ?? "default";
    return html`
      ${value}${source !== "default" && html`
        <small>${source}</small>
      `}
    `;
  });
  return [
    new Set(values).size > 1
      ? html`
        <mark>${label}</mark>
      `
      : label,
    ...cells,
  ];
}

const isOption = (name: string): name is OptionKey => Object.hasOwn(OPTIONS, name);

/** The name of an option on the command line: `durationMs` is `duration`. */
function labelOf(name: string): string {
  return isOption(name) ? optionOf(name).flag : name;
}

/** Values of options as they are written: `12s`, `4KiB`. */
function shown(name: string, value: unknown): string {
  if (value === undefined || value === null) return "–";
  try {
    if (isOption(name)) return optionOf(name).kind.format(value).join(", ");
  } catch {
    // Another version of this tool may have written another kind of value; it is shown as it is.
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
