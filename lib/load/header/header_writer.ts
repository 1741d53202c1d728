/** Writes verification headers into batches. */
import { bodyHash } from "./body_hash.ts";
import { hexDigits, writeHexWord } from "./digits.ts";
import {
  finish,
  HEADER_BYTES,
  HEADER_MAGIC,
  HEADER_VERSION,
  HeaderFlag,
  type HeaderForm,
  mix,
  MIX_SEED,
  STRICT_HEADER_BYTES,
  TEXT_OFFSET,
} from "./header.ts";

const MAX_LATENESS = 0xffffffff;

/**
 * Writes verification headers, a batch at a time: what a batch shares is computed once in {@link begin}, and places
 * that already hold the constant words get only the five words that change.
 */
export class HeaderWriter {
  readonly form: HeaderForm;
  readonly strict: boolean;
  /** Bytes that the header takes at the start of the payload, `{"pll":"` included. */
  readonly length: number;
  readonly #run: number;
  readonly #flags: number;

  #word0 = 0;
  #stream = 0;
  #timeHigh = 0;
  #timeLow = 0;
  #prefix = 0;
  #sendTime = 0.5;

  /** @param flags bits of {@link HeaderFlag} */
  constructor(run: number, form: HeaderForm, flags: number) {
    this.form = form;
    this.strict = (flags & HeaderFlag.strict) !== 0;
    const bytes = this.strict ? STRICT_HEADER_BYTES : HEADER_BYTES;
    this.length = form === "raw" ? bytes : TEXT_OFFSET + 2 * bytes;
    this.#run = run | 0;
    this.#flags = ((HEADER_VERSION << 29) | (flags << 21)) | 0;
  }

  /** Prepares a batch. `sequence` is its first; all of it must share the part above 2^32. */
  begin(stream: number, sequence: number, sendTime: number): void {
    const time = Math.floor(sendTime);
    this.#sendTime = time;
    this.#word0 = (HEADER_MAGIC << 16) | Math.floor(sequence / 4294967296);
    this.#stream = stream | 0;
    this.#timeHigh = this.#flags | Math.floor(time / 4294967296);
    this.#timeLow = time | 0; // The low 32 bits: `| 0` is defined modulo 2^32.
    let hash = mix(MIX_SEED, this.#word0);
    hash = mix(hash, this.#run);
    hash = mix(hash, this.#stream);
    hash = mix(hash, this.#timeHigh);
    this.#prefix = mix(hash, this.#timeLow);
  }

  /** Writes the words that stay: magic and sequence's high part, run, stream. `at` is the payload's start. */
  writeConstants(view: DataView, at: number): void {
    if (this.form === "raw") {
      view.setInt32(at, this.#word0);
      view.setInt32(at + 4, this.#run);
      view.setInt32(at + 8, this.#stream);
      return;
    }
    const digits = at + TEXT_OFFSET;
    writeHexWord(view, digits, this.#word0);
    writeHexWord(view, digits + 8, this.#run);
    writeHexWord(view, digits + 16, this.#stream);
  }

  /**
   * Writes the words that change for `count` payloads at `first`, `first + stride`, … with consecutive sequences
   * and intended times `interval` µs apart.
   */
  patch(
    view: DataView,
    first: number,
    stride: number,
    count: number,
    sequence: number,
    firstIntended: number,
    interval: number,
  ): void {
    const lateness = this.#sendTime - firstIntended;
    if (this.form === "raw") this.#patchRaw(view, first, stride, count, sequence | 0, lateness, interval);
    else this.#patchText(view, first + TEXT_OFFSET, stride, count, sequence | 0, lateness, interval);
  }

  /** Strict mode: writes the hash of the finished payload of `size` bytes at `at`. */
  seal(view: DataView, at: number, size: number): void {
    const body = at + this.length;
    if (this.form === "raw") {
      view.setUint32(at + HEADER_BYTES, bodyHash(view, body, at + size - body, view.getUint32(at + 28)));
      return;
    }
    // The checksum is written as text; reading it back is cheap beside hashing the body.
    const digits = at + TEXT_OFFSET;
    let checksum = 0;
    for (let index = digits + 56; index < digits + 64; index++) {
      const character = view.getUint8(index);
      checksum = (checksum << 4) | (character < 0x3a ? character - 0x30 : character - 0x57);
    }
    writeHexWord(view, digits + 64, bodyHash(view, body, at + size - body, checksum >>> 0));
  }

  #patchRaw(
    view: DataView,
    first: number,
    stride: number,
    count: number,
    sequence: number,
    lateness: number,
    interval: number,
  ): void {
    const timeHigh = this.#timeHigh;
    const timeLow = this.#timeLow;
    const prefix = this.#prefix;
    for (let index = 0, at = first; index < count; index++, at += stride) {
      const low = (sequence + index) | 0;
      const late = clampLateness(lateness - index * interval) | 0;
      view.setInt32(at + 12, timeHigh);
      view.setInt32(at + 16, timeLow);
      view.setInt32(at + 20, low);
      view.setInt32(at + 24, late);
      view.setUint32(at + 28, finish(mix(mix(prefix, low), late)));
    }
  }

  #patchText(
    view: DataView,
    first: number,
    stride: number,
    count: number,
    sequence: number,
    firstLateness: number,
    interval: number,
  ): void {
    if (count === 0) return;
    const prefix = this.#prefix;
    // What neighbours share is encoded once, in place, and copied: the time, and mostly all but the lowest digits of
    // the sequence and the lateness. Eight digits at a time, as a float that they never make a NaN.
    writeHexWord(view, first + 24, this.#timeHigh);
    writeHexWord(view, first + 32, this.#timeLow);
    const time1 = view.getFloat64(first + 24, true);
    const time2 = view.getFloat64(first + 32, true);
    let sequenceHigh = 0;
    let late = clampLateness(firstLateness) | 0;
    let lateHigh = hexDigits(late >>> 16);
    let lateLow = hexDigits(late & 0xffff);
    for (let index = 0, at = first; index < count; index++, at += stride) {
      const low = (sequence + index) | 0;
      if (index === 0 || (low & 0xffff) === 0) sequenceHigh = hexDigits(low >>> 16);
      if (interval !== 0) {
        const before = late >>> 16;
        late = clampLateness(firstLateness - index * interval) | 0;
        lateLow = hexDigits(late & 0xffff);
        if (late >>> 16 !== before) lateHigh = hexDigits(late >>> 16);
      }
      view.setFloat64(at + 24, time1, true);
      view.setFloat64(at + 32, time2, true);
      view.setInt32(at + 40, sequenceHigh, true);
      view.setInt32(at + 44, hexDigits(low & 0xffff), true);
      view.setInt32(at + 48, lateHigh, true);
      view.setInt32(at + 52, lateLow, true);
      writeHexWord(view, at + 56, finish(mix(mix(prefix, low), late)) | 0);
    }
  }
}

function clampLateness(value: number): number {
  return value > 0 ? (value < MAX_LATENESS ? value : MAX_LATENESS) : 0;
}
