import assert from "node:assert/strict";
import { Histogram } from "../../load/histogram/histogram.ts";
import type { StepOutcome, StepSnapshot } from "../snapshot.ts";
import type { StepAction } from "../types.ts";
import type { Group } from "./group.ts";
import { Timeline } from "./timeline.ts";

/** A group that has sent, or received, as many messages as `count` says; each pause takes three seconds. */
function groupOf(name: string, role: Group["role"], count: () => number, resume = (): void => {}): Group {
  const window = { seconds: 1, counters: {}, errors: new Map(), batchSize: new Histogram(), latency: {} };
  let pausedMicros = 0;
  const run = {
    counts: { resent: 0 },
    schedule: { behind: () => 0 },
    integrity: { beforeSubscription: 0 },
    reader: {
      get pausedMicros() {
        return pausedMicros;
      },
      poll() {},
      ever: (counter: string) => counter === "redelivered" ? 0 : count(),
      total: () => ({ counters: { messages: count() }, seconds: 1 }),
    },
    view: () => ({ snapshot: () => ({ window }), close() {} }),
    pause: () => pausedMicros += 3e6,
    resume,
  };
  return { name, role, run, topics: ["t"], bases: new Set(["t"]), hasBegun: true } as unknown as Group;
}

async function outcomeOf(action: StepAction, all: readonly Group[]): Promise<StepOutcome> {
  return (await performed(action, all)).outcome!;
}

/** A step that begins at once, when it has ended; all thresholds hold. */
async function performed(action: StepAction, all: readonly Group[]): Promise<StepSnapshot> {
  const ended = Promise.withResolvers<void>();
  const timeline = new Timeline({
    steps: [{
      name: "step",
      atMs: 0,
      times: 1,
      everyMs: 0,
      action,
      thresholds: [],
      source: { kind: "default" },
    }],
    groups: { all },
    stage: {
      scenario: { topics: [], subscriptions: [] },
      world: {},
      run: (name) => all.find((group) => group.name === name)?.run,
    },
    judge: () => [{ text: "recovery<5s", state: "pass", value: "none" }],
    onStep: ({ ended: at }) => at === undefined || ended.resolve(),
  });
  timeline.start();
  await ended.promise;
  await timeline.stop();
  return timeline.steps[0]!;
}

Deno.test("what lay before a held subscription is counted before it takes any of it", async () => {
  let received = 0;
  const web = groupOf("web", "producer", () => 1000);
  // All of it is taken at once.
  const billing = groupOf("billing", "consumer", () => received, () => received = 1000);
  const { drain } = await outcomeOf({ kind: "hold", subscriptions: ["billing"], messages: 1000 }, [
    web,
    billing,
  ]);
  assert.equal(drain?.backlog, 1000);
});

Deno.test("a group's rate in a step is of the step's time, also of the part in which the group is paused", async () => {
  const [web, billing] = [groupOf("web", "producer", () => 10), groupOf("billing", "consumer", () => 10)];
  const { inside } = await outcomeOf({ kind: "pause", groups: ["billing"] }, [web, billing]);
  assert.deepEqual([...inside].map(([name, { seconds }]) => [name, seconds]), [["web", 1], ["billing", 4]]);
});

Deno.test("what is demanded of a step that failed is not kept", async () => {
  const { state, thresholds } = await performed({ kind: "command", words: ["true"] }, []);
  assert.equal(state, "failed");
  assert.deepEqual(thresholds, [{ text: "recovery<5s", state: "fail", value: "the step failed" }]);
});
