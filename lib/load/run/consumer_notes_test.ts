import assert from "node:assert/strict";
import { consumerNotes } from "./consumer_notes.ts";
import type { Counters, Integrity } from "../snapshot.ts";

const notesOf = (
  counters: Partial<Counters>,
  errors: Record<string, number> = {},
  integrity: Partial<Integrity> = {},
  isDurable?: boolean,
): string[] =>
  consumerNotes(
    {
      counters: { redelivered: 0, reconnects: 0, failed: 0, ...counters } as Counters,
      errors: new Map(Object.entries(errors)),
    },
    { duplicates: 0, ...integrity } as Integrity,
    isDurable,
  );

Deno.test("a consumer whose figures speak for themselves has no notes", () => {
  assert.deepEqual(notesOf({ redelivered: 12 }), [], "refused by the consumer itself, and asked for again");
  assert.deepEqual(notesOf({ reconnects: 2 }), []);
});

Deno.test("repeats after reconnects are named as what they are", () => {
  assert.deepEqual(notesOf({ redelivered: 1200, reconnects: 1 }), [
    "at least once: 1,200 messages came again after 1 reconnect; they are redelivered, not duplicated",
  ]);
  assert.match(
    notesOf({ reconnects: 10 }, {}, { duplicates: 165 })[0]!,
    /^at least once: 165 messages came again under another id after 10 reconnects; a broker without deduplication /,
  );
  assert.match(
    notesOf({}, {}, { duplicates: 1 })[0]!,
    /^at least once: 1 message came again under another id; /,
  );
});

Deno.test("what a subscription that is not durable lacks may have been dropped, which is said", () => {
  assert.match(
    notesOf({}, {}, { lost: 3 }, false)[0]!,
    /^the subscription is not durable: .* unless the name/,
  );
  assert.deepEqual(notesOf({}, {}, { lost: 3 }), []);
  assert.deepEqual(notesOf({}, {}, { lost: 0 }, false), []);
});

Deno.test("messages that could not be read are told with their entries", () => {
  assert.match(
    notesOf({ failed: 356 }, { ChecksumMismatch: 42, Encrypted: 2, Timeout: 1 })[0]!,
    /^356 messages in 44 entries could not be read \(42 ChecksumMismatch, 2 Encrypted\); /,
  );
});
