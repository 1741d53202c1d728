import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";
import { emptyCounts, parseReport } from "./report.ts";

/** What one consumer received of stream 8, and how many messages came damaged to it. */
function received(sequences: readonly number[], corrupt: number): Ledger {
  const ledger = new Ledger(1);
  ledger.add({
    version: 1,
    run: 1,
    counts: { ...emptyCounts(), verified: sequences.length, corrupt },
    streams: [{
      stream: 8,
      received: {
        runs: sequences.flatMap((sequence, at) => [sequence - (sequences[at - 1] ?? -1) - 1, 1]),
        assumed: 0,
        floor: 0,
      },
      redelivered: { runs: [], assumed: 0, floor: 0 },
    }],
  });
  return ledger;
}

Deno.test("nobody knows which messages came damaged: of the missing ones as many may be the damaged ones", () => {
  const verdict = received([0, 1, 5, 6, 8], 3).verdict({ head: "zero" });
  assert.deepEqual([verdict.corrupt, verdict.lost, verdict.lostOrDamaged], [3, 4, 3]);
});

Deno.test("a message that came damaged and then intact does not hide the loss of another one", () => {
  const ledger = received([0, 1, 2, 4], 1);
  const before = ledger.verdict({ head: "zero" });
  assert.deepEqual([before.corrupt, before.lost, before.lostOrDamaged], [1, 1, 1]);
  // The receipt of its producer says that the damaged one was number 1.
  ledger.identify(8, 1, 2, 1);
  const known = ledger.verdict({ head: "zero" });
  assert.deepEqual([known.corrupt, known.lost, known.lostOrDamaged], [1, 1, 0]);
});

Deno.test("messages that are known to have come damaged are not lost as well, in other processes too", () => {
  const ledger = received([0, 1, 5, 6, 8], 3);
  ledger.identify(8, 2, 5, 3);
  const verdict = ledger.verdict({ head: "zero" });
  assert.deepEqual([verdict.corrupt, verdict.lost, verdict.lostOrDamaged], [3, 1, 0]);
  assert.deepEqual(verdict.lostRanges, [{ stream: 8, from: 7, to: 8 }]);
  const elsewhere = new Ledger(1);
  elsewhere.add(parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "test"));
  assert.deepEqual(elsewhere.verdict({ head: "zero" }), verdict);
});

Deno.test("damage that no report counts may be what is missing too", () => {
  const verdict = received([0, 2], 0).verdict({ head: "zero", damagedBesides: 5 });
  assert.deepEqual([verdict.lost, verdict.lostOrDamaged], [1, 1]);
});
