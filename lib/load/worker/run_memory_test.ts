import assert from "node:assert/strict";
import { MAX_WORKERS } from "../../config/limits.ts";
import { COUNTERS } from "../metrics/layout.ts";
import { RunMemory } from "./run_memory.ts";

const SLOTS = [0, 1, MAX_WORKERS - 1];

Deno.test("what one thread writes into a part, another reads from it, and no part touches another", () => {
  const main = new RunMemory();
  const reader = main.reader("producer");
  const schedule = main.schedule({ catchUp: "full" });
  schedule.setRate(1e6);
  for (const slot of SLOTS) {
    const worker = new RunMemory(main.buffer);
    worker.wakeBoard().setDeadline(slot, 1000 + slot);
    const metrics = worker.metrics(slot);
    metrics.setState("running");
    // Every counter and every histogram, so that a block that is too short would reach into its neighbour.
    for (const name of COUNTERS) metrics.record(name, 1);
    metrics.recordReceipt(1e6, 1e6, 1e6, 4.6e9, slot + 1, 0, 0);
  }
  const cursor = new RunMemory(main.buffer).cursor();
  const due = (performance.timeOrigin + performance.now()) * 1000 + 1e6;
  assert.equal(cursor.take(due, 5), 5);
  assert.equal(schedule.rateAt(due), 1e6);
  assert.deepEqual(SLOTS.map((slot) => main.wakeBoard().deadline(slot)), SLOTS.map((slot) => 1000 + slot));
  const window = reader.window();
  reader.poll();
  for (const { id, state, messages } of reader.workers(window)) {
    const isUsed = SLOTS.includes(id);
    assert.equal(state, isUsed ? "running" : "starting", `slot ${id}`);
    assert.equal(messages, isUsed ? id + 2 : 0, `slot ${id}`);
  }
});

Deno.test("a change of the schedule and the end of a planned number wake all workers", () => {
  const memory = new RunMemory();
  const board = memory.wakeBoard();
  const wakes = (): number[] => SLOTS.map((slot) => Atomics.load(board.words, board.wordOf(slot)));
  const schedule = memory.schedule({ catchUp: "full", count: 3 });
  const silent = wakes();
  schedule.setRate(1e6);
  const followed = wakes();
  const cursor = memory.cursor();
  assert.equal(cursor.take((performance.timeOrigin + performance.now()) * 1000 + 1e6, 10), 3);
  const exhausted = wakes();
  SLOTS.forEach((slot, at) => {
    assert.ok(followed[at]! > silent[at]!, `slot ${slot} hears of the rate`);
    assert.ok(exhausted[at]! > followed[at]!, `slot ${slot} hears of the end`);
  });
});
