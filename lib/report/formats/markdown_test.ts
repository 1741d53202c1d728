import assert from "node:assert/strict";
import { resultsMarkdown } from "./markdown.ts";
import { producerResult } from "../report_test_support.ts";
import { decideVerdict } from "../result/verdict.ts";
import type { IntegrityRecord, RunResult } from "../result/types.ts";

const INTEGRITY: IntegrityRecord = {
  mode: "count",
  streams: 1,
  verified: 8,
  lost: 0,
  duplicates: 0,
  outOfOrder: 0,
  corrupt: 0,
  foreign: 0,
  head: "zero",
  report: null,
};
const markdown = (result: RunResult): string => resultsMarkdown([{ name: "run", result }]);

Deno.test("a run that passed has a tick, its rate, both times and no table of thresholds", () => {
  const text = markdown({ ...producerResult(), verdict: decideVerdict({ thresholds: [] }), thresholds: [] });
  assert.match(text, /^### ✅ run: producer, ok, exit code 0\n/);
  assert.match(text, /\| rate \| data \| messages \|/);
  assert.match(text, /\n\| service \| .* ms \|/);
  assert.match(text, /\n\| response \| /);
  assert.ok(!text.includes("threshold") && !text.includes("Integrity"), text);
});

Deno.test("a failed threshold has its cross, its reason and what was measured", () => {
  const thresholds = [{ text: "response.p99<1ms", state: "fail", value: "7 ms", measured: 7000 }] as const;
  const text = markdown({ ...producerResult(), thresholds, verdict: decideVerdict({ thresholds }) });
  assert.match(
    text,
    /^### ❌ run: producer, thresholds, exit code 99\n\n- threshold 'response.p99\\<1ms' failed/,
  );
  assert.match(text, /\n\| response.p99\\<1ms \| ❌ \| 7 ms \|/);
});

Deno.test("a tick is a proof: a consumer that verified nothing has none, and loss is named", () => {
  const ok = decideVerdict({ thresholds: [] });
  const unverified = markdown({ ...producerResult(), verdict: ok, integrity: { ...INTEGRITY, verified: 0 } });
  assert.match(unverified, /^### ⚪ /);
  assert.match(unverified, /Integrity: nothing verified \(0 messages verified\)/);
  const lost = markdown({ ...producerResult(), verdict: ok, integrity: { ...INTEGRITY, lost: 3 } });
  assert.match(lost, /Integrity: 3 lost \(8 messages verified\)/);
});

Deno.test("names of strangers neither end a cell nor begin a tag", () => {
  const result = producerResult();
  const text = resultsMarkdown([{
    name: "<b>|x",
    result: { ...result, run: { ...result.run, topic: "a`|b" } },
  }]);
  assert.ok(text.includes("\\<b\\>\\|x") && text.includes("`a b`"), text);
});
