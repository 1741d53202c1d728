/**
 * How far each worker of a consumer has come in each stream. The broker sends every worker its messages in order: what
 * a worker was sent before the highest message that it has seen, it has seen too. Only one that was given the broker's
 * answer to its farewell is known to have seen all that it was sent.
 *
 * On a Key_Shared subscription that is not enough: the broker keeps back what belongs to a worker that has no room, while
 * others go on. There, what is missing above the highest message of any worker may be kept for that one.
 */
import type { VerificationReport } from "./report.ts";
import type { Runs } from "./interval_set.ts";

interface Worker {
  readonly heads: Map<number, number>;
  isComplete: boolean;
}

export class WorkerReach {
  readonly #workers = new Map<number, Worker>();
  readonly #keepsBack: boolean;

  /** @param keepsBack whether the broker can go on with others while it keeps a worker's messages */
  constructor(keepsBack: boolean) {
    this.#keepsBack = keepsBack;
  }

  /** @returns whether one before it in the same slot was not seen to the end */
  starts(slot: number): boolean {
    const before = this.#workers.get(slot);
    this.#workers.set(slot, { heads: new Map(), isComplete: false });
    return before !== undefined && !before.isComplete;
  }

  reports(slot: number, { complete, streams }: VerificationReport): void {
    let worker = this.#workers.get(slot);
    if (worker === undefined) this.#workers.set(slot, worker = { heads: new Map(), isComplete: true });
    if (complete !== undefined) worker.isComplete = complete;
    for (const { stream, received, ahead } of streams) {
      const head = Math.max(endOf(received), ahead === undefined ? 0 : endOf(ahead));
      if (head > (worker.heads.get(stream) ?? 0)) worker.heads.set(stream, head);
    }
  }

  /** Of workers that more may be meant for than they have seen: one more than the highest sequence seen, by stream. */
  incomplete(): ReadonlyMap<number, number>[] {
    return [...this.#workers.values()]
      // One that never got anything always had room, so nothing was kept for it.
      .filter(({ isComplete, heads }) => !isComplete || (this.#keepsBack && heads.size > 0))
      .map(({ heads }) => heads);
  }
}

/** One more than the last sequence of some runs. */
function endOf({ runs }: Runs): number {
  let end = 0;
  for (const part of runs) end += part;
  return end;
}
