import assert from "node:assert/strict";
import { ConfigError } from "../../../lib/config/source.ts";
import { MEASURED_AT, scenarioSample } from "../../../lib/report/scenario_test_support.ts";
import { recordLine } from "../../../lib/report/result/records.ts";
import { resultLine } from "../../../lib/report/result/result.ts";
import { LabError } from "../../lab_error.ts";
import { planScenarioLoad, runScenarioLoad, type ScenarioLoadOptions } from "./load_scenario.ts";
import { podScenario } from "./pod.ts";
import { loadText } from "./pods.ts";
import { type Scripted, ScriptedPrograms } from "./programs_test_support.ts";
import { healthy, MARKED, NODES, world } from "./world_test_support.ts";

const TEXT = `
duration: 20s
warmup: 2s
topics: { orders: { count: 4 } }
producers: { web: { rate: 1k } }
subscriptions: { billing: { type: shared, consumers: 2 } }
`;

async function withFile<T>(text: string, use: (options: ScenarioLoadOptions) => T | Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/s.yaml`;
    await Deno.writeTextFile(file, text);
    return await use({
      file,
      overrides: new Map(),
      pods: 2,
      image: "pulsar-local-lab:dev",
      name: "pll-x",
      memory: "1Gi",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function refusal(options: ScenarioLoadOptions): string {
  try {
    planScenarioLoad(options, false);
  } catch (error) {
    assert.ok(error instanceof LabError || error instanceof ConfigError, String(error));
    return error.message;
  }
  return "";
}

Deno.test("each pod reads the scenario and runs its part of it, against the lab's own cluster", () =>
  withFile(TEXT, (options) => {
    const overrides = new Map([["producers.web.rate", "2k"]]);
    const text = loadText(planScenarioLoad({ ...options, overrides }, false));
    assert.match(text, /scenario\.yaml: \|\n\s+duration: 20s/);
    assert.match(
      text,
      /- pod\n\s+- --scenario\n\s+- \/etc\/pulsar-local-lab\/scenario\.yaml\n\s+- --pods\n\s+- "2"/,
    );
    assert.match(text, /- --set\n\s+- producers\.web\.rate=2k/);
    assert.match(text, /PLL_SERVICE_URL\n\s+value: pulsar:\/\/.*-broker\.pulsar\.svc:6650/);
    assert.match(
      text,
      /PLL_METRICS_PORT\n\s+value: "9464"\n\s+- name: PLL_METRICS_HOST\n\s+value: 0\.0\.0\.0/,
    );
    assert.match(text, /completions: 2\n/);
    // Warm-up, load and drain, and the margin of a quarter of an hour.
    assert.match(text, /activeDeadlineSeconds: 932\n/);
  }));

Deno.test("a scenario that names its cluster keeps it", () =>
  withFile(`serviceUrl: pulsar://elsewhere:6650\n${TEXT}`, (options) => {
    assert.doesNotMatch(loadText(planScenarioLoad(options, false)), /PLL_SERVICE_URL/);
  }));

Deno.test("what pods cannot do is refused with its place in the file, before any program is asked", async () => {
  const refused = (text: string, changes: Partial<ScenarioLoadOptions> = {}): Promise<string> =>
    withFile(text, (options) => refusal({ ...options, ...changes }));
  assert.equal(await refused(TEXT), "");
  const step = (action: string): string => `${TEXT}steps: [{ at: 1s, ${action} }]\n`;
  assert.match(
    await refused(step("command: [kubectl, delete, pod, x]")),
    /s\.yaml:7:\d+.*is about a program of this machine, which pods do not have/,
  );
  assert.match(await refused(step("fault: dropConnections")), /is about the embedded broker/);
  assert.match(
    await refused(TEXT.replace("duration: 20s\n", "")),
    /must have an end: give the scenario a 'duration'/,
  );
  assert.match(
    await refused(TEXT, { pods: 9 }),
    /^--pods: 9 processes are more than 's' can be divided into/,
  );
  assert.match(await refused(TEXT, { pods: 0 }), /--pods must be a whole number from 1 to 1024/);
  assert.match(
    await refused(TEXT.replace("rate: 1k", "rate: 1k, payload: file, payloadFile: ./lines.txt")),
    /s\.yaml:5:\d+.*'payload-file', which cannot be given to pods/,
  );
  assert.match(
    await refused(`${TEXT}sweep: { producers.web.rate: [1k, 2k] }\n`),
    /sweeps over 2 combinations, and pods run one/,
  );
  assert.match(await refused(TEXT.replace("rate: 1k", "rat: 1k")), /s\.yaml:5:21.*'rate'/);
});

const COMPLETE = JSON.stringify({
  status: { succeeded: 2, conditions: [{ type: "Complete", status: "True" }] },
});

/** What a pod prints: progress, its record, and the results of its parts. */
function logOf(index: number): string {
  const { record, results } = scenarioSample({
    process: { index, of: 2 },
    startedAtUs: MEASURED_AT - 1_000_000 + index,
  });
  return ["lab run: 2 of 2 processes are ready\n", recordLine(record), ...results.map(resultLine)].join("");
}

function cluster(logs: string): ScriptedPrograms {
  const answers: Scripted[] = [
    { match: "get namespace pulsar", stdout: MARKED },
    ...NODES,
    { match: "get job pll-x -o json$", stdout: COMPLETE },
    { match: " logs ", stdout: logs },
  ];
  return new ScriptedPrograms([...answers, ...healthy()]);
}

Deno.test("the records of all pods are joined, and a pod without one is named", () =>
  withFile(TEXT, async (options) => {
    const heard = world(cluster(logOf(0) + logOf(1)));
    const merged = await runScenarioLoad(heard, options, () => Promise.resolve());
    assert.deepEqual(merged!.missing, []);
    assert.equal(merged!.record.groups[0]!.name, "orders");
    assert.ok(heard.said.includes("..  Job pll-x: scenario 's' in 2 pods"), heard.said.join("\n"));
    const alone = world(cluster(logOf(1)));
    assert.deepEqual((await runScenarioLoad(alone, options, () => Promise.resolve()))!.missing, [0]);
    assert.ok(alone.said.includes("--  pods without a record: 0"));
    await assert.rejects(
      runScenarioLoad(world(cluster("nothing\n")), options, () => Promise.resolve()),
      /^LabError: none of the 2 pods left a record/,
    );
  }));

Deno.test("the index of a pod is that of its part", () => {
  const given = { scenario: "/etc/s.yaml", pods: 3, overrides: new Map([["duration", "1s"]]) };
  const { file, flags, overrides } = podScenario("2", given);
  assert.deepEqual([file, overrides], ["/etc/s.yaml", given.overrides]);
  assert.deepEqual([...flags].map(([key, { texts }]) => [key, texts[0]]), [
    ["instances", "3"],
    ["instance", "2"],
    ["json", "true"],
    ["ui", "none"],
  ]);
  for (const index of [undefined, "3", "x"]) assert.throws(() => podScenario(index, given), LabError);
});
