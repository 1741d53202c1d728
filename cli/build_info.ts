/** Which build this is, for `--version`, results and metrics. */
import project from "../deno.json" with { type: "json" };

export interface BuildInfo {
  readonly version: string;
  /** Short commit hash, `-dirty` behind it when the tree had changes; absent when run from source. */
  readonly commit?: string;
  /** Date of that commit, ISO 8601; absent when run from source. */
  readonly date?: string;
}

/** Under this symbol a compiled program's start module (written by tools/compile.ts) leaves commit and date. */
const STAMP = Symbol.for("pulsar-local-lab.build");

export function buildInfo(): BuildInfo {
  const stamp = (globalThis as { [STAMP]?: Omit<BuildInfo, "version"> })[STAMP];
  return { version: project.version, ...stamp };
}

/** One line, e.g. `0.1.0 (1a2b3c4, 2026-08-20)`, or `0.1.0 (from source)`. */
export function versionLine({ version, commit, date }: BuildInfo = buildInfo()): string {
  if (commit === undefined) return `${version} (from source)`;
  return `${version} (${[commit, ...(date === undefined ? [] : [date.slice(0, 10)])].join(", ")})`;
}

/** What a bug report needs: the program's build; for those that make load, what they run on too. */
export function versionText(program: string, build: BuildInfo = buildInfo()): string {
  const line = `${program} ${versionLine(build)}`;
  if (program === "lab") return line;
  return `${line}\ndeno ${Deno.version.deno}, v8 ${Deno.version.v8}, ${Deno.build.target}`;
}
