/** Tells people when senders have to wait for the embedded broker, which would not be visible otherwise. */
import type { BrokerHandle, BrokerStats } from "../lib/broker/mod.ts";
import { formatBytes } from "../lib/config/units.ts";
import { sleep } from "../lib/transport/timing.ts";

const WATCH_MS = 1000;
/** Looks without a waiting sender after which the memory counts as free: consumers that keep pace free some all the time. */
const CALM = 5;

/** Until the signal. @param everyMs how often the memory is looked at */
export async function watchBroker(
  broker: Pick<BrokerHandle, "brokerStats">,
  say: (text: string) => void,
  signal: AbortSignal,
  everyMs = WATCH_MS,
): Promise<void> {
  /** Looks in a row without a waiting sender; 0 = one waits. */
  let calm = CALM;
  let hasFailed = false;
  for (;;) {
    await sleep(everyMs, signal);
    if (signal.aborted) return;
    const stats = await broker.brokerStats();
    if (stats.stalledNow > 0) {
      if (calm >= CALM) say(fullText(stats));
      calm = 0;
    } else if (++calm === CALM) say("the memory has room again");
    if (stats.internalError !== undefined && !hasFailed) {
      hasFailed = true;
      say(`a mistake of the broker cost a client its connection: ${stats.internalError}`);
    }
  }
}

function fullText({ maxBacklogBytes, largestTopic }: BrokerStats): string {
  const most = largestTopic === undefined
    ? ""
    : `; most of it, ${formatBytes(largestTopic.bytes)}, is '${largestTopic.name}'`;
  return `the memory of ${
    formatBytes(maxBacklogBytes)
  } is full of messages that subscriptions have not acknowledged, ` +
    `so senders have to wait${most}`;
}
