/** An entry that a worker was sent and does not take: others will. */
import type { ReceivedEntry } from "../../client/mod.ts";
import type { Verifier } from "../verify/verifier.ts";

/** Notes the messages of an entry as seen and left. */
export function leaveEntry(
  { cursor, isBatch, body, bodyStart, bodyEnd }: ReceivedEntry,
  verifier: Verifier,
): void {
  if (!isBatch) return verifier.leave(body, bodyStart, bodyEnd);
  try {
    while (cursor.next()) {
      if (!cursor.compactedOut) verifier.leave(body, cursor.payloadStart, cursor.payloadEnd);
    }
  } catch {
    // Whoever takes it will find that its body contradicts its count.
  }
}
