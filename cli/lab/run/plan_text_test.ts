import assert from "node:assert/strict";
import { readScenario } from "../../../lib/scenario/file/read.ts";
import { planText } from "./plan_text.ts";

const TEXT = `
description: A test
duration: 20s
topics: { orders: { partitions: 3 }, audit: }
producers:
  web: { topics: [orders, audit], rate: 2k, thresholds: [errors==0, response.p99<1s] }
subscriptions:
  billing: { topics: orders, type: shared, consumers: 2, rate: 500 }
  archive: { topics: audit, type: exclusive, start: 5s }
steps:
  - { at: 2s, unload: orders, times: 3, every: 4s, thresholds: [recovery<5s, "web: errors<9"] }
`;

Deno.test("a plan says who sends and receives what, from when on, what happens, and what is demanded", () => {
  const { scenario } = readScenario({
    path: "s.yaml",
    text: TEXT,
    flags: new Map(),
    env: {},
    readFile: () => "",
    runId: "r",
  });
  assert.equal(
    planText(scenario, { index: 1, of: 2 }),
    `s: A test
  target         pulsar://localhost:6650
  process        1 of 2, from 0
  length         20s
  topics         orders: 1 topic of 3 partitions, persistent://public/default/orders
  topics         audit: 1 topic, persistent://public/default/audit
  producers      web: 4 in 1 worker, 2,000 msg/s
  subscription   billing: shared, 6 consumers in 1 worker, at most 500 msg/s
  subscription   archive: exclusive, 1 consumer in 1 worker, begins 5s after the others
  threshold      web: errors==0
  threshold      web: response.p99<1s
  at 2s          unload orders, 3 times, every 4s, thresholds recovery<5s; web: errors<9
  in all         4 topics and partitions, 11 producers and consumers on 3 connections a broker, about 36.3 MiB of memory here
`,
  );
});
