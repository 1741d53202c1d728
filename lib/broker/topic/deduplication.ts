/**
 * Remembers the last sequence id stored for each producer name, so that a resent message is not stored twice.
 * Source: Pulsar message deduplication (PIP-6): what counts is name and first sequence id of an entry.
 */

/** Names remembered at most; the ones silent for longest are forgotten first. */
const MOST_NAMES = 10_000;

export class Deduplication {
  readonly #last = new Map<string, number>();

  /** −1 for a name that never stored anything. */
  lastSequenceId(name: string): number {
    return this.#last.get(name) ?? -1;
  }

  isDuplicate(name: string, sequenceId: number): boolean {
    const last = this.#last.get(name);
    return last !== undefined && sequenceId <= last;
  }

  stored(name: string, highestSequenceId: number): void {
    const isNew = !this.#last.has(name);
    this.#last.set(name, highestSequenceId);
    if (isNew && this.#last.size > MOST_NAMES) this.#last.delete(this.#last.keys().next().value!);
  }

  /** Moves a name to those seen last; call when its producer attaches. */
  touch(name: string): void {
    const last = this.#last.get(name);
    if (last === undefined) return;
    this.#last.delete(name);
    this.#last.set(name, last);
  }
}
