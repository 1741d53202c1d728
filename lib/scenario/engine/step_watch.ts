/** What one step does to the load: connections that are lost and come back, and the figures of each group meanwhile. */
import { Histogram } from "../../load/histogram/histogram.ts";
import type { ConnectionEvent } from "../../load/run/types.ts";
import type { RunView } from "../../load/run/view.ts";
import type { Span } from "../../load/snapshot.ts";
import { copySpan } from "../../load/span_math.ts";
import type { StepOutcome } from "../snapshot.ts";
import type { Group } from "./group.ts";

export class StepWatch {
  readonly #beganAt: number;
  readonly #groups: readonly Group[];
  readonly #views: ReadonlyMap<string, RunView>;
  readonly #pausedBefore: ReadonlyMap<string, number>;
  readonly #resentBefore: number;
  readonly #outages = new Map<string, Histogram>();
  /** Of each producer or consumer without connection: when it was lost. */
  readonly #open = new Map<string, number>();
  #firstError: number | undefined;
  #lastBack: number | undefined;
  #drain: StepOutcome["drain"];

  /** @param at when the step begins, clock microseconds */
  constructor(groups: readonly Group[], at: number) {
    this.#beganAt = at;
    this.#groups = groups.filter(({ hasBegun }) => hasBegun);
    this.#views = new Map(this.#groups.map(({ name, run }) => [name, run.view()]));
    for (const view of this.#views.values()) view.snapshot();
    this.#pausedBefore = new Map(this.#groups.map(({ name, run }) => [name, run.reader.pausedMicros]));
    this.#resentBefore = this.#resent;
  }

  get #resent(): number {
    return this.#groups.reduce(
      (sum, { role, run }) => role === "producer" ? sum + run.counts.resent : sum,
      0,
    );
  }

  connection(group: string, { slot, lane, lostBy, at }: ConnectionEvent): void {
    const key = `${group} ${slot} ${lane}`;
    const lostAt = this.#open.get(key);
    if (lostBy !== undefined) {
      if (lostAt === undefined) this.#open.set(key, at);
      this.#firstError ??= at;
      return;
    }
    // It may have been lost before the step began: then only the return is this step's.
    if (lostAt === undefined) return;
    this.#open.delete(key);
    this.#lastBack = Math.max(this.#lastBack ?? 0, at);
    const outages = this.#outages.get(group) ?? new Histogram();
    outages.record(Math.max(0, Math.round(at - lostAt)));
    this.#outages.set(group, outages);
  }

  /** A group has ended: nothing of it will come back. */
  forget(group: string): void {
    for (const key of this.#open.keys()) if (key.startsWith(`${group} `)) this.#open.delete(key);
  }

  drained(drain: NonNullable<StepOutcome["drain"]>): void {
    this.#drain = drain;
  }

  /** Producers and consumers without connection. */
  get missing(): number {
    return this.#open.size;
  }

  /** Whether all are connected, and no producer is late. */
  get isSettled(): boolean {
    return this.missing === 0 &&
      this.#groups.every(({ role, run, outcome }) =>
        role === "consumer" || outcome !== undefined || run.schedule.behind() < BEHIND_MICROS
      );
  }

  /** Ends the watch. */
  finish(): StepOutcome {
    const inside = new Map<string, Span>();
    for (const { name, run } of this.#groups) {
      const view = this.#views.get(name)!;
      // A view's figures are valid until its next snapshot.
      const span = copySpan(view.snapshot().window);
      view.close();
      // The step lasts while a group is paused, whose own time does not.
      span.seconds += (run.reader.pausedMicros - this.#pausedBefore.get(name)!) / 1e6;
      inside.set(name, span);
    }
    const seconds = (at: number | undefined): number | undefined =>
      at === undefined ? undefined : Math.max(0, at - this.#beganAt) / 1e6;
    return {
      firstError: seconds(this.#firstError),
      recovery: this.missing === 0 ? seconds(this.#lastBack) : undefined,
      missing: this.missing,
      outages: this.#outages,
      inside,
      resent: this.#resent - this.#resentBefore,
      drain: this.#drain,
    };
  }
}

/** A producer that is less late than this sends what is due. */
const BEHIND_MICROS = 100_000;
