/**
 * Line coverage of lib/ by the unit tests, workers included: `deno task coverage [-- OPTION…]`.
 *
 * Prints every file below the limit and fails when the whole is. Files that no test loads count with all
 * their lines as not covered. The tests are those of lib/; arguments go to `deno test` instead.
 */
import { join, relative } from "node:path";
import { isTestCode } from "./layers.ts";

/** Percent of the lines of lib/ that the unit tests must run. */
const LIMIT = 90;

export interface FileCoverage {
  /** Path from the project's root. */
  readonly file: string;
  readonly lines: number;
  readonly covered: number;
}

/** Files of an LCOV report, paths as they stand there. */
export function parseLcov(text: string): FileCoverage[] {
  return text.split("end_of_record").filter((record) => record.includes("SF:")).map((record) => {
    const file = /^SF:(.*)$/m.exec(record)![1]!;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)/gm)].map((match) => Number(match[1]));
    return { file, lines: counts.length, covered: counts.filter((count) => count > 0).length };
  });
}

/** Lines that a never-loaded source would have to have covered; 0 when it declares nothing but types. */
export function uncoveredLines(source: string): number {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, "").split("\n")
    .map((line) => line.replace(/^\s*\/\/.*/, "").trim())
    .filter((line) => line !== "");
  const runs =
    /^(?:export )?(?:default |async |abstract )*(?:const|let|var|function|class|enum)\b|^[\w$.]+\(|^await\b|^self\b/;
  return code.some((line) => runs.test(line)) ? code.length : 0;
}

/** Percent, 100 where there is nothing to cover. */
export function percent(files: readonly FileCoverage[]): number {
  const lines = files.reduce((sum, file) => sum + file.lines, 0);
  const covered = files.reduce((sum, file) => sum + file.covered, 0);
  return lines === 0 ? 100 : 100 * covered / lines;
}

async function deno(args: readonly string[], stdout: "inherit" | "piped"): Promise<Deno.CommandOutput> {
  // `output` reads the pipe while the child writes, so a long report cannot block it.
  const child = new Deno.Command(Deno.execPath(), { args: [...args], stdout, stderr: "inherit" });
  if (stdout === "piped") return await child.output();
  const status = await child.spawn().status;
  return { ...status, stdout: new Uint8Array(), stderr: new Uint8Array() };
}

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (/\.ts$/.test(entry.name) && !isTestCode(path)) yield path;
  }
}

async function measured(raw: string): Promise<FileCoverage[]> {
  const { success, stdout } = await deno(["coverage", "--quiet", "--lcov", "--include=/lib/", raw], "piped");
  if (!success) throw new Error(`deno coverage could not read '${raw}'`);
  const files = parseLcov(new TextDecoder().decode(stdout))
    .map((entry) => ({ ...entry, file: relative(Deno.cwd(), entry.file) }))
    .filter(({ file }) => file.startsWith("lib/") && !isTestCode(file));
  const known = new Set(files.map(({ file }) => file));
  for await (const file of sources("lib")) {
    if (known.has(file)) continue;
    const lines = uncoveredLines(await Deno.readTextFile(file));
    if (lines > 0) files.push({ file, lines, covered: 0 });
  }
  return files;
}

async function main(): Promise<number> {
  const raw = join("coverage", "raw");
  await Deno.remove(raw, { recursive: true }).catch(() => undefined);
  const { success } = await deno([
    ...["test", "-P", "--quiet", "--no-check", "--parallel", "--preload", "tests/support/time_limit.ts"],
    ...[`--coverage=${raw}`, "--coverage-raw-data-only"],
    ...(Deno.args.length > 0 ? Deno.args : ["lib"]),
  ], "inherit");
  const files = await measured(raw);
  if (files.length === 0) throw new Error("no file of lib/ was measured");
  const low = files.filter((file) => percent([file]) < LIMIT).sort((a, b) =>
    a.covered - a.lines - (b.covered - b.lines)
  );
  for (const file of low) {
    console.log(
      `${percent([file]).toFixed(1).padStart(6)} %  ${file.file} (${
        file.lines - file.covered
      } lines not run)`,
    );
  }
  const total = percent(files);
  console.log(
    `Coverage of lib/: ${total.toFixed(1)} % of lines (at least ${LIMIT} %), ${files.length} files`,
  );
  return success && total >= LIMIT ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
