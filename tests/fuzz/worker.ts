/** Runs a target's cases in a thread of its own, which can be ended from outside when one of them hangs. */
import { describeFailure, type FuzzFailure, inputOf, runCase } from "./engine.ts";
import { TARGETS } from "./targets.ts";

export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** One 64-bit word: the number of the case that runs. */
  readonly progress: SharedArrayBuffer;
}

export interface FuzzReport {
  readonly failures: readonly FuzzFailure[];
}

const MOST_FAILURES = 5;

const scope = self as unknown as {
  onmessage: (event: MessageEvent<FuzzOrder>) => void;
  postMessage(report: FuzzReport): void;
};

async function carryOut({ target: name, seed, from, to, progress }: FuzzOrder): Promise<FuzzReport> {
  const target = TARGETS.find((each) => each.name === name)!;
  const word = new BigInt64Array(progress);
  const failures: FuzzFailure[] = [];
  for (let number = from; number < to && failures.length < MOST_FAILURES; number++) {
    Atomics.store(word, 0, BigInt(number));
    // As between two reads of a socket: the runtime frees what failed decompressions hold in a turn of its event loop.
    if (number % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    const problem = await runCase(target, inputOf(target, seed, number), seed, number);
    if (problem !== undefined) failures.push(await describeFailure(target, seed, number, problem));
  }
  return { failures };
}

scope.onmessage = ({ data }) => void carryOut(data).then((report) => scope.postMessage(report));
