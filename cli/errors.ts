/** Errors as people see them: one line, the stack only with `--debug`. */

/** Text for stderr, ending in a newline. */
export function errorText(program: string, error: unknown, isDebug: boolean): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const workerStack = (error as { workerStack?: string }).workerStack;
  const details = isDebug ? `\n${workerStack ?? stack ?? ""}` : "";
  return `${program}: ${message}${details}\n`;
}
