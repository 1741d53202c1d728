/** How much memory the embedded broker needs for the backlogs that a scenario holds on purpose. */
import { DEFAULT_BACKLOG_BYTES } from "../../../lib/broker/mod.ts";
import { sizesOf } from "../../../lib/config/size_bounds.ts";
import { ConfigError, placePrefix } from "../../../lib/config/source.ts";
import { formatBytes } from "../../../lib/config/units.ts";
import type { Scenario, StepAction } from "../../../lib/scenario/types.ts";

/** Of an entry that is a message by itself: metadata and what the broker knows of it. */
const MESSAGE_BYTES = 150;
/** What comes while the last of it is counted, and for everything that is held by nobody. */
const ROOM = 1.25;
/** Share of the machine's memory that the broker may take. */
const MOST_SHARE = 0.5;

/**
 * @returns bytes: the usual number, or more where steps hold more
 * @throws {ConfigError} naming the step that holds more than this machine can keep
 */
export function embeddedMemory(scenario: Scenario, machineBytes: number): number {
  let most = 0;
  for (const { name, action, source } of scenario.steps) {
    if (action.kind !== "hold") continue;
    const bytes = heldBytes(action, scenario);
    if (bytes > machineBytes * MOST_SHARE) {
      const message = `${placePrefix(source)}step '${name}' holds about ${
        formatBytes(bytes)
      }, and the embedded broker may take ${
        formatBytes(machineBytes * MOST_SHARE)
      } of this machine's memory: hold less, or give a broker with --service-url`;
      throw new ConfigError([{ message, source }]);
    }
    most = Math.max(most, bytes);
  }
  return Math.max(DEFAULT_BACKLOG_BYTES, Math.ceil(most * ROOM) + DEFAULT_BACKLOG_BYTES / 4);
}

/** Subscriptions of the same topics hold the same messages; others each their own. */
function heldBytes(
  { subscriptions, messages, bytes }: StepAction & { readonly kind: "hold" },
  { producers, subscriptions: all }: Scenario,
): number {
  const byTopics = new Map<string, number>();
  for (const held of all.filter(({ name }) => subscriptions.includes(name))) {
    const sizes = producers
      .filter(({ topicGroups }) => topicGroups.some((group) => held.topicGroups.includes(group)))
      .map(({ config }) => Math.max(...sizesOf(config.size)) + MESSAGE_BYTES);
    const need = bytes ?? messages! * Math.max(MESSAGE_BYTES, ...sizes);
    byTopics.set([...held.topicGroups].sort().join(), need);
  }
  return [...byTopics.values()].reduce((sum, need) => sum + need, 0);
}
