/** What `--threshold` can judge, for `--help-thresholds`: written from the table of metrics. */
import type { Role } from "../lib/config/run_config.ts";
import { type MetricKind, METRICS } from "../lib/report/thresholds/metric_catalog.ts";
import { row } from "./help.ts";

/** Rules that each role accepts as they stand. */
export const THRESHOLD_EXAMPLES: Readonly<
  Record<Role, readonly (readonly [rule: string, meaning: string])[]>
> = {
  producer: [
    ["response.p99<20ms", "99 % of the messages were acknowledged within 20 ms of their time"],
    ["rate>=0.99*target", "the rate asked for was held (with --rate or --stage)"],
    ["errors==0", "no error of any kind"],
    ["service.p99.9<50ms over 10s after 30s", "in every 10 s, the first 30 s left out"],
    ["failed.rate<0.1% abort", "end the run as soon as this is no longer so"],
  ],
  consumer: [
    ["e2e.p99<50ms", "99 % of the messages arrived within 50 ms of being sent"],
    ["verify.lost==0", "no message was lost"],
    ["messages>=1k", "something was received at all"],
    ["e2e.p99<50ms over 10s after 30s", "in every 10 s, the first 30 s left out"],
    ["backlog<10k abort", "end the run as soon as this is no longer so"],
  ],
};

/** Units that a bound may have, by the kind of its metric. */
export const UNITS: Readonly<Record<MetricKind, string>> = {
  duration: "us, ms, s, m, h, d",
  count: "k, m or none",
  rate: "a second: k, m or none",
  ratio: "%",
  byteRate: "a second: kB, MB, MiB …",
  number: "none",
};

/** The parts of a rule. */
export const THRESHOLD_GRAMMAR: readonly (readonly [part: string, meaning: string])[] = [
  ["OPERATOR", "< <= > >= == !="],
  ["BOUND", "a number with the metric's unit; for rate also 'target' or '0.99*target'"],
  ["over TIME", "judge every stretch of this length instead of the whole run"],
  ["after TIME", "leave the first part of the run unjudged"],
  ["abort", "end the run as soon as the rule is violated"],
];

/** The metrics of one role with their units, the grammar, and examples. */
export function thresholdsHelp(role: Role, width = 80): string {
  const columns = Math.min(100, Math.max(60, width));
  const section = (rows: readonly (readonly [string, string])[]): string[] =>
    rows.flatMap(([left, right]) => row(left, right, columns));
  const metrics = METRICS.filter(({ roles, needsOpening }) => roles.includes(role) && !needsOpening);
  return [
    `What --threshold can judge in a ${role}; a rule that does not hold ends the run with exit code 99.`,
    "",
    "A rule: METRIC OPERATOR BOUND [over TIME] [after TIME] [abort]",
    ...section(THRESHOLD_GRAMMAR),
    "",
    "Examples:",
    ...THRESHOLD_EXAMPLES[role].flatMap(([rule, meaning]) => [
      `  ${role} --threshold '${rule}'`,
      `      ${meaning}`,
    ]),
    "",
    "Metrics:",
    ...section(metrics.map(({ name, kind, what }) => [name, `${what} [${UNITS[kind]}]`])),
  ].join("\n") + "\n";
}
