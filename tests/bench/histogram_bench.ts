/**
 * Cost of histograms: recording, merging, and reading figures out.
 *
 *     deno bench -P tests/bench/histogram_bench.ts
 */
import { decodeHistogram, encodeHistogram } from "../../lib/load/histogram/encoding.ts";
import { Histogram } from "../../lib/load/histogram/histogram.ts";

const full = new Histogram();
const target = new Histogram();
let turn = 1;
function latency(): number {
  turn = turn * 1103515245 + 12345 & 0x7fffffff;
  return 500 + turn % 8000;
}
for (let i = 0; i < 100_000; i++) full.record(latency());
const text = encodeHistogram(full);

Deno.bench("record a value", () => target.record(latency()));
Deno.bench("record 100 values in one cell", () => target.record(latency(), 100));
Deno.bench("add a histogram", () => target.add(full));
Deno.bench("read five percentiles", () => {
  for (const percent of [50, 90, 99, 99.9, 100]) full.percentile(percent);
});
Deno.bench("encode", () => void encodeHistogram(full));
Deno.bench("decode", () => void decodeHistogram(text));
