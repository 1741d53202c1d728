/**
 * Builds the executables: `deno task compile [--all-targets | --target TARGET] [NAME…]`.
 *
 * Programs for this machine go to dist/NAME, others to dist/TARGET/NAME. Each gets the fewest permissions that
 * it can do its work with (a set of deno.json), fixed at build time.
 */
import { join } from "node:path";
import { EMBEDDED } from "../cli/lab/cluster/resources.ts";
import {
  buildStamp,
  Compiler,
  type Program,
  RuntimeUnavailableError,
  type Target,
  TARGETS,
} from "./compile_binary.ts";

const WORKERS = ["lib/load/worker/main.ts", "lib/load/pacing/pacer_worker.ts", "lib/broker/remote/worker.ts"];

/** With the permissions that their tasks have: the sets `load` and `lab` of deno.json. */
export const PROGRAMS: readonly Program[] = ["producer", "consumer", "lab"].map((name) => ({
  name,
  entry: `cli/${name}.ts`,
  permissions: name === "lab" ? "lab" : "load",
  include: name === "lab" ? [...WORKERS, ...EMBEDDED] : WORKERS,
}));

interface Options {
  readonly targets: readonly Target[];
  readonly names: readonly string[];
}

/** @throws {Error} If an argument is not one of ours; the message names it and what would be right */
export function parseArguments(args: readonly string[], host: string = Deno.build.target): Options {
  const targets: Target[] = [];
  const names: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === "--all-targets") targets.push(...TARGETS);
    else if (argument === "--target") targets.push(knownTarget(args[++index]));
    else if (PROGRAMS.some(({ name }) => name === argument)) names.push(argument);
    else {throw new Error(
        `unknown argument '${argument}'; give --all-targets, --target TARGET, or a program's name`,
      );}
  }
  return { targets: targets.length > 0 ? targets : [knownTarget(host)], names };
}

function knownTarget(name: string | undefined): Target {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) {
    throw new Error(`unknown target '${name ?? ""}'; there are ${TARGETS.join(", ")}`);
  }
  return target;
}

async function main(): Promise<void> {
  const { targets, names } = parseArguments(Deno.args);
  const root = join(import.meta.dirname!, "..");
  const stamp = await buildStamp(root);
  const wanted = PROGRAMS.filter(({ name }) => names.length === 0 || names.includes(name));
  let built = 0;
  for (const target of targets) {
    const isHost = target === Deno.build.target;
    const compiler = new Compiler(root, target, stamp);
    try {
      for (const program of wanted) {
        if (!await isFile(join(root, program.entry))) {
          console.log(`skipped ${program.name}: '${program.entry}' does not exist`);
          continue;
        }
        const folder = isHost ? "dist" : join("dist", target);
        const output = await compiler.compile(program, folder);
        const { size } = await Deno.stat(join(root, output));
        console.log(`built ${output} (${target}, ${(size / 2 ** 20).toFixed(0)} MiB)`);
        built++;
      }
    } catch (error) {
      // Only this machine's own executables are a must.
      if (!(error instanceof RuntimeUnavailableError) || isHost) throw error;
      console.log(`skipped ${target}: ${error.message}`);
    }
  }
  if (built === 0) throw new Error("nothing was built");
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`compile: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
