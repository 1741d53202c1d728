/** What `producer` and `consumer` have in common: from arguments to an exit code. */
import { readEnvironment } from "../lib/config/environment.ts";
import type { Role, RunConfig } from "../lib/config/run_config.ts";
import { outputWidth, print } from "./console.ts";
import { errorText, exitCodeOf } from "./errors.ts";
import type { ExitCode } from "./exit_codes.ts";
import { loadConfig, type Loaded } from "./load_config.ts";
import { readTextFile } from "./read_text_file.ts";

/** Prints what was asked for instead of a run, or what is wrong; returns the exit code. */
export function finishLoading({ kind, text, exitCode }: Exclude<Loaded, { kind: "run" }>): ExitCode {
  print(text, kind === "print" ? Deno.stdout : Deno.stderr);
  return exitCode;
}

/** Says what went wrong in one line, and which exit code it means. */
export function reportError(program: string, error: unknown, config?: Pick<RunConfig, "debug">): ExitCode {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(errorText(program, error, config?.debug ?? false)));
  } catch {
    // Nobody is left to read it; the exit code still tells.
  }
  return exitCodeOf(error);
}

export async function main(role: Role, argv: readonly string[]): Promise<ExitCode> {
  const loaded = loadConfig(role, argv, readEnvironment(Deno.env), readTextFile, { width: outputWidth() });
  if (loaded.kind !== "run") return finishLoading(loaded);
  try {
    // Help, lists and mistakes in the command line do without engine, panels and broker.
    const { runLoaded } = await import("./run_loaded.ts");
    return await runLoaded(role, loaded);
  } catch (error) {
    return reportError(role, error, loaded.config);
  }
}
