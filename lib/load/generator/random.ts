/**
 * Seeded random numbers without allocation: xoshiro128** (Blackman and Vigna, "Scrambled Linear Pseudorandom
 * Number Generators", 2018) on 32-bit integers, seeded through splitmix32 so that near seeds do not correlate.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /**
   * @param seed any integer; its low 53 bits count
   * @param stream separates generators that share a seed, such as the workers of one run
   */
  constructor(seed: number, stream = 0) {
    let state = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32) | 0, 0x9e3779b1) ^
      Math.imul(stream + 1, 0x85ebca77);
    const split = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#a = split();
    this.#b = split();
    this.#c = split();
    this.#d = split() | 1; // The all-zero state is the one that xoshiro cannot leave.
  }

  /** A 32-bit integer; signed, because a wider value would not stay an integer in the engine's registers. */
  next(): number {
    const b = this.#b;
    const scaled = Math.imul(b, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const c = this.#c ^ this.#a;
    const d = this.#d ^ b;
    this.#b = b ^ c;
    this.#a ^= d;
    this.#c = c ^ (b << 9);
    this.#d = (d << 11) | (d >>> 21);
    return result;
  }

  /** An integer in [0, bound), bound ≤ 2^32; the bias is below bound / 2^53. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  /** A float in [0, 1) with 53 random bits. */
  unit(): number {
    return ((this.next() >>> 5) * 67108864 + (this.next() >>> 6)) / 9007199254740992;
  }
}
