/** What a log begins with: what is run against what, how fast, for how long, and what it has to fulfil. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import { subscriptionText } from "../../lib/config/subscription_text.ts";
import { formatBytes, formatCount, formatElapsed, formatRate, plural } from "../../lib/config/units.ts";
import { DRAIN_MS } from "../../lib/load/drain_clock.ts";
import { topicsText } from "../../lib/config/topics_text.ts";
import { plannedMillis } from "../../lib/load/schedule/stages.ts";

/** What a group of a scenario is called, and what it has beyond its configuration. */
export interface IntroGroup {
  readonly name?: string | undefined;
  readonly topics?: readonly string[] | undefined;
  readonly drainMs?: number | undefined;
}

/** One line, or two where there are thresholds. */
export function introText(
  config: RunConfig,
  { name, topics = [], drainMs = DRAIN_MS }: IntroGroup = {},
): string {
  const { role, topic, serviceUrl, embedded, workers, profile, runId, thresholds } = config;
  const target = embedded === undefined ? serviceUrl : `the embedded broker ${serviceUrl}`;
  const who = name === undefined ? role : `${name}  ${role}`;
  const facts = [
    rateText(config, drainMs),
    ...(config.role === "producer"
      ? [sizeText(config.size)]
      : [`subscription ${config.subscription} (${subscriptionText(config)})`]),
    plural(workers, "worker"),
    `profile ${profile}`,
    `run ${runId}`,
  ];
  const rules = thresholds.length === 0 ? "" : `\n${who}  thresholds: ${thresholds.join("; ")}`;
  const what = topicsText({ topic, topics: topics.length });
  return `${who}  ${what} at ${target}: ${facts.join(", ")}${rules}`;
}

function rateText(config: RunConfig, drainMs: number): string {
  const length = lengthText(config, drainMs);
  if (config.role === "producer" && config.stages.length > 0) {
    return `${plural(config.stages.length, "stage")} ${length}`;
  }
  const { rate } = config;
  if (rate === "max") return `highest rate wanted ${length}`;
  return `${typeof rate === "number" ? formatRate(rate) : "unlimited rate"} ${length}`;
}

function lengthText(config: RunConfig, drainMs: number): string {
  const millis = plannedMillis(config);
  const ends = [
    ...(config.count === undefined ? [] : [`${formatCount(config.count)} messages`]),
    ...(millis === undefined ? [] : [spanText(millis)]),
  ];
  const warmup = config.warmupMs > 0 ? ` after a warm-up of ${spanText(config.warmupMs)}` : "";
  if (ends.length === 0) return `until stopped${warmup}`;
  const drain = millis === undefined ? "" : `, at most ${spanText(drainMs)} more for what is in flight`;
  return `for ${ends.join(" or ")}${warmup}${drain}`;
}

function spanText(millis: number): string {
  const seconds = millis / 1000;
  return seconds < 120 ? `${Number(seconds.toFixed(1))} s` : formatElapsed(seconds);
}

function sizeText(size: Extract<RunConfig, { role: "producer" }>["size"]): string {
  if (size.kind === "fixed") return `payload ${formatBytes(size.bytes)}`;
  if (size.kind === "uniform") return `payload ${formatBytes(size.min)} to ${formatBytes(size.max)}`;
  return `payload of ${plural(size.sizes.length, "size")}`;
}
