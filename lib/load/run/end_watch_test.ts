import assert from "node:assert/strict";
import type { Role } from "../../config/run_config.ts";
import { configOf, type Settings } from "./load_run_test_support.ts";
import { EndWatch } from "./end_watch.ts";
import type { Counters } from "../snapshot.ts";

class Figures {
  micros = 5_000_000;
  resetAt = 5_000_000;
  messages = 0;
  forgotten = 0;
  inFlight = 0;

  activeMicros(): number {
    return this.micros;
  }

  get elapsed(): number {
    return (this.micros - this.resetAt) / 1e6;
  }

  ever(): number {
    return this.forgotten + this.messages;
  }

  total(): { counters: Counters } {
    return { counters: { messages: this.messages } as Counters };
  }

  pass(seconds: number, messages: number): void {
    this.micros += seconds * 1e6;
    this.messages += messages;
  }

  reset(): void {
    this.forgotten += this.messages;
    this.messages = 0;
    this.resetAt = this.micros;
  }
}

function setUp(role: Role, settings: Settings): { watch: EndWatch; figures: Figures } {
  const config = role === "producer" ? configOf("producer", settings) : configOf("consumer", settings);
  const figures = new Figures();
  // Of a span, only the counters are looked at.
  const reader = figures as unknown as ConstructorParameters<typeof EndWatch>[1];
  return { watch: new EndWatch(config, reader), figures };
}

Deno.test("time runs from the beginning of the measured part", () => {
  const { watch, figures } = setUp("consumer", { durationMs: "10s" });
  assert.equal(watch.elapsed, 0);
  figures.pass(3, 0);
  assert.equal(watch.elapsed, 0);
  watch.begin();
  figures.pass(4, 0);
  assert.equal(watch.elapsed, 4);
  assert.equal(watch.msLeft, 6000);
});

Deno.test("a consumer's time reaches to what came after the last tick", () => {
  const { watch, figures } = setUp("consumer", { durationMs: "4s" });
  watch.begin(figures.micros, true);
  figures.pass(3.95, 3950);
  watch.check();
  figures.pass(0.05, 50);
  assert.equal(watch.activeSeconds(figures.elapsed, false), 3.95);
  watch.look();
  assert.equal(watch.activeSeconds(figures.elapsed, false), 4, "or 4000 messages would be divided by 3.95 s");
  figures.pass(1, 0);
  watch.look();
  assert.equal(watch.activeSeconds(figures.elapsed, false), 4, "silence is not consuming");
});

Deno.test("a consumer's number of messages counts from the beginning, also when its figures start anew", () => {
  const { watch, figures } = setUp("consumer", { count: "100" });
  watch.begin();
  figures.pass(1, 60);
  assert.equal(watch.check(), undefined);
  figures.reset();
  watch.afterReset();
  figures.pass(1, 39);
  assert.equal(watch.check(), undefined);
  figures.pass(1, 1);
  assert.equal(watch.check(), "count");
});

Deno.test("what was forgotten before the measured part is not counted, what is shown at its beginning is", () => {
  const { watch, figures } = setUp("consumer", { count: "100" });
  figures.pass(1, 500);
  figures.reset();
  figures.pass(1, 30);
  watch.begin();
  figures.pass(1, 69);
  assert.equal(watch.check(), undefined);
  figures.pass(1, 1);
  assert.equal(watch.check(), "count");
});

Deno.test("silence ends a consumer that is to stop then, counted from the last message", () => {
  const { watch, figures } = setUp("consumer", { idleMs: "2s" });
  watch.begin();
  figures.pass(1.9, 0);
  assert.equal(watch.check(), undefined);
  figures.pass(0, 5);
  assert.equal(watch.check(), undefined);
  figures.pass(2, 0);
  assert.equal(watch.check(), undefined);
  figures.pass(0.1, 0);
  assert.equal(watch.check(), "idle");
});

Deno.test("a producer's end is the schedule's to keep", () => {
  const { watch, figures } = setUp("producer", { count: "10" });
  watch.begin();
  figures.pass(100, 1000);
  assert.equal(watch.check(), undefined);
  assert.equal(watch.activeSeconds(7, true), 7);
});

Deno.test("a consumer's rate is over the time from its first message to its last", () => {
  const { watch, figures } = setUp("consumer", {});
  watch.begin();
  assert.equal(watch.activeSeconds(figures.elapsed, true), 0);
  figures.pass(5, 0);
  watch.check();
  figures.pass(0.1, 10);
  watch.check();
  figures.pass(2, 10);
  watch.check();
  figures.pass(3, 0);
  watch.check();
  assert.ok(Math.abs(watch.activeSeconds(figures.elapsed, true) - 5.1) < 1e-9, "up to now while it runs");
  assert.ok(
    Math.abs(watch.activeSeconds(figures.elapsed, false) - 2.1) < 1e-9,
    "up to the last one at the end",
  );
});

Deno.test("settling waits for what is in flight, but not for ever", async () => {
  const { watch, figures } = setUp("producer", {});
  figures.inFlight = 3;
  const settled = watch.settle(60_000);
  figures.inFlight = 0;
  await settled;
  figures.inFlight = 1;
  await watch.settle(10);
  assert.equal(figures.inFlight, 1);
});

Deno.test("time without a connection is no silence: it counts from the return on", () => {
  const { watch, figures } = setUp("consumer", { idleMs: "5s" });
  watch.begin();
  figures.pass(1, 10);
  assert.equal(watch.check(true), undefined);
  figures.pass(60, 0);
  assert.equal(watch.check(false), undefined);
  figures.pass(4, 0);
  assert.equal(watch.check(true), undefined);
  figures.pass(2, 0);
  assert.equal(watch.check(true), "idle");
});

Deno.test("a run that waits for silence or a number gives up when it has had no connection at all for five minutes", () => {
  const lost = { down: 2, of: 2, seconds: 10, code: "ConnectionRefused" };
  const { watch, figures } = setUp("consumer", { idleMs: "5s" });
  watch.begin();
  figures.pass(309, 0);
  assert.equal(watch.hopeless(lost), undefined);
  figures.pass(1, 0);
  assert.equal(watch.hopeless({ ...lost, down: 1 }), undefined, "some connection still stands");
  assert.equal(watch.hopeless(undefined), undefined);
  assert.match(watch.hopeless(lost)!, /5:00 without a connection \(ConnectionRefused\)/);
  for (const role of ["producer", "consumer"] as const) {
    const counted = setUp(role, { count: "1000" });
    counted.watch.begin();
    counted.figures.pass(310, 0);
    assert.match(counted.watch.hopeless(lost)!, /5:00 without a connection/, `${role} of a planned number`);
    const timed = setUp(role, { count: "1000", durationMs: "1h" });
    timed.watch.begin();
    timed.figures.pass(310, 0);
    assert.equal(timed.watch.hopeless(lost), undefined, "the clock ends it");
  }
  const endless = setUp("consumer", {});
  endless.watch.begin();
  endless.figures.pass(3600, 0);
  assert.equal(endless.watch.hopeless(lost), undefined, "nobody asked for an end");
});

Deno.test("messages that came while the last workers connected count with the time in which they came", () => {
  const { watch, figures } = setUp("consumer", { count: "5000" });
  // 3 s of 990 a second before the beginning, 1 s after it.
  figures.pass(3, 2970);
  watch.begin(figures.activeMicros(), true);
  watch.check();
  assert.equal(watch.activeSeconds(figures.elapsed, true), 3);
  figures.pass(1, 990);
  watch.check();
  assert.equal(figures.messages / watch.activeSeconds(figures.elapsed, false), 990);
});
