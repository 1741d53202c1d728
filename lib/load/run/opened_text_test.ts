import assert from "node:assert/strict";
import { openedText } from "./opened_text.ts";
import { OpeningTimes } from "../metrics/opening_times.ts";

Deno.test("reports of workers add up, each value once", () => {
  const worker = new OpeningTimes();
  const all = new OpeningTimes();
  assert.equal(worker.take(), undefined, "nothing has happened");
  worker.record("connect", 1500);
  worker.record("ready", 2500);
  worker.begun(2000);
  all.add(worker.take()!);
  assert.equal(worker.take(), undefined, "told already");
  worker.record("connect", 3000);
  worker.begun(70_000);
  worker.begun(60_000);
  all.add(worker.take()!);
  const { connect, lookup, create, ready } = all.histograms;
  assert.deepEqual([connect, lookup, create, ready].map(({ total }) => total), [2, 0, 0, 1]);
  assert.deepEqual([connect.min, connect.percentile(100)], [1500, 3001]);
  assert.deepEqual([all.late, all.latestMicros], [2, 70_000]);
  assert.equal(
    openedText(all, 1234),
    "1 of 1,234 producers or consumers were open; connect 2, P50 1.50 ms, P99 3.00 ms; ready 1, P50 2.50 ms, P99 2.50 ms",
  );
});
