/** Conflicts and consequences that only a consumer has. */
import type { Draft } from "./draft.ts";
import { optionOf } from "./options.ts";
import type { OptionKey } from "./option_spec.ts";
import { durationText } from "./units.ts";

/** Below this, redelivery by the broker and our own timer would race. */
const SHORTEST_UNACKED_MILLIS = 1000;

const NO_REDELIVERY = "one that is not gets nothing again after a reconnect";
/** What a broker cannot do for a subscription of which it keeps nothing. */
const NEEDS_DURABLE: readonly (readonly [OptionKey, string])[] = [
  ["seek", "one that is not begins anew with its consumer; use --initial-position"],
  ["unsubscribe", "one that is not is gone with its consumer"],
  ["nackPercent", NO_REDELIVERY],
  ["batchIndexAck", NO_REDELIVERY],
  ["unackedTimeoutMs", NO_REDELIVERY],
];

export function settleConsumer(draft: Draft): void {
  settleDurability(draft);
  settleSubscription(draft);
  settleAcknowledgement(draft);
  if (draft.get("rate") === "max") {
    draft.refuse(
      `${draft.nameOf("rate")} max is for producers: a consumer takes 'unlimited' or messages per second`,
      "rate",
    );
  }
}

/** Only its one consumer knows where a subscription that is not durable goes on. */
function settleDurability(draft: Draft): void {
  if (draft.get("durable") !== false) return;
  const type = draft.get("subscriptionType")!;
  if (type !== "exclusive" && draft.rank("subscriptionType") < draft.rank("durable")) {
    draft.imply("subscriptionType", "exclusive", "durable");
  } else if (type !== "exclusive") {
    needDurable(draft, "subscriptionType", `one that is not has one consumer: use exclusive, not '${type}'`);
  }
  for (const [key, why] of NEEDS_DURABLE) {
    const value = draft.get(key);
    if (value !== undefined && value !== optionOf(key).default) needDurable(draft, key, why);
  }
}

/** The layer of higher precedence wins; given in the same one, both are refused. */
function needDurable(draft: Draft, key: OptionKey, why: string): void {
  // Another setting may have decided it by now.
  if (draft.get("durable") !== false) return;
  const ahead = draft.rank(key) - draft.rank("durable");
  if (ahead > 0) draft.reset("durable", key);
  else if (ahead < 0) draft.reset(key, "durable");
  else draft.refuse(`${draft.nameOf(key)} needs a durable subscription: ${why}`, key, "durable");
}

function settleSubscription(draft: Draft): void {
  const type = draft.get("subscriptionType")!;
  const workers = draft.get("workers")!;
  // Where the type only follows from it.
  const asked = draft.get("durable") === false ? "durable" : "subscriptionType";
  if (type === "exclusive" && workers > 1) {
    if (draft.rank("workers") < draft.rank(asked)) {
      draft.imply("workers", 1, asked);
    } else {
      draft.refuse(
        `${
          draft.nameOf("workers")
        } '${workers}' cannot share an exclusive subscription: use 1, or another type`,
        "workers",
        "subscriptionType",
      );
    }
  }
  draft.exclude("seek", "initialPosition", "exclude each other: both set the start position");
}

function settleAcknowledgement(draft: Draft): void {
  const [ack, type] = [draft.get("ack")!, draft.get("subscriptionType")!];
  if (ack === "cumulative" && (type === "shared" || type === "key-shared")) {
    draft.refuse(
      `${
        draft.nameOf("ack")
      } cumulative is impossible on a ${type} subscription: use --subscription-type failover`,
      "ack",
      "subscriptionType",
    );
  }
  if (draft.get("nackPercent")! > 0 && ack !== "individual") {
    draft.refuse(`${draft.nameOf("nackPercent")} needs --ack individual, not '${ack}'`, "nackPercent", "ack");
  }
  if (draft.get("batchIndexAck") === true && ack === "none") {
    draft.refuse(
      `${draft.nameOf("batchIndexAck")} has no effect with --ack none`,
      "batchIndexAck",
      "ack",
    );
  }
  const timeout = draft.get("unackedTimeoutMs")!;
  if (timeout > 0 && timeout < SHORTEST_UNACKED_MILLIS) {
    draft.refuse(
      `${draft.nameOf("unackedTimeoutMs")} '${durationText(timeout)}' must be 0 or at least ` +
        `'${durationText(SHORTEST_UNACKED_MILLIS)}'`,
      "unackedTimeoutMs",
    );
  }
}
