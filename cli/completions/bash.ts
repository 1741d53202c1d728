/** Completions for bash 3.2 and later (macOS still ships that one). */
import type { CompletionOption, CompletionProgram, CompletionValue } from "./spec.ts";

/** The script to source, or to install under `bash-completion/completions`. */
export function bashScript(program: CompletionProgram): string {
  const name = functionName(program.name);
  const commands = program.commands ?? [];
  const lines = [
    `# bash completion for ${program.name}`,
    "",
    `${name}() {`,
    '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"',
    "  # bash splits --name=value into three words.",
    '  if [[ "$cur" == "=" ]]; then cur=""; elif [[ "$prev" == "=" ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi',
    "  COMPREPLY=()",
  ];
  if (commands.length > 0) {
    lines.push("  if [[ $COMP_CWORD -gt 1 ]]; then", '    case "${COMP_WORDS[1]}" in');
    for (const command of commands) {
      lines.push(`    ${command.name})`, ...body(command, "      "), "      return ;;");
    }
    lines.push("    esac", "  fi");
  }
  lines.push(...body(program, "  "));
  if (commands.length > 0) {
    lines.push(
      `  if [[ $COMP_CWORD -eq 1 && "$cur" != -* ]]; then`,
      `    ${words(commands.map((command) => command.name), "+=")}`,
      "  fi",
    );
  }
  return [...lines, "}", "", `complete -F ${name} ${program.name}`, ""].join("\n");
}

function body(program: CompletionProgram, indent: string): string[] {
  const lines: string[] = [];
  // Options whose values are completed alike share a case.
  const cases = new Map<string, string[]>();
  for (const { flags, value } of program.options) {
    if (value === undefined) continue;
    const action = valueLines(value).map((line) => `  ${line}`).join("\n");
    cases.set(action, [...cases.get(action) ?? [], ...flags]);
  }
  if (cases.size > 0) {
    lines.push('case "$prev" in');
    for (const [action, flags] of cases) lines.push(`${flags.join("|")})`, ...action.split("\n"));
    lines.push("esac");
  }
  const flags = program.options.flatMap((option) => completedFlags(option));
  if (flags.length > 0) {
    lines.push('if [[ "$cur" == -* ]]; then', `  ${words(flags)}`, "  return", "fi");
  }
  if (program.arguments?.words !== undefined) lines.push(words(program.arguments.words, "+="));
  if (program.arguments?.files) lines.push(...FILES);
  return lines.map((line) => indent + line);
}

/** An optional value may be left out: a word that begins with a dash is the next option then. */
function valueLines(value: CompletionValue): string[] {
  const lines: string[] = [];
  if (value.arePrefixes) lines.push("compopt -o nospace 2>/dev/null");
  if (value.words !== undefined) lines.push(words(value.words));
  if (value.files) lines.push(...FILES);
  if (!value.isOptional) return [...lines, "return ;;"];
  return ['if [[ "$cur" != -* ]]; then', ...lines.map((line) => `  ${line}`), "  return", "fi ;;"];
}

const FILES = [
  "compopt -o filenames 2>/dev/null",
  `while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")`,
];

function completedFlags(option: CompletionOption): readonly string[] {
  // One letter saves no typing, so only the long names are offered.
  return option.flags.filter((flag) => flag.startsWith("--"));
}

function words(list: readonly string[], operator = "="): string {
  return `COMPREPLY${operator}($(compgen -W '${list.join(" ").replaceAll("'", "'\\''")}' -- "$cur"))`;
}

function functionName(program: string): string {
  return `_${program.replace(/\W/g, "_")}`;
}
