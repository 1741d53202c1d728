/// <reference lib="deno.worker" />
/**
 * An actor of `schedule_model_test.ts`: runs the real schedule code, but stops before every access to shared memory
 * until the test lets it go on. So the test decides the order of all steps of all actors.
 */
import { Schedule } from "./schedule.ts";
import { ScheduleCursor } from "./schedule_cursor.ts";
import { SCHEDULE_BYTES } from "./schedule_words.ts";
import { SharedWords } from "./shared_words.ts";

/** 32-bit words of an actor's line (64 bytes each, after the schedule). */
export const STATE = 0;
export const GO = 1;
export const COMMAND = 2;
export const ARGUMENT = 3;
export const RESULT = 4;
/** Floats of the line. */
export const FIRST = 4;
export const LAST = 5;
export const MISSED = 6;

export const IDLE = 1;
export const STEP = 2;
export const RUNNING = 3;

export const TAKE = 1;
export const RELEASE = 2;
export const SET_RATE = 3;
export const PAUSE = 4;
export const RESUME = 5;

export interface ActorSetup {
  readonly memory: SharedArrayBuffer;
  readonly line: number;
  /** Byte offset of the virtual time, a float. */
  readonly clock: number;
  readonly controller: boolean;
  readonly boundMicros: number;
  readonly count: number;
}

class SteppedWords extends SharedWords {
  /** Off while an actor is being set up. */
  stop: () => void = () => {};

  override load(index: number): number {
    this.stop();
    return super.load(index);
  }

  override store(index: number, value: number): void {
    this.stop();
    super.store(index, value);
  }

  override load64(index: number): number {
    this.stop();
    return super.load64(index);
  }

  override store64(index: number, value: number): void {
    this.stop();
    super.store64(index, value);
  }

  override add64(index: number, value: number): number {
    this.stop();
    return super.add64(index, value);
  }

  override exchange64(index: number, expected: number, value: number): boolean {
    this.stop();
    return super.exchange64(index, expected, value);
  }

  override float(index: number): number {
    this.stop();
    return super.float(index);
  }

  override setFloat(index: number, value: number): void {
    this.stop();
    super.setFloat(index, value);
  }
}

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = (event: MessageEvent<ActorSetup>): void => {
  const { memory, line, clock, controller, boundMicros, count } = event.data;
  const words = new Int32Array(memory, line, 16);
  const floats = new Float64Array(memory, line, 8);
  const time = new Float64Array(memory, clock, 1);
  const shared = new SteppedWords(memory, 0, SCHEDULE_BYTES);
  const now = (): number => time[0]!;

  let schedule: Schedule | undefined;
  let cursor: ScheduleCursor | undefined;
  if (controller) {
    schedule = new Schedule(shared, {
      catchUp: boundMicros === Infinity ? "full" : "bounded",
      boundMicros,
      ...(count > 0 ? { count } : {}),
      clock: now,
    });
  } else {
    cursor = new ScheduleCursor(shared);
  }

  let go = Atomics.load(words, GO);
  const stop = (state: number): void => {
    Atomics.store(words, STATE, state);
    Atomics.notify(words, STATE);
    Atomics.wait(words, GO, go);
    go = Atomics.load(words, GO);
  };
  shared.stop = () => stop(STEP);

  for (;;) {
    stop(IDLE);
    const argument = words[ARGUMENT]!;
    switch (words[COMMAND]) {
      case TAKE:
        words[RESULT] = cursor!.take(now(), argument);
        floats[FIRST] = cursor!.firstIntended;
        floats[LAST] = cursor!.lastIntended;
        floats[MISSED]! += cursor!.takeMissed();
        break;
      case RELEASE:
        cursor!.release();
        floats[MISSED]! += cursor!.takeMissed();
        cursor = new ScheduleCursor(shared);
        break;
      case SET_RATE:
        schedule!.setRate(argument);
        break;
      case PAUSE:
        schedule!.pause();
        break;
      case RESUME:
        schedule!.resume();
        break;
    }
    if (schedule) floats[MISSED]! += schedule.takeMissed();
  }
};
