import assert from "node:assert/strict";
import fc from "fast-check";
import type { RunConfig, StageConfig } from "../../config/run_config.ts";
import { Schedule } from "./schedule.ts";
import { ScheduleCursor } from "./cursor.ts";
import { SCHEDULE_BYTES } from "./words.ts";
import { SharedWords } from "./shared_words.ts";
import {
  constantPlan,
  type Plan,
  plannedMillis,
  segmentAt,
  stageAt,
  stagedPlan,
  StageDriver,
} from "./stages.ts";

const START = 1_800_000_000_000_000;
const MIXED: StageConfig[] = [
  { kind: "ramp", durationMs: 2000, rate: 1000 },
  { kind: "hold", durationMs: 1000, rate: 1000 },
  { kind: "burst", durationMs: 1000, rate: 5000, onMs: 100, offMs: 300 },
  { kind: "ramp", durationMs: 1000, rate: 0 },
];

/** Messages per second asked for at a time from the start; 0 outside the plan. */
function rateAt(plan: Plan, time: number): number {
  const segment = segmentAt(plan, time);
  if (segment === undefined) return 0;
  const { from, to, rate, endRate } = segment;
  return rate + (endRate - rate) * (time - from) / (to - from);
}

Deno.test("a plan gives rate, stage and length at any time", () => {
  const plan = stagedPlan(MIXED);
  assert.equal(plan.duration, 5e6);
  assert.deepEqual([0, 1e6, 2e6, 2.5e6].map((t) => rateAt(plan, t)), [0, 500, 1000, 1000]);
  assert.deepEqual([3.05e6, 3.1e6, 3.4e6, 3.5e6, 3.8e6, 3.95e6].map((t) => rateAt(plan, t)), [
    5000,
    0,
    5000,
    0,
    5000,
    0,
  ]);
  assert.equal(rateAt(plan, 4.5e6), 2500, "a ramp after a burst begins at its full rate");
  assert.deepEqual([-1, 5e6].map((t) => rateAt(plan, t)), [0, 0]);
  assert.deepEqual(stageAt(plan, 3.2e6), { index: 2, count: 4, name: "burst 5,000/s", rate: 5000 });
  assert.equal(stageAt(plan, 6e6), undefined);
});

Deno.test("a constant plan never ends", () => {
  const plan = constantPlan(250);
  assert.deepEqual([rateAt(plan, 0), rateAt(plan, 1e15), plan.duration], [250, 250, Infinity]);
});

Deno.test("stages that make no sense are refused with their number", () => {
  const cases: [StageConfig[], RegExp][] = [
    [[], /at least one stage/],
    [[{ kind: "hold", durationMs: 0, rate: 1 }], /stage 1 \(hold\) needs a duration.*"0"/],
    [[{ kind: "ramp", durationMs: 1, rate: Infinity }], /stage 1 \(ramp\) needs a rate.*"Infinity"/],
    [[MIXED[0]!, { kind: "burst", durationMs: 9, rate: 1, onMs: 0 }], /stage 2 \(burst\) needs an on-time/],
    [[{ kind: "burst", durationMs: 99, rate: 1, onMs: 1, offMs: -1 }], /off-time of 0 ms or more, not "-1"/],
    [[{ kind: "burst", durationMs: 99, rate: 1, onMs: 1, offMs: 2 }], /20 ms together, not "3"/],
  ];
  for (const [stages, reason] of cases) assert.throws(() => stagedPlan(stages), reason);
});

const anyStage = fc.record({
  kind: fc.constantFrom("hold" as const, "ramp" as const, "burst" as const),
  durationMs: fc.integer({ min: 1, max: 1500 }),
  rate: fc.integer({ min: 0, max: 3000 }),
  onMs: fc.integer({ min: 20, max: 400 }),
  offMs: fc.integer({ min: 0, max: 400 }),
});

/** Integral of the rate over all segments. */
function volume(plan: Plan): number {
  return plan.segments.reduce((sum, s) => sum + (s.rate + s.endRate) / 2 * (s.to - s.from) / 1e6, 0);
}

class Run {
  now = START;
  sent = 0;
  readonly schedule: Schedule;
  readonly driver: StageDriver;
  readonly #cursor: ScheduleCursor;

  constructor(plan: Plan) {
    const words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
    this.schedule = new Schedule(words, { catchUp: "full", clock: () => this.now });
    this.driver = new StageDriver(plan, this.schedule);
    this.#cursor = new ScheduleCursor(words);
  }

  until(time: number, tick: number): void {
    for (; this.now < time; this.now = Math.min(time, this.now + tick)) this.step();
    this.step();
  }

  step(): void {
    this.driver.tick(this.now);
    for (let n = 1; n > 0;) this.sent += n = this.#cursor.take(this.now, 1000);
  }
}

Deno.test("segments lie end to end and the schedule sends exactly what the plan asks for", () => {
  fc.assert(
    fc.property(
      fc.array(anyStage, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1000, max: 100_000 }),
      (stages, tick) => {
        const plan = stagedPlan(stages);
        plan.segments.reduce((end, segment) => {
          assert.equal(segment.from, end);
          assert.equal(segmentAt(plan, segment.from), segment);
          return segment.to;
        }, 0);
        const run = new Run(plan);
        const start = START + 50_000;
        run.driver.start(start);
        run.until(start + plan.duration + 1e6, tick);
        assert.ok(Math.abs(run.sent - volume(plan)) <= 1 + 1e-6, `${run.sent} sent of ${volume(plan)}`);
        assert.ok(run.now >= run.driver.endAt);
        assert.equal(run.schedule.takeMissed(), 0);
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("a pause shifts the rest of the plan and takes nothing from it", () => {
  fc.assert(
    fc.property(
      fc.array(anyStage, { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (stages, part) => {
        const plan = stagedPlan(stages);
        const run = new Run(plan);
        const start = START + 50_000;
        run.driver.start(start);
        run.until(start + part * plan.duration, 5000);
        const elapsed = run.driver.elapsed(run.now);
        run.driver.pause(run.now);
        const before = run.sent;
        run.until(run.now + 3e6, 50_000);
        assert.equal(run.sent, before);
        assert.equal(run.driver.elapsed(run.now), elapsed);
        run.driver.resume(run.now);
        run.until(run.now + plan.duration - elapsed + 1e6, 5000);
        // A millisecond at the resume, and a slot at each end, may go.
        const slack = 3 + 3000 * 0.001 * 2;
        const missed = run.schedule.takeMissed();
        assert.ok(Math.abs(run.sent + missed - volume(plan)) <= slack, `${run.sent} of ${volume(plan)}`);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("the driver shows where it is", () => {
  const run = new Run(stagedPlan(MIXED));
  run.driver.start(START + 1e6);
  assert.equal(run.driver.elapsed(START + 5e5), 0);
  assert.equal(run.driver.elapsed(START + 2e6), 1e6);
  assert.deepEqual(run.driver.stage(START + 3.5e6), { index: 1, count: 4, name: "hold 1,000/s", rate: 1000 });
  assert.equal(run.driver.endAt, START + 6e6);
});

Deno.test("a staged run is as long as its stages together; a duration speaks for itself", () => {
  const stages = [{ kind: "hold", durationMs: 20e3, rate: 2000 }, {
    kind: "ramp",
    durationMs: 60e3,
    rate: 1,
  }] as const;
  const of = (config: object): number | undefined => plannedMillis(config as RunConfig);
  assert.equal(of({ role: "producer", stages }), 80e3);
  assert.equal(of({ role: "producer", stages: [] }), undefined);
  assert.equal(of({ role: "producer", stages: [], durationMs: 5 }), 5);
  assert.equal(of({ role: "consumer" }), undefined);
});

Deno.test("names of stages group the digits of their rate", () => {
  const plan = stagedPlan([{ kind: "hold", durationMs: 1, rate: 2000 }, {
    kind: "ramp",
    durationMs: 1,
    rate: 0.5,
  }]);
  assert.deepEqual(plan.stages, ["hold 2,000/s", "ramp to 0.50/s"]);
});
