import assert from "node:assert/strict";
import { Stage } from "./stage_test_support.ts";

Deno.test("a group that starts later gets all that was sent before, and one whose time never comes has lost nothing", async () => {
  await using stage = await Stage.open(`
duration: 2s
topics: { orders: }
producers: { web: { rate: 1k, catchUp: full } }
subscriptions:
  late: { type: exclusive, start: 1s }
  never: { type: exclusive, start: 1h }
`);
  await stage.perform();
  assert.deepEqual([stage.integrity("late").verified, stage.integrity("late").lost], [2000, 0]);
  assert.deepEqual([stage.integrity("never").verified, stage.integrity("never").lost], [0, 0]);
});

Deno.test("what others had acknowledged before a subscription was made is not lost to it, nor waited for", async () => {
  await using stage = await Stage.open(
    `
duration: 4s
drain: 20s
topics: { orders: { partitions: 2 } }
producers:
  web: { rate: 500, catchUp: full }
  early: { rate: 1k, count: 300 }
subscriptions:
  billing: { type: shared }
  late: { type: exclusive, start: 1s }
  latest: { type: exclusive, start: 1s, initialPosition: latest }
`,
    {},
    { retentionBytes: 0 },
  );
  const began = performance.now();
  await stage.perform();
  assert.ok(performance.now() - began < 20_000, "it ends without the wait for what cannot come");
  for (const name of ["late", "latest"]) {
    const { lost, verified, beforeSubscription = 0, duplicates } = stage.integrity(name);
    assert.deepEqual([lost, duplicates, verified + beforeSubscription], [0, 0, 2300], name);
    assert.ok(
      verified > 0 && beforeSubscription > 300,
      `${name}: ${verified}, ${beforeSubscription} before`,
    );
  }
  assert.deepEqual(stage.integrity("billing").beforeSubscription, 0);
  assert.deepEqual(stage.run.snapshot().groups.slice(2).map(({ backlog }) => backlog), [0, 0, 0]);
});
