import assert from "node:assert/strict";
import { RunMemory } from "./run_memory.ts";
import { PermitThrottle } from "./permit_throttle.ts";
import { delay, LONG } from "../run/load_run_test_support.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { within } from "../../transport/timing.ts";

class Permits {
  returned = 0;
  readonly #all = Promise.withResolvers<void>();
  readonly #wanted: number;

  /** @param wanted permits after which `all` resolves */
  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  get all(): Promise<void> {
    return this.#all.promise;
  }

  returnPermits(count: number): void {
    this.returned += count;
    if (this.returned >= this.#wanted) this.#all.resolve();
  }
}

function setUp(
  state: { isLimited: boolean; isHeld: boolean },
): { throttle: PermitThrottle; schedule: Schedule } {
  const memory = new RunMemory();
  const schedule = memory.schedule({ catchUp: "none" });
  return { throttle: new PermitThrottle(memory, 0, state), schedule };
}

Deno.test("what was owed before a reset is not returned", () => {
  const { throttle } = setUp({ isLimited: false, isHeld: true });
  const lost = new Permits(1);
  const other = new Permits(1);
  throttle.release(lost, 5);
  throttle.release(other, 3);
  throttle.forget(lost);
  throttle.release(lost, 2);
  throttle.go();
  assert.equal(other.returned, 3);
  assert.equal(lost.returned, 2, "only what came after the reset");
});

Deno.test("a slow consumer returns nothing of before a reset either, when its schedule goes on", async () => {
  const { throttle, schedule } = setUp({ isLimited: true, isHeld: false });
  const lost = new Permits(1);
  const other = new Permits(40);
  throttle.start();
  throttle.release(lost, 1000);
  throttle.forget(lost);
  throttle.release(other, 40);
  await delay(0);
  assert.equal(other.returned, 0, "nothing is due yet");
  schedule.setRate(2000);
  assert.ok(await within(LONG, other.all), "permits are returned");
  assert.equal(lost.returned, 0);
  throttle.stop();
});
