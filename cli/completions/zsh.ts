/** Completions for zsh. */
import type { CompletionOption, CompletionProgram, CompletionValue } from "./spec.ts";

/** The script to source after `compinit`, or to install in `$fpath` as `_PROGRAM`. */
export function zshScript(program: CompletionProgram): string {
  const name = `_${program.name.replace(/\W/g, "_")}`;
  const commands = program.commands ?? [];
  const lines = [`#compdef ${program.name}`, "", `${name}() {`];
  if (commands.length === 0) lines.push(...argumentLines(program, []));
  else lines.push(...commandLines(program, commands));
  return [
    ...lines,
    "}",
    "",
    "# Autoloaded from $fpath the file is the function's body; sourced, it registers the function.",
    `if [ "$funcstack[1]" = "${name}" ]; then`,
    `  ${name} "$@"`,
    "else",
    `  compdef ${name} ${program.name}`,
    "fi",
    "",
  ].join("\n");
}

/** The first word is one of the commands; what follows is completed by that command's own options. */
function commandLines(program: CompletionProgram, commands: readonly CompletionProgram[]): string[] {
  return [
    "  local context state state_descr line",
    "  local -a commands",
    "  typeset -A opt_args",
    ...argumentLines(program, ["'1:command:->command'", "'*::argument:->arguments'"], "-C "),
    '  case "$state" in',
    "  command)",
    "    commands=(",
    ...commands.map((command) => `      '${quoteColon(command.name)}:${quote(command.help)}'`),
    "    )",
    "    _describe command commands",
    "    ;;",
    "  arguments)",
    '    case "$line[1]" in',
    ...commands.flatMap((command) => [
      `    ${command.name})`,
      ...argumentLines(command, []).map((line) => `    ${line}`),
      "      ;;",
    ]),
    "    esac",
    "    ;;",
    "  esac",
  ];
}

function argumentLines(program: CompletionProgram, more: readonly string[], flags = ""): string[] {
  const specs = [...program.options.map(optionSpec), ...more];
  if (program.arguments !== undefined) specs.push(`'*:argument:${action(program.arguments)}'`);
  if (specs.length === 0) return ["  _message 'no arguments'"];
  return [
    `  _arguments -s ${flags}\\`,
    ...specs.map((spec, at) => `    ${spec}${at < specs.length - 1 ? " \\" : ""}`),
  ];
}

function optionSpec(option: CompletionOption): string {
  const value = option.value === undefined ? "" : valueSpec(option.value);
  const text = `[${quoteBrackets(quote(option.help))}]${value}`;
  // `--flag=value` and `--flag value` are both accepted; of an optional value only the former is safe.
  const flags = option.flags.map((flag) => {
    if (option.value === undefined || !flag.startsWith("--")) return flag;
    return option.value.isOptional ? `${flag}=-` : `${flag}=`;
  });
  if (option.isRepeatable) return flags.map((flag) => `'*${flag}${text}'`).join(" ");
  return flags.length === 1
    ? `'${flags[0]}${text}'`
    : `'(${option.flags.join(" ")})'{${flags.join(",")}}'${text}'`;
}

function valueSpec(value: CompletionValue): string {
  return `${value.isOptional ? "::" : ":"}${quoteColon(quote(value.name))}:${action(value)}`;
}

function action(value: Pick<CompletionValue, "words" | "files" | "arePrefixes">): string {
  if (value.words !== undefined && value.arePrefixes) {
    return `{compadd -S "" -- ${value.words.join(" ")}}`;
  }
  if (value.words !== undefined && value.files) {
    return `{_alternative "names\\:name\\:(${value.words.join(" ")})" "files\\:file\\:_files"}`;
  }
  if (value.words !== undefined) return `(${value.words.join(" ")})`;
  return value.files ? "_files" : " ";
}

function quote(text: string): string {
  return text.replaceAll("'", "'\\''");
}

function quoteBrackets(text: string): string {
  return text.replace(/[[\]]/g, "\\$&");
}

function quoteColon(text: string): string {
  return text.replaceAll(":", "\\:");
}
