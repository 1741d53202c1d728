/** Errors as people see them: one line, the stack only with `--debug`; and which exit code they mean. */
import { ConfigError } from "../lib/config/source.ts";
import { GeneratorError } from "../lib/load/generator.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { UsageError } from "./command.ts";

/** A signal came before the load had started: there is nothing to report. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  readonly code = "Interrupted";
  constructor(readonly signal: string) {
    super(`${signal}: stopped before the load had started`);
  }
}

/** Text for stderr, ending in a newline. */
export function errorText(program: string, error: unknown, isDebug: boolean): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const workerStack = (error as { workerStack?: string }).workerStack;
  const details = isDebug ? `\n${workerStack ?? stack ?? ""}` : "";
  return `${program}: ${message}${details}\n`;
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConfigError) return error.fromFlags ? EXIT.usage : EXIT.configuration;
  if (error instanceof UsageError || error instanceof GeneratorError) return EXIT.usage;
  return error instanceof InterruptedError ? EXIT.interrupted : EXIT.failure;
}
