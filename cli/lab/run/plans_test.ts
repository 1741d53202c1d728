import assert from "node:assert/strict";
import { readScenario } from "../../../lib/scenario/file/read.ts";
import { plansOf } from "./plans.ts";

const TEXT = `
duration: 1s
topics: { orders: }
producers: { web: { rate: 100 }, app: { rate: 100 } }
subscriptions: { billing: { type: shared } }
`;

Deno.test("groups write no results of their own, and one of them opens trace and metrics of all", () => {
  const { scenario } = readScenario({
    path: "s.yaml",
    text: TEXT,
    flags: new Map(),
    env: { PLL_TRACE: "run.trace", PLL_EVENTS: "run.events", PLL_CSV: "run.csv", PLL_METRICS_PORT: "9464" },
    readFile: () => "",
    runId: "r",
  });
  const configs = plansOf(scenario, []).map(({ config }) => config);
  assert.deepEqual(configs.map(({ trace }) => trace), ["run.trace", undefined, undefined]);
  assert.deepEqual(configs.map(({ metricsPort }) => metricsPort), [9464, undefined, undefined]);
  for (const { events, csv, json } of configs) {
    assert.deepEqual([events, csv, json], [undefined, undefined, false]);
  }
});
