/** What producers and consumers of one client share. */
import type { BackoffOptions } from "./backoff.ts";
import type { Lookup } from "./lookup.ts";

export interface ClientContext {
  readonly lookup: Lookup;
  readonly operationTimeoutMs: number;
  readonly backoff?: BackoffOptions;
  /** As the broker announced on the newest connection. */
  maxMessageSize: number;
  /** Ids of producers and consumers, unique in this client. */
  nextId(): number;
  /** A producer or consumer is closed: the client need not close it. */
  forget?(member: object): void;
}

/** Closing is a courtesy: a broker that does not answer is not waited for longer than this, milliseconds. */
export function closeTimeoutMs({ operationTimeoutMs }: ClientContext): number {
  return Math.min(5000, operationTimeoutMs);
}
