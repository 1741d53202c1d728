/**
 * Interleavings of the schedule: three workers and the controller run the real code on their own threads, and the
 * test picks, access by access to shared memory, who makes the next step. Whatever the order, every slot is handed
 * out once or counted as missed once.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Epoch } from "./schedule_epoch.ts";
import {
  type ActorSetup,
  ARGUMENT,
  COMMAND,
  FIRST,
  GO,
  IDLE,
  LAST,
  MISSED,
  PAUSE,
  RELEASE,
  RESULT,
  RESUME,
  RUNNING,
  SET_RATE,
  STATE,
  TAKE,
} from "./schedule_model_worker.ts";
import { CURRENT, limitOf, readEpoch, SCHEDULE_BYTES } from "./schedule_words.ts";
import { SharedWords } from "./shared_words.ts";

const START = 1_800_000_000_000_000;
const WORKERS = 3;
const LINE = 64;
const CLOCK = SCHEDULE_BYTES + (WORKERS + 1) * LINE;
const CONTROLLER = WORKERS;
/** A change takes effect this much after it is asked for; time may pass meanwhile, but not all of it. */
const SWITCH_LEAD = 1000;

class Actor {
  readonly words: Int32Array;
  readonly floats: Float64Array;
  readonly thread: Worker;
  busy = false;
  taking = false;

  constructor(readonly memory: SharedArrayBuffer, readonly index: number) {
    this.words = new Int32Array(memory, SCHEDULE_BYTES + index * LINE, 16);
    this.floats = new Float64Array(memory, SCHEDULE_BYTES + index * LINE, 8);
    this.thread = new Worker(new URL("./schedule_model_worker.ts", import.meta.url), { type: "module" });
  }

  setUp(boundMicros: number, count: number): void {
    const setup: ActorSetup = {
      memory: this.memory,
      line: SCHEDULE_BYTES + this.index * LINE,
      clock: CLOCK,
      controller: this.index === CONTROLLER,
      boundMicros,
      count,
    };
    this.words[STATE] = RUNNING;
    this.thread.postMessage(setup);
    this.#await();
  }

  #await(): void {
    Atomics.wait(this.words, STATE, RUNNING);
    this.busy = Atomics.load(this.words, STATE) !== IDLE;
  }

  start(command: number, argument: number): void {
    this.words[COMMAND] = command;
    this.words[ARGUMENT] = argument;
    this.taking = command === TAKE;
    this.step();
  }

  /** Lets the actor make one access to shared memory. */
  step(): void {
    Atomics.store(this.words, STATE, RUNNING);
    Atomics.add(this.words, GO, 1);
    Atomics.notify(this.words, GO);
    this.#await();
  }
}

interface Scenario {
  readonly boundMicros: number;
  readonly count: number;
  /** Choices: who steps next, which command, how much time passes. */
  readonly choices: readonly number[];
}

class Model {
  readonly memory = new SharedArrayBuffer(CLOCK + LINE);
  readonly time = new Float64Array(this.memory, CLOCK, 1);
  readonly actors: Actor[] = [];
  readonly issued: number[] = [];
  #paused = false;
  #budget = 0;
  #frozen = false;
  #choices: readonly number[] = [];
  #at = 0;

  constructor(scenario: Scenario) {
    this.time[0] = START;
    this.#choices = scenario.choices;
    for (let i = 0; i <= WORKERS; i++) this.actors.push(new Actor(this.memory, i));
    // The controller first: it lays out the memory.
    this.actors[CONTROLLER]!.setUp(scenario.boundMicros, scenario.count);
    for (let i = 0; i < WORKERS; i++) this.actors[i]!.setUp(scenario.boundMicros, scenario.count);
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
    if (who === WORKERS + 1) return this.#pass(this.#choose(1500));
    const actor = this.actors[who]!;
    if (actor.busy) actor.step();
    else if (who === CONTROLLER) this.#command(actor);
    else if (this.#choose(12) === 0) actor.start(RELEASE, 0);
    else actor.start(TAKE, 1 + this.#choose(20));
    this.#collect(actor);
  }

  #command(actor: Actor): void {
    // Not at every turn: else hardly a slot falls due between two changes.
    const choice = this.#choose(8);
    if (choice > 1) return this.#pass(choice * 300);
    this.#budget = SWITCH_LEAD - 100;
    if (this.#paused || choice === 1) {
      // What falls due while a pause is on its way is not part of any promise.
      this.#frozen = true;
      actor.start(this.#paused ? RESUME : PAUSE, 0);
      this.#paused = !this.#paused;
    } else {
      actor.start(SET_RATE, [1000, 7000, 30_000, 0][this.#choose(4)]!);
    }
  }

  #pass(micros: number): void {
    const { busy } = this.actors[CONTROLLER]!;
    if (busy && this.#frozen) return;
    const allowed = busy ? Math.min(micros, this.#budget) : micros;
    this.#budget -= allowed;
    this.time[0]! += allowed;
  }

  #collect(actor: Actor): void {
    if (actor.busy) return;
    if (actor.index === CONTROLLER) this.#frozen = false;
    if (!actor.taking) return;
    actor.taking = false;
    const count = actor.words[RESULT]!;
    const first = actor.floats[FIRST]!;
    const last = actor.floats[LAST]!;
    for (let i = 0; i < count; i++) {
      this.issued.push(count === 1 ? first : first + (last - first) * i / (count - 1));
    }
  }

  /** Finishes what was begun, ends the schedule, and lets the workers take the rest. */
  finish(): void {
    for (const actor of this.actors) {
      while (actor.busy) actor.step();
      this.#collect(actor);
    }
    const controller = this.actors[CONTROLLER]!;
    const run = (actor: Actor, command: number, argument: number): void => {
      actor.start(command, argument);
      while (actor.busy) actor.step();
      this.#collect(actor);
    };
    if (this.#paused) run(controller, RESUME, 0);
    run(controller, SET_RATE, 0);
    this.time[0]! += 2 * SWITCH_LEAD;
    for (let round = 0; round < 2; round++) {
      for (const actor of this.actors.slice(0, WORKERS)) {
        do run(actor, TAKE, 1000); while (actor.words[RESULT]! > 0);
      }
    }
    for (const actor of this.actors.slice(0, WORKERS)) run(actor, RELEASE, 0);
  }

  get missed(): number {
    return this.actors.reduce((sum, actor) => sum + actor.floats[MISSED]!, 0);
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

  end(): void {
    for (const actor of this.actors) actor.thread.terminate();
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
  try {
    while (!model.spent) model.move();
    model.finish();
    return model;
  } finally {
    model.end();
  }
}

const choices = fc.array(fc.nat(100_000), { minLength: 400, maxLength: 900, size: "max" });

Deno.test("in any order of steps, every slot is handed out or missed, exactly once", () => {
  let slots = 0;
  fc.assert(
    fc.property(choices, fc.constantFrom(Infinity, 2000, 300), (choices, boundMicros) => {
      const model = run({ boundMicros, count: 0, choices });
      const expected = model.expected();
      assertSubset(model.issued, expected);
      assert.equal(model.issued.length + model.missed, expected.length);
      slots += expected.length;
    }),
    { numRuns: 25, endOnFailure: true },
  );
  assert.ok(slots > 500, `only ${slots} slots were scheduled in all runs`);
});

Deno.test("in any order of steps, a planned count is never exceeded and all of it is handed out", () => {
  fc.assert(
    fc.property(choices, fc.integer({ min: 1, max: 60 }), (choices, count) => {
      const model = run({ boundMicros: Infinity, count, choices });
      const expected = model.expected();
      assertSubset(model.issued, expected);
      assert.ok(model.issued.length <= count, `${model.issued.length} of ${count}`);
      if (expected.length - model.missed > count) assert.equal(model.issued.length, count);
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
