/** What a scenario demands of its steps, checked before anything is started. */
import { ConfigError, placePrefix, type Problem } from "../../../lib/config/source.ts";
import { ThresholdSyntaxError } from "../../../lib/report/thresholds/thresholds.ts";
import { parseStepRule, type StepRule } from "../../../lib/report/thresholds/step_rules.ts";
import type { ProducerGroup, Scenario, Step, SubscriptionGroup } from "../../../lib/scenario/types.ts";

/**
 * @param part what this process has of the scenario: groups that others have are judged when results are joined
 * @throws {ConfigError} naming each rule that makes no sense
 */
export function rulesOf(whole: Scenario, part: Scenario = whole): ReadonlyMap<Step, readonly StepRule[]> {
  const problems: Problem[] = [];
  const contextOf = (group: string) => {
    const { config, opening } = groupsOf(whole).find(({ name }) => name === group)!;
    const verifies = config.verify !== "off";
    return { role: config.role, hasTarget: false, verifies, opens: opening !== undefined };
  };
  const here = new Set(groupsOf(part).map(({ name }) => name));
  const rules = whole.steps.map((step) => {
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
    return [step, parsed.filter(({ group }) => group === undefined || here.has(group))] as const;
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return new Map(rules);
}

function groupsOf({ producers, subscriptions }: Scenario): readonly (ProducerGroup | SubscriptionGroup)[] {
  return [...producers, ...subscriptions];
}
