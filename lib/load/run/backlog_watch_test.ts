import assert from "node:assert/strict";
import type { TopicStats } from "../../client/mod.ts";
import { BacklogWatch } from "./backlog_watch.ts";

function setUp(): { watch: BacklogWatch; asked: PromiseWithResolvers<TopicStats>[]; clock: { now: number } } {
  const clock = { now: 0 };
  const asked: PromiseWithResolvers<TopicStats>[] = [];
  const stats = (): Promise<TopicStats> => {
    asked.push(Promise.withResolvers());
    return asked.at(-1)!.promise;
  };
  return { watch: new BacklogWatch({ stats }, ["topic"], "sub", () => clock.now), asked, clock };
}

// Of the statistics, only this is looked at.
const withBacklog = (msgBacklog: number): TopicStats =>
  ({ subscriptions: { sub: { msgBacklog } } }) as unknown as TopicStats;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

Deno.test("the backlog is asked for every two seconds, and not again before there was an answer", async () => {
  const { watch, asked, clock } = setUp();
  watch.tick();
  watch.tick();
  assert.equal(asked.length, 1);
  assert.equal(watch.backlog, undefined);
  clock.now = 5000;
  watch.tick();
  assert.equal(asked.length, 1, "the first question is still open");
  asked[0]!.resolve(withBacklog(42));
  await turn();
  assert.equal(watch.backlog, 42);
  watch.tick();
  assert.equal(asked.length, 2);
});

Deno.test("an interface that does not answer makes the backlog unknown, not wrong", async () => {
  const { watch, asked, clock } = setUp();
  watch.tick();
  asked[0]!.resolve(withBacklog(7));
  await turn();
  clock.now = 2000;
  watch.tick();
  asked[1]!.reject(new Error("gone"));
  await turn();
  assert.equal(watch.backlog, undefined);
  clock.now = 4000;
  watch.tick();
  asked[2]!.resolve({ subscriptions: {} } as unknown as TopicStats);
  await turn();
  assert.equal(watch.backlog, undefined, "a subscription that is not there");
});

Deno.test("at the end only a new answer counts, and it is not waited for for ever", async () => {
  const { watch, asked } = setUp();
  watch.tick();
  const looked = watch.look(20_000);
  asked[1]!.resolve(withBacklog(0));
  await looked;
  assert.equal(watch.backlog, 0);
  asked[0]!.resolve(withBacklog(96));
  await turn();
  assert.equal(watch.backlog, 0, "the answer to an earlier question came late");
  await watch.look(1);
  assert.equal(watch.backlog, undefined);
});
