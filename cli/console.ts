/** What every program needs of the terminal and the environment before anything else is loaded. */
import { clean } from "../lib/config/foreign_text.ts";

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

/** Tells on stderr what goes on, in a program's name. */
export function sayUnless(isQuiet: boolean, program: string, text: string): void {
  if (!isQuiet) console.error(`${program}: ${clean(text)}`);
}

/** npm's habit: `deno task producer -- --rate 5k` hands the two dashes on. */
export function withoutSeparator(argv: readonly string[]): readonly string[] {
  return argv[0] === "--" ? argv.slice(1) : argv;
}
