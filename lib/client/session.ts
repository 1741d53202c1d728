/**
 * Keeps one producer or consumer attached to its topic's broker: connect, and after every loss back off, look the
 * owner up again and re-attach. The one reconnect loop of the client.
 */
import { Backoff, type BackoffOptions } from "./backoff.ts";
import type { Connection } from "./connection.ts";
import type { AssignedUrl } from "./handlers.ts";
import { ClosedError, ConnectionClosedError, isRetryable } from "./errors.ts";
import type { Lookup } from "./lookup.ts";

export interface SessionOptions {
  readonly topic: string;
  readonly lookup: Lookup;
  readonly operationTimeoutMs: number;
  readonly backoff?: BackoffOptions;
  /** Registers on the connection and asks the broker; rejects if that fails. */
  attach(connection: Connection): Promise<void>;
  /** After each re-attachment. */
  onReconnected?(): void;
  /** The session has ended for good: an error that trying again cannot mend. */
  onFailed(error: Error): void;
  /** Each failed attempt to come back, for logs and counters. */
  onAttemptFailed?(error: Error): void;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  #isClosed = false;
  #isStarted = false;
  #isLooping = false;
  /** Counts detachments, to notice one that happens while an attachment is being answered. */
  #detachments = 0;
  #wake: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  /** The connection while attached. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /**
   * First attachment. Errors of the broker that can pass are tried again until the operation timeout; a broker that
   * cannot be reached is reported at once.
   */
  async start(): Promise<void> {
    const deadline = Date.now() + this.#options.operationTimeoutMs;
    for (;;) {
      try {
        await this.#attach();
        this.#isStarted = true;
        return;
      } catch (error) {
        const isTransient = error instanceof Error && error.name === "PulsarError" && isRetryable(error);
        if (!isTransient || Date.now() > deadline) {
          this.close();
          throw error;
        }
        this.#options.onAttemptFailed?.(error);
        await this.#sleep(this.#backoff.next());
        if (this.#isClosed) throw new ClosedError("closed while connecting");
      }
    }
  }

  /** To be called when the connection, or the broker's half of this session, is gone. */
  detached(assignedUrl?: AssignedUrl): void {
    this.#connection = undefined;
    this.#detachments++;
    if (this.#isClosed || this.#isLooping || !this.#isStarted) return;
    this.#isLooping = true;
    void this.#reconnect(assignedUrl).finally(() => this.#isLooping = false);
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async #attach(assignedUrl?: AssignedUrl): Promise<void> {
    const { lookup, topic, attach } = this.#options;
    const hasUrl = assignedUrl !== undefined && (assignedUrl.plain ?? assignedUrl.tls) !== undefined;
    const connection = hasUrl ? await lookup.assigned(assignedUrl) : await lookup.owner(topic);
    const before = this.#detachments;
    await attach(connection);
    if (this.#detachments !== before || !connection.isOpen) {
      throw new ConnectionClosedError(`${connection.peer} closed it again at once`);
    }
    this.#connection = connection;
    this.#backoff.reset();
  }

  async #reconnect(assignedUrl?: AssignedUrl): Promise<void> {
    let target = assignedUrl;
    while (!this.#isClosed) {
      if (target === undefined) await this.#sleep(this.#backoff.next());
      if (this.#isClosed) return;
      try {
        await this.#attach(target);
        this.#options.onReconnected?.();
        return;
      } catch (error) {
        target = undefined;
        if (!(error instanceof Error)) throw error;
        if (!isRetryable(error)) {
          this.close();
          this.#options.onFailed(error);
          return;
        }
        this.#options.onAttemptFailed?.(error);
      }
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
