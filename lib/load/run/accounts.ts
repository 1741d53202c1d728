/**
 * Keeps a producer run's books: slots that were given up, and what workers leave behind when they end, so that every
 * slot and every message of the planned number is accounted for.
 */
import type { MetricsReader } from "../metrics/reader.ts";
import type { WorkerEnd } from "./pool_options.ts";
import type { RunLog } from "./log.ts";
import type { Schedule } from "../schedule/schedule.ts";

export interface AccountsOptions {
  readonly reader: Pick<MetricsReader, "add">;
  readonly schedule: Pick<Schedule, "left" | "refund" | "takeMissed">;
  readonly log: RunLog;
  /** There are slots that are not due at a rate, and so cannot be missed. */
  isUnlimited(): boolean;
  /** The load still goes on: others can send what one has not. */
  isGoingOn(): boolean;
  /** Others will have to send more. */
  onRefund(): void;
}

export class RunAccounts {
  readonly #options: AccountsOptions;
  /** Messages whose receipt their worker did not live to see. */
  #orphans = 0;

  constructor(options: AccountsOptions) {
    this.#options = options;
  }

  /** Takes in the slots that the schedule has given up. */
  collectMissed(): void {
    const missed = this.#options.schedule.takeMissed();
    if (missed > 0) this.#options.reader.add("missed", missed);
  }

  /** What a worker leaves behind is counted and, where a number of messages is planned, sent by others. */
  close({ slot, reserved, unsent, unconfirmed, hasReported }: WorkerEnd): void {
    const { reader, schedule, log, isUnlimited, isGoingOn, onRefund } = this.#options;
    // Reserved beyond the planned number, nobody wanted them.
    const missed = unsent + (schedule.left === 0 ? 0 : reserved);
    if (!isUnlimited()) reader.add("missed", missed);
    if (unconfirmed > 0 && !hasReported) {
      this.#orphans += unconfirmed;
      reader.add("failed", unconfirmed);
      log.add("warn", `worker ${slot} left ${unconfirmed} messages whose receipt nobody has seen`);
    }
    const owed = unsent + unconfirmed;
    if (owed === 0 || schedule.left === undefined || !isGoingOn()) return;
    onRefund();
    schedule.refund(owed);
  }

  /**
   * What a run's figures do not say by themselves, one sentence each.
   *
   * @param resent messages sent again after a reconnect
   */
  notes(resent: number): string[] {
    const notes: string[] = [];
    if (resent > 0) {
      notes.push(
        `${resent} messages were sent again after a reconnect; a broker without de-duplication may hold them twice`,
      );
    }
    if (this.#orphans > 0) {
      notes.push(
        `${this.#orphans} messages of workers that died have no receipt; the broker may hold them all the same`,
      );
    }
    return notes;
  }
}
