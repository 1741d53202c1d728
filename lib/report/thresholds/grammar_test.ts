import assert from "node:assert/strict";
import fc from "fast-check";
import { parseBytes, parseDuration, parseRate } from "../../config/units.ts";
import { metricNames } from "./metric_catalog.ts";
import { parseThreshold, type ThresholdContext, ThresholdSyntaxError } from "./grammar.ts";

const PRODUCER: ThresholdContext = { role: "producer", hasTarget: true, verifies: true };
const CONSUMER: ThresholdContext = { role: "consumer", hasTarget: false, verifies: true };

function refusal(text: string, context = PRODUCER): string {
  let message = "";
  assert.throws(() => parseThreshold(text, context), (error) => {
    assert.ok(error instanceof ThresholdSyntaxError);
    message = error.message;
    return true;
  });
  return message;
}

Deno.test("a duration bound is kept in microseconds whatever its unit", () => {
  for (
    const [text, micros] of [["20ms", 20_000], ["1.5s", 1.5e6], ["800us", 800], ["800µs", 800], [
      "2m",
      120e6,
    ]] as const
  ) {
    const { metric, operator, bound } = parseThreshold(`service.p99<${text}`, PRODUCER);
    assert.equal(metric.name, "service.p99");
    assert.equal(operator, "<");
    assert.deepEqual(bound, { kind: "fixed", value: micros });
  }
});

Deno.test("a rate can be bounded by a multiple of the target, written either way round", () => {
  for (const text of ["rate>=0.99*target", "rate >= 0.99 * target", "rate>=target*0.99"]) {
    assert.deepEqual(parseThreshold(text, PRODUCER).bound, { kind: "target", factor: 0.99 });
  }
  assert.deepEqual(parseThreshold("rate>=target", PRODUCER).bound, { kind: "target", factor: 1 });
});

Deno.test("counts and rates take k and m, shares take percent", () => {
  assert.deepEqual(parseThreshold("backlog<1k", CONSUMER).bound, { kind: "fixed", value: 1000 });
  assert.deepEqual(parseThreshold("rate>1.5m/s", CONSUMER).bound, { kind: "fixed", value: 1_500_000 });
  assert.deepEqual(parseThreshold("throughput>10MiB/s", CONSUMER).bound, {
    kind: "fixed",
    value: 10 * 1024 ** 2,
  });
  const share = parseThreshold("errors.rate<0.1%", PRODUCER).bound;
  assert.ok(share.kind === "fixed" && Math.abs(share.value - 0.001) < 1e-12);
});

Deno.test("a bound is read as an option reads the same text", () => {
  const number = fc.oneof(
    fc.nat(10_000).map(String),
    fc.nat(10_000).map((hundredths) => (hundredths / 100).toFixed(2)),
    fc.constantFrom("1_000", ".5", "2e3"),
  );
  const written = (...units: readonly string[]) =>
    fc.tuple(number, fc.constantFrom(...units)).map(([digits, unit]) => digits + unit);
  const bound = (metric: string, text: string): number => {
    const { bound } = parseThreshold(`${metric}<${text}`, PRODUCER);
    assert.ok(bound.kind === "fixed");
    return bound.value;
  };
  const any = { min: 0, max: Infinity };
  const time = fc.oneof(
    written("us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h", "d"),
    fc.constantFrom("0", "1h30m", "1m30s500ms", "1D"),
  );
  fc.assert(fc.property(time, (text) => {
    assert.equal(bound("service.p99", text), Math.round(parseDuration(text, any) * 1e3));
  }));
  fc.assert(fc.property(written("", "k", "M", "g", "/s", "k/m", "/h"), (text) => {
    assert.equal(bound("rate", text), parseRate(text, any));
  }));
  fc.assert(fc.property(written("b", "k", "kB", "MB", "gb", "KiB", "MiB", "GiB"), (text) => {
    const bytes = bound("throughput", `${text}/s`);
    assert.equal(bound("throughput", text), bytes);
    if (Number.isInteger(bytes)) assert.equal(bytes, parseBytes(text, any));
  }));
});

Deno.test("window, delay and abort may follow in any order", () => {
  const one = parseThreshold("service.p99<20ms over 10s after 30s abort", PRODUCER);
  const other = parseThreshold("service.p99<20ms abort after 30s over 10s", PRODUCER);
  for (const { overSeconds, afterSeconds, abort } of [one, other]) {
    assert.deepEqual({ overSeconds, afterSeconds, abort }, {
      overSeconds: 10,
      afterSeconds: 30,
      abort: true,
    });
  }
  const plain = parseThreshold("errors==0", PRODUCER);
  assert.deepEqual([plain.overSeconds, plain.afterSeconds, plain.abort], [undefined, 0, false]);
});

Deno.test("errors name the threshold, the column and what would be right", () => {
  assert.equal(
    refusal("servce.p99<20ms"),
    "threshold 'servce.p99<20ms', column 1: unknown metric 'servce.p99'; did you mean 'service.p99'? " +
      "'producer --help-thresholds' lists all",
  );
  assert.match(refusal("service.p99 20ms"), /column 13: expected one of < <= > >= == !=, found '2'/);
  assert.match(refusal("service.p99=20ms"), /column 12: write '==' for equality/);
  assert.match(
    refusal("service.p99<20"),
    /column 15: missing unit; a duration needs us, ms, s, m, h or d, for example '20ms'/,
  );
  assert.match(refusal("service.p99<20xs"), /column 15: unknown unit 'xs'/);
  assert.match(refusal("service.p99<20mss"), /unknown unit 'mss'; .* \(did you mean '20ms'\?\)$/);
  assert.match(refusal("rate>5kk"), /unknown unit 'kk'; .* \(did you mean '5k' or '5m'\?\)$/);
  assert.match(refusal("service.p99<30m1h"), /column 15: unknown unit 'm1h'/);
  assert.match(refusal("errors.rate<0.1"), /missing unit; a share is given in percent, for example '0.1%'/);
  assert.match(refusal("service.p99<"), /column 13: expected a number, found the end/);
  assert.match(
    refusal("service.p99<20ms within 10s"),
    /column 18: expected 'over 10s', 'after 30s' or 'abort', found 'within'/,
  );
  assert.match(refusal("errors==0 over 0s"), /column 16: a length of time must be above zero/);
  assert.match(refusal("errors==0 abort abort"), /column 17: 'abort' is given twice/);
  assert.match(
    refusal("ready.p99<1s"),
    /column 1: 'ready.p99' needs a group of a scenario with 'connectRate' or 'ownConnections'/,
  );
  assert.equal(parseThreshold("refused==0", { ...PRODUCER, opens: true }).metric.name, "refused");
  assert.match(refusal(""), /expected the name of a metric/);
  assert.match(refusal("service.p101<1ms"), /unknown metric 'service.p101'/);
  assert.match(refusal("", CONSUMER), /for example 'e2e.p99'/);
  assert.match(refusal("p99<20", PRODUCER), /did you mean 'service.p99' or 'response.p99'\?/);
  assert.match(refusal("p99<20", CONSUMER), /did you mean 'e2e.p99'\?/);
  assert.match(
    refusal("wombats<20", CONSUMER),
    /unknown metric 'wombats'; 'consumer --help-thresholds' lists all/,
  );
});

Deno.test("a metric that this run cannot measure is refused with the reason", () => {
  assert.match(refusal("e2e.p50<5ms"), /'e2e.p50' is measured by the consumer, this is the producer/);
  assert.match(refusal("service.p50<5ms", CONSUMER), /'service.p50' is measured by the producer/);
  assert.match(refusal("rate>=target", CONSUMER), /'target' needs a run with a numeric --rate/);
  assert.match(refusal("errors<target"), /'target' is a rate and 'errors' is not/);
  assert.match(
    refusal("verify.lost==0", { ...CONSUMER, verifies: false }),
    /needs verification, which is off/,
  );
});

Deno.test("any text is either a threshold or a syntax error with a column inside or just after it", () => {
  const piece = fc.constantFrom(
    ...metricNames("producer"),
    ...metricNames("consumer"),
    "<",
    ">=",
    "==",
    "20",
    "ms",
    "%",
    "*",
    "target",
    "over",
    "abort",
    " ",
    "k",
    ".",
  );
  const text = fc.oneof(fc.string(), fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")));
  fc.assert(fc.property(text, (source) => {
    try {
      assert.equal(parseThreshold(source, PRODUCER).text, source.trim());
    } catch (error) {
      assert.ok(error instanceof ThresholdSyntaxError, String(error));
      assert.ok(error.column >= 1 && error.column <= source.trim().length + 1);
    }
  }));
});
