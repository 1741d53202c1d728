/** A session beside the embedded broker that only its process keeps alive. */
import type { BrokerHandle } from "../../lib/broker/mod.ts";
import { watchBroker } from "../broker_watch.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { Session } from "./session.ts";

/** Runs a session to its end; when its embedded broker makes senders wait, that is said. */
export async function runBeside(broker: BrokerHandle | undefined, session: Session): Promise<ExitCode> {
  const ended = new AbortController();
  const say = (text: string): void => session.say(`embedded broker: ${text}`);
  const watching = broker === undefined ? undefined : watchBroker(broker, say, ended.signal);
  // The broker ends after its session.
  watching?.catch(() => {});
  try {
    return await session.run();
  } finally {
    ended.abort();
  }
}
