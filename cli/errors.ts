/** Errors as people see them: one line, the stack only with `--debug`; and which exit code they mean. */
import { clean, cleanLines } from "../lib/config/foreign_text.ts";
import { ConfigError } from "../lib/config/source.ts";
import { GeneratorError } from "../lib/load/generator/errors.ts";
import { MetricsEndpointError } from "../lib/report/formats/endpoint.ts";
import { MergeError } from "../lib/report/merge/merge.ts";
import { ResultError } from "../lib/report/result/result.ts";
import { OutputError } from "../lib/report/formats/write.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { LabError, type LabErrorCode } from "./lab_error.ts";
import { UsageError } from "./command.ts";

/** A signal came before the load had started. */
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
  const line = clean(message);
  // A stack begins with the message, line breaks of others and all.
  const details = cleanLines((workerStack ?? stack ?? "").replace(message, () => line));
  return `${program}: ${line}${isDebug ? `\n${details}` : ""}\n`;
}

/** Thrown for what a file or a port is, and never once a load runs: what breaks then is part of its result. */
const OF_THE_ENVIRONMENT = [OutputError, MetricsEndpointError, ResultError, MergeError] as const;
/** Codes that say the same of errors which have come out of a worker: payloads, certificates, keys, tokens, the addon. */
const FILE_CODES: ReadonlySet<unknown> = new Set([
  "file-invalid",
  "UnreadableFile",
  "InvalidFile",
  "Credential",
  "NativeAddon",
]);
const UNFIT_MACHINE: ReadonlySet<LabErrorCode> = new Set<LabErrorCode>([
  "MissingProgram",
  "OldProgram",
  "TooSmall",
  "WrongContext",
  "NoCluster",
  "Forbidden",
  "NotOurs",
  "NotInstalled",
]);

/** The exit code of an error that kept a command from doing its work. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConfigError) return error.fromFlags ? EXIT.usage : EXIT.configuration;
  if (OF_THE_ENVIRONMENT.some((kind) => error instanceof kind)) return EXIT.configuration;
  if (error instanceof LabError) {
    if (error.code === "Usage") return EXIT.usage;
    return UNFIT_MACHINE.has(error.code) ? EXIT.configuration : EXIT.failure;
  }
  if (FILE_CODES.has((error as { code?: unknown } | undefined)?.code)) return EXIT.configuration;
  if (error instanceof UsageError || error instanceof GeneratorError) return EXIT.usage;
  return error instanceof InterruptedError ? EXIT.interrupted : EXIT.failure;
}
