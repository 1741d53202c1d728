/** How workers that sleep until their next slot, or until they are woken, notice the end of a planned number. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Schedule } from "./schedule.ts";
import { ScheduleCursor } from "./cursor.ts";
import { START } from "./simulation_test_support.ts";
import { SCHEDULE_BYTES } from "./words.ts";
import { SharedWords } from "./shared_words.ts";

interface Sleeper {
  readonly cursor: ScheduleCursor;
  /** Most messages of a look. */
  readonly max: number;
  /** Microseconds that it is busy after each look that gave it something. */
  readonly busy: number;
  wakeAt: number;
  /** Busy until then: woken, it comes to look only afterwards. */
  freeAt: number;
}

/** Workers in virtual time that look at the schedule when their slot is due or somebody wakes them, and never else. */
class Sleepers {
  now = START;
  readonly schedule: Schedule;
  readonly workers: Sleeper[];
  sent = 0;
  lastSentAt = 0;
  missed = 0;

  constructor(team: readonly { max: number; busy: number }[], count: number) {
    const words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
    this.schedule = new Schedule(words, {
      catchUp: "full",
      count,
      clock: () => this.now,
      onChange: () => this.#wakeAll(),
    });
    this.workers = team.map(({ max, busy }) => ({
      cursor: new ScheduleCursor(words, () => this.#wakeAll()),
      max,
      busy,
      wakeAt: START,
      freeAt: START,
    }));
  }

  #wakeAll(): void {
    for (const worker of this.workers ?? []) worker.wakeAt = Math.max(this.now, worker.freeAt);
  }

  /** Lets time pass until nobody waits for any time, or until `time`. */
  run(time = Infinity): void {
    for (;;) {
      const next = this.workers.reduce((first, worker) => worker.wakeAt < first.wakeAt ? worker : first);
      if (next.wakeAt > time || next.wakeAt === Infinity) break;
      this.now = Math.max(this.now, next.wakeAt);
      this.#look(next);
    }
    if (time !== Infinity) this.now = Math.max(this.now, time);
  }

  #look(worker: Sleeper): void {
    worker.wakeAt = Infinity;
    const count = worker.cursor.take(this.now, worker.max);
    this.missed += worker.cursor.takeMissed();
    if (count === 0) {
      worker.wakeAt = worker.cursor.nextAt;
      return;
    }
    this.sent += count;
    this.lastSentAt = this.now;
    worker.freeAt = worker.wakeAt = this.now + worker.busy;
  }

  get finished(): boolean[] {
    return this.workers.map(({ cursor }) => cursor.finished);
  }
}

const team = fc.array(
  fc.record({ max: fc.constantFrom(1, 7, 1000), busy: fc.integer({ min: 0, max: 60_000 }) }),
  { minLength: 1, maxLength: 8 },
);
const longestBusy = (members: readonly { busy: number }[]): number =>
  Math.max(...members.map(({ busy }) => busy));

Deno.test("all workers know of the end of a planned number at once, however far ahead their own slots lie", () => {
  fc.assert(
    fc.property(
      team,
      fc.integer({ min: 1, max: 400 }),
      fc.constantFrom(0.5, 3, 100, 500, 20_000, Infinity),
      (members, count, rate) => {
        const sleepers = new Sleepers(members, count);
        sleepers.schedule.setRate(rate);
        sleepers.run();
        assert.equal(sleepers.sent, count);
        assert.ok(sleepers.finished.every(Boolean));
        const late = sleepers.now - sleepers.lastSentAt;
        assert.ok(late <= longestBusy(members), `noticed ${late} µs after the last message`);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("messages of a worker that died are sent, and the end is then noticed at once again", () => {
  fc.assert(
    fc.property(
      team,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 3_000_000 }),
      (members, count, refund, after) => {
        const sleepers = new Sleepers(members, count);
        sleepers.schedule.setRate(20);
        sleepers.run(START + after);
        sleepers.schedule.refund(refund);
        sleepers.run();
        assert.equal(sleepers.sent, count + refund);
        assert.ok(sleepers.finished.every(Boolean));
        assert.ok(sleepers.now - sleepers.lastSentAt <= longestBusy(members) + 1000);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("a pause does not hide the end from anybody, and what is left is sent after it", () => {
  fc.assert(
    fc.property(
      team,
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 3_000_000 }),
      (members, count, after) => {
        const sleepers = new Sleepers(members, count);
        sleepers.schedule.setRate(20);
        sleepers.run(START + after);
        sleepers.schedule.pause();
        sleepers.run(sleepers.now + 10_000_000);
        const isOver = sleepers.sent === count;
        assert.deepEqual(sleepers.finished, members.map(() => isOver));
        sleepers.schedule.resume();
        sleepers.run();
        assert.equal(sleepers.sent, count);
        assert.ok(sleepers.finished.every(Boolean));
        if (!isOver) assert.ok(sleepers.now - sleepers.lastSentAt <= longestBusy(members));
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("a worker that was late leaves to the others what is not due yet", () => {
  const sleepers = new Sleepers([{ max: 1000, busy: 0 }, { max: 1000, busy: 0 }], 10_000);
  const [late, other] = sleepers.workers;
  sleepers.schedule.setRate(500);
  sleepers.now = START + 1_000_000;
  while (late!.cursor.take(sleepers.now, 1000) > 0);
  assert.ok(late!.cursor.reserved <= 5, `${late!.cursor.reserved} slots kept, 10 ms are 5`);
  assert.equal(other!.cursor.take(sleepers.now, 1000), 0);
  assert.ok(other!.cursor.nextAt <= sleepers.now + 22_000, "its next slot is one of the next ones");
});

Deno.test("a refund wakes those who wait", () => {
  let changes = 0;
  const words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
  const schedule = new Schedule(words, {
    catchUp: "full",
    count: 3,
    clock: () => START,
    onChange: () => changes++,
  });
  const before = changes;
  schedule.refund(2);
  assert.equal(changes, before + 1);
  assert.equal(schedule.left, 5);
});
