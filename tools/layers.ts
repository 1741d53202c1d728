/**
 * The layer check: imports point downward only, and no file imports itself through others.
 *
 * The allowed directions are the ones of ARCHITECTURE.md; this file is their one machine-readable copy.
 */
import { dirname, join, normalize } from "node:path";

/** What each layer may import besides itself. Tests (`*_test.ts`) may import any layer but `cli`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/wire": [],
  "lib/transport": ["lib/wire"],
  "lib/client": ["lib/wire", "lib/transport"],
  "lib/broker": ["lib/wire", "lib/transport"],
  "lib/config": ["lib/wire"],
  "lib/load": ["lib/wire", "lib/transport", "lib/client", "lib/broker", "lib/config"],
  "lib/report": ["lib/load", "lib/config"],
  "lib/tui": ["lib/load", "lib/config"],
  "cli": [
    "lib/wire",
    "lib/transport",
    "lib/client",
    "lib/broker",
    "lib/config",
    "lib/load",
    "lib/report",
    "lib/tui",
  ],
};

/** The layer a file belongs to, or undefined for files outside the layered tree. */
export function layerOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((layer) => file.startsWith(layer + "/"));
}

/** Relative import specifiers of a TypeScript source, type-only ones included. */
export function importsOf(source: string): string[] {
  const found: string[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\b[^;"']*?from\s*["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']/g;
  for (const match of source.matchAll(pattern)) found.push((match[1] ?? match[2])!);
  for (const match of source.matchAll(/(?:^|\n)import\s*["'](\.[^"']+)["']/g)) found.push(match[1]!);
  return found;
}

/**
 * Every violation, one line each.
 *
 * @param files path from the project's root → source text
 */
export function violations(files: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of files) {
    const targets = importsOf(source).map((specifier) => normalize(join(dirname(file), specifier)));
    const isTest = file.endsWith("_test.ts");
    if (!isTest) graph.set(file, targets);
    const from = layerOf(file);
    if (from === undefined) continue;
    for (const target of targets) {
      const to = layerOf(target);
      if (to === undefined || to === from || MAY_IMPORT[from]!.includes(to)) continue;
      if (isTest && to !== "cli") continue;
      problems.push(`${file}: ${from} may not import ${to} (${target})`);
    }
  }
  return [...problems, ...cycles(graph)];
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const state = new Map<string, "open" | "done">();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (state.get(file) === "done" || !graph.has(file)) return;
    if (state.get(file) === "open") {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
      return;
    }
    state.set(file, "open");
    for (const target of graph.get(file)!) visit(target, [...path, file]);
    state.set(file, "done");
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

async function sources(folder: string, into: Map<string, string>): Promise<Map<string, string>> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) await sources(path, into);
    else if (entry.name.endsWith(".ts")) into.set(path, await Deno.readTextFile(path));
  }
  return into;
}

/** Files over the size bar: 400 lines. */
export function tooLong(files: ReadonlyMap<string, string>): string[] {
  return [...files]
    .filter(([, source]) => source.split("\n").length > 401)
    .map(([file, source]) => `${file}: ${source.split("\n").length - 1} lines, at most 400`);
}

if (import.meta.main) {
  const files = new Map<string, string>();
  for (const folder of ["lib", "cli", "tests", "tools"]) await sources(folder, files);
  const problems = [...violations(files), ...tooLong(files)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exit(1);
  console.log(`layers: ${files.size} files, imports point downward, no cycles, none over 400 lines`);
}
