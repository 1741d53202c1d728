/**
 * Which of the three programs an invocation means, and its version. One executable is all three: the name that it is
 * called by chooses, as does the first argument of `lab`. Nothing else is loaded here.
 */
import type { Role } from "../lib/config/run_config.ts";
import { versionText } from "./build_info.ts";
import { print, withoutSeparator } from "./console.ts";
import type { ExitCode } from "./exit_codes.ts";
import { isRole, runRole } from "./role.ts";

export type Program = Role | "lab";

/**
 * The program that a file name stands for: `/usr/bin/producer`, `consumer.exe`; anything else is `lab`.
 *
 * @param path what the program was called by, with or without folders
 */
export function programOf(path: string | undefined): Program {
  const name = path?.split(/[/\\]/).at(-1)?.toLowerCase().replace(/\.exe$/, "");
  return isRole(name) ? name : "lab";
}

/** The program, and what is left of its arguments. */
export function invocationOf(
  program: Program,
  given: readonly string[],
): { program: Program; argv: readonly string[] } {
  const argv = withoutSeparator(given);
  const first = argv[0];
  return program === "lab" && isRole(first)
    ? { program: first, argv: withoutSeparator(argv.slice(1)) }
    : { program, argv };
}

/** Runs one invocation to its exit code. */
export async function start(called: Program, given: readonly string[]): Promise<ExitCode> {
  const { program, argv } = invocationOf(called, given);
  if (argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V")) {
    print(`${versionText(program)}\n`);
    return 0;
  }
  if (program !== "lab") return await runRole(program, argv);
  const { runLab } = await import("./lab/command.ts");
  return await runLab(argv);
}
