/**
 * What lay before each subscription of a scenario, over its time and within bounds: once there are many points, every
 * second one goes. Also while a group is paused, whose own intervals stand still then.
 */
import type { ScenarioSnapshot } from "../../scenario/snapshot.ts";
import type { BacklogPoint } from "../result/scenario_types.ts";

const MOST_POINTS = 300;
const PERIOD_SECONDS = 1;

export class BacklogRecorder {
  #period = PERIOD_SECONDS;
  #last = -Infinity;
  readonly #points = new Map<string, BacklogPoint[]>();

  /** Call it more often than once a second. */
  observe({ elapsed, groups, phase }: Pick<ScenarioSnapshot, "elapsed" | "groups" | "phase">): void {
    // Snapshots come at half seconds, give or take some milliseconds.
    const isDue = elapsed - this.#last >= this.#period - 0.1;
    if (phase === "starting" || phase === "warmup" || !isDue) return;
    this.#last = elapsed;
    const seconds = Math.round(elapsed * 1000) / 1000;
    for (const { name, role, backlog } of groups) {
      if (role === "producer" || backlog === undefined) continue;
      const points = this.#points.get(name) ?? [];
      points.push({ seconds, messages: backlog });
      this.#points.set(name, points);
    }
    if ([...this.#points.values()].every((points) => points.length <= MOST_POINTS)) return;
    this.#period *= 2;
    for (const [name, points] of this.#points) {
      this.#points.set(name, points.filter((_, index) => index % 2 === 0));
    }
  }

  /** By group, in order of time. */
  get points(): ReadonlyMap<string, readonly BacklogPoint[]> {
    return this.#points;
  }
}
