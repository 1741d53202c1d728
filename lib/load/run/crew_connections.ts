/** Connections of a run's workers: who must know of a loss, a return or a worker's end hears of it here. */
import { nowMicros } from "../clock.ts";
import type { FromWorker } from "../worker/protocol.ts";
import { ConnectionWatch, type DownConnections } from "./connection_watch.ts";
import type { OutageLog } from "./outage_log.ts";
import type { RunOptions } from "./types.ts";
import type { RunWitness } from "./witness.ts";

export interface CrewConnectionsOptions {
  readonly outages: OutageLog;
  readonly witness: RunWitness;
  readonly onConnection: RunOptions["onConnection"];
  /** Seconds of the measured part that are over. */
  elapsed(): number;
}

export class CrewConnections {
  readonly #options: CrewConnectionsOptions;
  readonly #watch = new ConnectionWatch();

  constructor(options: CrewConnectionsOptions) {
    this.#options = options;
  }

  /** All connections of a worker that has just started stand. */
  ready(slot: number): void {
    this.#watch.restart(slot);
    this.ended(slot);
  }

  /** A worker has ended: its connections are nobody's any more. */
  ended(slot: number): void {
    this.#options.outages.forget(slot, nowMicros());
  }

  /** A connection was lost, or is there again. */
  changed(slot: number, { lane, lostBy, at }: FromWorker & { kind: "connection" }): void {
    const { outages, witness, onConnection, elapsed } = this.#options;
    onConnection?.({ slot, lane, lostBy, at });
    witness.connection(slot, lane, lostBy, at);
    if (lostBy === undefined) {
      this.#watch.back(slot, lane);
      outages.back(slot, lane, at);
    } else {
      this.#watch.lost(slot, lane, lostBy, elapsed());
      outages.lost(slot, lane, at);
    }
  }

  /**
   * What is missing now; undefined when all stand.
   *
   * @param workers slots from here on belong to nobody any more
   * @param of producers or consumers that there should be
   */
  down(workers: number, of: number): DownConnections | undefined {
    return this.#watch.down(workers, of);
  }

  /** The run closes its connections: nothing is an outage any more. */
  stop(): void {
    this.#options.outages.stop(nowMicros());
  }
}
