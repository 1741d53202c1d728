/** What a log begins with: what is run against what, how fast, for how long, and what it has to fulfil. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import { formatBytes, formatCount, formatElapsed, formatRate, plural } from "../../lib/config/units.ts";
import { DRAIN_MS } from "../../lib/load/drain_clock.ts";
import { plannedMillis } from "../../lib/load/schedule/stages.ts";

/** One line, or two where there are thresholds. */
export function introText(config: RunConfig): string {
  const { role, topic, serviceUrl, embedded, workers, profile, runId, thresholds } = config;
  const target = embedded === undefined ? serviceUrl : `the embedded broker ${serviceUrl}`;
  const facts = [
    rateText(config),
    ...(config.role === "producer"
      ? [sizeText(config.size)]
      : [`subscription ${config.subscription} (${config.subscriptionType})`]),
    plural(workers, "worker"),
    `profile ${profile}`,
    `run ${runId}`,
  ];
  const rules = thresholds.length === 0 ? "" : `\n${role}  thresholds: ${thresholds.join("; ")}`;
  return `${role}  ${topic} at ${target}: ${facts.join(", ")}${rules}`;
}

function rateText(config: RunConfig): string {
  const length = lengthText(config);
  if (config.role === "producer" && config.stages.length > 0) {
    return `${plural(config.stages.length, "stage")} ${length}`;
  }
  const { rate } = config;
  if (rate === "max") return `highest rate wanted ${length}`;
  return `${typeof rate === "number" ? formatRate(rate) : "unlimited rate"} ${length}`;
}

function lengthText(config: RunConfig): string {
  const millis = plannedMillis(config);
  const ends = [
    ...(config.count === undefined ? [] : [`${formatCount(config.count)} messages`]),
    ...(millis === undefined ? [] : [spanText(millis)]),
  ];
  const warmup = config.warmupMs > 0 ? ` after a warm-up of ${spanText(config.warmupMs)}` : "";
  if (ends.length === 0) return `until stopped${warmup}`;
  const drain = millis === undefined ? "" : `, at most ${DRAIN_MS / 1000} s more for what is in flight`;
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
