/** Message keys: round-robin, random or Zipfian, of one width so that they are replaced in place. */
import type { ProducerConfig } from "../../config/run_config.ts";
import { writeEightDigits } from "../header/digits.ts";
import { GeneratorError } from "./errors.ts";
import type { Random } from "./random.ts";

const KEY_PREFIX = "key-";
/** All keys are `key-` and eight digits: equal widths let a key be replaced in place. */
export const KEY_BYTES = 12;
const MAX_KEYS = 100_000_000;
const MAX_ZIPF_KEYS = 1_000_000;
/** Skew of YCSB's Zipfian workloads: the most frequent of 1,000 keys takes 13 % of the messages. */
const ZIPF_EXPONENT = 0.99;

/** The key with this index, as a consumer sees it. */
export function keyText(index: number): string {
  return KEY_PREFIX + String(index).padStart(8, "0");
}

/** Draws keys. `peek` names the key of the next message until `take` moves on. */
export class KeyPicker {
  readonly enabled: boolean;
  readonly count: number;
  readonly #kind: ProducerConfig["keys"];
  readonly #random: Random;
  readonly #alias: AliasTable | undefined;
  readonly #first: number;
  #next: number;

  /**
   * @param offset where round-robin begins, so that workers do not walk in step
   * @param first the keys are `first … first + count − 1`
   * @throws {GeneratorError} `keys-invalid`
   */
  constructor(kind: ProducerConfig["keys"], count: number, random: Random, offset: number, first = 0) {
    this.#kind = kind;
    this.enabled = kind !== "none";
    this.count = this.enabled ? count : 0;
    this.#random = random;
    this.#first = first;
    const most = kind === "zipf" ? MAX_ZIPF_KEYS : MAX_KEYS;
    if (this.enabled && !(Number.isInteger(count) && count >= 1 && count <= most)) {
      throw new GeneratorError(
        "keys-invalid",
        `key count '${count}' must be from 1 to ${most} for ${kind} keys`,
      );
    }
    this.#alias = kind === "zipf" ? new AliasTable(zipfWeights(count)) : undefined;
    this.#next = kind === "round-robin" ? first + offset % count : this.#draw();
  }

  peek(): number {
    return this.#next;
  }

  take(): void {
    this.#next = this.#draw();
  }

  /** Writes key digits for `count` messages whose keys stand `stride` apart, drawing one for each; returns the last. */
  patch(view: DataView, first: number, stride: number, count: number): number {
    let key = this.#next;
    for (let index = 0, at = first + KEY_PREFIX.length; index < count; index++, at += stride) {
      key = this.#next;
      writeEightDigits(view, at, key);
      this.#next = this.#draw();
    }
    return key;
  }

  #draw(): number {
    switch (this.#kind) {
      case "none":
        return 0;
      case "round-robin":
        return this.#next + 1 === this.#first + this.count ? this.#first : this.#next + 1;
      case "random":
        return this.#first + this.#random.below(this.count);
      case "zipf":
        return this.#first + this.#alias!.pick(this.#random);
    }
  }
}

/** Writes a whole key. */
export function writeKey(view: DataView, at: number, index: number): void {
  for (let offset = 0; offset < KEY_PREFIX.length; offset++) {
    view.setUint8(at + offset, KEY_PREFIX.charCodeAt(offset));
  }
  writeEightDigits(view, at + KEY_PREFIX.length, index);
}

/** Weight of key 0, 1, … under Zipf's law: 1 / rank^s. */
export function zipfWeights(count: number, exponent = ZIPF_EXPONENT): Float64Array {
  const weights = new Float64Array(count);
  for (let rank = 1; rank <= count; rank++) weights[rank - 1] = rank ** -exponent;
  return weights;
}

/** Draws from any discrete distribution in constant time (Vose, "A linear algorithm …", 1991). */
export class AliasTable {
  readonly #threshold: Float64Array;
  readonly #alias: Uint32Array;

  constructor(weights: Float64Array) {
    const count = weights.length;
    this.#threshold = new Float64Array(count);
    this.#alias = new Uint32Array(count);
    let sum = 0;
    for (const weight of weights) sum += weight;
    const scaled = weights.map((weight) => weight * count / sum);
    const small: number[] = [];
    const large: number[] = [];
    for (let index = 0; index < count; index++) (scaled[index]! < 1 ? small : large).push(index);
    while (small.length > 0 && large.length > 0) {
      const less = small.pop()!;
      const more = large[large.length - 1]!;
      this.#threshold[less] = scaled[less]!;
      this.#alias[less] = more;
      scaled[more] = scaled[more]! + scaled[less]! - 1;
      if (scaled[more]! < 1) small.push(large.pop()!);
    }
    // What remains is 1 but for rounding.
    for (const index of small) this.#threshold[index] = 1;
    for (const index of large) this.#threshold[index] = 1;
  }

  pick(random: Random): number {
    const position = random.unit() * this.#threshold.length;
    const index = Math.floor(position);
    return position - index < this.#threshold[index]! ? index : this.#alias[index]!;
  }
}
