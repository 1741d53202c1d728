import assert from "node:assert/strict";
import { Schedule, type ScheduleOptions } from "./schedule.ts";
import { ScheduleCursor } from "./cursor.ts";
import { SCHEDULE_BYTES } from "./words.ts";
import { SharedWords } from "./shared_words.ts";

const START = 1_800_000_000_000_000;

class Fixture {
  now = START;
  readonly words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
  readonly schedule: Schedule;

  constructor(options: Partial<ScheduleOptions> = {}) {
    this.schedule = new Schedule(this.words, { catchUp: "full", ...options, clock: () => this.now });
  }

  cursor(): ScheduleCursor {
    return new ScheduleCursor(this.words);
  }

  /** Lets cursors take what is due, each millisecond in turn; returns how many slots they got. */
  pass(ms: number, ...cursors: ScheduleCursor[]): number {
    let taken = 0;
    for (const end = this.now + ms * 1000; this.now < end; this.now += 1000) {
      for (const cursor of cursors) taken += cursor.take(this.now, 10);
    }
    return taken;
  }
}

Deno.test("before a rate takes over, a worker reserves no more of it than it may afterwards", () => {
  const fixture = new Fixture();
  const cursor = fixture.cursor();
  fixture.schedule.restart({ rate: 100 }, fixture.now + 5000);
  assert.equal(cursor.take(fixture.now, 1000), 0);
  assert.equal(cursor.reserved, 1, "slots are 10 ms apart: one at a time");
  assert.equal(cursor.rateAt(fixture.now), 100 / 1e6);
  fixture.now += 5000;
  assert.equal(cursor.take(fixture.now, 1000), 1);
});

Deno.test("slots beyond the planned number are not missed: nobody wanted them", () => {
  const fixture = new Fixture({ catchUp: "none" });
  const cursors = [fixture.cursor(), fixture.cursor()];
  fixture.schedule.restart({ rate: 1000 }, fixture.now, 25);
  assert.equal(fixture.pass(400, ...cursors), 25);
  fixture.schedule.stop();
  assert.equal(fixture.pass(10, ...cursors), 0);
  const missed = cursors.map((cursor) => cursor.takeMissed());
  assert.deepEqual([...missed, fixture.schedule.takeMissed()], [0, 0, 0]);
});

Deno.test("a fresh schedule begins when it was to, also when its thread was held up meanwhile", () => {
  const fixture = new Fixture();
  const cursor = fixture.cursor();
  const at = fixture.now + 1000;
  fixture.now += 30_000;
  fixture.schedule.restart({ rate: 1000 }, at);
  assert.equal(cursor.take(fixture.now, 1), 1);
  assert.equal(cursor.firstIntended, at);
  fixture.now = at + 99_999;
  let taken = 1;
  for (let count = 1; count > 0;) taken += count = cursor.take(fixture.now, 1000);
  assert.equal(taken, 100);
});
