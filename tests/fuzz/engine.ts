/** Runs cases of a target, and makes what fails as short as it gets. */
import { Random } from "../../lib/load/generator/random.ts";
import { type Corpus, mutated } from "./mutate.ts";

export interface FuzzTarget extends Corpus {
  readonly name: string;
  /** Cases of this target among those of all. */
  readonly share: number;
  /** Returns for input that is accepted, and for input that is refused as documented; throws for everything else. */
  run(input: Uint8Array, random: Random): void | Promise<void>;
}

export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  readonly number: number;
  readonly problem: string;
  /** The shortest input found that fails alike, hexadecimal; its beginning, if it is long. */
  readonly input: string;
  readonly bytes: number;
}

/** A case takes longer than this only when something in it grows without bound. */
const MOST_CASE_MS = 20_000;
const MOST_SHRINKS = 3000;
const MOST_SHRINK_MS = 5000;
const SHOWN_BYTES = 2000;

/** Thrown by targets for a promise that was broken without an error. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** Runs `use`, which may throw errors of these classes and no others. */
export function allowing(classes: readonly (new (...given: never[]) => Error)[], use: () => void): void {
  try {
    use();
  } catch (error) {
    if (!classes.some((each) => error instanceof each)) throw error;
  }
}

/** The input of one case. */
export function inputOf(target: FuzzTarget, seed: number, number: number): Uint8Array {
  return mutated(target, new Random(seed, number));
}

/**
 * Runs one case.
 *
 * @returns what is wrong with it, if anything
 */
export async function runCase(
  target: FuzzTarget,
  input: Uint8Array,
  seed: number,
  number: number,
): Promise<string | undefined> {
  const started = performance.now();
  try {
    await target.run(input.slice(), new Random(seed + 1, number));
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack ?? ""}` : String(error);
  }
  const took = performance.now() - started;
  return took > MOST_CASE_MS ? `took ${Math.round(took)} ms` : undefined;
}

/** The failure of a case, with the shortest input that fails by the same kind of error at the same place. */
export async function describeFailure(
  target: FuzzTarget,
  seed: number,
  number: number,
  problem: string,
): Promise<FuzzFailure> {
  const shortest = await shrunk(target, seed, number, kindOf(problem));
  const input = Array.from(shortest.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
  return { target: target.name, seed, number, problem, input: input.join(""), bytes: shortest.length };
}

/** Leaves out ever smaller parts, as long as the case still fails by the same kind of error. */
async function shrunk(target: FuzzTarget, seed: number, number: number, kind: string): Promise<Uint8Array> {
  let shortest = inputOf(target, seed, number);
  const deadline = performance.now() + MOST_SHRINK_MS;
  let left = MOST_SHRINKS;
  for (let size = shortest.length >>> 1; size >= 1; size >>>= 1) {
    for (let at = 0; at < shortest.length;) {
      if (left-- === 0 || performance.now() > deadline) return shortest;
      const shorter = Uint8Array.from([...shortest.subarray(0, at), ...shortest.subarray(at + size)]);
      const found = await runCase(target, shorter, seed, number);
      if (found !== undefined && kindOf(found) === kind) shortest = shorter;
      else at += size;
    }
  }
  return shortest;
}

/** Name of the error and the place where it was thrown. */
function kindOf(problem: string): string {
  const place = /\n\s+at [^\n]*/.exec(problem)?.[0] ?? "";
  return problem.split(":", 1)[0] + place;
}
