import assert from "node:assert/strict";
import fc from "fast-check";
import { STICKY_SLOTS } from "../../wire/hash.ts";
import { Consumer } from "./consumer.ts";
import type { Peer } from "../io/peer.ts";
import { SplitRanges } from "./slot_ranges.ts";

// Ranges never talk to a consumer's connection.
const nobody = {} as Peer;

Deno.test("split ranges always cover every slot once, whoever comes and goes", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(7), { minLength: 1, maxLength: 40 }), (toggles) => {
      const ranges = new SplitRanges();
      const present = new Map<number, Consumer>();
      for (const id of toggles) {
        const consumer = present.get(id);
        if (consumer === undefined) {
          const added = new Consumer({ id, name: `${id}`, peer: nobody, priority: 0 });
          present.set(id, added);
          ranges.add(added);
        } else {
          present.delete(id);
          ranges.remove(consumer);
        }
        const all = [...present.values()].flatMap((each) => ranges.rangesOf(each));
        const slots = all.reduce((sum, { start, end }) => sum + end - start + 1, 0);
        assert.equal(slots, present.size === 0 ? 0 : STICKY_SLOTS);
        for (const each of present.values()) {
          assert.ok(ranges.rangesOf(each).length > 0, "everybody has a range");
          for (const { start, end } of ranges.rangesOf(each)) {
            assert.equal(ranges.pick(start), each);
            assert.equal(ranges.pick(end), each);
          }
        }
      }
    }),
  );
});

Deno.test("a newcomer takes half of the widest range and nothing else moves", () => {
  const ranges = new SplitRanges();
  const [a, b, c] = ["a", "b", "c"].map((name, id) => new Consumer({ id, name, peer: nobody, priority: 0 }));
  ranges.add(a!);
  ranges.add(b!);
  assert.deepEqual(ranges.rangesOf(b!), [{ start: 0, end: 32_767 }]);
  assert.deepEqual(ranges.rangesOf(a!), [{ start: 32_768, end: 65_535 }]);
  ranges.add(c!);
  assert.deepEqual(ranges.rangesOf(c!), [{ start: 0, end: 16_383 }]);
  assert.deepEqual(ranges.rangesOf(a!), [{ start: 32_768, end: 65_535 }]);
});
