import assert from "node:assert/strict";
import { configOf } from "./load_run_test_support.ts";
import { RunLog } from "./log.ts";
import { shareAnew, spreadWorkers } from "./spread_workers.ts";
import type { TaskFactory } from "./task_factory.ts";
import { WorkerFailedError, type WorkerPool } from "./worker_pool.ts";

const shared = configOf("consumer", { topic: "t", subscriptionType: "shared" });
const options = {
  drainMs: 1,
  ending: new AbortController().signal,
  onFailed: (error: WorkerFailedError): void => assert.fail(error),
};

/** A pool that notes what it is asked for; the first start of workers may fail. */
function poolOf(hasRoom: boolean, failure?: Error): { pool: WorkerPool; asked: string[] } {
  const asked: string[] = [];
  const pool = {
    hasRoom: () => hasRoom,
    share: (count: number, _: number, onGone: () => void) => {
      onGone();
      asked.push(`share ${count}`);
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    },
    resize: (count: number) => {
      asked.push(`resize ${count}`);
      return Promise.resolve();
    },
  };
  return { pool: pool as unknown as WorkerPool, asked };
}

function tasksOf(topics: readonly string[]): TaskFactory {
  return { topics, laneBitsFor: () => 12, share() {} } as unknown as TaskFactory;
}

Deno.test("as many workers as there is something to share out, and as ordered consumers of a topic need", () => {
  const log = new RunLog();
  const keyShared = configOf("consumer", { topic: "t", subscriptionType: "key-shared" });
  const spread = { lanes: 6, perTopic: 3 };
  assert.deepEqual([1, 5, 9].map((wanted) => spreadWorkers(shared, wanted, spread, log)), [1, 5, 6]);
  assert.deepEqual([1, 5, 9].map((wanted) => spreadWorkers(keyShared, wanted, spread, log)), [3, 5, 6]);
  assert.match(log.lines.map(({ text }) => text).join("\n"), /6 workers, not 9\n3 consumers .*: 3, not 1\n/);
});

Deno.test("where nothing waits for consumers, or stream ids have no room, the number of workers stays", async () => {
  const set = (): void => assert.fail("nothing may change");
  const { pool, asked } = poolOf(true);
  const live = tasksOf(["non-persistent://public/default/live"]);
  await assert.rejects(
    shareAnew(options, pool, live, { config: shared, workers: 2, set }),
    /'non-persistent:.*stays$/,
  );
  const full = poolOf(false);
  const tasks = tasksOf(["persistent://public/default/t"]);
  await assert.rejects(
    shareAnew(options, full.pool, tasks, { config: shared, workers: 2, set }),
    /no room .*stays$/,
  );
  assert.deepEqual([asked, full.asked], [[], []]);
});

Deno.test("workers that could not connect get one more try, and who asked hears of it", async () => {
  const failure = new WorkerFailedError("Timeout", "no answer");
  const { pool, asked } = poolOf(true, failure);
  let workers = 0;
  const change = shareAnew(options, pool, tasksOf(["t"]), {
    config: shared,
    workers: 3,
    set: () => workers = 3,
  });
  await assert.rejects(change, failure);
  assert.deepEqual([asked, workers], [["share 3", "resize 3"], 3]);
});
