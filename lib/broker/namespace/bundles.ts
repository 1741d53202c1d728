/**
 * Bundles: the ranges of topic hashes in which a namespace is spread over brokers, and unloaded.
 * Source: `NamespaceBundleFactory` of Pulsar: equal ranges of the CRC-32 of the topic's full name.
 */
import { crc32 } from "node:zlib";

const HASHES = 2 ** 32;
const MOST_BUNDLES = 0x10000;

/** Bundles of a namespace that names no number of its own. */
export const DEFAULT_BUNDLES = 4;

/** @throws {RangeError} for a number of bundles that cannot be */
export function checkBundles(count: unknown): number {
  if (typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= MOST_BUNDLES) {
    return count === 0 ? DEFAULT_BUNDLES : count;
  }
  throw new RangeError(`'${count}' bundles are not possible; use 1 … ${MOST_BUNDLES}`);
}

/** `0x00000000`, …, `0xffffffff`: one more than bundles. */
export function boundaries(count: number): string[] {
  const size = Math.floor(HASHES / count);
  return Array.from({ length: count + 1 }, (_, index) => hex(index === count ? HASHES - 1 : index * size));
}

/**
 * Whether a topic belongs to the bundle of this name, such as `0x40000000_0x80000000`; undefined when there is none of
 * this name.
 */
export function bundleHolds(count: number, bundle: string): ((topic: string) => boolean) | undefined {
  const limits = boundaries(count);
  const index = limits.slice(0, -1).findIndex((limit, at) => `${limit}_${limits[at + 1]}` === bundle);
  if (index < 0) return undefined;
  const [low, high] = [Number(limits[index]), index === count - 1 ? HASHES : Number(limits[index + 1])];
  return (topic) => {
    const hash = crc32(topic);
    return hash >= low && hash < high;
  };
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
