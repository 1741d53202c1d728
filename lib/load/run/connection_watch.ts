/**
 * Which connections of a run are missing, since when and why: told by the workers at each loss and each return. The main
 * thread asks it whether silence means anything, and at the end whether the run was connected.
 */

/** Lanes without a connection: a lane is one worker's producer or consumer on one topic or partition. */
export interface DownConnections {
  readonly down: number;
  readonly of: number;
  /** Seconds of the measured part at which the first of them was lost. */
  readonly seconds: number;
  /** Code of the last error of any of them. */
  readonly code: string;
}

interface Loss {
  readonly seconds: number;
  readonly code: string;
}

export class ConnectionWatch {
  /** By worker slot, then lane. The lane that spoke last stands last. */
  readonly #losses = new Map<number, Map<number, Loss>>();

  /** A lane is without connection; a repeated loss keeps its beginning and takes the newest error. */
  lost(slot: number, lane: number, code: string, seconds: number): void {
    const lanes = this.#losses.get(slot) ?? new Map<number, Loss>();
    const since = lanes.get(lane)?.seconds ?? seconds;
    lanes.delete(lane);
    lanes.set(lane, { seconds: since, code });
    // The newest error is that of the last entry.
    this.#losses.delete(slot);
    this.#losses.set(slot, lanes);
  }

  back(slot: number, lane: number): void {
    const lanes = this.#losses.get(slot);
    lanes?.delete(lane);
    if (lanes?.size === 0) this.#losses.delete(slot);
  }

  /** A worker starts in this slot: what its predecessor had lost is no matter any more. */
  restart(slot: number): void {
    this.#losses.delete(slot);
  }

  /**
   * What is missing now; undefined when all stand.
   *
   * @param workers slots from here on belong to nobody any more
   * @param of producers or consumers that there should be
   */
  down(workers: number, of: number): DownConnections | undefined {
    let down = 0;
    let seconds = Infinity;
    let code = "";
    for (const [slot, losses] of this.#losses) {
      if (slot >= workers) continue;
      for (const loss of losses.values()) {
        down++;
        seconds = Math.min(seconds, loss.seconds);
        code = loss.code;
      }
    }
    return down === 0 ? undefined : { down, of, seconds, code };
  }
}
