import assert from "node:assert/strict";
import fc from "fast-check";
import { bytes, clock, integer, latency, percent, short, span, throughput } from "./format.ts";

Deno.test("numbers are grouped, and huge ones get a unit", () => {
  assert.equal(integer(0), "0");
  assert.equal(integer(1_234_567.4), "1,234,567");
  assert.equal(integer(1.5e12), "1.50 T");
  assert.equal(integer(NaN), "–");
});

Deno.test("axis labels are short and without zeros at the end", () => {
  assert.deepEqual([0, 0.5, 950, 1000, 1500, 60_000, 2_500_000].map(short), [
    "0",
    "0.5",
    "950",
    "1k",
    "1.5k",
    "60k",
    "2.5M",
  ]);
});

Deno.test("latencies fit a column of seven cells over the whole range of the histograms", () => {
  assert.deepEqual([0, 1, 999, 1000, 12_340, 999_499, 1_234_000].map(latency), [
    "0 µs",
    "1 µs",
    "999 µs",
    "1.00 ms",
    "12.3 ms",
    "999 ms",
    "1.23 s",
  ]);
  assert.equal(latency(undefined), "–");
  fc.assert(
    fc.property(fc.double({ min: 0, max: 3.6e9, noNaN: true }), (micros) => latency(micros).length <= 7),
  );
});

Deno.test("percentages round to nothing and to everything only when that is true", () => {
  assert.deepEqual([0, 0.0001, 0.123, 0.9999, 1].map(percent), ["0%", "<0.1%", "12.3%", "99.9%", "100%"]);
});

Deno.test("sizes are binary, data rates decimal, times a clock", () => {
  assert.equal(bytes(1024), "1 KiB");
  assert.equal(bytes(1500), "1.46 KiB");
  assert.equal(throughput(51_007_488), "51.0 MB/s");
  assert.equal(clock(72), "1:12");
  assert.equal(clock(90_061), "1d 01:01:01");
  assert.deepEqual([60, 300, 14_400].map(span), ["60 s", "5 min", "4 h"]);
});
