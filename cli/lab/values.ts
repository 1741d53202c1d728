/** Values of `lab`'s options as commander takes them: what is wrong is told as its own errors. */
import { InvalidArgumentError } from "commander";
import { parseCount, ValueError } from "../../lib/config/units.ts";

export function countOf(min: number, max: number): (text: string) => number {
  return (text) => valid(() => parseCount(text, { min, max }));
}

/** Of an option that may be repeated: all its values, in their order. */
export function gather(text: string, earlier: readonly string[]): string[] {
  return [...earlier, text];
}

/** @throws {InvalidArgumentError} that says what the value must be */
export function valid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new InvalidArgumentError(`It must be ${error.expected}.`);
  }
}
