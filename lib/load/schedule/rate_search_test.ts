import assert from "node:assert/strict";
import fc from "fast-check";
import { type Decision, type Observation, RateSearch, type RateSearchOptions } from "./rate_search.ts";

const INTERVAL = 1;

/** A cluster that serves `capacity` messages a second, with latency that saturates and noise from a seed. */
class Cluster {
  #backlog = 0;
  #seed: number;

  constructor(
    readonly capacity: number,
    readonly baseMicros: number,
    readonly noise: number,
    seed: number,
    /** Late work is given up beyond this, as the schedule's catch-up bound does. */
    readonly boundSeconds = 1,
  ) {
    this.#seed = seed | 1;
  }

  #random(): number {
    this.#seed = Math.imul(this.#seed, 48271) % 0x7fffffff;
    return Math.abs(this.#seed) / 0x7fffffff;
  }

  run(target: number): Observation {
    const capacity = this.capacity * (1 + this.noise * (2 * this.#random() - 1));
    const before = this.#backlog;
    const achieved = Math.min(before / INTERVAL + target, capacity);
    this.#backlog = Math.min(before + (target - achieved) * INTERVAL, target * this.boundSeconds);
    const load = Math.min(0.999, target / capacity);
    const queueing = this.baseMicros / (1 - load);
    const waiting = this.#backlog / capacity * 1e6;
    return {
      seconds: INTERVAL,
      achieved,
      backlogGrowth: (this.#backlog - before) / INTERVAL,
      p99Micros: queueing + waiting,
      errors: 0,
    };
  }
}

type Verdict = Extract<Decision, { kind: "verdict" }>;

function search(options: RateSearchOptions, run: (target: number) => Observation): [Verdict, number] {
  const controller = new RateSearch(options);
  for (let intervals = 1; intervals <= 500; intervals++) {
    const decision = controller.next(run(controller.target));
    if (decision.kind === "verdict") return [decision, intervals];
    assert.equal(decision.target, controller.target);
  }
  throw new Error(`no verdict after 500 intervals at ${controller.target}`);
}

const capacities = fc.double({ min: Math.log(20), max: Math.log(3e6), noNaN: true }).map(Math.exp);

Deno.test("the verdict is within the precision of what a steady cluster can do", () => {
  fc.assert(fc.property(capacities, fc.constantFrom(0.02, 0.05, 0.1), (capacity, precision) => {
    const cluster = new Cluster(capacity, 10, 0, 1);
    const [verdict] = search({ precision }, (target) => cluster.run(target));
    // 98 % achieved counts as sustained.
    assert.ok(verdict.rate <= capacity / 0.98 * 1.001, `${verdict.rate} above ${capacity}`);
    assert.ok(verdict.rate >= capacity * (1 - 1.5 * precision), `${verdict.rate} far below ${capacity}`);
    assert.ok(
      verdict.failedAt! > verdict.rate && verdict.failedAt! <= verdict.rate * (1 + precision) * 1.001,
    );
  }));
});

Deno.test("it converges in some tens of intervals", () => {
  fc.assert(fc.property(capacities, fc.integer(), (capacity, seed) => {
    const cluster = new Cluster(capacity, 50, 0.01, seed);
    const [, intervals] = search({}, (target) => cluster.run(target));
    const doublings = Math.abs(Math.log2(capacity / 1000)) + 1;
    assert.ok(intervals <= 5 * doublings + 50, `${intervals} intervals for ${capacity}`);
  }));
});

Deno.test("noise of a few percent moves the verdict by little", () => {
  fc.assert(fc.property(capacities, fc.integer(), (capacity, seed) => {
    const cluster = new Cluster(capacity, 50, 0.03, seed);
    const [verdict] = search({}, (target) => cluster.run(target));
    assert.ok(
      verdict.rate >= capacity * 0.8 && verdict.rate <= capacity * 1.06,
      `${verdict.rate} of ${capacity}`,
    );
  }));
});

Deno.test("a latency curve that saturates is stopped by the response-time bound, not by throughput", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1000, max: 1e6, noNaN: true }),
      fc.integer({ min: 1000, max: 20_000 }),
      (capacity, base) => {
        const cluster = new Cluster(capacity, base, 0, 7);
        const [verdict] = search({ start: capacity / 50 }, (target) => cluster.run(target));
        // base / (1 − load) = bound
        const expected = capacity * (1 - base / 100_000);
        assert.ok(verdict.rate <= expected * 1.001, `${verdict.rate} above ${expected}`);
        assert.ok(verdict.rate >= expected * 0.93, `${verdict.rate} below ${expected}`);
        const last = verdict.evidence.findLast((item) => !item.sustained)!;
        assert.match(last.reasons.join(), /response p99 .* ms is above 100 ms/);
      },
    ),
  );
});

Deno.test("a start above the capacity works its way down", () => {
  const cluster = new Cluster(5000, 10, 0, 1);
  const [verdict] = search({ start: 1_000_000 }, (target) => cluster.run(target));
  assert.ok(verdict.rate > 4600 && verdict.rate < 5110, `${verdict.rate}`);
});

Deno.test("a cluster that sustains everything gets the highest rate and no failure", () => {
  const [verdict] = search({ max: 64_000 }, (target) => new Cluster(1e9, 10, 0, 1).run(target));
  assert.deepEqual([verdict.rate, verdict.failedAt], [64_000, undefined]);
  assert.ok(verdict.evidence.every((item) => item.sustained));
  assert.equal(verdict.evidence.filter((item) => item.phase === "confirm").length, 3);
});

Deno.test("a cluster that fails at every rate gets zero, with the reasons", () => {
  const failing = (target: number): Observation => ({
    seconds: 1,
    achieved: target,
    backlogGrowth: 0,
    p99Micros: 1000,
    errors: 3,
  });
  const [verdict] = search({ min: 100 }, failing);
  assert.deepEqual([verdict.rate, verdict.failedAt], [0, 100]);
  assert.ok(verdict.evidence.every((item) => item.reasons.join() === "3 errors"));
});

Deno.test("one bad interval while going up or narrowing doesn't count, two do", () => {
  let calls = 0;
  const hiccup = (target: number): Observation => {
    calls++;
    // Every fourth interval has a garbage collection somewhere.
    const p99Micros = calls % 4 === 0 ? 150_000 : 1000;
    return { seconds: 1, achieved: Math.min(target, 10_000), backlogGrowth: 0, p99Micros, errors: 0 };
  };
  const [verdict] = search({}, hiccup);
  assert.ok(verdict.rate > 9500 && verdict.rate < 10_210, `${verdict.rate}`);
});

Deno.test("a rate that passes but doesn't hold is stepped down until one does", () => {
  const controller = new RateSearch({ start: 1000, max: 1000 });
  let decision: Decision = { kind: "try", target: 1000, giveUpLate: false };
  for (let i = 0; i < 100 && decision.kind === "try"; i++) {
    const good = controller.phase !== "confirm" || controller.target < 900;
    decision = controller.next({
      seconds: 1,
      achieved: controller.target,
      backlogGrowth: good ? 0 : controller.target,
      p99Micros: 1,
      errors: 0,
    });
  }
  assert.equal(decision.kind, "verdict");
  const verdict = decision as Verdict;
  assert.ok(verdict.rate < 900 && verdict.rate > 850, `${verdict.rate}`);
  assert.deepEqual(
    controller.next({ seconds: 1, achieved: 0, backlogGrowth: 0, p99Micros: 0, errors: 9 }),
    verdict,
  );
});

Deno.test("options that contradict each other are refused", () => {
  assert.throws(() => new RateSearch({ min: 10, max: 5 }), /in order, not "10" to "5"/);
  assert.throws(() => new RateSearch({ precision: 0 }), /between 0 and 1, not "0"/);
});

Deno.test("a rate whose backlog grows by 5 % of it is not sustained, though all of it was achieved", () => {
  const verdictAt = (growth: number): Decision & { kind: "verdict" } => {
    const search = new RateSearch({ max: 100_000 });
    for (let i = 0; i < 1000; i++) {
      const { target } = search;
      const decision = search.next({
        seconds: INTERVAL,
        achieved: target,
        backlogGrowth: growth * target,
        p99Micros: 1000,
        errors: 0,
      });
      if (decision.kind === "verdict") return decision;
    }
    throw new Error("no verdict in 1,000 intervals");
  };
  const growing = verdictAt(0.05);
  assert.equal(growing.rate, 0);
  assert.ok(
    growing.evidence.every(({ reasons }) => reasons.some((reason) => /^backlog grows by/.test(reason))),
  );
  assert.equal(verdictAt(0.005).rate, 100_000, "within the precision of the measurement");
});
