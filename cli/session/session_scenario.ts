/** What makes a session that of a scenario. */
import type { OutputError } from "../../lib/report/formats/write.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import type { ScenarioRecord } from "../../lib/report/result/scenario_types.ts";
import type { StepRule } from "../../lib/report/thresholds/step_rules.ts";
import type { ProcessPlace } from "../../lib/scenario/processes/divide.ts";
import type { OtherProcesses } from "../../lib/scenario/processes/others.ts";
import type { StepWorld } from "../../lib/scenario/steps/perform.ts";
import type { Scenario, Step } from "../../lib/scenario/types.ts";
import type { Together } from "./together.ts";

/** One of several processes of a scenario. */
export interface ScenarioProcess {
  readonly place: ProcessPlace;
  readonly together: Together;
  readonly others: OtherProcesses;
}

/** What a session has beyond its groups, when it is a scenario's. */
export interface SessionScenario {
  readonly scenario: Scenario;
  readonly world: StepWorld;
  /** What is demanded of each step. */
  readonly rules: ReadonlyMap<Step, readonly StepRule[]>;
  /** Of a combination of a sweep. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Creates what the scenario needs, before anybody connects. */
  prepare(): Promise<void>;
  /** Among the processes that run the scenario together; its plans are this one's parts. */
  readonly process?: ScenarioProcess | undefined;
  /** Whether results go to stdout, where nothing else must be printed then. */
  readonly usesStdout: boolean;
  /** Takes what the session leaves behind; resolves to what could not be written. */
  finish(record: ScenarioRecord, results: readonly RunResult[]): Promise<readonly OutputError[]>;
}

/** `fan-out`; `fan-out, process 0 of 4` where others run the rest of it. */
export function titleOf({ scenario: { name }, process }: SessionScenario): string {
  return process === undefined ? name : `${name}, process ${process.place.index} of ${process.place.of}`;
}
