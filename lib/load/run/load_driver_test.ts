import assert from "node:assert/strict";
import type { Role } from "../../config/run_config.ts";
import { configOf, type Settings } from "./load_run_test_support.ts";
import { RunMemory } from "../worker/run_memory.ts";
import { LoadDriver, scheduleFor } from "./load_driver.ts";
import type { Schedule } from "../schedule/schedule.ts";

function setUp(settings: Settings, role: Role = "producer"): { driver: LoadDriver; schedule: Schedule } {
  const config = role === "producer" ? configOf("producer", settings) : configOf("consumer", settings);
  const memory = new RunMemory();
  const schedule = scheduleFor(config, memory);
  return { driver: new LoadDriver(config, schedule, memory.reader(role)), schedule };
}

/** Rate of the schedule in so many milliseconds from now. */
const rateIn = (schedule: Schedule, ms: number): number =>
  schedule.rateAt((performance.timeOrigin + performance.now() + ms) * 1000);

Deno.test("nothing is due before the load begins", () => {
  const { schedule } = setUp({ rate: "1000" });
  assert.equal(rateIn(schedule, 1e6), 0);
});

Deno.test("a planned time ends the schedule exactly then, known to the workers ahead", () => {
  const { driver, schedule } = setUp({ rate: "1000", durationMs: "900ms" });
  driver.begin();
  assert.equal(rateIn(schedule, 100), 1000);
  assert.equal(rateIn(schedule, 850), 1000);
  assert.equal(rateIn(schedule, 910), 0);
  assert.ok(driver.msLeft > 800 && driver.msLeft <= 902);
  assert.equal(driver.isOver, false);
});

Deno.test("without a planned time there is no end", () => {
  const { driver, schedule } = setUp({});
  driver.begin(500);
  assert.equal(driver.msLeft, Infinity);
  assert.equal(rateIn(schedule, 1e7), Infinity);
  assert.equal(schedule.left, 500);
  assert.equal(driver.lastRate, Infinity);
});

Deno.test("the warm-up holds the rate that the first stage reaches, and counts nothing", () => {
  const { driver, schedule } = setUp({ stages: "ramp:10s:4000,1s:100" });
  driver.warmUp();
  assert.equal(rateIn(schedule, 5), 4000);
  assert.equal(rateIn(schedule, 1e6), 4000);
  assert.equal(schedule.left, undefined);
  driver.begin();
  assert.ok(rateIn(schedule, 1000) < 1000, "the ramp begins at its beginning");
  assert.deepEqual(driver.stage, { index: 0, count: 2, name: "ramp to 4,000/s", rate: 4000 });
  assert.ok(driver.isStaged);
});

Deno.test("a rate from outside holds through warm-up and pauses; the planned end stays", () => {
  const { driver, schedule } = setUp({ rate: "1000", durationMs: "10s" });
  driver.warmUp();
  driver.setRate(200);
  assert.equal(rateIn(schedule, 5), 200);
  driver.begin();
  assert.equal(rateIn(schedule, 5), 200);
  assert.ok(driver.msLeft > 9000 && driver.msLeft <= 10_002);
  driver.pause();
  driver.setRate(300);
  driver.tick();
  assert.equal(rateIn(schedule, 5), 0);
  driver.resume();
  assert.equal(rateIn(schedule, 5), 300);
  assert.ok(driver.msLeft > 9000 && driver.msLeft <= 10_002);
  assert.equal(driver.lastRate, 300);
});

Deno.test("a rate from outside shifts the present stage; its end, the other stages and the planned end stay", () => {
  const { driver, schedule } = setUp({ stages: "60s:1000,10s:5000,ramp:10s:1000" });
  driver.begin();
  driver.setRate(50);
  driver.tick();
  assert.equal(rateIn(schedule, 150), 50);
  assert.deepEqual(driver.stage, { index: 0, count: 3, name: "hold 50/s", rate: 50 });
  assert.ok(driver.msLeft > 79_000 && driver.msLeft <= 80_002);
  assert.ok(driver.isStaged);
  driver.setRate(Infinity);
  assert.equal(driver.stage?.rate, 50, "a stage needs a limit");
});

Deno.test("a stage that follows a shifted one is as it was planned, and begins at its planned time", () => {
  const { driver, schedule } = setUp({ stages: "900ms:1000,10s:5000" });
  driver.begin();
  driver.setRate(50);
  assert.equal(rateIn(schedule, 5), 50);
  assert.equal(rateIn(schedule, 950), 5000);
  assert.ok(driver.msLeft > 9_000 && driver.msLeft <= 10_902);
});

Deno.test("a ramp that is shifted goes on towards its new rate; shifts outlive warm-up and pause", () => {
  const { driver, schedule } = setUp({ stages: "ramp:100s:1000,10s:100" });
  driver.warmUp();
  assert.equal(rateIn(schedule, 5), 1000);
  driver.setRate(2000);
  assert.equal(rateIn(schedule, 5), 2000);
  driver.begin();
  const half = rateIn(schedule, 50_000);
  assert.ok(half > 950 && half < 1050, `${half}/s after half of the ramp to 2,000/s`);
  driver.pause();
  driver.setRate(4000);
  assert.equal(rateIn(schedule, 5), 0);
  driver.resume();
  const shifted = rateIn(schedule, 50_000);
  assert.ok(shifted > 1900 && shifted < 2100, `${shifted}/s after half of the ramp to 4,000/s`);
  assert.equal(driver.stage?.name, "ramp to 4,000/s");
});

Deno.test("a rate from outside ends a search, and the planned time begins", () => {
  const { driver, schedule } = setUp({ rate: "max", durationMs: "10s" });
  driver.begin();
  assert.ok(driver.isSearching);
  assert.match(driver.stage!.name, /^searching: grow 1000\/s$/);
  assert.equal(driver.msLeft, Infinity, "the search takes as long as it takes");
  assert.equal(rateIn(schedule, 5), 1000);
  driver.setRate(700);
  assert.equal(driver.isSearching, false);
  assert.equal(rateIn(schedule, 5), 700);
  assert.ok(driver.msLeft <= 10_000);
});

Deno.test("a consumer's planned time is not its schedule's: what it received last must still be allowed for", () => {
  const { driver, schedule } = setUp({ rate: "100", durationMs: "1s" }, "consumer");
  driver.begin();
  assert.equal(driver.msLeft, Infinity);
  assert.equal(rateIn(schedule, 5000), 100);
});
