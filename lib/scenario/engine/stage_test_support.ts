/** Whole scenarios on an embedded broker (test support). */
import assert from "node:assert/strict";
import { Admin } from "../../client/mod.ts";
import { type BrokerHandle, type BrokerOptions, startBrokerInWorker } from "../../broker/mod.ts";
import { LoadRun } from "../../load/run/load_run.ts";
import { readScenario } from "../file/read.ts";
import type { StepSnapshot } from "../snapshot.ts";
import type { StepWorld } from "../steps/perform.ts";
import { prepareTopics } from "../topics/prepare.ts";
import type { EmbeddedFault, Scenario } from "../types.ts";
import { ScenarioRun } from "./scenario_run.ts";

function scenarioOf(text: string): Scenario {
  const readFile = (path: string): string => Deno.readTextFileSync(path);
  return readScenario({ path: "test.yaml", text, flags: new Map(), env: {}, readFile, runId: "test-run" })
    .scenario;
}

export class Stage implements AsyncDisposable {
  readonly told: StepSnapshot[] = [];
  run!: ScenarioRun;
  private constructor(readonly broker: BrokerHandle, readonly scenario: Scenario) {}

  static async open(text: string, world: StepWorld = {}, options: BrokerOptions = {}): Promise<Stage> {
    const stage = new Stage(await startBrokerInWorker(options), scenarioOf(text));
    const { broker, scenario } = stage;
    const admin = new Admin({ url: broker.adminUrl });
    await prepareTopics(scenario, admin);
    const groups = [...scenario.producers, ...scenario.subscriptions].map((group, index) => {
      const { name, topics, perTopic, startMs, config } = group;
      const { serviceUrl, adminUrl } = broker;
      const run = new LoadRun({
        config: { ...config, serviceUrl, adminUrl },
        streamInstance: index,
        topics: { names: topics, perTopic },
        onConnection: (event) => stage.run.connection(name, event),
      });
      return { name, run, topics, startMs };
    });
    stage.run = new ScenarioRun({
      groups,
      name: scenario.name,
      durationMs: scenario.durationMs,
      drainMs: scenario.drainMs,
      steps: scenario.steps,
      scenario,
      world: { admin, fault: (fault) => inject(broker, fault), ...world },
      onStep: (step) => stage.told.push(step),
    });
    return stage;
  }

  async perform(): Promise<this> {
    await this.run.connect();
    this.run.begin();
    await this.run.ended();
    return this;
  }

  outcome(name: string) {
    return this.run.groups.find((group) => group.name === name)!.outcome!;
  }

  integrity(name: string) {
    return this.outcome(name).snapshot.integrity!;
  }

  step(name: string): StepSnapshot {
    return this.run.steps.find((step) => step.name === name)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.run.abort();
    await this.broker.stop();
  }
}

async function inject({ hooks }: BrokerHandle, fault: EmbeddedFault): Promise<number> {
  if (fault.kind === "forgetReceipts") return await hooks.forgetReceipts({ times: fault.times });
  assert.equal(fault.kind, "dropConnections");
  return await hooks.dropConnections();
}
