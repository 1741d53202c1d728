import assert from "node:assert/strict";
import { ConfigError } from "../../../lib/config/source.ts";
import { ombScenario, ombWriter } from "./omb.ts";

const SCENARIO = "topics:\n  a: {}\nproducers:\n  b: { rate: 1k }\n";
const WORKLOAD = [
  "name: w",
  "topics: 2",
  "partitionsPerTopic: 1",
  "messageSize: 100",
  "subscriptionsPerTopic: 1",
  "producersPerTopic: 1",
  "consumerPerSubscription: 1",
  "producerRate: 10",
  "testDurationMinutes: 5",
].join("\n");

Deno.test("a scenario is left as it is, and a workload becomes one, with the driver that is named", async () => {
  const request = { file: "w.yaml", driverFile: undefined, overrides: new Map([["topics", "3"]]) };
  assert.equal(ombScenario(request, SCENARIO), undefined);
  assert.match(ombScenario(request, WORKLOAD)!.scenario, /count: 3/);
  const driverFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(driverFile, "client: { serviceUrl: pulsar://h:6650 }\n");
    assert.match(
      ombScenario({ ...request, driverFile }, WORKLOAD)!.scenario,
      /serviceUrl: pulsar:\/\/h:6650/,
    );
  } finally {
    await Deno.remove(driverFile);
  }
});

Deno.test("a driver beside a scenario is refused, and so is one that cannot be read", () => {
  const request = { file: "w.yaml", driverFile: "/nowhere/driver.yaml", overrides: new Map() };
  assert.throws(() => ombScenario(request, SCENARIO), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /^--driver '\/nowhere\/driver.yaml' is for workloads .* and 'w.yaml' is none$/,
    );
    return error.fromFlags;
  });
  assert.throws(() => ombScenario(request, WORKLOAD), /\/nowhere\/driver\.yaml/);
});

Deno.test("a result in OMB's shape is of one scenario, and its file is tried before the load", async () => {
  const { facts } = ombScenario({ file: "w.yaml", driverFile: undefined, overrides: new Map() }, WORKLOAD)!;
  await assert.rejects(ombWriter("/nowhere/omb.json", facts, false), /cannot write '\/nowhere\/omb\.json'/);
  await assert.rejects(ombWriter("omb.json", facts, true), /--omb-output is for one scenario/);
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/omb.json`;
    assert.deepEqual(await (await ombWriter(path, facts, false))([]), []);
    assert.equal(JSON.parse(await Deno.readTextFile(path)).workload, "w");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
