import assert from "node:assert/strict";
import { LabError } from "../../lab_error.ts";
import { type LoadOptions, planLoad, runLoad } from "./load.ts";
import { podPlace } from "./pod.ts";
import type { LabWorld } from "./world.ts";
import { NODES } from "./world_test_support.ts";
import { resultLine, type RunResult } from "../../../lib/report/result/result.ts";
import { producerResult } from "../../../lib/report/report_test_support.ts";
import { type Scripted, ScriptedPrograms } from "./programs_test_support.ts";

const OPTIONS: LoadOptions = {
  producers: 2,
  consumers: 0,
  image: "pulsar-local-lab:dev",
  name: "pll-x",
  memory: "1Gi",
  consumerSettings: [],
  producerArgs: ["-r", "1k", "-d", "20s"],
};

const CONTEXT: Scripted = {
  match: "^kubectl config view",
  stdout: JSON.stringify({ "current-context": "", contexts: null, clusters: null }),
};

const job = (status: unknown): string => JSON.stringify({ status });
const COMPLETE = { succeeded: 2, conditions: [{ type: "Complete", status: "True" }] };

function results(count: number): RunResult[] {
  return Array.from({ length: count }, (_, index) =>
    producerResult({
      seed: index + 1,
      input: { instance: { name: `producer-${index}`, index, expected: 2, restarts: 0 } },
    }));
}

function logs(count: number): string {
  return results(count).map((result) => `producer: 2 of 2 processes are ready\n${resultLine(result)}`).join(
    "",
  );
}

function world(stand: ScriptedPrograms, said: string[] = []): LabWorld {
  return {
    tools: stand.tools((line) => said.push(line)),
    machine: () => Promise.reject(new Error("not asked for")),
    say: (text) => said.push(text),
    print: (text) => said.push(text),
  };
}

const noSleep = (): Promise<void> => Promise.resolve();

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof LabError, String(error));
  return error.message;
}

Deno.test("a load is applied, followed to its end, and its results are joined", async () => {
  const stand = new ScriptedPrograms([
    CONTEXT,
    ...NODES,
    { match: "get job pll-x -o json$", stdout: job({ active: 2 }) },
    { match: "get job pll-x -o json$", stdout: job({ active: 2, ready: 2 }) },
    { match: "get job pll-x -o json$", stdout: job(COMPLETE) },
    { match: "get pods -l", stdout: '{"items":[]}' },
    { match: " logs ", stdout: logs(2) },
  ]);
  const said: string[] = [];
  const sides = await runLoad(world(stand, said), OPTIONS, noSleep);
  assert.deepEqual(stand.calls.flatMap(({ problem }) => problem ?? []), []);
  const applied = stand.calls.find(({ line }) => line.includes(" apply "))!;
  assert.match(applied.input!, /kind: ConfigMap[\s\S]*kind: Job/);
  assert.equal(sides!.length, 1);
  assert.equal(sides![0]!.result.totals.messages, 40_000);
  assert.ok(said.includes("..  2 of 2 pods run, 0 have ended well, 0 have failed"), said.join("\n"));
});

Deno.test("a pod without a result is named, and a side without any is an error", async () => {
  const answers = (count: number): Scripted[] => [
    CONTEXT,
    ...NODES,
    {
      match: "get job pll-x -o json$",
      stdout: job({ ...COMPLETE, conditions: [{ type: "Failed", status: "True" }] }),
    },
    { match: " logs ", stdout: logs(count) },
  ];
  {
    const stand = new ScriptedPrograms(answers(1));
    const said: string[] = [];
    const sides = await runLoad(world(stand, said), OPTIONS, noSleep);
    assert.deepEqual(sides![0]!.missing, [1]);
    assert.ok(said.includes("--  producers without a result: 1"), said.join("\n"));
  }
  const stand = new ScriptedPrograms(answers(2));
  const message = await refusal(runLoad(world(stand), { ...OPTIONS, consumers: 1 }, noSleep));
  assert.match(message, /^none of the 1 consumers left a result: see 'kubectl logs' of Job pll-x$/);
});

Deno.test("an image that is not in the cluster ends the load, which is removed again", async () => {
  const waiting = { state: { waiting: { reason: "ErrImagePull" } } };
  const stand = new ScriptedPrograms([
    CONTEXT,
    ...NODES,
    { match: "get job pll-x -o json$", stdout: job({ active: 2, ready: 0 }) },
    {
      match: "get pods -l",
      stdout: JSON.stringify({
        items: [{ metadata: { name: "pll-x-0-abc" }, status: { containerStatuses: [waiting] } }],
      }),
    },
  ]);
  const message = await refusal(runLoad(world(stand), OPTIONS, noSleep));
  assert.match(
    message,
    /^pod pll-x-0-abc cannot start: ErrImagePull; is 'pulsar-local-lab:dev' in the cluster\?/,
  );
  assert.match(stand.calls.at(-1)!.line, /delete job pll-x --ignore-not-found$/);
});

Deno.test("a cluster without the lab is told apart before anything is applied", async () => {
  const stand = new ScriptedPrograms([
    CONTEXT,
    ...NODES,
    {
      match: "get namespace pulsar",
      stderr: 'Error from server (NotFound): namespaces "pulsar" not found\n',
      code: 1,
    },
  ]);
  assert.match(
    await refusal(runLoad(world(stand), OPTIONS, noSleep)),
    /has no namespace 'pulsar'.*'lab up' makes it$/,
  );
  assert.ok(!stand.calls.some(({ line }) => line.includes("apply")));
});

Deno.test("a scheduled load is applied and not waited for", async () => {
  const stand = new ScriptedPrograms([CONTEXT, ...NODES]);
  assert.equal(await runLoad(world(stand), { ...OPTIONS, schedule: "0 3 * * *" }, noSleep), undefined);
  assert.match(
    stand.calls.find(({ line }) => line.includes(" apply "))!.input!,
    /kind: CronJob[\s\S]*schedule: 0 3 \* \* \*/,
  );
});

Deno.test("options that pods cannot have, or that make no end, are refused by name", () => {
  const refused = (changes: Partial<LoadOptions>): string => {
    try {
      planLoad({ ...OPTIONS, ...changes }, false);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  assert.match(
    refused({ producerArgs: ["-r", "1k"] }),
    /must have an end: give --duration, --count or --stage/,
  );
  assert.match(refused({ producerArgs: ["-d", "1s", "--csv", "x"] }), /^--csv cannot be given to pods$/);
  assert.match(refused({ producerArgs: ["-d", "1s", "--rate", "max"] }), /max searches with one process/);
  assert.match(refused({ producerArgs: ["-d", "1s", "--rat", "5"] }), /unknown option '--rat'/);
  assert.match(refused({ consumers: 1, consumerSettings: ["ack"] }), /--consumer-set 'ack' is not valid/);
  assert.match(refused({ consumers: 1, consumerSettings: ["ack=maybe"] }), /'maybe' is not valid/);
  assert.match(refused({ name: "Bad_Name" }), /--name 'Bad_Name' is not valid/);
  assert.match(refused({ producers: 0 }), /--pods must be a whole number from 1 to 1024/);
  assert.equal(refused({}), "");
});

Deno.test("the index of a pod decides which side it is on, and which instance of it", () => {
  const places = [0, 1, 2].map((index) => podPlace(String(index), 2, 1));
  assert.deepEqual(places.map(({ role }) => role), ["producer", "producer", "consumer"]);
  assert.ok(places[1]!.args.includes("--instance=1") && places[1]!.args.includes("--instances=2"));
  assert.ok(places[2]!.args.includes("--instance=0") && places[2]!.args.includes("--barrier=3"));
  for (const index of [undefined, "", "3", "-1", "x"]) assert.throws(() => podPlace(index, 2, 1), LabError);
});

Deno.test("pods that do not fit are told before anything is applied, with numbers and what would fit", async () => {
  const refusalOf = async (options: Partial<LoadOptions>): Promise<string> => {
    const stand = new ScriptedPrograms([CONTEXT, ...NODES]);
    const message = await refusal(runLoad(world(stand), { ...OPTIONS, ...options }, noSleep));
    assert.ok(!stand.calls.some(({ line }) => line.includes(" apply ")));
    return message;
  };
  assert.equal(
    await refusalOf({ producers: 4, consumers: 2, cpu: "2" }),
    "6 pods of 2 CPUs and 1.0 GiB do not fit: 1 node with 1.9 CPUs and 4.2 GiB free take 0; --cpu 300m --pod-memory 512Mi would fit",
  );
  assert.equal(
    await refusalOf({ producers: 3, cpu: "2" }),
    "3 pods of 2 CPUs and 1.0 GiB do not fit: 1 node with 1.9 CPUs and 4.2 GiB free take 0; --cpu 600m would fit",
  );
  assert.match(await refusalOf({ producers: 12 }), /; --cpu 150m --pod-memory 256Mi would fit$/);
  assert.match(await refusalOf({ producers: 100 }), / take 4; ask for at most 4 pods$/);
});

Deno.test("the configuration of a load goes with its Job", async () => {
  const stand = new ScriptedPrograms([
    CONTEXT,
    ...NODES,
    { match: "get job pll-x -o json$", stdout: job(COMPLETE) },
    { match: " logs ", stdout: logs(2) },
  ]);
  await runLoad(world(stand), OPTIONS, noSleep);
  const applied = stand.calls.filter(({ line }) => line.includes(" apply ")).map(({ input }) => input!);
  assert.match(applied[1]!, /kind: ConfigMap[\s\S]*ownerReferences:[\s\S]*kind: Job[\s\S]*uid: 4f0c-uid/);
});

Deno.test("a pod that no node takes is told with the scheduler's own words", async () => {
  const message = "0/1 nodes are available: 1 Insufficient cpu.";
  const stand = new ScriptedPrograms([
    CONTEXT,
    ...NODES,
    { match: "get job pll-x -o json$", stdout: job({ active: 2, ready: 0 }) },
    {
      match: "get pods -l",
      stdout: JSON.stringify({
        items: [{
          metadata: { name: "pll-x-0-abc" },
          status: {
            conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
          },
        }],
      }),
    },
  ]);
  assert.equal(
    await refusal(runLoad(world(stand), OPTIONS, noSleep)),
    `pod pll-x-0-abc cannot start: Unschedulable: ${message}; the Job is removed again`,
  );
});

Deno.test("a cluster whose Jobs lack what a load needs is told before anything is applied", async () => {
  const version = (gitVersion: string): Scripted => ({
    match: "version -o json",
    stdout: JSON.stringify({ serverVersion: { gitVersion } }),
  });
  const stand = new ScriptedPrograms([CONTEXT, ...NODES, version("v1.28.9")]);
  assert.equal(
    await refusal(runLoad(world(stand), OPTIONS, noSleep)),
    "the cluster of context 'minikube' is Kubernetes 1.28: the Jobs of a load need 1.29 or later",
  );
  assert.ok(!stand.calls.some(({ line }) => line.includes(" apply ")));
});
