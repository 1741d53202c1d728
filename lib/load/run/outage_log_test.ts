import assert from "node:assert/strict";
import fc from "fast-check";
import { OutageLog } from "./outage_log.ts";

Deno.test("a broker that goes away is one outage, however many workers lose it", () => {
  const log = new OutageLog();
  log.lost(0, 0, 100);
  log.lost(1, 0, 105);
  log.lost(1, 1, 107);
  log.lost(0, 0, 150);
  assert.deepEqual(log.at(160), { count: 1, totalMicros: 60, longestMicros: 60, openSince: 100 });
  log.back(0, 0, 200);
  log.back(1, 1, 230);
  log.back(1, 0, 240);
  assert.deepEqual(log.at(1000), { count: 1, totalMicros: 140, longestMicros: 140 });
  log.lost(0, 0, 500);
  log.back(0, 0, 520);
  assert.deepEqual(log.at(1000), { count: 2, totalMicros: 160, longestMicros: 140 });
});

Deno.test("a loss that is heard of after another's return was part of the same outage when it began before it", () => {
  const log = new OutageLog();
  log.lost(0, 0, 100);
  log.back(0, 0, 200);
  log.lost(1, 0, 190);
  log.back(1, 0, 260);
  assert.deepEqual(log.at(1000), { count: 1, totalMicros: 160, longestMicros: 160 });
});

Deno.test("figures that begin anew count what lasts from there, and nothing of before", () => {
  const log = new OutageLog();
  log.lost(0, 0, 100);
  log.back(0, 0, 150);
  log.lost(0, 0, 300);
  log.reset(400);
  assert.deepEqual(log.at(450), { count: 1, totalMicros: 50, longestMicros: 50, openSince: 400 });
  log.back(0, 0, 460);
  log.reset(500);
  assert.deepEqual(log.at(1000), { count: 0, totalMicros: 0, longestMicros: 0 });
  assert.deepEqual(log.ever(1000), { count: 2, totalMicros: 50 + 160 }, "exporters never see a count fall");
});

Deno.test("the connection of a worker that died is missed by nobody, and closing workers is no outage", () => {
  const log = new OutageLog();
  log.lost(3, 0, 100);
  log.forget(3, 180);
  assert.deepEqual(log.at(500), { count: 1, totalMicros: 80, longestMicros: 80 });
  log.lost(0, 0, 600);
  log.stop(700);
  log.lost(1, 0, 750);
  log.forget(0, 800);
  assert.deepEqual(log.at(5000), { count: 2, totalMicros: 180, longestMicros: 100, openSince: 600 });
});

Deno.test("any losses and returns add up to the time in which one lane or more was missing", () => {
  const step = fc.record({
    slot: fc.integer({ min: 0, max: 3 }),
    lane: fc.integer({ min: 0, max: 2 }),
    isLoss: fc.boolean(),
    after: fc.integer({ min: 1, max: 50 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const log = new OutageLog();
    const missing = new Set<string>();
    let now = 0;
    let total = 0;
    let longest = 0;
    let count = 0;
    let current = 0;
    for (const { slot, lane, isLoss, after } of steps) {
      if (missing.size > 0) current += after;
      now += after;
      if (isLoss) {
        if (missing.size === 0) count++;
        missing.add(`${slot}/${lane}`);
        log.lost(slot, lane, now);
      } else {
        const had = missing.delete(`${slot}/${lane}`);
        log.back(slot, lane, now);
        if (!had || missing.size > 0) continue;
        total += current;
        longest = Math.max(longest, current);
        current = 0;
      }
    }
    const { count: found, totalMicros, longestMicros } = log.at(now);
    assert.deepEqual([found, totalMicros, longestMicros], [
      count,
      total + current,
      Math.max(longest, current),
    ]);
  }));
});
