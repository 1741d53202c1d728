/** What a run knows of how its producers or consumers were opened, and which of them are not there. */
import { errorCode } from "../../client/mod.ts";
import { type OpeningReport, type Openings, OpeningTimes } from "../metrics/opening_times.ts";
import type { Place } from "../worker/protocol.ts";

export class OpeningWatch {
  readonly times = new OpeningTimes();
  /** Places that a worker has given up, by its slot. */
  readonly #givenUp = new Map<number, readonly Place[]>();

  /** An attempt was refused, and is made again. */
  readonly refused = (error: unknown): void => this.times.refused(errorCode(error));

  /** A worker starts, and tries all of its places anew. */
  restart(slot: number): void {
    this.#givenUp.delete(slot);
  }

  add(slot: number, report: OpeningReport, places: readonly Place[]): void {
    this.times.add(report);
    if (report.givenUp.length === 0) return;
    this.#givenUp.set(slot, report.givenUp.flatMap((lane) => places[lane] ?? []));
  }

  /**
   * @param wanted producers or consumers that there should be
   * @param workers slots from here on belong to nobody any more
   */
  openings(wanted: number, workers: number): Openings {
    const { histograms, late, latestMicros, refusals } = this.times;
    const unopened = this.#missing(workers).length;
    return { histograms, late, latestMicros, refusals, wanted, unopened };
  }

  /** Topics that have at least one of their producers or consumers. */
  open(topics: readonly string[], perTopic: number, workers: number): readonly string[] {
    const missing = new Map<string, number>();
    for (const { topic } of this.#missing(workers)) missing.set(topic, (missing.get(topic) ?? 0) + 1);
    return missing.size === 0 ? topics : topics.filter((topic) => (missing.get(topic) ?? 0) < perTopic);
  }

  #missing(workers: number): Place[] {
    return [...this.#givenUp].flatMap(([slot, places]) => slot < workers ? places : []);
  }
}
