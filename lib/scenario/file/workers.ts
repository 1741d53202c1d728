/** What a step must not make of the workers of a group. */
import { plural } from "../../config/units.ts";
import type { ProducerGroup, SubscriptionGroup } from "../types.ts";

/**
 * Why a group cannot have so many workers while the load goes on; undefined when it can, also where there are fewer
 * producers or consumers to share out: then it gets as many as those.
 *
 * @param group undefined where the file is wrong in another place
 */
export function workersProblem(
  group: ProducerGroup | SubscriptionGroup | undefined,
  workers: number,
): string | undefined {
  if (group?.config.role !== "consumer") return undefined;
  const { name, perTopic, lanes, topics, config: { subscriptionType: type } } = group;
  if (topics.some((topic) => topic.startsWith("non-persistent:"))) {
    return `'${name}' is on topics that are not persistent: what is sent while its consumers change workers would be lost`;
  }
  if (type === "exclusive" && lanes === 1) {
    return `'${name}' is an exclusive subscription on one topic: its one consumer stays in one worker`;
  }
  if (type === "shared" || workers >= perTopic) return undefined;
  return `'${name}' has ${
    plural(perTopic, "consumer")
  } of each topic on a ${type} subscription, which need as many ` +
    `workers: ${perTopic} or more, not ${workers}`;
}
