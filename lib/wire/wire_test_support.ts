/** Helpers of the wire tests. */
import fc from "fast-check";

/** Bytes of a hexadecimal text; spaces and dots are for the reader. For tests. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/[\s·.]/g, "");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** `fc.record` whose values compare equal to object literals. */
export function plain<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}
