/** Topics that are terminated and of which everything has been acknowledged: nothing more will come. */
import type { RunLog } from "./log.ts";

export class EndedTopics {
  readonly #topics = new Set<string>();
  readonly #log: RunLog;

  constructor(log: RunLog) {
    this.#log = log;
  }

  /** Several workers may say so of one topic. */
  add(topic: string): void {
    if (this.#topics.has(topic)) return;
    this.#topics.add(topic);
    this.#log.add("info", `'${topic}' is terminated, and all of it has been acknowledged`);
  }

  /** Whether these are all there are, and there are some. */
  hasAll(topics: readonly string[]): boolean {
    return topics.length > 0 && topics.every((topic) => this.#topics.has(topic));
  }
}
