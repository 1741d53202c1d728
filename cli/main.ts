/** What `producer` and `consumer` have in common: from arguments to an exit code. */
import { clean } from "../lib/config/foreign_text.ts";
import { readEnvironment } from "../lib/config/environment.ts";
import type { Role, RunConfig } from "../lib/config/run_config.ts";
import { embeddedNotice, withBroker } from "./embedded.ts";
import { errorText, exitCodeOf } from "./errors.ts";
import type { ExitCode } from "./exit_codes.ts";
import { loadConfig, type Loaded } from "./load_config.ts";
import { makePlan } from "./session/plan.ts";
import { readTextFile } from "./read_text_file.ts";
import { Session } from "./session/session.ts";
import { denoSessionIo } from "./session/io.ts";
import { Together } from "./session/together.ts";
import { tokenNotices } from "./token_notices.ts";
import { reportUnjoined } from "./session/unstarted.ts";

export const readEnv = (name: string): string | undefined => Deno.env.get(name);

/** Columns for the help; 80 when stdout is no terminal. */
export function outputWidth(): number {
  try {
    return Deno.stdout.isTerminal() ? Math.min(110, Deno.consoleSize().columns) : 80;
  } catch {
    return 80;
  }
}

/** Writes all of a text; one whose reader has gone, as `head` does, has been read far enough. */
export function print(text: string, stream: { writeSync(bytes: Uint8Array): number } = Deno.stdout): void {
  try {
    let rest = new TextEncoder().encode(text);
    while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

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

export async function main(role: Role, given: readonly string[]): Promise<ExitCode> {
  const argv = withoutSeparator(given);
  const loaded = loadConfig(role, argv, readEnvironment(Deno.env), readTextFile, { width: outputWidth() });
  if (loaded.kind !== "run") return finishLoading(loaded);
  const { config, sources } = loaded;
  try {
    const token = config.tokenEnv === undefined ? undefined : readEnv(config.tokenEnv);
    const plan = makePlan(config as RunConfig, sources, token);
    const { config: aimed, broker } = await withBroker(plan.config);
    try {
      const notices = [
        ...loaded.notices,
        ...tokenNotices(aimed),
        ...(broker === undefined ? [] : [embeddedNotice(aimed)]),
      ];
      const say = (text: string): void => sayUnless(config.quiet, role, text);
      const joined = await Together.join(aimed, plan.token, say).catch(async (error) => {
        await reportUnjoined({ ...plan, config: aimed }, error);
        throw error;
      });
      return await new Session([{ ...plan, ...joined, notices }], denoSessionIo()).run();
    } finally {
      await broker?.stop();
    }
  } catch (error) {
    return reportError(role, error, config);
  }
}

function sayUnless(isQuiet: boolean, role: Role, text: string): void {
  if (!isQuiet) console.error(`${role}: ${clean(text)}`);
}

/** npm's habit: `deno task producer -- --rate 5k` hands the two dashes on. */
export function withoutSeparator(argv: readonly string[]): readonly string[] {
  return argv[0] === "--" ? argv.slice(1) : argv;
}
