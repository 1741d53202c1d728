import assert from "node:assert/strict";
import fc from "fast-check";
import { ConsumerQuota, createQuota } from "./consumer_quota.ts";

Deno.test("without a limit everything may be taken, until the end", () => {
  const memory = createQuota();
  const [one, other] = [new ConsumerQuota(memory), new ConsumerQuota(memory)];
  assert.equal(one.take(1000), 1000);
  other.stop();
  assert.equal(one.take(1), 0);
});

Deno.test("all workers together take exactly what was planned, whatever the entries hold", () => {
  fc.assert(
    fc.property(
      fc.nat(200),
      fc.array(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 40 }), fc.boolean())),
      (limit, entries) => {
        const memory = createQuota();
        const workers = [0, 1, 2].map(() => new ConsumerQuota(memory));
        workers[0]!.limit(limit);
        let taken = 0;
        let offered = 0;
        for (const [worker, messages, isNone] of entries) {
          const granted = workers[worker]!.take(messages);
          assert.ok(granted <= messages);
          if (isNone) workers[worker]!.giveBack(granted);
          else {
            taken += granted;
            offered += messages;
          }
        }
        assert.equal(taken, Math.min(limit, offered));
      },
    ),
  );
});

Deno.test("a limit that is raised counts what was taken before", () => {
  const quota = new ConsumerQuota(createQuota());
  quota.limit(Infinity);
  assert.equal(quota.take(70), 70);
  quota.limit(100);
  assert.equal(quota.take(50), 30);
  assert.equal(quota.take(1), 0);
});

Deno.test("disturbances are seen by all", () => {
  const memory = createQuota();
  new ConsumerQuota(memory).disturb();
  assert.equal(new ConsumerQuota(memory).disturbances, 1);
});
