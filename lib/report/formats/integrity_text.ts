/**
 * What the verification found, in words that claim no more than was looked at. The same in the summary and on the page.
 */
import { formatCount, plural } from "../../config/units.ts";
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
 * A damaged message cannot tell which one it was, so as many missing ones are held to be the damaged ones. They may be
 * others: one that was damaged may have come intact as well. Undefined where nothing came damaged.
 */
export function corruptText({ corrupt }: Pick<IntegrityRecord, "corrupt">): string | undefined {
  if (corrupt === 0) return undefined;
  const which = corrupt === 1
    ? "1 corrupt message cannot tell which it was: 1 missing message is"
    : `${formatCount(corrupt)} corrupt messages cannot tell which they were: as many missing messages are`;
  return `${which} taken for damaged; ${
    corrupt === 1 ? "it" : `up to ${formatCount(corrupt)}`
  } may be lost instead`;
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
