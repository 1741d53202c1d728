/** What a consumer's figures do not say by themselves. */
import { formatCount } from "../../config/units.ts";
import type { Integrity, Span } from "../snapshot.ts";

/** Errors that an entry is refused with: one of each for an entry. */
const REFUSALS = ["ChecksumMismatch", "Encrypted", "Decode"];

/**
 * One sentence each.
 *
 * @param isDurable whether the broker keeps what the subscription has not acknowledged
 */
export function consumerNotes(
  { counters, errors }: Pick<Span, "counters" | "errors">,
  integrity: Integrity | undefined,
  isDurable = true,
): string[] {
  const { redelivered, reconnects, failed } = counters;
  const duplicates = integrity?.duplicates ?? 0;
  const after = reconnects === 0 ? "" : ` after ${counted(reconnects, "reconnect")}`;
  const notes: string[] = [];
  if (redelivered > 0 && reconnects > 0) {
    notes.push(
      `at least once: ${
        counted(redelivered, "message")
      } came again${after}; they are redelivered, not duplicated`,
    );
  }
  if (duplicates > 0) {
    notes.push(
      `at least once: ${
        counted(duplicates, "message")
      } came again under another id${after}; a broker without ` +
        "deduplication stores a second time what a producer sends again after a reconnect",
    );
  }
  if (!isDurable && (integrity?.lost ?? 0) > 0) {
    notes.push(
      "the subscription is not durable: brokers may drop what it has not read yet, unless the namespace retains " +
        "messages or another subscription needs them",
    );
  }
  const refused = REFUSALS.map((name) => [name, errors.get(name) ?? 0] as const).filter(([, count]) =>
    count > 0
  );
  if (refused.length > 0) {
    const entries = refused.reduce((sum, [, count]) => sum + count, 0);
    const kinds = refused.map(([name, count]) => `${formatCount(count)} ${name}`).join(", ");
    notes.push(
      `${counted(failed, "message")} in ${
        counted(entries, "entry", "entries")
      } could not be read (${kinds}); ` +
        "they were acknowledged, so that they do not come again for ever",
    );
  }
  return notes;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
