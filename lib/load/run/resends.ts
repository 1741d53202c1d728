/**
 * What one producer worker sent again after reconnects, by lane: it explains what consumers find twice. Ranges that are
 * not kept, since there are too many, explain nothing: doubt must not look like an explanation.
 */
import type { StreamExpectation } from "../verify/verdict.ts";

/** Of one worker. Each is a reconnect of a lane that had messages in flight. */
const MOST_RANGES = 65_536;

export class Resends {
  readonly #ranges = new Map<number, (readonly [number, number])[]>();
  #size = 0;

  /** Sequences [from, to) of a lane's stream were sent again. */
  add(lane: number, from: number, to: number): void {
    if (this.#size === MOST_RANGES || to <= from) return;
    this.#size++;
    const ranges = this.#ranges.get(lane);
    if (ranges === undefined) this.#ranges.set(lane, [[from, to]]);
    else ranges.push([from, to]);
  }

  /** What was sent of a lane's stream, with what was sent of it again. */
  of(lane: number, stream: StreamExpectation): StreamExpectation {
    const resent = this.#ranges.get(lane);
    return resent === undefined ? stream : { ...stream, resent: [...resent] };
  }
}
