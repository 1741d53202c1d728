import assert from "node:assert/strict";
import { givenUpText, outageText } from "./gap_text.ts";
import { joinAsked, joinGaps } from "../merge/gaps.ts";
import { checkSchema } from "../result/schema_check.ts";
import { RESULT_SCHEMA } from "../result/result.ts";
import { summaryText } from "./summary.ts";
import { producerResult, spanOf } from "../report_test_support.ts";

const gapped = (counters: { missed: number; missedLate: number }, catchUpUs = 1_000_000) => {
  const result = producerResult();
  return { ...result, catchUpUs, totals: { ...result.totals, ...counters } };
};

Deno.test("messages given up are named beside the percentiles, with how late they were at least", () => {
  const text = givenUpText(gapped({ missed: 19_073, missedLate: 18_500 }));
  assert.equal(
    text,
    "19,073 messages were due and never sent: they are in no percentile; 18,500 of them given up when more than 1.00 s late",
  );
  assert.equal(
    givenUpText(gapped({ missed: 1, missedLate: 1 }, 50_000)),
    "1 message was due and never sent: it is in no percentile; given up when more than 50.0 ms late",
  );
  assert.equal(
    givenUpText(gapped({ missed: 7, missedLate: 0 })),
    "7 messages were due and never sent: they are in no percentile",
  );
  assert.equal(givenUpText(gapped({ missed: 0, missedLate: 0 })), undefined);
  assert.match(summaryText(gapped({ missed: 7, missedLate: 0 }), { color: false }), /given up +7 messages/);
});

Deno.test("outages are told by number, sum and longest, and whether the last one is over", () => {
  const result = producerResult();
  const of = (outages: { count: number; totalUs: number; longestUs: number; sinceUs?: number }) =>
    outageText({ ...result, outages });
  assert.equal(of({ count: 0, totalUs: 0, longestUs: 0 }), undefined);
  assert.equal(
    of({ count: 1, totalUs: 1_500_000, longestUs: 1_500_000 }),
    "1 of 1.50 s without a connection",
  );
  assert.equal(
    of({ count: 5, totalUs: 507e6, longestUs: 159e6, sinceUs: 1.7e15 }),
    "5, 8:27 without a connection, the longest 2:39, not over at the end",
  );
  const outages = { count: 2, totalUs: 3e6, longestUs: 2e6, sinceUs: 1.7e15 };
  assert.match(summaryText({ ...result, outages }, { color: false }), /outages +2, 3.00 s without/);
});

Deno.test("a result with gaps fits its schema", () => {
  const outages = { count: 2, totalUs: 3e6, longestUs: 2e6, sinceUs: 1.7e15 };
  const result = { ...gapped({ missed: 5, missedLate: 3 }), outages };
  assert.equal(checkSchema(JSON.parse(JSON.stringify(result)), RESULT_SCHEMA), undefined);
});

Deno.test("instances see mostly the same outages: they are not added up, what was asked for is", () => {
  const one = { ...producerResult(), catchUpUs: 1e6, outages: { count: 2, totalUs: 9, longestUs: 5 } };
  const other = { ...one, catchUpUs: 5e5, outages: { count: 1, totalUs: 8, longestUs: 8, sinceUs: 7 } };
  assert.deepEqual(joinGaps([one, other]), {
    catchUpUs: 5e5,
    outages: { count: 2, totalUs: 9, longestUs: 8, sinceUs: 7 },
  });
  const asked = (value: number) => ({ ...one, totals: { ...one.totals, asked: value } });
  assert.deepEqual(joinAsked([asked(3), asked(4)]), { asked: 7 });
  assert.deepEqual(joinAsked([asked(3), producerResult()]), {});
  assert.equal(spanOf("producer").counters.missedLate, 0);
});
