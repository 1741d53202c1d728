import assert from "node:assert/strict";
import { readScenario } from "../../../lib/scenario/file/read.ts";
import type { Scenario } from "../../../lib/scenario/types.ts";
import { embeddedMemory } from "./embedded_memory.ts";

const MIB = 2 ** 20;
const MACHINE = 8192 * MIB;

function scenarioOf(steps: string): Scenario {
  return readScenario({
    path: "s.yaml",
    text: `
duration: 1m
topics: { orders: , clicks: }
producers:
  web: { topics: orders, rate: 1k, size: 1KiB-4KiB }
  app: { topics: clicks, rate: 1k, size: 100B }
subscriptions:
  billing: { topics: orders, type: shared }
  audit: { topics: orders, type: exclusive }
  paths: { topics: clicks, type: shared }
steps: [${steps}]
`,
    flags: new Map(),
    env: {},
    readFile: () => "",
    runId: "r",
  }).scenario;
}

Deno.test("the embedded broker has the usual memory, and more where steps hold more", () => {
  const memory = (steps: string): number => Math.round(embeddedMemory(scenarioOf(steps), MACHINE) / MIB);
  assert.equal(memory(""), 256);
  assert.equal(memory("{ at: 1s, hold: billing, messages: 1k }"), 256);
  assert.equal(memory("{ at: 1s, hold: billing, bytes: 400MiB }"), 564);
  assert.equal(memory("{ at: 1s, hold: [billing, audit], bytes: 400MiB }"), 564, "the same messages");
  assert.equal(memory("{ at: 1s, hold: [billing, paths], bytes: 400MiB }"), 1064, "each its own");
  // The largest messages of 4 KiB, and 150 bytes around each.
  assert.equal(
    memory("{ at: 1s, hold: billing, messages: 100k }"),
    Math.round(100_000 * 4246 * 1.25 / MIB) + 64,
  );
});

Deno.test("a step that holds more than the machine has is refused with its place", () => {
  assert.throws(
    () => embeddedMemory(scenarioOf("{ at: 1s, name: too much, hold: billing, messages: 2m }"), MACHINE),
    /s\.yaml:11:41: step 'too much' holds about 7\.91 GiB, and the embedded broker may take 4\.00 GiB of this machine's memory/,
  );
});
