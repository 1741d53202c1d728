/** Completions for fish. */
import type { CompletionOption, CompletionProgram } from "./spec.ts";

/** The script to source, or to install under `fish/completions`. */
export function fishScript(program: CompletionProgram): string {
  const commands = program.commands ?? [];
  const names = commands.map((command) => command.name).join(" ");
  const isTop = commands.length === 0 ? "" : ` -n ${quote(`not __fish_seen_subcommand_from ${names}`)}`;
  const lines = [
    `# fish completion for ${program.name}`,
    `complete -c ${program.name} -f`,
    ...rules(program, program.name, isTop),
  ];
  for (const command of commands) {
    lines.push(`complete -c ${program.name}${isTop} -a ${command.name} -d ${quote(command.help)}`);
    lines.push(
      ...rules(command, program.name, ` -n ${quote(`__fish_seen_subcommand_from ${command.name}`)}`),
    );
  }
  return lines.join("\n") + "\n";
}

function rules(program: CompletionProgram, root: string, condition: string): string[] {
  const lines = program.options.map((option) => `complete -c ${root}${condition}${optionRule(option)}`);
  const { words, files } = program.arguments ?? {};
  if (words !== undefined) lines.push(`complete -c ${root}${condition} -a ${quote(words.join(" "))}`);
  if (files) lines.push(`complete -c ${root}${condition} -F`);
  return lines;
}

function optionRule(option: CompletionOption): string {
  const names = option.flags.map((flag) =>
    flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  );
  return ` ${names.join(" ")}${valueRule(option)} -d ${quote(option.help)}`;
}

function valueRule({ value }: CompletionOption): string {
  if (value === undefined) return "";
  const words = value.words === undefined ? "" : ` -a ${quote(value.words.join(" "))}`;
  // Without -r the value may be left out, and is then completed after `=` only.
  return `${value.isOptional ? "" : " -r"}${value.files ? " -F" : " -f"}${words}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
