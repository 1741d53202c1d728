import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import * as hdr from "hdr-histogram-js";
import { decodeHistogram, encodeHistogram, HdrEncodingError } from "./encoding.ts";
import { Histogram } from "./histogram.ts";
import { MAX_VALUE } from "./layout.ts";

const PERCENTS = [1, 25, 50, 90, 99, 99.9, 100];
const values = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 31.7, noNaN: true }).map((bits) => Math.min(MAX_VALUE, Math.floor(2 ** bits))),
    fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 40 })),
  ),
  { maxLength: 300 },
);

function theirs(highest = MAX_VALUE): hdr.Histogram {
  return hdr.build({ bitBucketSize: 64, highestTrackableValue: highest, numberOfSignificantValueDigits: 3 });
}

Deno.test("hdr-histogram-js reads our text with the same percentiles and total", () => {
  fc.assert(fc.property(values, (recorded) => {
    const ours = new Histogram();
    for (const [value, count] of recorded) ours.record(value, count);
    const read = hdr.decodeFromCompressedBase64(encodeHistogram(ours), 64);
    assert.equal(read.totalCount, ours.total);
    for (const percent of PERCENTS) {
      assert.equal(read.getValueAtPercentile(percent), ours.percentile(percent), `p${percent}`);
    }
  }));
});

Deno.test("we read the text of hdr-histogram-js with the same percentiles and total", () => {
  fc.assert(fc.property(values, (recorded) => {
    const other = theirs();
    for (const [value, count] of recorded) other.recordValueWithCount(value, count);
    const read = decodeHistogram(hdr.encodeIntoCompressedBase64(other));
    assert.equal(read.total, other.totalCount);
    for (const percent of PERCENTS) {
      assert.equal(read.percentile(percent), other.getValueAtPercentile(percent), `p${percent}`);
    }
  }));
});

Deno.test("a histogram survives the way into text and back cell by cell", () => {
  fc.assert(fc.property(values, (recorded) => {
    const ours = new Histogram();
    for (const [value, count] of recorded) ours.record(value, count);
    assert.deepEqual([...decodeHistogram(encodeHistogram(ours)).buckets()], [...ours.buckets()]);
  }));
});

Deno.test("values above one hour of a wider histogram arrive as saturated", () => {
  const wide = theirs(2 ** 40);
  wide.recordValueWithCount(2 ** 39, 5);
  wide.recordValue(10);
  const read = decodeHistogram(hdr.encodeIntoCompressedBase64(wide));
  assert.deepEqual([read.saturated, read.total, read.min], [5, 6, 10]);
});

Deno.test("damaged text is refused with a reason", () => {
  const good = new Histogram();
  good.record(1234, 5);
  const text = encodeHistogram(good);
  const cases: [string, RegExp][] = [
    ["not base64!", /not base64/],
    ["", /not a compressed V2 histogram/],
    [new Uint8Array(20).toBase64(), /not a compressed V2 histogram/],
    [Uint8Array.fromBase64(text).slice(0, 20).toBase64(), /cut off/],
    [outer(new Uint8Array(50)), /inner cookie/],
    [outer(inner([0x80, 0x80])), /damaged/],
    [outer(inner([], 2)), /2 digits/],
  ];
  for (const [bad, reason] of cases) {
    assert.throws(
      () => decodeHistogram(bad),
      (error) => error instanceof HdrEncodingError && reason.test(error.message),
    );
  }
});

function inner(counts: number[], digits = 3): Uint8Array {
  const bytes = new Uint8Array(40 + counts.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x1c849313);
  view.setUint32(4, counts.length);
  view.setUint32(12, digits);
  view.setBigInt64(16, 1n);
  bytes.set(counts, 40);
  return bytes;
}

function outer(content: Uint8Array): string {
  const packed = deflateSync(content);
  const bytes = new Uint8Array(8 + packed.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x1c849314);
  view.setUint32(4, packed.length);
  bytes.set(packed, 8);
  return bytes.toBase64();
}
