/**
 * What the verification found, in words that claim no more than was looked at. The same in the summary and on the page.
 */
import { formatCount, plural } from "../../config/units.ts";
import type { Integrity } from "../../load/snapshot.ts";
import type { IntegrityRecord, RunResult } from "../result/types.ts";

/** `none lost, duplicated, out of order or corrupt`, or without the order where that was not judged. */
export function provenText(result: Pick<RunResult, "config">): string {
  return isOrderJudged(result)
    ? "none lost, duplicated, out of order or corrupt"
    : "none lost, duplicated or corrupt; order is not judged on a shared subscription";
}

/** False when a consumer's subscription promises no order; several of a merged result may be of different types. */
export function isOrderJudged({ config }: Pick<RunResult, "config">): boolean {
  const value: unknown = config.subscriptionType?.value;
  return !(Array.isArray(value) ? value : [value]).includes("shared");
}

/**
 * A damaged message cannot tell which one it was, so it may be one of the missing ones, or have come intact as well.
 * Undefined where it is known of each missing message that it did not come damaged.
 */
export function corruptText(
  { lost, lostOrDamaged = 0 }: Pick<Integrity, "lost" | "lostOrDamaged">,
): string | undefined {
  if (lostOrDamaged === 0) return undefined;
  return lost === 1
    ? "the lost message may have come damaged instead: a damaged one does not tell which it was"
    : `of the ${formatCount(lost)} lost messages up to ${
      formatCount(lostOrDamaged)
    } may have come damaged instead: ` +
      "a damaged one does not tell which it was";
}

/** Counts that are no violation, one short sentence each. */
export function leftTexts(
  { notReceived = 0, beforeSubscription = 0, reordered = 0 }: IntegrityRecord,
  { durable }: RunResult["config"],
): string[] {
  // Of a subscription that is not durable, nothing is left that could have them.
  const left = durable?.value === false ? "not taken" : "left to the subscription";
  return [
    ...(beforeSubscription > 0
      ? [`${formatCount(beforeSubscription)} from before the subscription, which the broker may have dropped`]
      : []),
    ...(notReceived > 0 ? [`${formatCount(notReceived)} ${left} at the end`] : []),
    ...(reordered > 0 ? [`${plural(reordered, "message")} late where no order is promised`] : []),
  ];
}
