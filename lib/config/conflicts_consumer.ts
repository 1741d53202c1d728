/** Conflicts and consequences that only a consumer has. */
import type { Draft } from "./draft.ts";
import { durationText } from "./units.ts";

/** Below this, redelivery by the broker and our own timer would race. */
const SHORTEST_UNACKED_MILLIS = 1000;

export function settleConsumer(draft: Draft): void {
  settleSubscription(draft);
  settleAcknowledgement(draft);
  if (draft.get("rate") === "max") {
    draft.refuse(
      `${draft.nameOf("rate")} max is for producers: a consumer takes 'unlimited' or messages per second`,
      "rate",
    );
  }
}

function settleSubscription(draft: Draft): void {
  const type = draft.get("subscriptionType")!;
  const workers = draft.get("workers")!;
  if (type === "exclusive" && workers > 1) {
    if (draft.rank("workers") < draft.rank("subscriptionType")) {
      draft.imply("workers", 1, "subscriptionType");
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
