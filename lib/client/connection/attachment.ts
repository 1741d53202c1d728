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
import { sleep } from "../../transport/timing.ts";
import { retryTransient } from "./retry.ts";

export interface AttachmentOptions {
  readonly topic: string;
  readonly lookup: Lookup;
  readonly operationTimeoutMs: number;
  readonly backoff?: BackoffOptions;
  /** Monotonic milliseconds; injected by tests. */
  readonly now?: () => number;
  /**
   * Registers on the connection and asks the broker; rejects if that fails, or once the signal fires, and leaves
   * nothing behind at the broker then.
   */
  attach(connection: Connection, signal: AbortSignal): Promise<void>;
  /** Attached: called in the same turn in which `connection` comes to be set. */
  onAttached?(connection: Connection): void;
  /** After each re-attachment. */
  onReconnected?(): void;
  /** The attachment has ended for good: retrying cannot mend this error. */
  onFailed(error: Error): void;
  /** Each failed attempt, for logs and counters. */
  onAttemptFailed?(error: Error): void;
}

interface Waiter {
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(connection: Connection): void;
  reject(error: Error): void;
}

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
  #waiters: Waiter[] = [];

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
  whenConnected(action: string): Promise<Connection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    if (this.isClosed) return Promise.reject(new ClosedError(`${action}: closed`));
    const { operationTimeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const timer = setTimeout(() => {
      this.#waiters = this.#waiters.filter((other) => other.timer !== timer);
      reject(new RequestTimeoutError(`${action}: not connected within ${operationTimeoutMs / 1000} s`));
    }, operationTimeoutMs);
    this.#waiters.push({ timer, resolve, reject });
    return promise;
  }

  /**
   * First attachment. Errors of the broker that can pass are tried again until the operation timeout; a broker that
   * cannot be reached is reported at once.
   */
  async start(): Promise<void> {
    const { operationTimeoutMs: limitMs, onAttemptFailed, lookup } = this.#options;
    const patience = {
      limitMs,
      backoff: this.#backoff,
      signal: AbortSignal.any([this.signal, lookup.signal]),
    };
    try {
      await retryTransient(
        { ...patience, ...(onAttemptFailed === undefined ? {} : { onFailed: onAttemptFailed }) },
        () => this.#attach(),
      );
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** To be called when the connection, or the broker's half of this attachment, is gone. */
  detached(assignedUrl?: AssignedUrl): void {
    this.#connection = undefined;
    this.#detachments++;
    if (this.isClosed || this.#isLooping || !this.#isStarted) return;
    this.#isLooping = true;
    // One that the broker ends as soon as it begins must not come back faster and faster.
    const wasStable = this.#now() - this.#attachedAt >= this.#backoff.step;
    if (wasStable) this.#backoff.reset();
    void this.#reconnect(assignedUrl, wasStable && hasUrl(assignedUrl));
  }

  close(): void {
    if (this.isClosed) return;
    this.#connection = undefined;
    this.#closing.abort();
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(new ClosedError(`closed while disconnected from '${this.#options.topic}'`));
    }
  }

  async #attach(assignedUrl?: AssignedUrl): Promise<void> {
    const { lookup, topic, attach, onAttached } = this.#options;
    const connection = hasUrl(assignedUrl) ? await lookup.assigned(assignedUrl) : await lookup.owner(topic);
    if (this.isClosed) throw new ClosedError("closed while connecting");
    const before = this.#detachments;
    await attach(connection, this.signal);
    // The broker's answer and the close may have met: whoever closed has sent the farewell already.
    if (this.isClosed) throw new ClosedError("closed while connecting");
    if (this.#detachments !== before || !connection.isOpen) {
      throw new ConnectionClosedError(`${connection.peer} closed it again at once`);
    }
    // From here to the end nothing may wait: whoever sends next finds a connection that has had its resends.
    this.#connection = connection;
    this.#attachedAt = this.#now();
    this.#isStarted = true;
    this.#isLooping = false;
    onAttached?.(connection);
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.resolve(connection);
    }
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
