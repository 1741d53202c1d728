/** The parts of a sweep's page that are text and tables. */
import { formatDuration, formatElapsed, formatRate, plural } from "../../config/units.ts";
import { reachedText } from "../formats/scenario_summary.ts";
import { meanTarget } from "../result/result_figures.ts";
import { leadOf } from "../result/scenario_figures.ts";
import type { SweepRecord } from "../result/scenario_types.ts";
import type { RunResult } from "../result/types.ts";
import { type Html, html, table } from "./html_text.ts";
import { recordCard } from "./sections.ts";

export function sweepCard(record: SweepRecord, results: readonly (readonly RunResult[])[]): Html {
  const good = record.points.filter(({ verdict }) => verdict.exitCode === 0).length;
  const all = results.flat();
  const highest = Math.max(
    0,
    ...results.map((point) => {
      const senders = point.filter(({ run }) => run.role === "producer");
      return (senders.length > 0 ? senders : point)
        .reduce((sum, { totals }) => sum + totals.messagesPerSecond, 0);
    }),
  );
  return recordCard({
    name: record.name,
    verdict: record.verdict,
    isProven: all.some(({ verdict }) => verdict.findings?.integrity === "proven"),
    isJudged: all.some(({ thresholds }) => thresholds.length > 0),
    about: [
      plural(record.points.length, "combination"),
      `${formatElapsed((record.endedAtUs - record.startedAtUs) / 1e6)} in all`,
      `${new Date(record.startedAtUs / 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`,
    ].join(" · "),
    description: record.description,
    tiles: [
      ["Combinations", `${good} of ${record.points.length}`, "ended well"],
      ["Highest rate", formatRate(highest), "reached"],
    ],
    notes: record.notes,
  });
}

/** A line for each combination and group. */
export function sweepSection(record: SweepRecord, results: readonly (readonly RunResult[])[]): Html {
  const names = [...new Set(record.points.flatMap(({ settings }) => Object.keys(settings)))];
  const rows = record.points.flatMap(({ settings, verdict, results: groups }, index) =>
    groups.map(({ group }, place) => {
      const result = results[index]![place]!;
      const lead = leadOf(result.totals.latency);
      const target = meanTarget(result);
      const at = (percentile: string): string => formatDuration(lead?.percentilesUs[percentile] ?? NaN);
      const isGood = verdict.exitCode === 0;
      return [
        html`
          <span class="name"><span class="${isGood ? "better" : "worse"}">${isGood
            ? "✓"
            : "✗"}</span> ${group}</span>
        `,
        ...names.map((name) => settings[name] ?? "–"),
        target === undefined ? "–" : formatRate(target),
        formatRate(result.totals.messagesPerSecond),
        reachedText(result),
        ...(lead === undefined ? ["–", "–", "–", "–"] : [
          at("50"),
          at("99"),
          at("99.9"),
          formatDuration(lead.maxUs),
        ]),
        isGood ? "" : verdict.status,
      ];
    })
  );
  const head = ["", ...names, "asked", "reached", "", "P50", "P99", "P99.9", "max", ""];
  return html`
    <section class="card"><h2>Combinations</h2>${table("Combinations", head, rows)}</section>
  `;
}
