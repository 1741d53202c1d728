/** The end of a subscription: it takes what its producers have sent, and waits no longer than there is hope of more. */
import { sleep } from "../../transport/timing.ts";
import { baseName, type Group } from "./group.ts";

const LOOK_MS = 50;
/** What is missing is worked out this often at most. */
const JUDGE_MS = 250;
/** Workers report more often than this: after so long a silence, what they know is known. */
const REPORTED_MS = 2000;

/**
 * Resolves when the subscription has all that was acknowledged on its topics; or when nothing has come for `limitMs`
 * while it was connected. As long may it be without a connection: then silence says nothing.
 *
 * @param producers all of them, ended
 */
export async function takeAll(group: Group, producers: readonly Group[], limitMs: number): Promise<void> {
  const { run, bases } = group;
  const streams = producers.flatMap((producer) =>
    producer.outcome!.streams.filter(({ topic }) => topic === undefined || bases.has(baseName(topic)))
  );
  run.integrity.expect(streams, producers.map((producer) => producer.run.integrity.witness));
  // Paused, it would never take anything.
  run.resume();
  const wanted = streams.reduce((sum, { next }) => sum + next, 0);
  // Messages that are stored twice must not pass for others that are still to come.
  const isCountSure = run.config.verify === "off" || producers.every((one) => one.run.counts.resent === 0);
  let seen = -1;
  let seenAt = performance.now();
  let downSince: number | undefined;
  let judgedAt = -Infinity;
  while (run.phase === "running" || run.phase === "warmup") {
    const now = performance.now();
    run.reader.poll();
    const messages = run.reader.ever("messages");
    if (messages !== seen) seenAt = now;
    seen = messages;
    downSince = run.counts.disconnected === undefined ? undefined : downSince ?? now;
    if (downSince !== undefined && now - downSince < limitMs) seenAt = now;
    const hasCount = messages - run.reader.ever("redelivered") >= wanted;
    if (hasCount && isCountSure) return;
    // Of what was never acknowledged, some may be there and some not: nobody waits for it.
    if ((hasCount || now - seenAt >= REPORTED_MS) && now - judgedAt >= JUDGE_MS) {
      judgedAt = now;
      if (run.integrity.missing() === 0) return;
    }
    if (now - seenAt >= limitMs) return;
    await sleep(LOOK_MS);
  }
}
