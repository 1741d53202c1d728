/**
 * The verification header: what a payload says about itself, so that a consumer can prove that nothing was lost,
 * doubled, reordered or damaged on the way.
 *
 * Layout, eight big-endian words, 32 bytes:
 *
 * | byte | bits | content |
 * |-----:|-----:|---------|
 * |  0 | 16 | magic `f5 4c` (`f5` occurs in no UTF-8 text) |
 * |  2 | 16 | sequence, high part |
 * |  4 | 32 | hash of the run id |
 * |  8 | 32 | stream id, see {@link streamId} |
 * | 12 |  3 | version, 1 |
 * | 12 |  8 | flags, see {@link HeaderFlag} |
 * | 13 | 21 | send time, µs since the epoch, high part |
 * | 16 | 32 | send time, low part |
 * | 20 | 32 | sequence, low part |
 * | 24 | 32 | lateness, µs: send time − intended send time, at least 0, saturating at 71.5 minutes |
 * | 28 | 32 | checksum of the 28 bytes before |
 * | 32 | 32 | strict mode only: XXH32 of the rest of the payload, seeded with the checksum |
 *
 * Two forms: *raw*, the bytes as they are at the start of the payload, and *text*, lower-case hex in the JSON field
 * `pll` that must be the first of an object, without blanks (`{"pll":"f54c…"`). The first byte tells them apart.
 * In strict text form the body hash covers everything behind the hex digits.
 */
import { bodyHash } from "./body_hash.ts";

export const HEADER_BYTES = 32;
/** With the body hash of strict mode. */
export const STRICT_HEADER_BYTES = 36;
export const HEADER_MAGIC = 0xf54c;
export const HEADER_VERSION = 1;
/** What stands before the hex digits of the text form. */
export const TEXT_PREFIX = '{"pll":"';
export const TEXT_OFFSET = TEXT_PREFIX.length;
/** Longest representable sequence, exclusive. */
export const MAX_SEQUENCE = 2 ** 48;

export const HeaderFlag = {
  /** A body hash follows. */
  strict: 1,
  /** Sent by the ready barrier, before the run: answers are expected, but it belongs to no stream. */
  probe: 2,
} as const;

export type HeaderForm = "raw" | "text";

/** Outcome of {@link HeaderReader.read}. `damaged`: the magic is there, checksum, body or digits are not right. */
export const HeaderState = { none: 0, ok: 1, damaged: 2 } as const;
export type HeaderState = typeof HeaderState[keyof typeof HeaderState];

/** 32-bit hash of a run id (FNV-1a over UTF-8, then avalanche); what tells this run's messages from others. */
export function hashRunId(runId: string): number {
  let hash = 0x811c9dc5 | 0;
  for (const byte of new TextEncoder().encode(runId)) hash = Math.imul(hash ^ byte, 0x01000193);
  return finish(hash);
}

/** Bits of a stream's id for worker and lane together. */
export const STREAM_BITS = 22;
/** Those for the lane, unless a worker has more lanes than they can number. */
export const LEAST_LANE_BITS = 12;

/**
 * Packs who counts a sequence: process `instance` (0–1023), producer worker in it (0–1023, restarts take a new number),
 * and its lane, which is the partition where a worker has one producer on each (0–4095). Workers with more lanes take
 * bits from the worker's number; all ids of a run are packed alike, or its processes have different `instance`s.
 *
 * @throws {RangeError} if a part does not fit
 */
export function streamId(instance: number, worker: number, lane: number, laneBits = LEAST_LANE_BITS): number {
  requireBelow("instance", instance, 1024);
  requireBelow("worker", worker, workersOf(laneBits));
  requireBelow("lane", lane, 2 ** laneBits);
  return ((instance << STREAM_BITS) | (worker << laneBits) | lane) >>> 0;
}

/** Starts of workers that stream ids have room for. */
export function workersOf(laneBits: number): number {
  return 2 ** (STREAM_BITS - laneBits);
}

function requireBelow(name: string, value: number, bound: number): void {
  if (Number.isInteger(value) && value >= 0 && value < bound) return;
  throw new RangeError(`stream part '${name}' is '${value}', must be an integer from 0 to ${bound - 1}`);
}

/** Start value of {@link mix}. */
export const MIX_SEED = 0x9e3779b9 | 0;

/**
 * One step of the header checksum. It is a bijection of `hash` for a given word and of `word` for a given hash, so
 * damage within one word is always seen, and other damage is missed once in 2^32.
 */
export function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Last step of the header checksum; a bijection too. Unsigned. */
export function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Two characters, as a little-endian 16-bit number → the byte they spell in lower-case hex, or −1. */
const UNHEX = new Int16Array(65536).fill(-1);
for (let value = 0; value < 256; value++) {
  const text = value.toString(16).padStart(2, "0");
  UNHEX[text.charCodeAt(0) | (text.charCodeAt(1) << 8)] = value;
}

const TEXT_PREFIX_1 = 0x6c70227b; // `{"pl`, little-endian
const TEXT_PREFIX_2 = 0x223a226c; // `l":"`

/** Reads headers out of receive buffers; one per worker, fields are overwritten by each read. */
export class HeaderReader {
  run = 0;
  stream = 0;
  flags = 0;
  /** Below 2^48. */
  sequence = 0.5;
  /** µs since the epoch. */
  sendTime = 0.5;
  /** When the schedule wanted it sent, µs since the epoch. */
  intended = 0.5;

  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Goes negative when a character is no hex digit. */
  #digits = 0;
  /** The first five words as last read, in either form, and what follows from them. No header has a zero there. */
  readonly #sharedRaw = new Int32Array(5);
  readonly #sharedText = new Int32Array(10);
  #sequenceHigh = 0.5;
  #prefix = 0;
  #ours = false;

  /**
   * Reads the header of the payload at `bytes[start, end)`. Cheap as long as successive calls pass the same
   * `bytes` object, as the messages of one receive buffer do. Fields are meaningful for `ok`, and hints for `damaged`.
   */
  read(bytes: Uint8Array, start: number, end: number): HeaderState {
    if (end - start < HEADER_BYTES) return HeaderState.none;
    if (bytes !== this.#bytes) this.#bind(bytes);
    const view = this.#view;
    const first = view.getUint32(start, true);
    if ((first & 0xffff) === 0x4cf5) return this.#readRaw(view, start, end);
    if (first === TEXT_PREFIX_1 && view.getUint32(start + 4, true) === TEXT_PREFIX_2) {
      return this.#readText(view, start, end);
    }
    return HeaderState.none;
  }

  /** Whether a payload whose magic is not right has `run` where a header of that run would have it. */
  hasRunAt(bytes: Uint8Array, start: number, end: number, run: number): boolean {
    if (end - start < HEADER_BYTES) return false;
    if (bytes !== this.#bytes) this.#bind(bytes);
    if (this.#view.getUint32(start + 4) === run) return true;
    if (end - start < TEXT_OFFSET + 16) return false;
    this.#digits = 0;
    return (this.#hexWord(this.#view, start + TEXT_OFFSET + 8) >>> 0) === run && this.#digits >= 0;
  }

  #bind(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #readRaw(view: DataView, start: number, end: number): HeaderState {
    const shared = this.#sharedRaw;
    const w0 = view.getInt32(start);
    const w1 = view.getInt32(start + 4);
    const w2 = view.getInt32(start + 8);
    const w3 = view.getInt32(start + 12);
    const w4 = view.getInt32(start + 16);
    if (w4 !== shared[4] || w0 !== shared[0] || w1 !== shared[1] || w2 !== shared[2] || w3 !== shared[3]) {
      shared[0] = w0;
      shared[1] = w1;
      shared[2] = w2;
      shared[3] = w3;
      shared[4] = w4;
      this.#sharedText.fill(0);
      this.#decodeShared(w0, w1, w2, w3, w4);
    }
    const checksum = this.#decodeOwn(view.getInt32(start + 20), view.getInt32(start + 24));
    if (checksum !== view.getUint32(start + 28)) return HeaderState.damaged;
    if ((this.flags & HeaderFlag.strict) === 0) return HeaderState.ok;
    const body = start + STRICT_HEADER_BYTES;
    if (body > end) return HeaderState.damaged;
    const intact = bodyHash(view, body, end - body, checksum) === view.getUint32(start + 32);
    return intact ? HeaderState.ok : HeaderState.damaged;
  }

  #readText(view: DataView, start: number, end: number): HeaderState {
    const at = start + TEXT_OFFSET;
    if (at + 2 * HEADER_BYTES > end) return HeaderState.damaged;
    this.#digits = 0;
    if (!this.#sharesText(view, at)) this.#decodeSharedText(view, at);
    const checksum = this.#decodeOwn(this.#hexWord(view, at + 40), this.#hexWord(view, at + 48));
    const stored = this.#hexWord(view, at + 56) >>> 0;
    if (checksum !== stored || this.#digits < 0) return HeaderState.damaged;
    if ((this.flags & HeaderFlag.strict) === 0) return HeaderState.ok;
    const body = at + 2 * STRICT_HEADER_BYTES;
    if (body > end) return HeaderState.damaged;
    const hash = this.#hexWord(view, at + 64) >>> 0;
    const intact = this.#digits >= 0 && bodyHash(view, body, end - body, checksum) === hash;
    return intact ? HeaderState.ok : HeaderState.damaged;
  }

  /** Whether the 40 digits of the shared words are those read last: most messages of a batch share them. */
  #sharesText(view: DataView, at: number): boolean {
    const shared = this.#sharedText;
    // The send time comes first, because it is what changes from batch to batch.
    return view.getInt32(at + 36) === shared[9] && view.getInt32(at + 32) === shared[8] &&
      view.getInt32(at) === shared[0] && view.getInt32(at + 4) === shared[1] &&
      view.getInt32(at + 8) === shared[2] && view.getInt32(at + 12) === shared[3] &&
      view.getInt32(at + 16) === shared[4] && view.getInt32(at + 20) === shared[5] &&
      view.getInt32(at + 24) === shared[6] && view.getInt32(at + 28) === shared[7];
  }

  #decodeSharedText(view: DataView, at: number): void {
    const shared = this.#sharedText;
    for (let index = 0; index < 10; index++) shared[index] = view.getInt32(at + 4 * index);
    this.#sharedRaw.fill(0);
    const w0 = this.#hexWord(view, at);
    this.#decodeShared(
      w0,
      this.#hexWord(view, at + 8),
      this.#hexWord(view, at + 16),
      this.#hexWord(view, at + 24),
      this.#hexWord(view, at + 32),
    );
    if (w0 >>> 16 !== HEADER_MAGIC) this.#digits = -1;
    if (this.#digits < 0) shared[0] = 0; // What was not right must not be taken for known.
  }

  #hexWord(view: DataView, at: number): number {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    const a = UNHEX[low & 0xffff]!;
    const b = UNHEX[low >>> 16]!;
    const c = UNHEX[high & 0xffff]!;
    const d = UNHEX[high >>> 16]!;
    this.#digits |= a | b | c | d;
    return (a << 24) | (b << 16) | (c << 8) | d;
  }

  /** Takes apart the words that a batch shares. */
  #decodeShared(w0: number, w1: number, w2: number, w3: number, w4: number): void {
    this.run = w1 >>> 0;
    this.stream = w2 >>> 0;
    this.flags = (w3 >>> 21) & 0xff;
    this.sendTime = (w3 & 0x1fffff) * 4294967296 + (w4 >>> 0);
    this.#sequenceHigh = (w0 & 0xffff) * 4294967296;
    this.#prefix = mix(mix(mix(mix(mix(MIX_SEED, w0), w1), w2), w3), w4);
    this.#ours = w3 >>> 29 === HEADER_VERSION;
  }

  /** Takes apart a message's own words; returns the checksum that the header should have. */
  #decodeOwn(w5: number, w6: number): number {
    this.sequence = this.#sequenceHigh + (w5 >>> 0);
    this.intended = this.sendTime - (w6 >>> 0);
    // Another version fails like a bad checksum: its other fields cannot be trusted to mean the same.
    return this.#ours ? finish(mix(mix(this.#prefix, w5), w6)) : -1;
  }
}
