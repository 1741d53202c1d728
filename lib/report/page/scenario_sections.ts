/** The parts of a scenario's page that are text and tables: its verdict, groups, steps and thresholds. */
import { errorTotal } from "../../load/figures.ts";
import {
  formatCount,
  formatDuration,
  formatElapsed,
  formatRate,
  formatThroughput,
  plural,
} from "../../config/units.ts";
import { isOrderJudged } from "../formats/integrity_text.ts";
import { integrityWord, reachedText } from "../formats/scenario_summary.ts";
import { insideStep, leadOf, longestOutageUs, outsideSteps, windowOf } from "../result/scenario_figures.ts";
import { settingsText } from "../result/scenario_record.ts";
import type { ScenarioGroupRecord, ScenarioRecord, StepRecord } from "../result/scenario_types.ts";
import type { ThresholdRecord } from "../result/types.ts";
import { type Html, html, type HtmlPart, table } from "./html_text.ts";
import { key, type NamedResult, recordCard, type Tile } from "./sections.ts";

const micros = (value: number | undefined): string => value === undefined ? "–" : formatDuration(value);

/** The verdict and the headline figures of all groups together. */
export function scenarioCard(record: ScenarioRecord, results: readonly NamedResult[]): Html {
  const ofRole = (role: string): NamedResult[] => results.filter(({ result }) => result.run.role === role);
  const rateOf = (of: readonly NamedResult[]): number =>
    of.reduce((sum, { result }) => sum + result.totals.messagesPerSecond, 0);
  const bytesOf = (of: readonly NamedResult[]): number =>
    of.reduce((sum, { result }) => sum + result.totals.bytesPerSecond, 0);
  const worst = (of: readonly NamedResult[]): string => {
    const values = of.flatMap(({ result }) => leadOf(result.totals.latency)?.percentilesUs["99"] ?? []);
    return values.length === 0 ? "–" : formatDuration(Math.max(...values));
  };
  const [senders, receivers] = [ofRole("producer"), ofRole("consumer")];
  const sum = (of: (result: NamedResult["result"]) => number): number =>
    results.reduce((total, { result }) => total + of(result), 0);
  const lost = sum(({ integrity }) => integrity?.lost ?? 0);
  const steps = record.steps.filter(({ state }) => state === "done").length;
  const tiles: Tile[] = [
    ...(senders.length === 0 ? [] : [
      ["Sent", formatRate(rateOf(senders)), formatThroughput(bytesOf(senders))] as const,
      ["P99 response", worst(senders), senders.length > 1 ? "the worst group" : ""] as const,
    ]),
    ...(receivers.length === 0 ? [] : [
      ["Received", formatRate(rateOf(receivers)), formatThroughput(bytesOf(receivers))] as const,
      ["P99 end-to-end", worst(receivers), receivers.length > 1 ? "the worst group" : ""] as const,
      [
        "Lost",
        formatCount(lost),
        `of ${formatCount(sum(({ integrity }) => (integrity?.verified ?? 0)) + lost)} messages`,
      ] as const,
    ]),
    ["Errors", formatCount(sum(({ totals }) => errorTotal(totals.errors))), ""],
  ];
  const isProven = results.some(({ result }) => result.verdict.findings?.integrity === "proven");
  const isJudged = results.some(({ result }) => result.thresholds.length > 0) ||
    record.steps.some(({ thresholds }) => thresholds.length > 0);
  const target = record.embedded ? "embedded broker" : record.serviceUrl;
  const planned = record.plannedSeconds === undefined ? "" : ` of ${formatElapsed(record.plannedSeconds)}`;
  return recordCard({
    name: record.name,
    verdict: record.verdict,
    isProven,
    isJudged,
    about: [
      plural(record.groups.length, "group"),
      ...(record.steps.length === 0
        ? []
        : [`${formatCount(steps)} of ${plural(record.steps.length, "step")} done`]),
      target,
      `run ${record.runId}`,
      `${formatElapsed(record.seconds)}${planned} measured`,
      `${new Date(record.startedAtUs / 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`,
      ...(record.settings === undefined ? [] : [settingsText(record.settings)]),
    ].join(" · "),
    description: record.description,
    tiles,
    notes: record.notes,
  });
}

/** A line for each group: what it did, and what was found of its messages. */
export function groupsSection(record: ScenarioRecord, results: readonly NamedResult[]): Html {
  const placed = record.groups.map((group, index) => ({ group, index, result: results[index]!.result }));
  const name = (group: ScenarioGroupRecord, index: number): Html =>
    html`
      <span class="name">${key(index, true)} <a href="#group-${index}">${group.name}</a></span>
      <small class="below">${group.role}</small>
    `;
  const rows = placed.map(({ group, index, result }) => {
    const { totals, outages } = result;
    const lead = leadOf(totals.latency);
    return [
      name(group, index),
      formatCount(group.topics),
      formatCount(group.lanes),
      formatRate(totals.messagesPerSecond),
      reachedText(result),
      micros(lead?.percentilesUs["50"]),
      micros(lead?.percentilesUs["99"]),
      micros(lead?.maxUs),
      formatCount(errorTotal(totals.errors)),
      formatCount(outages?.count ?? 0),
      group.backlog === undefined ? "–" : formatCount(group.backlog),
    ];
  });
  const lanes = html`
    <abbr title="producers or consumers">p/c</abbr>
  `;
  const head = ["", "topics", lanes, "rate", "of asked", "P50", "P99", "max", "errors", "outages", "backlog"];
  const checked = placed.flatMap(({ group, index, result }) => {
    const { integrity } = result;
    if (integrity === undefined) return [];
    return [[
      name(group, index),
      toned(integrityWord(result)),
      formatCount(integrity.verified),
      formatCount(integrity.lost),
      formatCount(integrity.duplicates),
      isOrderJudged(result) ? formatCount(integrity.outOfOrder) : "not judged",
      formatCount(integrity.corrupt),
      formatCount(integrity.notReceived ?? 0),
      formatCount(integrity.beforeSubscription ?? 0),
      formatCount(integrity.foreign),
    ]];
  });
  const found = [
    "",
    "",
    "verified",
    "lost",
    "received twice",
    "out of order",
    "damaged",
    "not received",
    "from before it",
    "of other runs",
  ];
  return html`
    <section class="card">
      <h2>Groups</h2>
      ${table("Groups", head, rows)} ${checked.length > 0 && html`
        <div class="after">${table("Integrity", found, checked, { showCaption: true })}</div>
      `}
    </section>
  `;
}

function mark(isGood: boolean, text: string): Html {
  return html`
    <span class="${isGood ? "better" : "worse"}">${isGood ? "✓" : "✗"} ${text}</span>
  `;
}

function toned(word: string): HtmlPart {
  if (word.startsWith("✓")) return mark(true, "intact");
  return word.startsWith("✗") ? mark(false, word.slice(2)) : word;
}

const STATES: Readonly<Record<StepRecord["state"], readonly [tone: string, text: string]>> = {
  done: ["better", "✓ done"],
  failed: ["worse", "✗ failed"],
  planned: ["", "○ never begun"],
  running: ["", "◐ not over at the end"],
};

/** What was done when, and what came of it. */
export function stepsSection(record: ScenarioRecord, results: readonly NamedResult[]): Html | undefined {
  if (record.steps.length === 0) return undefined;
  const rows = record.steps.map((step) => {
    const [tone, text] = STATES[step.state];
    const window = windowOf(step, record);
    const longest = longestOutageUs(step);
    const seconds = (value: number | undefined): string =>
      micros(value === undefined ? undefined : value * 1e6);
    return [
      html`
        <span class="step"><strong>${step.name}</strong>${step.text !== "" && html`
          <small class="below">${step.text}</small>
        `}</span>
      `,
      formatElapsed(window?.from ?? step.atSeconds),
      window === undefined || step.kind === "stage" ? "–" : seconds(Math.max(0, window.to - window.from)),
      html`
        <span class="${tone}">${text}</span>
      `,
      seconds(step.firstErrorSeconds),
      seconds(step.recoverySeconds),
      longest > 0 ? formatDuration(longest) : "–",
      formatCount(step.resent),
      step.drain === undefined
        ? "–"
        : `${formatCount(step.drain.backlog)} in ${seconds(step.drain.seconds)}, ${
          formatRate(step.drain.rate)
        }`,
    ];
  });
  const head = [
    "",
    "at",
    "lasted",
    "",
    "first error",
    "recovered",
    "longest outage",
    "sent again",
    "drained",
  ];
  const inside = insideRows(record, results);
  const isLong = inside.length > 24;
  const insideTable = table(
    "Groups inside and outside of steps",
    [
      "",
      "rate in it",
      "outside",
      "P50 in it",
      "outside",
      "P99 in it",
      "outside",
      "max in it",
      "outages",
      "longest",
    ],
    inside,
    { showCaption: !isLong },
  );
  return html`
    <section class="card">
      <h2>Steps</h2>
      ${table("Steps", head, rows)} ${inside.length > 0 && html`
        <div class="after">${isLong
          ? html`
            <details><summary>Groups inside and outside of steps, ${inside
              .length} lines</summary>${insideTable}</details>
          `
          : insideTable}</div>
        <p class="note">Outside is the time that no step touches, stages apart.</p>
      `}
    </section>
  `;
}

/** What each step did to each group, beside what that group does otherwise. */
function insideRows(record: ScenarioRecord, results: readonly NamedResult[]): HtmlPart[][] {
  const outside = results.map(({ result }) => outsideSteps(record, result));
  return record.steps.flatMap((step) => {
    if (step.kind === "stage") return [];
    return record.groups.flatMap((group, index) => {
      const inside = insideStep(step, group.name);
      if (inside === undefined) return [];
      const quiet = outside[index];
      const outages = step.outages[group.name];
      const isSlow = (inside.p99Us ?? 0) > 3 * (quiet?.p99Us ?? Infinity);
      return [[
        html`
          ${step.name} ${key(index, true)} ${group.name}
        `,
        formatRate(inside.messagesPerSecond),
        quiet === undefined ? "–" : formatRate(quiet.messagesPerSecond),
        micros(inside.p50Us),
        micros(quiet?.p50Us),
        isSlow
          ? html`
            <span class="worse">${micros(inside.p99Us)}</span>
          `
          : micros(inside.p99Us),
        micros(quiet?.p99Us),
        micros(inside.maxUs),
        formatCount(outages?.count ?? 0),
        outages === undefined || outages.count === 0 ? "–" : formatDuration(outages.maxUs),
      ]];
    });
  });
}

/** What was demanded of groups and steps, the missed ones first. */
export function scenarioThresholds(
  record: ScenarioRecord,
  results: readonly NamedResult[],
): Html | undefined {
  const all: (ThresholdRecord & { readonly of: string })[] = [
    ...results.flatMap(({ name, result }) => result.thresholds.map((one) => ({ ...one, of: name }))),
    ...record.steps.flatMap(({ name, thresholds }) =>
      thresholds.map((one) => ({ ...one, of: `step '${name}'` }))
    ),
  ];
  if (all.length === 0) return undefined;
  const rows = all.sort((a, b) => Number(a.state === "pass") - Number(b.state === "pass")).map((one) => [
    html`
      <code>${one.text}</code>
    `,
    one.of,
    mark(one.state === "pass", one.state),
    one.value,
  ]);
  return html`
    <section class="card"><h2>Thresholds</h2>${table("Thresholds", ["", "of", "", "measured"], rows, {
      numeric: false,
    })}</section>
  `;
}
