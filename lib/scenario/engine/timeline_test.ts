import assert from "node:assert/strict";
import { Histogram } from "../../load/histogram/histogram.ts";
import type { Group } from "./group.ts";
import { Timeline } from "./timeline.ts";

/** A group that has sent, or received, as many messages as `count` says. */
function groupOf(name: string, role: Group["role"], count: () => number, resume = (): void => {}): Group {
  const window = { seconds: 1, counters: {}, errors: new Map(), batchSize: new Histogram(), latency: {} };
  const run = {
    counts: { resent: 0 },
    schedule: { behind: () => 0 },
    reader: {
      poll() {},
      ever: (counter: string) => counter === "redelivered" ? 0 : count(),
      total: () => ({ counters: { messages: count() }, seconds: 1 }),
    },
    view: () => ({ snapshot: () => ({ window }), close() {} }),
    pause() {},
    resume,
  };
  return { name, role, run, topics: ["t"], bases: new Set(["t"]), hasBegun: true } as unknown as Group;
}

Deno.test("what lay before a held subscription is counted before it takes any of it", async () => {
  let received = 0;
  const web = groupOf("web", "producer", () => 1000);
  // All of it is taken at once.
  const billing = groupOf("billing", "consumer", () => received, () => received = 1000);
  const ended = Promise.withResolvers<void>();
  const timeline = new Timeline({
    steps: [{
      name: "hold",
      atMs: 0,
      times: 1,
      everyMs: 0,
      action: { kind: "hold", subscriptions: ["billing"], messages: 1000 },
      thresholds: [],
      source: { kind: "default" },
    }],
    groups: { all: [web, billing] },
    stage: { scenario: { topics: [], subscriptions: [] }, world: {}, run: () => web.run },
    onStep: ({ ended: at }) => at === undefined || ended.resolve(),
  });
  timeline.start();
  await ended.promise;
  const { drain } = timeline.steps[0]!.outcome!;
  assert.equal(drain?.backlog, 1000);
  await timeline.stop();
});
