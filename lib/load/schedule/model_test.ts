/**
 * Interleavings of the schedule: three workers and the controller run the real code, and the test picks, access by
 * access to shared memory, who makes the next step. Whatever the order, every slot is handed out once or counted as
 * missed once.
 *
 * To stop an actor in the middle of a call, its history is replayed: all earlier accesses give what they gave then,
 * the next one is made for real, and the one after it is not reached. Nothing but shared memory and the clock
 * decides what the code does, so the replay is exact.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Schedule } from "./schedule.ts";
import { ScheduleCursor } from "./cursor.ts";
import { Epoch } from "./epoch.ts";
import { CURRENT, limitOf, readEpoch, SCHEDULE_BYTES } from "./words.ts";
import { SharedWords } from "./shared_words.ts";

const START = 1_800_000_000_000_000;
const WORKERS = 3;
/** A change takes effect this much after it is asked for; time may pass meanwhile, but not all of it. */
const SWITCH_LEAD = 1000;

class Suspended extends Error {}

/** Access to the memory that replays a history and then makes one step. */
class ReplayedWords extends SharedWords {
  readonly #history: (number | boolean)[] = [];
  #position = 0;
  #steps = 0;

  /** Begins a replay that may go this many accesses beyond the history. */
  rewind(steps: number): void {
    this.#position = 0;
    this.#steps = steps;
  }

  access<T extends number | boolean>(act: () => T): T {
    if (this.#position < this.#history.length) return this.#history[this.#position++] as T;
    if (this.#steps-- === 0) throw new Suspended();
    return this.note(act);
  }

  /** Something outside of the memory that the code depends on; not a step. */
  note<T extends number | boolean>(act: () => T): T {
    if (this.#position < this.#history.length) return this.#history[this.#position++] as T;
    const result = act();
    this.#history.push(result);
    this.#position++;
    return result;
  }

  #write(act: () => void): void {
    this.access(() => (act(), 0));
  }

  override load(index: number): number {
    return this.access(() => super.load(index));
  }

  override store(index: number, value: number): void {
    this.#write(() => super.store(index, value));
  }

  override load64(index: number): number {
    return this.access(() => super.load64(index));
  }

  override store64(index: number, value: number): void {
    this.#write(() => super.store64(index, value));
  }

  override add64(index: number, value: number): number {
    return this.access(() => super.add64(index, value));
  }

  override exchange64(index: number, expected: number, value: number): boolean {
    return this.access(() => super.exchange64(index, expected, value));
  }

  override takeUpTo64(index: number, wanted: number): number {
    return this.access(() => super.takeUpTo64(index, wanted));
  }

  override float(index: number): number {
    return this.access(() => super.float(index));
  }

  override setFloat(index: number, value: number): void {
    this.#write(() => super.setFloat(index, value));
  }
}

/** What an actor has done when its commands are through. */
interface Outcome {
  issued: number[];
  missed: number;
  /** Of the missed ones, those that a worker held when it left. */
  left: number;
}

type Command =
  | { readonly kind: "take"; readonly now: number; readonly max: number }
  | { readonly kind: "release" }
  | { readonly kind: "rate"; readonly rate: number }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" };

class Actor {
  readonly commands: Command[] = [];
  busy = true;
  outcome: Outcome = { issued: [], missed: 0, left: 0 };
  readonly #words: ReplayedWords;
  readonly #run: (words: ReplayedWords, commands: readonly Command[]) => Outcome;

  constructor(
    memory: SharedArrayBuffer,
    run: (words: ReplayedWords, commands: readonly Command[]) => Outcome,
  ) {
    this.#words = new ReplayedWords(memory, 0, SCHEDULE_BYTES);
    this.#run = run;
  }

  begin(command: Command): void {
    this.commands.push(command);
    this.busy = true;
  }

  step(steps = 1): void {
    this.#words.rewind(steps);
    try {
      this.outcome = this.#run(this.#words, this.commands);
      this.busy = false;
    } catch (error) {
      if (!(error instanceof Suspended)) throw error;
    }
  }
}

function runWorker(words: ReplayedWords, commands: readonly Command[]): Outcome {
  let cursor = new ScheduleCursor(words);
  const outcome: Outcome = { issued: [], missed: 0, left: 0 };
  for (const command of commands) {
    if (command.kind === "take") {
      const count = cursor.take(command.now, command.max);
      const { firstIntended: first, lastIntended: last } = cursor;
      for (let i = 0; i < count; i++) {
        outcome.issued.push(count === 1 ? first : first + (last - first) * i / (count - 1));
      }
      outcome.missed += cursor.takeMissed();
    } else {
      cursor.release();
      const left = cursor.takeMissed();
      outcome.missed += left;
      outcome.left += left;
      cursor = new ScheduleCursor(words);
    }
  }
  return outcome;
}

interface Scenario {
  readonly boundMicros: number;
  readonly count: number;
  /** Whether workers also leave, and others take their place. */
  readonly leaving: boolean;
  /** Choices: who steps next, which command, how much time passes. */
  readonly choices: readonly number[];
}

class Model {
  readonly memory = new SharedArrayBuffer(SCHEDULE_BYTES);
  now = START;
  readonly workers: Actor[];
  readonly controller: Actor;
  #paused = false;
  #budget = 0;
  readonly #choices: readonly number[];
  readonly #leaving: boolean;
  #at = 0;

  constructor(scenario: Scenario) {
    this.#choices = scenario.choices;
    this.#leaving = scenario.leaving;
    this.controller = new Actor(this.memory, (words, commands) => {
      const schedule = new Schedule(words, {
        catchUp: scenario.boundMicros === Infinity ? "full" : "bounded",
        boundMicros: scenario.boundMicros,
        ...(scenario.count > 0 ? { count: scenario.count } : {}),
        clock: () => words.note(() => this.now),
      });
      for (const command of commands) {
        if (command.kind === "rate") schedule.setRate(command.rate);
        else if (command.kind === "pause") schedule.pause();
        else schedule.resume();
      }
      return { issued: [], missed: schedule.takeMissed(), left: 0 };
    });
    // The controller first: it lays out the memory.
    this.controller.step(Infinity);
    this.workers = Array.from({ length: WORKERS }, () => new Actor(this.memory, runWorker));
  }

  get spent(): boolean {
    return this.#at >= this.#choices.length;
  }

  #choose(below: number): number {
    return (this.#choices[this.#at++] ?? 0) % below;
  }

  /** One step of someone, or some time. */
  move(): void {
    const who = this.#choose(WORKERS + 2);
    if (who > WORKERS) return this.#pass(this.#choose(1500));
    const actor = this.workers[who] ?? this.controller;
    if (!actor.busy) {
      const command = actor === this.controller ? this.#change() : this.#work();
      if (!command) return;
      actor.begin(command);
    }
    actor.step();
  }

  #work(): Command {
    if (this.#leaving && this.#choose(10) === 0) return { kind: "release" };
    return { kind: "take", now: this.now, max: 1 + this.#choose(20) };
  }

  #change(): Command | undefined {
    const choice = this.#choose(6);
    // Not at every turn: else hardly a slot falls due between two changes.
    if (choice > 2) {
      this.#pass(choice * 300);
      return undefined;
    }
    if (!this.#paused && choice > 0) {
      this.#budget = SWITCH_LEAD - 100;
      return { kind: "rate", rate: [1000, 7000, 30_000, 0][this.#choose(4)]! };
    }
    // What falls due while a pause is on its way is not part of any promise.
    this.#budget = this.#paused ? SWITCH_LEAD - 100 : 0;
    this.#paused = !this.#paused;
    return { kind: this.#paused ? "pause" : "resume" };
  }

  #pass(micros: number): void {
    const allowed = this.controller.busy ? Math.min(micros, this.#budget) : micros;
    this.#budget -= allowed;
    this.now += allowed;
  }

  /** Finishes what was begun, ends the schedule, and lets the workers take the rest. */
  finish(): void {
    for (const actor of [this.controller, ...this.workers]) actor.step(Infinity);
    const run = (actor: Actor, command: Command): number => {
      const before = actor.outcome.issued.length;
      actor.begin(command);
      actor.step(Infinity);
      return actor.outcome.issued.length - before;
    };
    if (this.#paused) run(this.controller, { kind: "resume" });
    run(this.controller, { kind: "rate", rate: 0 });
    this.now += 2 * SWITCH_LEAD;
    for (const worker of [...this.workers, ...this.workers]) {
      while (run(worker, { kind: "take", now: this.now, max: 1000 }) > 0);
    }
    for (const worker of this.workers) run(worker, { kind: "release" });
  }

  get issued(): number[] {
    return this.workers.flatMap((worker) => worker.outcome.issued);
  }

  sum(field: "missed" | "left"): number {
    return [this.controller, ...this.workers].reduce((sum, actor) => sum + actor.outcome[field], 0);
  }

  /** Intended times of all slots that the published epochs consist of. */
  expected(): number[] {
    const words = new SharedWords(this.memory, 0, SCHEDULE_BYTES);
    const epoch = new Epoch();
    const times: number[] = [];
    const current = words.load(CURRENT);
    assert.ok(current < 256, "no epoch has been overwritten");
    for (let id = 1; id <= current; id++) {
      readEpoch(words, id, epoch);
      const limit = words.float(limitOf(id));
      if (epoch.silent) continue;
      for (let slot = 0; slot < limit; slot++) times.push(epoch.timeOf(slot));
    }
    return times;
  }
}

/** Every issued time is one of the expected ones, none twice. Slots of one epoch are at least 33 µs apart. */
function assertSubset(issued: readonly number[], expected: readonly number[]): void {
  const free = new Map<number, number>();
  for (const time of expected) free.set(Math.round(time), (free.get(Math.round(time)) ?? 0) + 1);
  for (const time of issued) {
    const key = [0, 1, -1].map((d) => Math.round(time) + d).find((candidate) =>
      (free.get(candidate) ?? 0) > 0
    );
    assert.ok(key !== undefined, `slot at ${time - START} µs was issued twice or does not exist`);
    free.set(key, free.get(key)! - 1);
  }
}

function run(scenario: Scenario): Model {
  const model = new Model(scenario);
  while (!model.spent) model.move();
  model.finish();
  return model;
}

const choices = fc.array(fc.nat(100_000), { minLength: 100, maxLength: 1500, size: "max" });

const bounds = fc.constantFrom(Infinity, 2000, 300);

Deno.test("in any order of steps, every slot is handed out or missed, exactly once", () => {
  let slots = 0;
  let missed = 0;
  fc.assert(
    fc.property(choices, bounds, (choices, boundMicros) => {
      const model = run({ boundMicros, count: 0, leaving: false, choices });
      const expected = model.expected();
      assertSubset(model.issued, expected);
      assert.equal(model.issued.length + model.sum("missed"), expected.length);
      slots += expected.length;
      missed += model.sum("missed");
    }),
    { numRuns: 150, endOnFailure: true },
  );
  assert.ok(slots > 5000 && missed > 500, `${slots} slots, ${missed} missed: too few to prove anything`);
});

Deno.test("in any order of steps, workers that leave take nothing with them uncounted", () => {
  fc.assert(
    fc.property(choices, bounds, (choices, boundMicros) => {
      const model = run({ boundMicros, count: 0, leaving: true, choices });
      const expected = model.expected().length;
      assertSubset(model.issued, model.expected());
      const accounted = model.issued.length + model.sum("missed");
      assert.ok(accounted >= expected, `${accounted} of ${expected}`);
      // Slots to come that a worker gave up, and that a change of rate then took back anyway.
      assert.ok(accounted <= expected + model.sum("left"), `${accounted} of ${expected}`);
    }),
    { numRuns: 150, endOnFailure: true },
  );
});

Deno.test("in any order of steps, a planned count is never exceeded and all of it is handed out", () => {
  let reached = 0;
  fc.assert(
    fc.property(choices, fc.integer({ min: 1, max: 60 }), (choices, count) => {
      const model = run({ boundMicros: Infinity, count, leaving: true, choices });
      const expected = model.expected();
      assertSubset(model.issued, expected);
      assert.ok(model.issued.length <= count, `${model.issued.length} of ${count}`);
      if (expected.length - model.sum("missed") > count) assert.equal(model.issued.length, count);
      if (model.issued.length === count) reached++;
    }),
    { numRuns: 60, endOnFailure: true },
  );
  assert.ok(reached > 10, `the count was reached only ${reached} times`);
});
