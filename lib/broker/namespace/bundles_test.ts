import assert from "node:assert/strict";
import fc from "fast-check";
import { boundaries, bundleHolds, checkBundles, DEFAULT_BUNDLES } from "./bundles.ts";

Deno.test("a topic is in the bundle that a real broker puts it in", () => {
  // Asked of Pulsar 4.2.4: GET /lookup/v2/topic/persistent/public/q20534/TOPIC/bundle.
  const known = {
    "t1": "0x00000000_0x40000000",
    "t2": "0x80000000_0xc0000000",
    "orders-partition-0": "0xc0000000_0xffffffff",
    "xyz": "0x80000000_0xc0000000",
  };
  for (const [topic, bundle] of Object.entries(known)) {
    assert.ok(bundleHolds(4, bundle)!(`persistent://public/q20534/${topic}`), topic);
  }
});

Deno.test("every topic is in exactly one bundle, however many there are", () => {
  fc.assert(fc.property(fc.string(), fc.integer({ min: 1, max: 300 }), (topic, count) => {
    const limits = boundaries(count);
    assert.equal(limits.length, count + 1);
    const holding = limits.slice(0, -1).filter((limit, index) =>
      bundleHolds(count, `${limit}_${limits[index + 1]}`)!(topic)
    );
    assert.equal(holding.length, 1);
  }));
});

Deno.test("bundles that are none are not found, and numbers that cannot be are refused", () => {
  assert.equal(bundleHolds(4, "0x00000000_0x80000000"), undefined);
  assert.equal(bundleHolds(4, "0xffffffff_undefined"), undefined);
  assert.equal(checkBundles(0), DEFAULT_BUNDLES);
  for (const count of [-1, 1.5, 65_537, "4"]) assert.throws(() => checkBundles(count), RangeError);
});
