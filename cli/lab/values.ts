/** Values of `lab`'s options as commander takes them: what is wrong is told as its own errors. */
import { InvalidArgumentError } from "commander";
import { parseCount, ValueError } from "../../lib/config/units.ts";

export function countOf(min: number, max: number): (text: string) => number {
  return (text) => valid(() => parseCount(text, { min, max }));
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
