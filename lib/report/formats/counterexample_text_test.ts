import assert from "node:assert/strict";
import type { Counterexample } from "../../load/verify/counterexample.ts";
import { counterexampleText } from "./counterexample_text.ts";

const AT = Date.UTC(2026, 2, 1, 12, 0, 3, 123) * 1000;

Deno.test("a loss is told with its producer, its place, and what connections did before and after", () => {
  const example: Counterexample = {
    kind: "lost",
    run: "r",
    topic: "persistent://public/default/t-partition-3",
    stream: 0x3003,
    instance: 0,
    worker: 3,
    lane: 3,
    from: 1200,
    to: 1250,
    sent: [{ ledgerId: 12, entryId: 5, atUs: AT }, { ledgerId: 12, entryId: 9, atUs: AT + 2000 }],
    connections: [
      { side: "producer", worker: 1, atUs: AT - 200_000, lostBy: "ConnectionClosed" },
      { side: "producer", worker: 1, atUs: AT + 1_100_000 },
    ],
  };
  assert.equal(
    counterexampleText(example),
    "lost: messages 1,200 to 1,249 of stream 00003003 (instance 0, worker 3, producer 3) on " +
      "'persistent://public/default/t-partition-3'; acknowledged as 12:5 at 12:00:03.123 UTC to 12:9 at 12:00:03.125 UTC; " +
      "producer 1 lost its connection (ConnectionClosed) 200 ms before that; " +
      "producer 1 had its connection back 1.10 s after that",
  );
});

Deno.test("a duplicate names both places and whether it is explained; what is not known is said", () => {
  const copy = { ledgerId: 12, entryId: 5, atUs: AT, worker: 0, redelivered: false };
  const duplicate: Counterexample = {
    kind: "duplicate",
    run: "r",
    stream: 1,
    instance: 0,
    from: 7,
    to: 8,
    copies: [copy, { ...copy, entryId: 8, worker: 2 }],
    explained: false,
    missing: ["its producer"],
  };
  assert.equal(
    counterexampleText(duplicate),
    "duplicated: message 7 of stream 00000001 (instance 0); received as 12:5 at 12:00:03.123 UTC by worker 0 and as 12:8 at " +
      "12:00:03.123 UTC by worker 2; its producer had not sent it again; not known is its producer",
  );
});

Deno.test("a damaged entry has no message, and an entry that the broker had already has no place", () => {
  const corrupt: Counterexample = {
    kind: "corrupt",
    run: "r",
    topic: "t",
    messages: 10,
    reason: "ChecksumMismatch",
  };
  assert.equal(counterexampleText(corrupt), "corrupt: 10 messages of an entry on 't' (ChecksumMismatch)");
  const known: Counterexample = {
    kind: "lost",
    run: "r",
    stream: 1,
    from: 0,
    to: 1,
    sent: [{ ledgerId: -1, entryId: -1, atUs: 1e300 }],
  };
  assert.match(counterexampleText(known), /acknowledged as an entry it had already at 1e\+300 µs$/);
});
