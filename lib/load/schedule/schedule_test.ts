import assert from "node:assert/strict";
import fc from "fast-check";
import type { CatchUp } from "./schedule.ts";
import { ScheduleCursor } from "./cursor.ts";
import { LEAD, Sim, START } from "./simulation_test_support.ts";

const rates = fc.oneof(
  fc.constantFrom(0.5, 10, 100, 1000, 33_333, 1_000_000),
  fc.double({ min: 0.5, max: 20_000, noNaN: true }),
);
const team = fc.array(
  fc.record({ period: fc.integer({ min: 200, max: 20_000 }), max: fc.integer({ min: 1, max: 1000 }) }),
  { minLength: 1, maxLength: 32 },
);

Deno.test("uneven workers together send every slot once, at start + k / rate, whatever the rate", () => {
  fc.assert(
    fc.property(rates, team, (rate, members) => {
      const sim = new Sim();
      for (const member of members) sim.add(member.period, member.max);
      sim.schedule.setRate(rate);
      const seconds = rate > 100_000 ? 0.1 : 2.2;
      sim.until(START + LEAD + seconds * 1e6);
      sim.drain();
      const intended = sim.intended;
      assert.equal(intended.length, Math.floor(seconds * rate + 1e-6) + 1);
      for (let k = 0; k < intended.length; k++) {
        assert.ok(Math.abs(intended[k]! - (START + LEAD + k * 1e6 / rate)) < 1, `slot ${k}`);
      }
      assert.equal(sim.allMissed(), 0);
    }),
    { numRuns: 60 },
  );
});

Deno.test("any number of rate changes carries fractions of slots over", () => {
  const changes = fc.array(
    fc.record({
      rate: fc.double({ min: 0, max: 3000, noNaN: true }),
      after: fc.integer({ min: 0, max: 300_000 }),
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(changes, team, (steps, members) => {
      const sim = new Sim();
      for (const member of members) sim.add(member.period, member.max);
      let expected = 0;
      let switchedAt = sim.now;
      let rate = 0;
      for (const step of steps) {
        sim.schedule.setRate(step.rate);
        expected += rate * (sim.now + LEAD - switchedAt) / 1e6;
        switchedAt = sim.now + LEAD;
        rate = step.rate;
        sim.until(switchedAt + step.after);
      }
      expected += rate * (sim.now - switchedAt) / 1e6;
      sim.drain();
      assert.ok(
        Math.abs(sim.slots.length - expected) <= 1 + 1e-6,
        `${sim.slots.length} slots for ${expected}`,
      );
      assert.equal(sim.allMissed(), 0);
    }),
    { numRuns: 100 },
  );
});

Deno.test("a slot parked far in the future does not outlive a change to a higher rate", () => {
  const sim = new Sim();
  for (let i = 0; i < 8; i++) sim.add(10_000, 1);
  sim.schedule.setRate(0.5);
  sim.until(START + 100_000);
  sim.schedule.setRate(1000);
  sim.until(sim.now + 500_000 + LEAD);
  sim.drain();
  // One of the slow rate at the start, then 500 more give or take the carried fraction.
  assert.ok(sim.slots.length >= 500 && sim.slots.length <= 502, `${sim.slots.length} slots`);
  assert.ok(sim.slots[1]!.intended < START + 100_000 + LEAD + 1001);
});

Deno.test("a pause silences at once and nothing is made up for after it", () => {
  const sim = new Sim();
  sim.add(700, 10);
  sim.add(1300, 10);
  sim.schedule.setRate(2000);
  sim.until(START + LEAD + 1e6);
  sim.drain();
  const before = sim.slots.length;
  sim.schedule.pause();
  sim.until(sim.now + 5e6);
  sim.drain();
  assert.equal(sim.slots.length, before);
  sim.schedule.resume();
  const resumed = sim.now + LEAD;
  sim.until(resumed + 1e6);
  sim.drain();
  const after = sim.slots.slice(before);
  assert.ok(Math.abs(after.length - 2000) <= 1, `${after.length} slots in the second after the pause`);
  for (const slot of after) assert.ok(slot.intended >= resumed);
});

Deno.test("what is late at a pause is given up and counted, by worker or controller, exactly once", () => {
  const sim = new Sim();
  sim.add(1e9, 100);
  sim.add(1e9, 7);
  sim.schedule.setRate(1000);
  sim.until(START + LEAD + 2e6);
  // Nobody has taken anything but the first look: 2001 slots are due, the one at this very moment included.
  const sent = sim.slots.length;
  sim.schedule.pause();
  sim.drain();
  assert.equal(sim.slots.length, sent);
  assert.equal(sim.allMissed() + sent, 2001);
});

Deno.test("catch-up sends what is late within its bound and counts the rest", () => {
  // The time that a batch may take to fill is no lateness.
  const cases: [CatchUp, number, number, number][] = [
    ["full", 0, 0, 10_001],
    ["bounded", 0, 9000, 1001],
    ["bounded", 300_000, 8700, 1301],
    ["none", 0, 9950, 51],
    ["none", 200_000, 9750, 251],
  ];
  for (const [catchUp, batchMicros, missed, sent] of cases) {
    const sim = new Sim({ catchUp, batchMicros });
    sim.add(1e9, 100);
    sim.schedule.setRate(1000);
    sim.now = START + LEAD + 10e6;
    sim.drain();
    assert.equal(sim.allMissed(), missed, catchUp);
    assert.equal(sim.slots.length, sent, catchUp);
  }
});

Deno.test("a worker that comes back late gives up its own reservation too", () => {
  const sim = new Sim({ catchUp: "bounded", boundMicros: 100_000 });
  sim.add(1e9, 10);
  sim.schedule.setRate(1000);
  sim.now = START + LEAD;
  const { cursor } = sim.workers[0]!;
  assert.equal(cursor.take(sim.now, 10), 1);
  sim.now += 1e6;
  assert.ok(cursor.behind(sim.now) > 900_000);
  sim.drain();
  assert.equal(sim.allMissed() + sim.slots.length + 1, 1001);
  assert.equal(sim.slots.length, 101);
});

Deno.test("a planned count is met exactly by any team", () => {
  fc.assert(
    fc.property(team, fc.integer({ min: 1, max: 5000 }), fc.boolean(), (members, count, unlimited) => {
      const sim = new Sim({ count });
      for (const member of members) sim.add(member.period, member.max);
      sim.schedule.setRate(unlimited ? Infinity : 50_000);
      sim.until(START + 1e6);
      assert.equal(sim.slots.length, count);
      assert.equal(sim.schedule.left, 0);
      assert.equal(sim.workers[0]!.cursor.finished, true);
      sim.schedule.refund(3);
      sim.until(sim.now + 1e6);
      assert.equal(sim.slots.length, count + 3);
    }),
    { numRuns: 50 },
  );
});

Deno.test("a burst falls due at once, and no stretch exceeds the token bucket", () => {
  const sim = new Sim({ burst: 50 });
  sim.add(1000, 20);
  sim.add(1700, 64);
  sim.schedule.setRate(1000);
  sim.until(START + LEAD + 2e6 - 1);
  sim.drain();
  const intended = sim.intended;
  assert.equal(intended.length, 2000);
  assert.equal(new Set(intended).size, 40);
  for (let i = 0; i < intended.length; i += 7) {
    for (let j = i; j < intended.length; j += 11) {
      assert.ok(j - i + 1 <= 50 + (intended[j]! - intended[i]!) / 1000 + 1e-6);
    }
  }
});

Deno.test("a ramp sends the integral of its rate and then holds", () => {
  const sim = new Sim();
  sim.add(900, 100);
  sim.add(400, 3);
  sim.schedule.follow({ rate: 0, endRate: 1000, rampMicros: 2e6 });
  sim.until(START + LEAD + 1e6);
  sim.drain();
  assert.ok(Math.abs(sim.slots.length - 250) <= 1, `${sim.slots.length} at half time`);
  assert.equal(Math.round(sim.schedule.rateAt()), 500);
  sim.until(START + LEAD + 4e6);
  sim.drain();
  assert.ok(Math.abs(sim.slots.length - 3000) <= 1, `${sim.slots.length} at the end`);
});

Deno.test("a ramp that is paused goes on where it was", () => {
  const sim = new Sim();
  sim.add(500, 100);
  sim.schedule.follow({ rate: 1000, endRate: 2000, rampMicros: 1e6 });
  sim.until(START + 0.5e6);
  sim.schedule.pause();
  sim.until(sim.now + 3e6);
  sim.schedule.resume();
  assert.ok(Math.abs(sim.schedule.rateAt(sim.now + LEAD) - 1500) < 5);
  assert.ok(Math.abs(sim.schedule.rateAt(sim.now + LEAD + 0.25e6) - 1750) < 5);
});

Deno.test("a switch planned ahead is exact, and a change before it takes its place", () => {
  const sim = new Sim();
  sim.add(500, 100);
  sim.schedule.setRate(1000, START + LEAD);
  sim.schedule.setRate(10_000, START + LEAD + 1e6);
  sim.until(START + LEAD + 0.5e6);
  sim.schedule.setRate(100, START + LEAD + 0.6e6);
  sim.until(START + LEAD + 2.6e6 - 1);
  sim.drain();
  assert.ok(Math.abs(sim.slots.length - 800) <= 1, `${sim.slots.length} slots`);
});

Deno.test("a fresh start after the warm-up has no backlog and its own count", () => {
  const sim = new Sim();
  sim.add(1e9, 100);
  sim.schedule.setRate(1000);
  sim.now = START + 3e6;
  sim.schedule.restart({ rate: 500 }, sim.now + 10_000, 5);
  const start = sim.now + 10_000;
  sim.schedule.takeMissed();
  sim.now = start + 1e6;
  sim.drain();
  assert.deepEqual(sim.intended, [0, 1, 2, 3, 4].map((k) => start + k * 2000));
});

Deno.test("an unlimited schedule hands out all that is asked for and switches to a rate and back", () => {
  const sim = new Sim();
  sim.add(1e9, 100);
  const { cursor } = sim.workers[0]!;
  sim.schedule.setRate(Infinity);
  sim.now += LEAD;
  assert.equal(cursor.take(sim.now, 100), 100);
  assert.deepEqual([cursor.firstIntended, cursor.lastIntended], [sim.now, sim.now]);
  sim.schedule.setRate(10);
  sim.now += LEAD;
  assert.equal(cursor.take(sim.now, 100), 1);
  assert.equal(cursor.take(sim.now, 100), 0);
  assert.equal(cursor.nextAt, sim.now + 100_000);
  sim.schedule.setRate(Infinity);
  sim.now += LEAD;
  assert.equal(cursor.take(sim.now, 64), 64);
  sim.schedule.stop();
  assert.equal(cursor.take(sim.now, 64), 0);
  assert.equal(cursor.nextAt, Infinity);
});

Deno.test("a worker that leaves returns its slots where it can and counts them where it can't", () => {
  const sim = new Sim();
  sim.schedule.setRate(1000);
  sim.now += LEAD;
  const leaving = new ScheduleCursor(sim.words);
  leaving.take(sim.now, 10);
  leaving.release();
  assert.equal(leaving.takeMissed(), 0);
  const other = new ScheduleCursor(sim.words);
  const blocked = new ScheduleCursor(sim.words);
  sim.now += 5000;
  assert.equal(blocked.take(sim.now, 2), 2);
  assert.equal(blocked.firstIntended, START + LEAD + 1000, "the first slot after those that were sent");
  blocked.take(sim.now, 3);
  blocked.take(sim.now, 3);
  other.take(sim.now, 3);
  blocked.release();
  const unsent = blocked.takeMissed();
  assert.ok(unsent > 0, "another worker has reserved beyond");
});

Deno.test("lateness is visible to the controller before any worker takes a slot", () => {
  const sim = new Sim();
  sim.schedule.setRate(100);
  sim.now += LEAD + 500_000;
  assert.equal(sim.schedule.behind(), 500_000);
});
