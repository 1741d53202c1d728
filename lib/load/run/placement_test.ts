import assert from "node:assert/strict";
import fc from "fast-check";
import { Placement } from "./placement.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `t${index}`);

Deno.test("without a number for each topic, every worker opens all topics in their order", () => {
  const placement = new Placement(undefined, () => 3);
  placement.add(["a", "b"]);
  const all = [{ topic: "a", index: 0 }, { topic: "b", index: 1 }];
  assert.deepEqual([0, 1, 2].map((slot) => placement.of(slot)), [all, all, all]);
  assert.equal(placement.lanes, 6);
});

Deno.test("what is spread is opened once each, evenly, and those of a topic by different workers", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(5), fc.nat(5), (topics, copies, others) => {
      const [perTopic, workers] = [copies + 1, others + 1];
      const placement = new Placement(perTopic, () => workers);
      placement.add(names(topics));
      const slots = Array.from({ length: workers }, (_, slot) => placement.of(slot));
      const sizes = slots.map(({ length }) => length);
      assert.equal(sizes.reduce((sum, size) => sum + size), topics * perTopic);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      for (const topic of names(topics)) {
        const here = slots.map((places) => places.filter((place) => place.topic === topic).length);
        assert.equal(here.reduce((sum, count) => sum + count), perTopic);
        assert.ok(Math.max(...here) <= Math.ceil(perTopic / workers));
      }
    }),
  );
});

Deno.test("topics that are added change no place", () => {
  const placement = new Placement(2, () => 3);
  placement.add(names(5));
  const before = [0, 1, 2].map((slot) => placement.of(slot));
  placement.add(["late"]);
  for (const slot of [0, 1, 2]) {
    assert.deepEqual(placement.of(slot).slice(0, before[slot]!.length), before[slot]);
  }
});

Deno.test("stream ids number all producers of a worker, and some that are added", () => {
  const bits = (topics: number, workers: number): number => {
    const placement = new Placement(1, () => workers);
    placement.add(names(topics));
    return placement.laneBits();
  };
  assert.deepEqual([bits(10, 2), bits(4096, 2), bits(10_000, 2), bits(10_000, 1)], [12, 12, 14, 15]);
});
