/** What shells complete of a program of several commands, read from the commands themselves. */
import type { CommandUnknownOpts, Option } from "commander";
import type { CompletionOption, CompletionProgram, CompletionValue } from "./spec.ts";

/** What commander does not know of a value: the words it can be, or that it is a file. */
export type KnownValue = Pick<CompletionValue, "words" | "files" | "arePrefixes">;

/**
 * @param values by the placeholder of an option or the name of an argument: `file`, `results`
 */
export function completionsOf(
  program: CommandUnknownOpts,
  values: Readonly<Record<string, KnownValue>>,
): CompletionProgram {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter(({ parent }) => parent === program);
  const first = program.registeredArguments.map((argument) => values[argument.name()])
    .find((known) => known !== undefined);
  return {
    name: program.name(),
    help: program.description(),
    options: help.visibleOptions(program).map((option) => optionOf(option, values)),
    arguments: first === undefined ? undefined : { words: first.words, files: first.files },
    commands: commands.map((command) => completionsOf(command, values)),
  };
}

function optionOf(option: Option, values: Readonly<Record<string, KnownValue>>): CompletionOption {
  const { short, long, description, flags: written } = option;
  const flags = [short, long].filter((flag) => flag !== undefined && flag !== null);
  if (!option.required && !option.optional) return { flags, help: description };
  const name = /[<[](.+?)[>\]]/.exec(written)?.[1] ?? "value";
  const value: CompletionValue = {
    name,
    ...values[name],
    words: option.argChoices ?? values[name]?.words,
    isOptional: option.optional,
  };
  return {
    flags,
    help: description,
    value,
    isRepeatable: Array.isArray(option.defaultValue),
  };
}
