/** The consumer's half of the ready barrier: has a probe come through every topic? */
export class ProbeBarrier {
  readonly #seen = new Set<string>();
  #wake: (() => void) | undefined;

  add(topic: string): void {
    this.#seen.add(topic);
    this.#wake?.();
  }

  /** Resolves with the topics that are still missing after the time: none when all is well. */
  async wait(topics: readonly string[], timeoutMs: number): Promise<string[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const missing = topics.filter((topic) => !this.#seen.has(topic));
      const left = deadline - performance.now();
      if (missing.length === 0 || left <= 0) return missing;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
