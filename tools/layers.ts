/**
 * The layer check: imports point downward only, between layers and between the rooms of a layer, no product file imports
 * test code, and no file imports itself through others.
 *
 * The two tables here are the machine-readable copy of the ones in ARCHITECTURE.md.
 */
import { basename, dirname, join, normalize } from "node:path";

/** What each layer may import besides itself. Tests and test support may import any layer but `cli`. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "lib/wire": [],
  "lib/transport": ["lib/wire"],
  "lib/client": ["lib/wire", "lib/transport"],
  "lib/broker": ["lib/wire", "lib/transport"],
  "lib/config": ["lib/wire"],
  "lib/driver": ["lib/wire", "lib/transport", "lib/client"],
  "lib/load": ["lib/wire", "lib/transport", "lib/client", "lib/driver", "lib/config"],
  "lib/scenario": ["lib/wire", "lib/transport", "lib/client", "lib/load", "lib/config"],
  "lib/report": ["lib/transport", "lib/load", "lib/scenario", "lib/config"],
  "lib/tui": ["lib/load", "lib/scenario", "lib/config"],
  "cli": [
    "lib/wire",
    "lib/transport",
    "lib/client",
    "lib/broker",
    "lib/driver",
    "lib/config",
    "lib/load",
    "lib/scenario",
    "lib/report",
    "lib/tui",
  ],
  "grafana": [],
};

/**
 * The floors of a layer, bottom up, each with its rooms: a folder, or a file beside the folders. A room may import
 * itself and whatever is on a lower floor; rooms of one floor do not know each other.
 */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  "lib/client": [
    "errors.ts",
    "topic.ts",
    "connection admin.ts",
    "entry",
    "messages",
    "client.ts",
    "mod.ts",
  ],
  "lib/broker": [
    "refusal.ts",
    "topic_name.ts namespace",
    "faults.ts store",
    "options.ts io",
    "subscription",
    "topic",
    "core.ts",
    "operations.ts",
    "protocol admin",
    "handle.ts",
    "embedded_broker.ts",
    "remote",
    "mod.ts",
  ],
  "lib/driver": ["driver.ts", "native"],
  "lib/load": [
    "clock.ts loop_lag.ts drain_clock.ts figures.ts",
    "histogram header",
    "snapshot.ts generator pacing",
    "span_math.ts metrics schedule verify barrier",
    "worker",
    "run",
  ],
  "lib/scenario": ["types.ts snapshot.ts", "file omb topics processes", "steps", "engine"],
  "lib/report": [
    "format.ts markdown_text.ts",
    "thresholds",
    "result",
    "recording formats compare",
    "merge page",
  ],
  "cli": [
    "broker_watch.ts build_info.ts console.ts embedded.ts exit_codes.ts lab_error.ts meta_options.ts read_text_file.ts token_notices.ts usage_text.ts",
    "completions help.ts",
    "command.ts help_thresholds.ts",
    "errors.ts",
    "load_config.ts session",
    "run_loaded.ts",
    "main.ts",
    "role.ts",
    "lab",
    "start.ts",
    "producer.ts consumer.ts lab.ts",
  ],
};

/** The layer a file belongs to, or undefined for files outside the layered tree. */
export function layerOf(file: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((layer) => file.startsWith(layer + "/"));
}

/** Whether a file is a test or serves tests only: `x_test.ts`, `x_test_support.ts`, and all of `tests/`. */
export function isTestCode(file: string): boolean {
  return /_test(?:_support)?\.ts$/.test(file) || file.startsWith("tests/");
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
    const isTest = isTestCode(file);
    if (!isTest) graph.set(file, targets);
    const from = layerOf(file);
    if (from === undefined) continue;
    if (!isTest && FLOORS[from] !== undefined && floorOf(from, file) === undefined) {
      problems.push(`${file}: ${roomOf(from, file)} has no floor in tools/layers.ts`);
    }
    for (const target of targets) {
      const problem = isTest ? testImport(from, target) : productImport(from, file, target);
      if (problem !== undefined) problems.push(`${file}: ${problem}`);
    }
  }
  return [...problems, ...cycles(graph)];
}

function testImport(from: string, target: string): string | undefined {
  return layerOf(target) !== "cli" || from === "cli" ? undefined : `${from} may not import cli (${target})`;
}

function productImport(from: string, file: string, target: string): string | undefined {
  if (isTestCode(target)) return `the product may not import test code (${target})`;
  const to = layerOf(target);
  if (to === undefined) return undefined;
  if (to !== from) {
    return MAY_IMPORT[from]!.includes(to) ? undefined : `${from} may not import ${to} (${target})`;
  }
  const [mine, other] = [floorOf(from, file), floorOf(from, target)];
  if (mine === undefined || other === undefined || other < mine) return undefined;
  const [room, otherRoom] = [roomOf(from, file), roomOf(from, target)];
  return room === otherRoom ? undefined : `${room} may not import ${otherRoom} (${target})`;
}

/** The folder below its layer that a file is in, or its own name where it stands beside the folders. */
function roomOf(layer: string, file: string): string {
  return file.slice(layer.length + 1).split("/")[0]!;
}

function floorOf(layer: string, file: string): number | undefined {
  const floor = FLOORS[layer]?.findIndex((rooms) => rooms.split(" ").includes(roomOf(layer, file)));
  return floor === -1 ? undefined : floor;
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

/** Rooms of the table that hold no file any more. */
export function emptyRooms(files: ReadonlyMap<string, string>): string[] {
  return Object.entries(FLOORS).flatMap(([layer, floors]) => {
    const rooms = new Set(
      [...files.keys()].filter((file) => layerOf(file) === layer).map((file) => roomOf(layer, file)),
    );
    return floors.flatMap((floor) => floor.split(" "))
      .filter((room) => !rooms.has(room))
      .map((room) => `tools/layers.ts: ${layer} has no ${basename(room)}`);
  });
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

/** Product files that do not begin with a comment on what they are. */
export function withoutHead(files: ReadonlyMap<string, string>): string[] {
  return [...files]
    .filter(([file, source]) => !isTestCode(file) && !/^(?:#!|\/\*\*|\/\/)/.test(source))
    .map(([file]) => `${file}: begins without a comment on what it is`);
}

if (import.meta.main) {
  const files = new Map<string, string>();
  for (const folder of ["lib", "cli", "grafana", "tests", "tools"]) await sources(folder, files);
  const problems = [...violations(files), ...emptyRooms(files), ...tooLong(files), ...withoutHead(files)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exit(1);
  console.log(`layers: ${files.size} files, imports point downward, no cycles, none over 400 lines`);
}
