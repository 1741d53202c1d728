/** What `producer` and `consumer` have in common: from arguments to an exit code. */
import { readEnvironment } from "../lib/config/options.ts";
import type { RunConfig } from "../lib/config/run_config.ts";
import { GeneratorError } from "../lib/load/generator.ts";
import type { Role } from "../lib/load/snapshot.ts";
import { ThresholdSyntaxError } from "../lib/report/thresholds.ts";
import { withBroker } from "./embedded.ts";
import { errorText } from "./errors.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { loadConfig, type Loaded } from "./load_config.ts";
import { Session } from "./session.ts";

export const readEnv = (name: string): string | undefined => Deno.env.get(name);
export const readTextFile = (path: string): string => Deno.readTextFileSync(path);

/** Columns for the help; 80 when stdout is no terminal. */
export function outputWidth(): number {
  try {
    return Deno.stdout.isTerminal() ? Math.min(110, Deno.consoleSize().columns) : 80;
  } catch {
    return 80;
  }
}

/** Resolves the configuration, or prints what was asked for instead and gives the exit code. */
export function loadOrPrint<R extends Role>(
  role: R,
  argv: readonly string[],
): Extract<Loaded<R>, { kind: "run" }> | ExitCode {
  const loaded = loadConfig(role, argv, readEnvironment(readEnv), readTextFile, { width: outputWidth() });
  if (loaded.kind === "run") {
    for (const notice of loaded.notices) console.error(notice);
    return loaded;
  }
  const bytes = new TextEncoder().encode(loaded.text);
  (loaded.kind === "print" ? Deno.stdout : Deno.stderr).writeSync(bytes);
  return loaded.exitCode;
}

/** Says what went wrong in one line, and which exit code it means. */
export function reportError(program: string, error: unknown, config?: Pick<RunConfig, "debug">): ExitCode {
  Deno.stderr.writeSync(new TextEncoder().encode(errorText(program, error, config?.debug ?? false)));
  return error instanceof GeneratorError || error instanceof ThresholdSyntaxError ? EXIT.usage : EXIT.runtime;
}

export async function main(role: Role, argv: readonly string[]): Promise<ExitCode> {
  const loaded = loadOrPrint(role, argv);
  if (typeof loaded === "number") return loaded;
  const { config, sources } = loaded;
  const token = config.tokenEnv === undefined ? undefined : readEnv(config.tokenEnv);
  if (config.tokenEnv !== undefined && (token === undefined || token.trim() === "")) {
    return reportError(
      role,
      new Error(`environment variable '${config.tokenEnv}' with the token is not set`),
    );
  }
  try {
    const { config: aimed, broker } = await withBroker<RunConfig>(config);
    try {
      const plan = { config: aimed, sources, ...(token === undefined ? {} : { token: token.trim() }) };
      return await new Session([plan], readEnv).run();
    } finally {
      await broker?.stop();
    }
  } catch (error) {
    return reportError(role, error, config);
  }
}
