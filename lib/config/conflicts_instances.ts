/** Conflicts of a run that several processes share. */
import type { Draft } from "./draft.ts";
import type { OptionKey } from "./option_spec.ts";

export function settleInstances(draft: Draft): void {
  const instances = draft.get("instances")!;
  const barrier = draft.get("barrier")!;
  const shared: OptionKey | undefined = instances > 1 ? "instances" : barrier > 0 ? "barrier" : undefined;
  settleNumbers(draft);
  if (shared === undefined) return;
  if (!draft.isGiven("runId")) {
    draft.refuse(`${draft.nameOf(shared)} needs --run-id: it is how the processes find each other`, shared);
  }
  if (draft.get("embedded") !== undefined) {
    draft.refuse(
      `${draft.nameOf("embedded")} cannot be reached by the other processes of ${draft.nameOf(shared)}`,
      "embedded",
      shared,
    );
  }
  if (instances > 1) settleShares(draft, instances);
}

function settleNumbers(draft: Draft): void {
  const [instance, instances, barrier] = [
    draft.get("instance")!,
    draft.get("instances")!,
    draft.get("barrier")!,
  ];
  if (instance >= instances) {
    draft.refuse(
      `${draft.nameOf("instance")} '${instance}' must be below --instances '${instances}'`,
      "instance",
      "instances",
    );
  }
  if (barrier > 0 && barrier < instances) {
    draft.refuse(
      `${draft.nameOf("barrier")} '${barrier}' must be at least --instances '${instances}'`,
      "barrier",
      "instances",
    );
  }
}

/** Refuses what cannot be divided: processes do not communicate while they run. */
function settleShares(draft: Draft, instances: number): void {
  const count = draft.get("count");
  if (draft.role === "consumer") {
    if (count === undefined) return;
    draft.refuse(
      `${
        draft.nameOf("count")
      } cannot be divided: the broker decides which consumer gets a message; use --idle`,
      "count",
      "instances",
    );
    return;
  }
  if (draft.get("rate") === "max") {
    draft.refuse(
      `${draft.nameOf("rate")} max searches with one process; give the ${instances} instances a rate`,
      "rate",
      "instances",
    );
  }
  if (count !== undefined && count < instances) {
    draft.refuse(
      `${draft.nameOf("count")} '${count}' leaves some of ${instances} instances nothing to send`,
      "count",
      "instances",
    );
  }
}
