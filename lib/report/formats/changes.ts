/** What was changed while a run went on, by people or on the cluster, and how it is said. */
import { formatBytes, formatCount, formatElapsed, formatRate } from "../../config/units.ts";
import type { ChangeRecord } from "../result/types.ts";

const TITLES: Readonly<Record<ChangeRecord["setting"], string>> = {
  workers: "workers",
  rate: "rate",
  size: "size",
  batchMessages: "batch",
  compression: "compression",
  paused: "paused",
  figures: "figures",
  partitions: "partitions",
};

/** `0:07  rate 500 msg/s → 800 msg/s`. */
export function changeLine(change: ChangeRecord): string {
  return `${formatElapsed(change.seconds)}  ${changeText(change)}`;
}

/** What was changed, without the time. */
export function changeText({ setting, from, to, stage }: ChangeRecord): string {
  if (setting === "paused") return to === true ? "paused" : "resumed";
  if (setting === "figures") return `figures reset after ${shown(setting, from)}`;
  const of = stage === undefined ? "" : ` of stage ${stage}`;
  return `${TITLES[setting]}${of} ${shown(setting, from)} → ${shown(setting, to)}`;
}

function shown(setting: ChangeRecord["setting"], value: ChangeRecord["from"]): string {
  if (typeof value !== "number") return String(value);
  switch (setting) {
    case "rate":
      return formatRate(value);
    case "size":
      return formatBytes(value);
    case "batchMessages":
      return value === 1 ? "off" : formatCount(value);
    case "figures":
      return `${formatCount(value)} messages`;
    default:
      return formatCount(value);
  }
}
