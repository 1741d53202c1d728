/**
 * The long fuzzing: `deno task test:fuzz [--cases N] [--seed S] [--target NAME [--case N]]`.
 *
 * One target after the other; exit code 1 when something was found. `--case` runs one case again.
 */
import { parseArgs } from "node:util";
import { describeFailure, inputOf, runCase } from "./engine.ts";
import { casesOf, describe, fuzz, TARGET_NAMES } from "./fuzz.ts";
import { TARGETS } from "./targets.ts";

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      cases: { type: "string", default: "1000000" },
      seed: { type: "string", default: "1" },
      target: { type: "string" },
      case: { type: "string" },
    },
  });
  const seed = whole("--seed", values.seed, 0);
  const names = values.target === undefined ? TARGET_NAMES : [values.target];
  for (const name of names) {
    if (!TARGET_NAMES.includes(name)) {
      console.error(`--target: there is no '${name}' to fuzz; use ${TARGET_NAMES.join(", ")}`);
      return 2;
    }
  }
  if (values.case !== undefined) return await again(names, seed, whole("--case", values.case, 0));
  const all = whole("--cases", values.cases, 1);
  const started = performance.now();
  let found = 0;
  let run = 0;
  for (const name of names) {
    const cases = values.target === undefined ? casesOf(name, all) : all;
    const before = performance.now();
    const failures = await fuzz(name, cases, seed);
    const seconds = (performance.now() - before) / 1000;
    console.log(
      `${name.padEnd(10)} ${cases} cases, ${seconds.toFixed(1)} s, ${failures.length} failures`,
    );
    for (const failure of failures) console.error(describe(failure));
    found += failures.length;
    run += cases;
  }
  const seconds = (performance.now() - started) / 1000;
  const peak = Math.round(Deno.memoryUsage().rss / 2 ** 20);
  console.log(
    `all        ${run} cases with seed ${seed}, ${seconds.toFixed(1)} s, ${found} failures, RSS ${peak} MiB`,
  );
  return found === 0 ? 0 : 1;
}

async function again(names: readonly string[], seed: number, number: number): Promise<number> {
  let code = 0;
  for (const target of TARGETS.filter(({ name }) => names.includes(name))) {
    const problem = await runCase(target, inputOf(target, seed, number), seed, number);
    if (problem === undefined) console.log(`${target.name}: case ${number} passes`);
    else {
      console.error(describe(await describeFailure(target, seed, number, problem)));
      code = 1;
    }
  }
  return code;
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  console.error(`${name}: '${text}' is not possible; use a whole number from ${least} on`);
  Deno.exit(2);
}

Deno.exit(await main());
