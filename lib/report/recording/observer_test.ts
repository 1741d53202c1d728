import assert from "node:assert/strict";
import { Lab, LONG, until } from "../../load/run/load_run_test_support.ts";
import type { RunSnapshot } from "../../load/snapshot.ts";
import type { IntervalRecord } from "../result/types.ts";
import { parseThresholds } from "../thresholds/thresholds.ts";
import { Observer } from "./observer.ts";

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

Deno.test("after a reset only what came later is reported, though the counters outgrow those of before unseen", async () => {
  await using lab = await Lab.open();
  const run = lab.producer({ rate: "2000", durationMs: "3s", warmupMs: "300ms", reportIntervalMs: "300ms" });
  const heard: { snapshot: RunSnapshot; record: IntervalRecord | undefined }[] = [];
  const third = Promise.withResolvers<void>();
  const observer = new Observer(
    run,
    parseThresholds(["rate>=0.5*target over 500ms"], {
      role: "producer",
      hasTarget: true,
      verifies: false,
    }),
    {
      onInterval(snapshot, record) {
        heard.push({ snapshot, record });
        if (heard.filter(({ record }) => record !== undefined).length === 3) third.resolve();
      },
    },
  );
  await run.connect();
  run.begin();
  observer.start();
  observer.look();
  await Promise.race([third.promise, run.done]);
  run.reset();
  const outcome = await run.done;
  observer.finish(outcome);
  const { total, epoch } = outcome.snapshot;
  const told = heard.flatMap(({ snapshot, record }) =>
    record !== undefined && snapshot.epoch === epoch ? [record] : []
  );
  for (const records of [observer.recorder.records, told]) {
    assert.equal(sum(records.map(({ messages }) => messages)), total.counters.messages);
    assert.ok(Math.abs(sum(records.map(({ seconds }) => seconds)) - total.seconds) < 1e-3);
    assert.equal(records[0]!.fromSeconds, 0);
    for (const { latency } of records) assert.ok(latency.service!.maxUs <= total.latency.service!.max);
  }
  assert.ok(told.every(({ messages }) => messages >= 0));
  assert.ok(observer.reports.records.length <= 3, "no file needs the others");
});

Deno.test("a warm-up has lines and no records", async () => {
  await using lab = await Lab.open();
  const run = lab.producer({ rate: "500", durationMs: "2m", warmupMs: "1m", reportIntervalMs: "100ms" });
  const lines: (IntervalRecord | undefined)[] = [];
  const second = Promise.withResolvers<void>();
  const observer = new Observer(run, [], {
    onInterval(_snapshot, record) {
      if (lines.push(record) === 2) second.resolve();
    },
  });
  await run.connect();
  run.begin();
  observer.start();
  observer.look();
  await second.promise;
  const outcome = await run.finish("quit");
  observer.finish(outcome);
  assert.ok(lines.every((record) => record === undefined));
  assert.deepEqual(observer.recorder.records, []);
});

Deno.test("lines go on while a run ends, and say how long that may take", async () => {
  await using lab = await Lab.open();
  const run = lab.producer({ rate: "200", durationMs: "600ms", workers: "1", reportIntervalMs: "100ms" });
  const seen: RunSnapshot["draining"][] = [];
  const second = Promise.withResolvers<void>();
  const observer = new Observer(run, [], {
    onDraining({ draining }) {
      seen.push(draining);
      if (seen.length === 2) second.resolve();
    },
  });
  await run.connect();
  run.begin();
  observer.start();
  await until(() => run.reader.total().counters.messages > 10, LONG, run);
  await lab.broker.hooks.stallReads(120_000);
  await Promise.race([second.promise, run.done]);
  assert.equal(seen.length, 2);
  assert.ok(seen[1]!.seconds > seen[0]!.seconds);
  assert.equal(seen[0]!.limit, 10);
  run.abort();
  observer.finish(await run.done);
});
