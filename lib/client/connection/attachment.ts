/**
 * Keeps one producer or consumer attached to its topic's broker: connect, and after every loss back off, look the
 * owner up again and re-attach. The one reconnect loop of the client.
 */
import { Backoff, type BackoffOptions } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import type { AssignedUrl } from "./handlers.ts";
import {
  ClosedError,
  ConnectionClosedError,
  isRetryableAfterAttach,
  RequestTimeoutError,
} from "../errors.ts";
import type { Lookup } from "./lookup.ts";
import { sleep, within } from "../../transport/timing.ts";
import { retryTransient } from "./retry.ts";
import { microsSince, type OnTiming } from "./timing.ts";

export interface AttachmentOptions {
  readonly topic: string;
  readonly lookup: Lookup;
  readonly operationTimeoutMs: number;
  readonly backoff?: BackoffOptions | undefined;
  readonly onTiming?: OnTiming | undefined;
  /** Monotonic milliseconds; injected by tests. */
  readonly now?: (() => number) | undefined;
  /**
   * Registers on the connection and sends the request to the broker. Rejects if that fails, or once the signal fires;
   * then nothing may be left registered at the broker.
   */
  attach(connection: Connection, signal: AbortSignal): Promise<void>;
  /** Called in the same turn in which `connection` is set. */
  onAttached?(connection: Connection): void;
  /** After each re-attachment. */
  onReconnected?(): void;
  /** The attachment has ended for good: retrying cannot mend this error. */
  onFailed(error: Error): void;
  /** Each failed attempt, for logs and counters. */
  readonly onAttemptFailed?: ((error: Error) => void) | undefined;
}

/** An attachment that lasted so long was a good one, however long a broker that restarted had been waited for. */
const STABLE_MS = 1000;

export class Attachment {
  readonly #options: AttachmentOptions;
  readonly #backoff: Backoff;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #connection: Connection | undefined;
  #attachedAt = 0;
  #isStarted = false;
  #isLooping = false;
  /** Counts detachments, to notice one that happens while an attachment is being answered. */
  #detachments = 0;
  #waiters: PromiseWithResolvers<Connection>[] = [];

  constructor(options: AttachmentOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
    this.#now = options.now ?? (() => performance.now());
  }

  /** The connection while attached. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Fires when the attachment is closed. */
  get signal(): AbortSignal {
    return this.#closing.signal;
  }

  /** The connection once attached: at once, or within the operation timeout. Rejects when the attachment ends. */
  async whenConnected(action: string): Promise<Connection> {
    if (this.#connection !== undefined) return this.#connection;
    if (this.isClosed) throw new ClosedError(`${action}: closed`);
    const { operationTimeoutMs } = this.#options;
    const waiter = Promise.withResolvers<Connection>();
    this.#waiters.push(waiter);
    if (await within(operationTimeoutMs, waiter.promise)) return await waiter.promise;
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    throw new RequestTimeoutError(`${action}: not connected within ${operationTimeoutMs / 1000} s`);
  }

  /**
   * First attachment. Retries transient errors of the broker until the operation timeout; an unreachable broker is
   * reported at once.
   */
  async start(): Promise<void> {
    const { operationTimeoutMs: limitMs, onAttemptFailed: onFailed, lookup } = this.#options;
    const signal = AbortSignal.any([this.signal, lookup.signal]);
    try {
      await retryTransient({ limitMs, backoff: this.#backoff, signal, onFailed }, () => this.#attach());
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** To be called when the connection is lost, or the broker has closed the producer or consumer. */
  detached(assignedUrl?: AssignedUrl): void {
    this.#connection = undefined;
    this.#detachments++;
    if (this.isClosed || this.#isLooping || !this.#isStarted) return;
    this.#isLooping = true;
    // An attachment that the broker closes at once must not be retried at once, without the growing waits.
    const wasStable = this.#now() - this.#attachedAt >= Math.min(this.#backoff.step, STABLE_MS);
    if (wasStable) this.#backoff.reset();
    void this.#reconnect(assignedUrl, wasStable && hasUrl(assignedUrl));
  }

  close(): void {
    if (this.isClosed) return;
    this.#connection = undefined;
    this.#closing.abort();
    const error = new ClosedError(`closed while disconnected from '${this.#options.topic}'`);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  async #attach(assignedUrl?: AssignedUrl): Promise<void> {
    const { lookup, topic, attach, onAttached, onTiming } = this.#options;
    const connection = hasUrl(assignedUrl) ? await lookup.assigned(assignedUrl) : await lookup.owner(topic);
    if (this.isClosed) throw new ClosedError("closed while connecting");
    const before = this.#detachments;
    const askedAt = performance.now();
    await attach(connection, this.signal);
    onTiming?.("create", microsSince(askedAt));
    // Closed while the broker answered: `close` has already sent the close command.
    if (this.isClosed) throw new ClosedError("closed while connecting");
    if (this.#detachments !== before || !connection.isOpen) {
      throw new ConnectionClosedError(`${connection.peer} closed it again at once`);
    }
    // No await from here on: the next send must find a connection on which the resends are already queued.
    this.#connection = connection;
    this.#attachedAt = this.#now();
    this.#isStarted = true;
    this.#isLooping = false;
    onAttached?.(connection);
    for (const waiter of this.#waiters.splice(0)) waiter.resolve(connection);
  }

  async #reconnect(assignedUrl: AssignedUrl | undefined, atOnce: boolean): Promise<void> {
    const { onReconnected, onFailed, onAttemptFailed } = this.#options;
    let target = assignedUrl;
    if (!atOnce) await sleep(this.#backoff.next(), this.signal);
    while (!this.isClosed) {
      try {
        await this.#attach(target);
        onReconnected?.();
        return;
      } catch (error) {
        target = undefined;
        if (this.isClosed) return;
        const failure = error instanceof Error ? error : new Error(String(error));
        if (!isRetryableAfterAttach(failure)) {
          this.close();
          onFailed(failure);
          return;
        }
        onAttemptFailed?.(failure);
      }
      await sleep(this.#backoff.next(), this.signal);
    }
  }
}

function hasUrl(url: AssignedUrl | undefined): url is AssignedUrl {
  return (url?.plain ?? url?.tls) !== undefined;
}
