/** Asks the admin interface now and then how much of a subscription is left. */
import type { Admin } from "../../client/mod.ts";
import { within } from "../../transport/timing.ts";

const PERIOD_MS = 2000;
/** A run of more topics does not load the brokers by asking after each of them. */
const MOST_TOPICS = 64;

export class BacklogWatch {
  readonly #admin: Pick<Admin, "stats">;
  readonly #topics: readonly string[];
  /** Whether all topics are asked about; a part of them would be no backlog. */
  readonly #isWhole: boolean;
  readonly #subscription: string;
  readonly #now: () => number;
  #backlog: number | undefined;
  #askedAt = -Infinity;
  #isAnswered = true;
  #questions = 0;

  /** @param now milliseconds of a clock that never goes back; injected by tests */
  constructor(
    admin: Pick<Admin, "stats">,
    topics: readonly string[],
    subscription: string,
    now: () => number = () => performance.now(),
  ) {
    this.#admin = admin;
    this.#topics = topics.slice(0, MOST_TOPICS);
    this.#isWhole = topics.length <= MOST_TOPICS;
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

  /** Unknown when it is for one of the topics. */
  async #sum(): Promise<number | undefined> {
    let sum: number | undefined = 0;
    for (const topic of this.#topics) {
      const { subscriptions } = await this.#admin.stats(topic);
      const backlog = subscriptions[this.#subscription]?.msgBacklog;
      sum = backlog === undefined || sum === undefined ? undefined : sum + backlog;
    }
    return sum;
  }

  async #ask(): Promise<void> {
    const question = ++this.#questions;
    this.#isAnswered = false;
    this.#askedAt = this.#now();
    let backlog: number | undefined; // unknown is shown as unknown
    try {
      if (this.#isWhole) backlog = await this.#sum();
    } catch {
      // Asked again in a while.
    }
    if (question !== this.#questions) return;
    this.#backlog = backlog;
    this.#isAnswered = true;
  }
}
