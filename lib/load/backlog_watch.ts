/** Asks the admin interface now and then how much of a subscription is left. */
import type { Admin } from "../client/mod.ts";

const PERIOD_MS = 2000;

export class BacklogWatch {
  readonly #admin: Admin;
  readonly #topic: string;
  readonly #subscription: string;
  #backlog: number | undefined;
  #askedAt = -Infinity;

  constructor(admin: Admin, topic: string, subscription: string) {
    this.#admin = admin;
    this.#topic = topic;
    this.#subscription = subscription;
  }

  /** Messages, as of the last answer; undefined when there was none. */
  get backlog(): number | undefined {
    return this.#backlog;
  }

  /** To be called often; asks every two seconds. */
  tick(): void {
    const now = performance.now();
    if (now - this.#askedAt < PERIOD_MS) return;
    this.#askedAt = now;
    this.#admin.stats(this.#topic).then(
      (stats) => this.#backlog = stats.subscriptions[this.#subscription]?.msgBacklog,
      () => this.#backlog = undefined, // unknown is shown as unknown
    );
  }
}
