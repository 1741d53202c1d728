/** Asks the admin interface now and then how much of a subscription is left. */
import type { Admin } from "../../client/mod.ts";
import { within } from "../../transport/timing.ts";

const PERIOD_MS = 2000;

export class BacklogWatch {
  readonly #admin: Pick<Admin, "stats">;
  readonly #topic: string;
  readonly #subscription: string;
  readonly #now: () => number;
  #backlog: number | undefined;
  #askedAt = -Infinity;
  #isAnswered = true;
  #questions = 0;

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
    if (!this.#isAnswered || this.#now() - this.#askedAt < PERIOD_MS) return;
    void this.#ask();
  }

  /** What is left at the end. An answer from before tells of something else: without a new one it is unknown. */
  async look(timeoutMs: number): Promise<void> {
    this.#backlog = undefined;
    await within(timeoutMs, this.#ask());
  }

  async #ask(): Promise<void> {
    const question = ++this.#questions;
    this.#isAnswered = false;
    this.#askedAt = this.#now();
    let backlog: number | undefined; // unknown is shown as unknown
    try {
      backlog = (await this.#admin.stats(this.#topic)).subscriptions[this.#subscription]?.msgBacklog;
    } catch {
      // Asked again in a while.
    }
    if (question !== this.#questions) return;
    this.#backlog = backlog;
    this.#isAnswered = true;
  }
}
