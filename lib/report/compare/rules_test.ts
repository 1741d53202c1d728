import assert from "node:assert/strict";
import fc from "fast-check";
import { compareSides, FIGURE_KEYS } from "./compare.ts";
import { checkRules, CompareRuleError, parseCompareRule } from "./rules.ts";
import type { RunResult } from "../result/types.ts";
import { producerResult } from "../report_test_support.ts";

/** A result whose rate is this, all else equal. */
function withRate(messagesPerSecond: number): RunResult {
  const base = producerResult();
  return { ...base, totals: { ...base.totals, messagesPerSecond } };
}

function withErrors(count: number): RunResult {
  const base = producerResult();
  return { ...base, totals: { ...base.totals, errors: count === 0 ? {} : { Timeout: count } } };
}

function check(a: RunResult, b: RunResult, rule: string) {
  return checkRules(compareSides([a], [b]), [parseCompareRule(rule)])[0]!;
}

Deno.test("a rule is a figure, a direction and a change in percent", () => {
  assert.deepEqual(parseCompareRule(" response.p99>+10% "), {
    text: "response.p99>+10%",
    key: "response.p99",
    operator: ">",
    change: 0.1,
  });
  assert.deepEqual(parseCompareRule("rate <= -2.5 %").change, -0.025);
  assert.deepEqual(parseCompareRule("E2E.P99.9>5%").key, "e2e.p99.9");
});

Deno.test("what is no rule is refused with what would be right", () => {
  const refusal = (text: string): string => {
    try {
      parseCompareRule(text);
    } catch (error) {
      assert.ok(error instanceof CompareRuleError);
      return error.message;
    }
    return assert.fail(`${text} was accepted`);
  };
  assert.match(refusal("respnse.p99>+10%"), /unknown figure 'respnse.p99'; did you mean 'response.p99'\?/);
  assert.match(
    refusal("wombats>+10%"),
    /unknown figure 'wombats'; expected one of rate, throughput, service.p50/,
  );
  for (const text of ["", "rate", "rate>10", "rate==5%", "rate>+10ms", "rate>--1%"]) {
    assert.match(refusal(text), /as in 'response.p99>\+10%' or 'rate<-5%'/);
  }
});

Deno.test("a change beyond the rule violates it, one up to it does not", () => {
  assert.equal(check(withRate(100), withRate(111), "rate>+10%").state, "violated");
  assert.equal(check(withRate(100), withRate(110), "rate>+10%").state, "holds");
  assert.equal(check(withRate(100), withRate(110), "rate>=+10%").state, "violated");
  assert.equal(check(withRate(100), withRate(94), "rate<-5%").state, "violated");
  assert.equal(check(withRate(100), withRate(95), "rate<-5%").state, "holds");
  assert.equal(
    check(withRate(100), withRate(111), "rate>+10%").reason,
    "rate went from 100 msg/s to 111 msg/s (+11.0%)",
  );
});

Deno.test("growth from zero is more than any percentage, and zero on both sides is no change", () => {
  assert.equal(check(withErrors(0), withErrors(1), "errors>+1000%").state, "violated");
  assert.equal(check(withErrors(0), withErrors(0), "errors>+0%").state, "holds");
  assert.equal(check(withErrors(3), withErrors(0), "errors>+0%").state, "holds");
});

Deno.test("a figure that one side did not measure is no pass", () => {
  const found = check(producerResult(), producerResult(), "e2e.p99>+10%");
  assert.equal(found.state, "missing");
  assert.match(found.reason, /nothing was checked/);
});

Deno.test("every figure can be named, and a run against itself violates no rule of change", () => {
  const comparison = compareSides([producerResult()], [producerResult()]);
  fc.assert(fc.property(
    fc.constantFrom(...FIGURE_KEYS),
    fc.integer({ min: 1, max: 500 }),
    fc.boolean(),
    (key, percent, up) => {
      const [found] = checkRules(comparison, [parseCompareRule(`${key}${up ? ">+" : "<-"}${percent}%`)]);
      assert.notEqual(found!.state, "violated");
    },
  ));
});
