/**
 * Builds the executable: `deno task compile [--all-targets | --target TARGET]`.
 *
 * The one for this machine goes to dist/lab, others to dist/TARGET/lab, with `producer` and `consumer` as further names
 * of the same file. Its permissions (a set of deno.json) are fixed at build time; the two that make load give up what
 * they do not need (cli/role.ts).
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

export const EXECUTABLE: Program = {
  name: "lab",
  entry: "cli/lab.ts",
  permissions: "lab",
  include: EMBEDDED,
};

/** The programs that it is, with the set of permissions that each runs with. */
export const PROGRAMS = [
  { name: "producer", permissions: "load" },
  { name: "consumer", permissions: "load" },
  { name: "lab", permissions: EXECUTABLE.permissions },
] as const;

/** Its further names. */
const LINKS = PROGRAMS.map(({ name }) => name).filter((name) => name !== EXECUTABLE.name);

/** @throws {Error} If an argument is not one of ours; the message names it and what would be right */
export function parseTargets(args: readonly string[], host: string = Deno.build.target): readonly Target[] {
  const targets: Target[] = [];
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    if (argument === "--all-targets") targets.push(...TARGETS);
    else if (argument === "--target") targets.push(knownTarget(args[++index]));
    else throw new Error(`unknown argument '${argument}'; give --all-targets or --target TARGET`);
  }
  return targets.length > 0 ? targets : [knownTarget(host)];
}

function knownTarget(name: string | undefined): Target {
  const target = TARGETS.find((known) => known === name);
  if (target === undefined) {
    throw new Error(`unknown target '${name ?? ""}'; there are ${TARGETS.join(", ")}`);
  }
  return target;
}

/**
 * Builds the executable of one target and gives it its names; returns its path from the root.
 *
 * @throws {RuntimeUnavailableError | CompileError}
 */
export async function compileFor(root: string, target: Target): Promise<string> {
  const folder = target === Deno.build.target ? "dist" : join("dist", target);
  const output = await new Compiler(root, target, await buildStamp(root)).compile(EXECUTABLE, folder);
  const suffix = output.endsWith(".exe") ? ".exe" : "";
  for (const name of LINKS) {
    const link = join(root, folder, name + suffix);
    await Deno.remove(link).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    // Hard links: Windows lets everybody make them, and they need no permission for all of the disk.
    await Deno.link(join(root, output), link);
  }
  return output;
}

async function main(): Promise<void> {
  const root = join(import.meta.dirname!, "..");
  let built = 0;
  for (const target of parseTargets(Deno.args)) {
    try {
      const output = await compileFor(root, target);
      const { size } = await Deno.stat(join(root, output));
      console.log(
        `built ${output} (${target}, ${(size / 2 ** 20).toFixed(0)} MiB), also called ${LINKS.join(" and ")}`,
      );
      built++;
    } catch (error) {
      // Only this machine's own executable is a must.
      if (!(error instanceof RuntimeUnavailableError) || target === Deno.build.target) throw error;
      console.log(`skipped ${target}: ${error.message}`);
    }
  }
  if (built === 0) throw new Error("nothing was built");
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(`compile: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
