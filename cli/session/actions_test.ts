import assert from "node:assert/strict";
import type { ConsumerConfig, ProducerConfig, RunConfig } from "../../lib/config/run_config.ts";
import { MAX_WORKERS } from "../../lib/config/limits.ts";
import { RunLog } from "../../lib/load/run/log.ts";
import type { Phase, StageSnapshot } from "../../lib/load/snapshot.ts";
import type { ChangeRecord } from "../../lib/report/result/types.ts";
import type { SetAction } from "../../lib/tui/settings.ts";
import { type ControlledRun, Controls, runInfo, settingsOf } from "./actions.ts";
import { loadConfig } from "../load_config.ts";

function configOf(role: "producer" | "consumer", ...argv: readonly string[]): RunConfig {
  const loaded = loadConfig(role, argv, {}, () => "", { runId: "test" });
  assert.ok(loaded.kind === "run");
  return loaded.config;
}

/** A run that notes what it is asked for; changes of workers wait for `release`. */
class FakeRun implements ControlledRun {
  readonly calls: string[] = [];
  readonly log = new RunLog();
  phase: Phase = "running";
  config: RunConfig;
  failure: Error | undefined;
  elapsed = 7;
  timeOf = (): number => 1_700_000_000_000_000;
  stage: StageSnapshot | undefined;
  readonly reader = { total: () => ({ counters: { messages: 6429 } }) };
  #gate = Promise.withResolvers<void>();

  constructor(config: RunConfig) {
    this.config = config;
    this.#gate.resolve();
  }

  hold(): void {
    this.#gate = Promise.withResolvers();
  }
  release(): void {
    this.#gate.resolve();
  }
  pause(): void {
    this.calls.push("pause");
    if (this.phase === "running") this.phase = "paused";
  }
  resume(): void {
    this.calls.push("resume");
    if (this.phase === "paused") this.phase = "running";
  }
  reset(): void {
    this.calls.push("reset");
  }
  setRate(rate: number | "unlimited"): void {
    this.calls.push(`rate ${rate}`);
    if (this.stage === undefined) this.config = { ...this.config, rate };
    else if (rate !== "unlimited") this.stage = { ...this.stage, rate };
  }
  async resize(workers: number): Promise<void> {
    this.calls.push(`workers ${workers}`);
    await this.#gate.promise;
    this.config = { ...this.config, workers };
  }
  async reconfigure(changes: Partial<ProducerConfig>): Promise<void> {
    this.calls.push(JSON.stringify(changes));
    await this.#gate.promise;
    if (this.failure !== undefined) throw this.failure;
    this.config = { ...this.config, ...changes } as RunConfig;
  }
}

function setup(config = configOf("producer", "--workers", "2", "--rate", "1k")) {
  const run = new FakeRun(config);
  const told: unknown[] = [];
  const controls = new Controls(run, (settings) => told.push(settings));
  const set = (field: SetAction["field"], value: unknown): void =>
    controls.apply({ kind: "set", field, value } as SetAction);
  const log = (): string => run.log.lines.map(({ text }) => text).join("\n");
  return { run, controls, told, set, log };
}

Deno.test("each setting reaches the run as what it is, and the screen hears what holds", async () => {
  const { run, controls, told, set, log } = setup();
  set("rate", 2000);
  set("size", 2048);
  await controls.settled();
  set("batchMessages", 1);
  await controls.settled();
  set("compression", "zstd");
  await controls.settled();
  set("workers", 3);
  await controls.settled();
  assert.deepEqual(run.calls, [
    "rate 2000",
    '{"size":{"kind":"fixed","bytes":2048}}',
    '{"batchMessages":1,"batching":false}',
    '{"compression":"zstd"}',
    "workers 3",
  ]);
  assert.deepEqual(told.at(-1), {
    workers: 3,
    rate: 2000,
    size: { kind: "fixed", bytes: 2048 },
    batchMessages: 1,
    compression: "zstd",
  });
  assert.match(log(), /rate 1,000 msg\/s → 2,000 msg\/s/);
  assert.match(
    log(),
    /workers restarted: size 1.00 KiB → 2.00 KiB[^]*batch 1,000 → off[^]*compression none → zstd/,
  );
  assert.match(log(), /workers 2 → 3/);
});

Deno.test("what is changed is recorded with its time, old and new value, and told at once", async () => {
  const heard: ChangeRecord[] = [];
  const run = new FakeRun(configOf("producer", "--rate", "500", "--size", "256-1KiB"));
  const controls = new Controls(run, () => {}, (change) => heard.push(change));
  const set = (field: SetAction["field"], value: unknown): void =>
    controls.apply({ kind: "set", field, value } as SetAction);
  set("rate", 800);
  set("rate", 800);
  set("size", 2048);
  await controls.settled();
  controls.apply({ kind: "pause", paused: true });
  controls.apply({ kind: "pause", paused: true });
  controls.apply({ kind: "pause", paused: false });
  controls.apply({ kind: "reset" });
  assert.deepEqual(controls.changes.map(({ setting, from, to }) => [setting, from, to]), [
    ["rate", 500, 800],
    ["size", "256 B to 1 KiB", 2048],
    ["paused", false, true],
    ["paused", true, false],
    ["figures", 6429, 0],
  ]);
  assert.deepEqual(controls.changes, heard);
  for (const { atUs, seconds } of heard) {
    assert.deepEqual(
      [seconds, atUs],
      [7, 1_700_000_000_000_000],
      "by the clock of the run, which no step of the system's moves",
    );
  }
});

Deno.test("a change that did not happen is not recorded", async () => {
  const { run, controls, set } = setup();
  run.failure = new Error("worker 0 cannot connect");
  set("compression", "lz4");
  set("workers", 2);
  await controls.settled();
  assert.deepEqual(controls.changes, []);
});

Deno.test("in a run with stages the present one is shifted, and the record says which", () => {
  const { run, controls, told, set, log } = setup(
    configOf("producer", "--stage", "10s:500", "--stage", "10s:200"),
  );
  run.stage = { index: 1, count: 2, name: "hold 200/s", rate: 200 };
  set("rate", 300);
  const [change] = controls.changes;
  assert.deepEqual([change?.from, change?.to, change?.stage], [200, 300, 2]);
  assert.match(log(), /rate of stage 2 200 msg\/s → 300 msg\/s/);
  assert.equal((told.at(-1) as { rate: number }).rate, 300, "the screen shows the stage's rate");
  set("rate", "unlimited");
  assert.equal(controls.changes.length, 1);
  assert.match(log(), /the rate stays: a stage has a rate with a limit/);
});

Deno.test("changes wait for the one under way, and only the newest of each setting is carried out", async () => {
  const { run, controls, told, set } = setup();
  run.hold();
  set("workers", 3);
  for (const workers of [4, 5, 6]) set("workers", workers);
  set("size", 2048);
  set("compression", "lz4");
  set("size", 4096);
  assert.deepEqual(run.calls, ["workers 3"]);
  run.release();
  await controls.settled();
  assert.deepEqual(run.calls, [
    "workers 3",
    '{"size":{"kind":"fixed","bytes":4096},"compression":"lz4"}',
    "workers 6",
  ]);
  assert.equal(told.length, 1, "the screen is not set back while newer wishes wait");
});

Deno.test("a payload that cannot be made never reaches the workers", async () => {
  const { run, controls, told, set, log } = setup(configOf("producer", "--payload", "json", "-s", "256"));
  set("size", 64);
  await controls.settled();
  assert.deepEqual(run.calls, []);
  assert.match(log(), /size '64' is too small/);
  assert.deepEqual((told.at(-1) as { size: unknown }).size, { kind: "fixed", bytes: 256 });
});

Deno.test("a change that fails is logged, and the settings shown are those that hold", async () => {
  const { run, controls, told, set, log } = setup();
  run.failure = new Error("worker 0 cannot connect");
  set("compression", "lz4");
  await controls.settled();
  assert.match(log(), /worker 0 cannot connect/);
  assert.equal((told.at(-1) as { compression: string }).compression, "none");
});

Deno.test("more workers than a run can have are as many as it can", async () => {
  const { run, controls, set, log } = setup();
  set("workers", MAX_WORKERS + 1);
  await controls.settled();
  assert.deepEqual(run.calls, [`workers ${MAX_WORKERS}`]);
  assert.match(log(), new RegExp(`at most ${MAX_WORKERS} workers`));
  set("workers", MAX_WORKERS + 1);
  await controls.settled();
  assert.equal(run.calls.length, 1);
});

Deno.test("a run that is ending takes no more orders", async () => {
  const { run, controls, set } = setup();
  run.hold();
  set("workers", 3);
  set("workers", 4);
  run.phase = "draining";
  set("rate", 5);
  controls.apply({ kind: "pause", paused: true });
  controls.apply({ kind: "reset" });
  run.release();
  await controls.settled();
  assert.deepEqual(run.calls, ["workers 3"]);
});

Deno.test("pause, resume and reset are passed on", () => {
  const { run, controls } = setup();
  controls.apply({ kind: "pause", paused: true });
  controls.apply({ kind: "pause", paused: false });
  controls.apply({ kind: "reset" });
  controls.apply({ kind: "quit" });
  assert.deepEqual(run.calls, ["pause", "resume", "reset"]);
});

Deno.test("a consumer has workers and rate to change, a template no size", () => {
  assert.deepEqual(Object.keys(settingsOf(configOf("consumer") as ConsumerConfig)), ["workers", "rate"]);
  const template = configOf("producer", "--template", "{{seq}}", "--verify", "off");
  assert.ok(!("size" in settingsOf(template)));
  assert.match(runInfo(configOf("consumer", "--subscription", "s")).subscription!, /^s \(/);
});

Deno.test("a plan's rate is that of its first stage when it begins", () => {
  const config = configOf("producer", "--stage", "ramp:10s:500", "--stage", "10s:800");
  assert.equal(settingsOf(config).rate, 500);
});
