import assert from "node:assert/strict";
import { Ledger } from "./ledger.ts";
import { emptyCounts, parseReport, type VerificationReport } from "./report.ts";
import type { VerdictOptions } from "./verdict.ts";

Deno.test("what is missing at the beginning of a stream is lost, unless the stream is older than the subscription", () => {
  const report = (firstSent: number, since?: number): VerificationReport => ({
    version: 1,
    run: 1,
    since,
    counts: { ...emptyCounts(), verified: 90 },
    streams: [{
      stream: 5,
      firstSent,
      received: { runs: [10, 40, 5, 50], assumed: 0, floor: 0 },
      redelivered: { runs: [], assumed: 0, floor: 0 },
    }],
  });
  const judge = (given: VerificationReport, options: Partial<VerdictOptions> = {}): number[] => {
    const ledger = new Ledger(1);
    ledger.add(given);
    // As it comes out of a result, too.
    const again = new Ledger(1);
    again.add(parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "x.json"));
    const [verdict, second] = [ledger, again].map((one) => one.verdict({ head: "zero", ...options }));
    assert.deepEqual(second, verdict);
    return [verdict!.lost, verdict!.beforeSubscription];
  };
  assert.deepEqual(judge(report(1000, 500)), [15, 0], "sent after the subscription was there");
  assert.deepEqual(judge(report(400, 500)), [5, 10], "sent before");
  assert.deepEqual(judge(report(400)), [15, 0], "nobody knows when the subscription came");
  assert.deepEqual(
    judge(report(400, 500), { expected: [{ stream: 5, next: 105 }] }),
    [15, 0],
    "the producer's word",
  );
  assert.deepEqual(judge(report(400, 500), { head: "first-seen" }), [5, 0]);
  assert.deepEqual(
    judge({ ...report(400, 500), late: true }, { expected: [{ stream: 5, next: 105 }] }),
    [5, 10],
    "made later than its producers, as planned",
  );
  const expected = [{ stream: 5, next: 105 }, { stream: 6, next: 30 }];
  const before = (...heads: [number, number][]): Partial<VerdictOptions> => ({
    before: new Map(heads),
    expected,
  });
  assert.deepEqual(judge(report(400), before([5, 90])), [5 + 30, 10], "only at the beginning");
  assert.deepEqual(judge(report(400), before([5, 4])), [11 + 30, 4], "and not what was sent later");
  assert.deepEqual(
    judge(report(400), before([5, 90], [6, 20])),
    [5 + 10, 10 + 20],
    "nothing came of the other",
  );
});
