/** The groups of a scenario as plans of one session. */
import type { ProducerGroup, Scenario, SubscriptionGroup } from "../../../lib/scenario/types.ts";
import { readEnv } from "../../console.ts";
import { makePlan, type Plan, withoutOutputs } from "../../session/plan.ts";

/**
 * One plan for each group, producers first. Results are the scenario's; the trace is one file for all groups, and metrics
 * are one page, which the first one's plan names.
 *
 * @param notices what people should know before the run, one sentence each
 * @throws whatever {@link makePlan} throws
 */
export function plansOf(
  { producers, subscriptions }: Pick<Scenario, "producers" | "subscriptions">,
  notices: readonly string[],
): Plan[] {
  const groups: readonly (ProducerGroup | SubscriptionGroup)[] = [...producers, ...subscriptions];
  return groups.map(({ name, config, sources, topics, perTopic, opening, startMs, part }, index) => {
    const token = config.tokenEnv === undefined ? undefined : readEnv(config.tokenEnv);
    const { trace, metricsPort } = config;
    const own = index === 0 ? { trace, metricsPort } : {};
    const areShared = part !== undefined && part.of > 1 && !part.isAlone;
    const spread = { names: topics, perTopic, opening, areShared };
    return {
      ...makePlan({ ...withoutOutputs(config), ...own }, sources, token, spread),
      name,
      startMs,
      part,
      streamInstance: part?.streamInstance ?? index,
      notices: index === 0 ? notices : [],
    };
  });
}
