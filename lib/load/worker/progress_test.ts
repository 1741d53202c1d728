import assert from "node:assert/strict";
import { streamId } from "../header/header.ts";
import { createProgress, growProgress, WorkerProgress } from "./progress.ts";

Deno.test("what a worker took, sent and saw confirmed can be read after its death", () => {
  const memory = createProgress(2);
  const worker = new WorkerProgress(memory);
  worker.take(100);
  worker.take(20);
  worker.reserved = 9;
  worker.setSent(0, 60);
  worker.setSent(1, 50);
  worker.setConfirmed(0, 60);
  worker.setConfirmed(1, 20);
  worker.resend(30);
  const seen = new WorkerProgress(memory);
  assert.deepEqual(
    [seen.unsent, seen.unconfirmed, seen.reserved, seen.resent, seen.sentOf(1), seen.confirmedOf(1)],
    [10, 30, 9, 30, 50, 20],
  );
  assert.deepEqual(seen.streams(3, 70), [
    { stream: streamId(3, 70, 0), next: 60 },
    { stream: streamId(3, 70, 1), next: 50, unconfirmed: [[20, 50]] },
  ]);
});

Deno.test("lanes that are added have a place that both sides see", () => {
  const memory = createProgress(1);
  const worker = new WorkerProgress(memory);
  const seen = new WorkerProgress(memory);
  worker.take(30);
  worker.setSent(0, 10);
  growProgress(memory, 3);
  growProgress(memory, 2);
  worker.setSent(2, 20);
  worker.setConfirmed(2, 5);
  assert.deepEqual([seen.unsent, seen.unconfirmed], [0, 25]);
  assert.deepEqual(seen.streams(0, 1).map(({ next }) => next), [10, 0, 20]);
});
