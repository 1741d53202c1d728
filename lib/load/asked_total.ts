/**
 * How many messages the schedule has asked for since the figures began: the rate, added up over the active time.
 * Between two readings the rate is taken to change evenly, which is exact for ramps and fair to bursts.
 */
export class AskedTotal {
  #seconds = 0;
  #rate = 0;
  #asked = 0;

  /** Takes in the rate of this moment; `seconds` of active time start anew when the figures do. */
  observe(seconds: number, rate: number): void {
    if (seconds < this.#seconds) this.#asked = this.#seconds = this.#rate = 0;
    // The very first reading may come before the schedule's first slot.
    const before = this.#asked === 0 && this.#rate === 0 ? rate : this.#rate;
    if (seconds > this.#seconds) this.#asked += (seconds - this.#seconds) * (before + rate) / 2;
    this.#seconds = seconds;
    this.#rate = rate;
  }

  /** Messages; undefined when any part of the time was unlimited. */
  get messages(): number | undefined {
    return Number.isFinite(this.#asked) ? this.#asked : undefined;
  }
}
