/**
 * What the native client cannot do is refused by name; what only a profile or a file of lower precedence asks for, and
 * nobody needs for a run, goes back to its default with a notice.
 *
 * Source: the settings in the `index.d.ts` of npm:pulsar-client 1.18; what is not in there cannot be set.
 */
import type { Draft } from "./draft.ts";
import { optionOf } from "./options.ts";
import type { OptionKey, OptionValue } from "./option_spec.ts";
import { countText, durationText } from "./units.ts";

/** Messages in flight in its one thread: each is a promise and a handle of its own, and more only slow it down. */
export const NATIVE_IN_FLIGHT = 500;

export function settleNative(draft: Draft): void {
  if (draft.get("driver") !== "native") return;
  settleTime(draft);
  if (draft.role === "producer") settleProducer(draft);
  else settleConsumer(draft);
}

/** What people should know, once all settings are settled. */
export function noticeNative(draft: Draft): void {
  if (draft.get("driver") !== "native") return;
  const workers = draft.get("workers")!;
  if (workers > 1) {
    draft.notices.push(
      `--driver native: the ${workers} workers share one thread, the only one that can load it`,
    );
  }
  if (draft.get("tlsCa") !== undefined) {
    draft.notices.push("--driver native: --tls-ca replaces the authorities that it would trust otherwise");
  }
}

/** Refuses a setting, or resets it when the driver was asked for more explicitly. */
function refuse(draft: Draft, key: OptionKey, why: string): void {
  if (draft.rank(key) >= draft.rank("driver")) {
    draft.refuse(`${draft.nameOf(key)} cannot be had with --driver native: ${why}`, key, "driver");
    return;
  }
  draft.notices.push(`--driver native: ${draft.nameOf(key)} does not hold, since ${why}`);
  draft.reset(key, "driver");
}

/** Refuses all values but the default, which is what the addon does anyway. */
function refuseOther<K extends OptionKey>(draft: Draft, key: K, why: string): void {
  if (draft.get(key) !== optionOf(key).default as OptionValue<K> | undefined) refuse(draft, key, why);
}

function settleTime(draft: Draft): void {
  refuseOther(draft, "keepAliveMs", "it pings every 30 s");
  const timeout = draft.get("operationTimeoutMs")!;
  if (timeout % 1000 !== 0) {
    refuse(draft, "operationTimeoutMs", `it takes whole seconds, not '${durationText(timeout)}'`);
  }
}

function settleProducer(draft: Draft): void {
  settleWindow(draft);
  const delay = draft.get("batchDelayMs")!;
  if (draft.get("batching") === true && (delay < 1 || !Number.isInteger(delay))) {
    refuse(draft, "batchDelayMs", `it takes whole milliseconds from 1 on, not '${durationText(delay)}'`);
  }
}

/** The window is divided among the workers, which share the thread; a batch is no larger than that. */
function settleWindow(draft: Draft): void {
  const workers = draft.get("workers")!;
  const most = Math.max(1, Math.floor(NATIVE_IN_FLIGHT / workers));
  for (const key of ["maxInFlight", "batchMessages"] as const) {
    const value = draft.get(key)!;
    if (value <= most) continue;
    if (draft.rank(key) < draft.rank("driver") || !draft.isGiven(key)) draft.imply(key, most, "driver");
    else {
      const share = workers === 1 ? "" : `, '${countText(most)}' for each of ${workers} workers`;
      draft.refuse(
        `${draft.nameOf(key)} '${countText(value)}' is too much for --driver native, which has at most ` +
          `'${countText(NATIVE_IN_FLIGHT)}' messages in flight${share}`,
        key,
        "driver",
      );
    }
  }
}

function settleConsumer(draft: Draft): void {
  const timing = "it collects acknowledgements for 100 ms or 1,000 messages";
  refuseOther(draft, "ackGroupMs", timing);
  refuseOther(draft, "ackGroupMax", timing);
  refuseOther(draft, "durable", "its readers have no subscription whose name can be chosen");
  const redelivery = "it decides by itself when refused messages come again";
  refuseOther(draft, "nackPercent", redelivery);
  refuseOther(draft, "batchIndexAck", redelivery);
  refuseOther(draft, "unackedTimeoutMs", "it cannot ask for all unacknowledged messages again");
}
