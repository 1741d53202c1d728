/** How many messages the schedule has asked for since the figures began: the rate, added up over the active time. */
export class AskedTotal {
  #seconds = 0;
  #rate = 0;
  #asked = 0;

  /** Takes in the rate that holds from now on; `seconds` of active time start anew when the figures do. */
  observe(seconds: number, rate: number): void {
    if (seconds < this.#seconds) this.#asked = this.#seconds = 0;
    if (seconds > this.#seconds) this.#asked += (seconds - this.#seconds) * this.#rate;
    this.#seconds = seconds;
    this.#rate = rate;
  }

  /** Messages; undefined when any part of the time was unlimited. */
  get messages(): number | undefined {
    return Number.isFinite(this.#asked) ? this.#asked : undefined;
  }
}
