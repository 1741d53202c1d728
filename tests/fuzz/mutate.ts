/** Inputs that are nearly right: samples with a few things done to them. The same ones for the same numbers. */
import type { Random } from "../../lib/load/generator/random.ts";

/** Longest input, bytes. */
const MOST_BYTES = 64 * 1024;
/** Values at which lengths, counts and signs go wrong. */
const EDGES = [
  0,
  1,
  2,
  4,
  0x7f,
  0x80,
  0xff,
  0x7fff,
  0xffff,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_fffe,
  0xffff_ffff,
];
/** Numbers of protobuf that are long, too long, negative, or over 2^53. */
const VARINTS = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10],
  [0x80, 0x00],
];

export interface Corpus {
  readonly samples: readonly Uint8Array[];
  /** Pieces of the language that the samples are in. */
  readonly tokens?: readonly string[] | undefined;
}

export function mutated(corpus: Corpus, random: Random): Uint8Array {
  // Also what never was a sample.
  if (random.below(20) === 0) return randomBytes(random, random.below(300));
  let bytes: Uint8Array = pick(corpus.samples, random).slice();
  for (let left = 1 + random.below(random.below(4) === 0 ? 12 : 4); left > 0; left--) {
    bytes = change(bytes, corpus, random).slice(0, MOST_BYTES);
  }
  return bytes;
}

function change(bytes: Uint8Array, { samples, tokens = [] }: Corpus, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = 1 + random.below(random.below(2) === 0 ? 8 : Math.max(1, bytes.length >>> 1));
  switch (random.below(tokens.length > 0 ? 14 : 11)) {
    case 0:
    case 1:
      if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 2:
      if (at < bytes.length) bytes[at] = pick(EDGES, random);
      return bytes;
    case 3:
    case 4: {
      // A length that says something else: of two bytes or of four, as it is or off by a little.
      const width = random.below(3) === 0 ? 2 : 4;
      if (at + width > bytes.length) return bytes;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const old = width === 2 ? view.getUint16(at) : view.getUint32(at);
      const value = random.below(3) === 0
        ? old + random.below(5) - 2
        : pick([...EDGES, bytes.length - at], random);
      if (width === 2) view.setUint16(at, value);
      else view.setUint32(at, value);
      return bytes;
    }
    case 5:
      return joined(bytes.subarray(0, at), Uint8Array.from(pick(VARINTS, random)), bytes.subarray(at + 1));
    case 6:
      return bytes.subarray(0, at);
    case 7:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 8: {
      const part = bytes.subarray(at, at + length);
      const times = random.below(8) === 0 ? 200 : 1 + random.below(3);
      return joined(bytes.subarray(0, at), ...new Array<Uint8Array>(times).fill(part), bytes.subarray(at));
    }
    case 9:
      return joined(bytes.subarray(0, at), randomBytes(random, random.below(16)), bytes.subarray(at));
    case 10: {
      const other = pick(samples, random);
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length + 1)));
    }
    case 11:
    case 12:
      return joined(bytes.subarray(0, at), utf8(pick(tokens, random)), bytes.subarray(at + random.below(2)));
    default: {
      // Deeper than any stack, where the length allows it.
      const times = 2 ** (1 + random.below(16));
      return joined(bytes.subarray(0, at), utf8(pick(tokens, random).repeat(times)), bytes.subarray(at));
    }
  }
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[random.below(from.length)]!;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(Math.min(MOST_BYTES, parts.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const part of parts) {
    const fitting = part.subarray(0, whole.length - at);
    whole.set(fitting, at);
    at += fitting.length;
  }
  return whole;
}
