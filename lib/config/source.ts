/** Origins of values, and the errors of a configuration. */

/** Origin of one value. `implied` follows from another option; the rest are the layers of precedence. */
export type Source =
  | { readonly kind: "flag"; readonly flag: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "file"; readonly path: string; readonly line: number; readonly column: number }
  | { readonly kind: "profile"; readonly name: string; readonly line: number; readonly column: number }
  | { readonly kind: "implied"; readonly by: string }
  | { readonly kind: "default" };

/** A source in a few words: `flag --rate`, `file lab.yaml:3:7`. */
export function formatSource(source: Source): string {
  switch (source.kind) {
    case "flag":
      return `flag ${source.flag}`;
    case "env":
      return `environment ${source.name}`;
    case "file":
      return `file ${source.path}:${source.line}:${source.column}`;
    case "profile":
      return `profile ${source.name}:${source.line}:${source.column}`;
    case "implied":
      return `implied by ${source.by}`;
    case "default":
      return "default";
  }
}

/** `lab.yaml:3:7: ` before a message about what stands in a file, so that an editor can jump there; else nothing. */
export function placePrefix(source: Source): string {
  return source.kind === "file" ? `${source.path}:${source.line}:${source.column}: ` : "";
}

/** One mistake: `message` stands alone on a line; `source` says which layer has to be corrected. */
export interface Problem {
  readonly message: string;
  readonly source: Source;
  /** The option is well formed, but the file that it names cannot be used. */
  readonly isAboutFile?: boolean;
}

/** The configuration cannot be used; every problem found is listed, one a line in `message`. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "invalid-config";
  constructor(readonly problems: readonly Problem[], options?: ErrorOptions) {
    super(problems.map((problem) => problem.message).join("\n"), options);
  }

  /** True when all mistakes are on the command line, so that it is a usage error. */
  get fromFlags(): boolean {
    return this.problems.every(({ source, isAboutFile }) => source.kind === "flag" && !isAboutFile);
  }
}
