/** What producers and consumers of one client share. */
import type { BackoffOptions } from "./backoff.ts";
import type { Lookup } from "./lookup.ts";
import type { OnTiming } from "./timing.ts";

export interface ClientContext {
  readonly lookup: Lookup;
  readonly operationTimeoutMs: number;
  readonly backoff?: BackoffOptions | undefined;
  readonly onTiming?: OnTiming | undefined;
  /** As the broker announced on the newest connection. */
  maxMessageSize: number;
  /** Ids of producers and consumers, unique in this client. */
  nextId(): number;
  /** Called by a producer or consumer that is closed: the client need not close it. */
  forget?(member: object): void;
}

/** Upper bound of the wait for the broker's answer to a close, milliseconds. */
export function closeTimeoutMs({ operationTimeoutMs }: ClientContext): number {
  return Math.min(5000, operationTimeoutMs);
}
