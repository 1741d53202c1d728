/** Asks the admin interface now and then how much of a subscription is left. */
import type { Admin } from "../client/mod.ts";

const PERIOD_MS = 2000;

export class BacklogWatch {
  readonly #admin: Pick<Admin, "stats">;
  readonly #topic: string;
  readonly #subscription: string;
  readonly #now: () => number;
  #backlog: number | undefined;
  #askedAt = -Infinity;
  #isAsking = false;

  /** @param now milliseconds of a clock that never goes back; injected by tests */
  constructor(
    admin: Pick<Admin, "stats">,
    topic: string,
    subscription: string,
    now: () => number = () => performance.now(),
  ) {
    this.#admin = admin;
    this.#topic = topic;
    this.#subscription = subscription;
    this.#now = now;
  }

  /** Entries (a batch is one), as of the last answer; undefined when there was none. */
  get backlog(): number | undefined {
    return this.#backlog;
  }

  /** To be called often; asks every two seconds, and not again before there was an answer. */
  tick(): void {
    const now = this.#now();
    if (this.#isAsking || now - this.#askedAt < PERIOD_MS) return;
    this.#askedAt = now;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      const { subscriptions } = await this.#admin.stats(this.#topic);
      this.#backlog = subscriptions[this.#subscription]?.msgBacklog;
    } catch {
      this.#backlog = undefined; // unknown is shown as unknown
    } finally {
      this.#isAsking = false;
    }
  }
}
