/** The end of a subscription: it takes what its producers have sent, and waits no longer than there is hope of more. */
import { sleep } from "../../transport/timing.ts";
import type { OtherProcesses } from "../processes/others.ts";
import { type Group, messagesOf, streamsOn, wholeOf } from "./group.ts";

const LOOK_MS = 50;
/** What is missing is worked out this often at most. */
const JUDGE_MS = 250;
/** Workers report more often than this: after so long a silence, what they know is known. */
const REPORTED_MS = 2000;

/**
 * Resolves when the subscription has all that was acknowledged on its topics; or when nothing has come for `limitMs`
 * while it was connected. As long may it be without a connection: then silence says nothing.
 *
 * @param producers all of them here, ended
 * @param others other processes, whose producers have ended too
 */
export async function takeAll(
  group: Group,
  producers: readonly Group[],
  limitMs: number,
  others?: OtherProcesses,
): Promise<void> {
  const { run } = group;
  const { bases } = wholeOf(group, others);
  const streams = producers.flatMap((producer) => streamsOn(bases, producer.outcome!.streams));
  // Of a part, what others receive is not missing.
  if (isWhole(group)) {
    run.integrity.expect(streams, producers.map((producer) => producer.run.integrity.witness));
  }
  // Paused, it would never take anything.
  run.resume();
  const elsewhere = others?.sentTo(group.name) ?? { messages: 0, again: 0 };
  const wanted = messagesOf(streams) + elsewhere.messages;
  // Messages that are stored twice must not pass for others that are still to come.
  const isCountSure = run.config.verify === "off" ||
    (elsewhere.again === 0 && producers.every((one) => one.run.counts.resent === 0));
  // What is missing is known only here, and only of what was sent here.
  const knowsMissing = isWhole(group) && elsewhere.messages === 0;
  let seen = -1;
  let seenAt = performance.now();
  let downSince: number | undefined;
  let judgedAt = -Infinity;
  while (run.phase === "running" || run.phase === "warmup") {
    const now = performance.now();
    run.reader.poll();
    const messages = run.reader.ever("messages");
    const taken = messages - run.reader.ever("redelivered") + (others?.done(group.name).messages ?? 0);
    if (messages !== seen) seenAt = now;
    seen = messages;
    downSince = run.counts.disconnected === undefined ? undefined : downSince ?? now;
    if (downSince !== undefined && now - downSince < limitMs) seenAt = now;
    const hasCount = taken >= wanted;
    if (hasCount && isCountSure) return;
    // Of what was never acknowledged, some may be there and some not: nobody waits for it.
    if ((hasCount || now - seenAt >= REPORTED_MS) && now - judgedAt >= JUDGE_MS) {
      judgedAt = now;
      if (knowsMissing ? run.integrity.missing() === 0 : hasCount && now - seenAt >= REPORTED_MS) return;
    }
    if (now - seenAt >= limitMs) return;
    await sleep(LOOK_MS);
  }
}

function isWhole({ part }: Group): boolean {
  return part === undefined || part.of === 1;
}
