import assert from "node:assert/strict";
import type { GroupSnapshot } from "../../scenario/snapshot.ts";
import { BacklogRecorder } from "./backlog_recorder.ts";

function groups(backlog: number | undefined): GroupSnapshot[] {
  const common = { topics: 1, lanes: 1 };
  return [
    { ...common, name: "web", role: "producer" },
    { ...common, name: "billing", role: "consumer", backlog },
  ];
}

Deno.test("there is a point a second of each subscription whose backlog is known, and none of a warm-up", () => {
  const recorder = new BacklogRecorder();
  recorder.observe({ phase: "warmup", elapsed: 0, groups: groups(9) });
  for (let half = 0; half <= 6; half++) {
    // Timers are late by a little.
    recorder.observe({ phase: "running", elapsed: half / 2 + half * 0.003, groups: groups(half * 100) });
  }
  recorder.observe({ phase: "draining", elapsed: 4.2, groups: groups(undefined) });
  assert.deepEqual([...recorder.points], [["billing", [
    { seconds: 0, messages: 0 },
    { seconds: 1.006, messages: 200 },
    { seconds: 2.012, messages: 400 },
    { seconds: 3.018, messages: 600 },
  ]]]);
});

Deno.test("a long run has as many points as are drawn, from its beginning to its end", () => {
  const recorder = new BacklogRecorder();
  for (let second = 0; second <= 7200; second++) {
    recorder.observe({ phase: "running", elapsed: second, groups: groups(second) });
  }
  const points = recorder.points.get("billing")!;
  assert.ok(points.length > 150 && points.length <= 301, String(points.length));
  assert.equal(points[0]!.seconds, 0);
  assert.ok(points.at(-1)!.seconds > 7100);
  assert.ok(points.every(({ seconds, messages }) => seconds === messages));
});
