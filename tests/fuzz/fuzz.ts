/** Fuzzing from outside: starts the thread, watches it, and tells what it found. */
import { sleep } from "../../lib/transport/timing.ts";
import { type FuzzFailure, inputOf } from "./engine.ts";
import { TARGETS } from "./targets.ts";
import type { FuzzOrder, FuzzReport } from "./worker.ts";

/** A case that runs as long as this hangs; on a machine with much else to do, cases are slow. */
const HANG_MS = 60_000;
/** What a run may hold more at its end than at its beginning: readers keep nothing of what they have read. */
const MOST_GROWTH_BYTES = 512 * 1024 * 1024;

export const TARGET_NAMES: readonly string[] = TARGETS.map(({ name }) => name);

/** How many of `cases` are a target's. */
export function casesOf(name: string, cases: number): number {
  const all = TARGETS.reduce((sum, { share }) => sum + share, 0);
  return Math.ceil(cases * TARGETS.find((target) => target.name === name)!.share / all);
}

/** Runs cases `0 … cases - 1` of a target. */
export async function fuzz(name: string, cases: number, seed: number): Promise<readonly FuzzFailure[]> {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) {
    throw new RangeError(`there is no target '${name}' to fuzz; ${TARGET_NAMES.join(", ")} are`);
  }
  const before = Deno.memoryUsage().rss;
  const progress = new SharedArrayBuffer(8);
  const order: FuzzOrder = { target: name, seed, from: 0, to: cases, progress };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const ended = new AbortController();
  const fail = (problem: string): FuzzFailure => {
    const number = Number(Atomics.load(new BigInt64Array(progress), 0));
    const input = inputOf(target, seed, number);
    const hex = Array.from(input.subarray(0, 2000), (byte) => byte.toString(16).padStart(2, "0")).join("");
    return { target: name, seed, number, problem, input: hex, bytes: input.length };
  };
  try {
    const report = new Promise<readonly FuzzFailure[]>((resolve) => {
      worker.onmessage = ({ data }: MessageEvent<FuzzReport>) => resolve(data.failures);
      worker.onerror = (event) => {
        event.preventDefault();
        resolve([fail(`the thread has ended: ${event.message}`)]);
      };
      worker.postMessage(order);
    });
    const failures = await Promise.race([report, hang(progress, ended.signal).then(() => [fail("hangs")])]);
    const growth = Deno.memoryUsage().rss - before;
    if (failures.length > 0 || growth <= MOST_GROWTH_BYTES) return failures;
    return [fail(`the process has grown by ${Math.round(growth / 2 ** 20)} MiB`)];
  } finally {
    ended.abort();
    worker.terminate();
  }
}

/** Resolves when one case goes on and on; when `ended` fires, too, and then nobody listens. */
async function hang(progress: SharedArrayBuffer, ended: AbortSignal): Promise<void> {
  const word = new BigInt64Array(progress);
  let last = -1n;
  let since = performance.now();
  while (!ended.aborted) {
    await sleep(200, ended);
    const number = Atomics.load(word, 0);
    if (number !== last) {
      last = number;
      since = performance.now();
    } else if (performance.now() - since > HANG_MS) return;
  }
}

/** For people, and for whoever repeats the case: `deno task test:fuzz --target NAME --seed SEED --case NUMBER`. */
export function describe({ target, seed, number, problem, input, bytes }: FuzzFailure): string {
  return `${target}, seed ${seed}, case ${number}: ${problem}\n  input of ${bytes} bytes: ${input}`;
}
