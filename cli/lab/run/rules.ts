/** What a scenario demands of its steps, checked before anything is started. */
import { ConfigError, placePrefix, type Problem } from "../../../lib/config/source.ts";
import { ThresholdSyntaxError } from "../../../lib/report/thresholds/thresholds.ts";
import { parseStepRule, type StepRule } from "../../../lib/report/thresholds/step_rules.ts";
import type { Scenario, Step } from "../../../lib/scenario/types.ts";
import type { Plan } from "../../session/plan.ts";

/** @throws {ConfigError} naming each rule that makes no sense */
export function rulesOf({ steps }: Scenario, plans: readonly Plan[]): ReadonlyMap<Step, readonly StepRule[]> {
  const problems: Problem[] = [];
  const contextOf = (group: string) => {
    const { config } = plans.find(({ name }) => name === group)!;
    return { role: config.role, hasTarget: false, verifies: config.verify !== "off" };
  };
  const rules = steps.map((step) => {
    const parsed = step.thresholds.flatMap((threshold) => {
      try {
        return [parseStepRule(threshold, contextOf)];
      } catch (error) {
        if (!(error instanceof ThresholdSyntaxError)) throw error;
        const { source } = threshold;
        problems.push({ message: `${placePrefix(source)}${error.message}`, source });
        return [];
      }
    });
    return [step, parsed] as const;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return new Map(rules);
}
