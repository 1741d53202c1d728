import assert from "node:assert/strict";
import { PartitionWatch } from "./partition_watch.ts";

/** A watch on a clock of its own; each look is answered by the test. */
function watched() {
  const self = {
    now: 0,
    looks: [] as PromiseWithResolvers<readonly string[]>[],
    heard: [] as (readonly string[])[],
    watch: undefined as unknown as PartitionWatch,
  };
  self.watch = new PartitionWatch({
    periodMs: 60_000,
    list: () => {
      const look = Promise.withResolvers<readonly string[]>();
      self.looks.push(look);
      return look.promise;
    },
    onList: (topics) => self.heard.push(topics),
    now: () => self.now,
  });
  return self;
}

Deno.test("partitions are looked for once a period, and not again before there is an answer", async () => {
  const s = watched();
  s.watch.tick();
  s.now = 59_999;
  s.watch.tick();
  assert.equal(s.looks.length, 0);
  s.now = 60_000;
  s.watch.tick();
  s.now = 200_000;
  s.watch.tick();
  assert.equal(s.looks.length, 1);
  s.looks[0]!.resolve(["a", "b"]);
  await s.watch.settled;
  assert.deepEqual(s.heard, [["a", "b"]]);
  s.watch.tick();
  assert.equal(s.looks.length, 2);
});

Deno.test("a look that fails is made again after a period", async () => {
  const s = watched();
  s.now = 60_000;
  s.watch.tick();
  s.looks[0]!.reject(new Error("no connection"));
  await s.watch.settled;
  s.watch.tick();
  assert.equal(s.looks.length, 1);
  s.now = 120_000;
  s.watch.tick();
  s.looks[1]!.resolve(["a"]);
  await s.watch.settled;
  assert.deepEqual(s.heard, [["a"]]);
});
