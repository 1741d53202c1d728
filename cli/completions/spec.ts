/** What shells need to know about a program in order to complete its command line. */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = typeof SHELLS[number];

export function isShell(word: string): word is Shell {
  return (SHELLS as readonly string[]).includes(word);
}

export interface CompletionOption {
  /** With dashes: `-r`, `--rate`. */
  readonly flags: readonly string[];
  readonly help: string;
  /** Absent: the option takes no value. */
  readonly value?: CompletionValue;
  readonly isRepeatable?: boolean;
}

export interface CompletionValue {
  readonly name: string;
  readonly words?: readonly string[] | undefined;
  readonly files?: boolean | undefined;
  /** The words are beginnings: no blank is put behind them. */
  readonly arePrefixes?: boolean;
  /** The option may stand alone. */
  readonly isOptional?: boolean;
}

/** A program, or one of its commands. */
export interface CompletionProgram {
  readonly name: string;
  readonly help: string;
  readonly options: readonly CompletionOption[];
  /** What may stand as an argument. */
  readonly arguments?: Pick<CompletionValue, "words" | "files"> | undefined;
  readonly commands?: readonly CompletionProgram[] | undefined;
}

/** The `completions` command that every program has. */
export const COMPLETIONS_COMMAND: CompletionProgram = {
  name: "completions",
  help: "Print a completion script",
  options: [],
  arguments: { words: SHELLS },
};
