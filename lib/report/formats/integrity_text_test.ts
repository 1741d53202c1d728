import assert from "node:assert/strict";
import type { IntegrityRecord } from "../result/types.ts";
import { corruptText, isOrderJudged, leftTexts, provenText } from "./integrity_text.ts";

const of = (value: unknown) => ({ config: { subscriptionType: { value, source: "flag" } } });

Deno.test("what is proven names the order only where that was judged", () => {
  for (const type of ["exclusive", "failover", "key-shared"]) {
    assert.equal(provenText(of(type)), "none lost, duplicated, out of order or corrupt");
  }
  const unjudged = "none lost, duplicated or corrupt; order is not judged on a shared subscription";
  assert.equal(provenText(of("shared")), unjudged);
  assert.equal(provenText(of(["exclusive", "shared"])), unjudged, "one of several instances");
  assert.equal(isOrderJudged({ config: {} }), true, "results of others may not say");
});

Deno.test("lost messages that may be damaged ones are said to", () => {
  assert.equal(corruptText({ lost: 3 }), undefined);
  assert.match(
    corruptText({ lost: 1, lostOrDamaged: 1 })!,
    /^the lost message may have come damaged instead/,
  );
  assert.match(
    corruptText({ lost: 2000, lostOrDamaged: 1200 })!,
    /^of the 2,000 lost messages up to 1,200 may/,
  );
});

Deno.test("what was not received is left to the subscription, if the broker keeps one", () => {
  const record = { notReceived: 12 } as IntegrityRecord;
  assert.deepEqual(leftTexts(record, {}), ["12 left to the subscription at the end"]);
  const durable = { value: false, source: "flag" };
  assert.deepEqual(leftTexts(record, { durable }), ["12 not taken at the end"]);
});
