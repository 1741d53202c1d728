/** The executables, run from source as a user runs them. */
import { join } from "node:path";
import { V8_FLAGS } from "../../tools/compile_binary.ts";

const ROOT = join(import.meta.dirname!, "..", "..");

export type Entry = "producer" | "consumer" | "lab";

export interface CliOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** With all permissions instead of those that the tasks give; devices need that. */
  readonly allowAll?: boolean;
  /** A program that `command` steps may start, beyond those that the tasks give. */
  readonly allowRun?: string;
}

/** The command that starts an executable, for whoever starts it otherwise than here. */
export function cliCommand(
  entry: Entry,
  args: readonly string[],
  { allowAll = false, allowRun }: Pick<CliOptions, "allowAll" | "allowRun"> = {},
): string[] {
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--no-check",
    "--no-prompt",
    V8_FLAGS,
    ...["--config", join(ROOT, "deno.json")],
    allowAll ? "--allow-all" : `-P=${entry === "lab" ? "lab" : "load"}`,
    ...(allowRun === undefined ? [] : [`--allow-run=${allowRun}`]),
    join(ROOT, "cli", `${entry}.ts`),
    ...args,
  ];
}

/** What the tests themselves are run with must not reach the executables. */
export const CLEAN_ENV: Readonly<Record<string, string>> = { CI: "", NO_COLOR: "" };

/** Runs an executable to its end. */
export async function runCli(
  entry: Entry,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliOutcome> {
  const child = startCli(entry, args, options);
  return await child.outcome;
}

export interface RunningCli {
  readonly child: Deno.ChildProcess;
  readonly outcome: Promise<CliOutcome>;
}

export function startCli(entry: Entry, args: readonly string[], options: CliOptions = {}): RunningCli {
  const [program, ...rest] = cliCommand(entry, args, options);
  const child = new Deno.Command(program!, {
    args: rest,
    env: { ...CLEAN_ENV, ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  return { child, outcome: collect(child, options.stdin) };
}

async function collect(child: Deno.ChildProcess, stdin: string | undefined): Promise<CliOutcome> {
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Polls until `look` returns something. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  limitMs = 60_000,
): Promise<T> {
  const limit = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > limit) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
