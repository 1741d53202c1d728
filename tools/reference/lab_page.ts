/** The page of `lab`: its commands with their arguments and options, read from the commands themselves. */
import type { CommandUnknownOpts, Option } from "commander";
import { labProgram } from "../../cli/lab/command.ts";
import { code, page, prose, sentence, table } from "./markdown.ts";

/** The commands that a user sees, in the order of the help. */
export function labCommands(): readonly CommandUnknownOpts[] {
  const program = labProgram(() => {});
  return program.createHelp().visibleCommands(program).filter(({ parent }) => parent === program);
}

/** The options of a command without `--help`, which each has. */
export function optionsOf(command: CommandUnknownOpts): readonly Option[] {
  return command.createHelp().visibleOptions(command).filter(({ long }) => long !== "--help");
}

/** `500`, `"8GiB"`, or nothing where a default says nothing. */
export function defaultOf(option: Option): string | undefined {
  const value: unknown = option.defaultValueDescription ?? option.defaultValue;
  if (value === undefined || typeof value === "boolean" || Array.isArray(value)) return undefined;
  return String(value);
}

/** `lab compare [options] <results...>`. */
export function usageOf(command: CommandUnknownOpts): string {
  return `lab ${command.name()} ${command.usage().replace("[options] [options...]", "[options...]")}`
    .trimEnd();
}

export function labPage(): string {
  const commands = labCommands();
  return page(
    "# Commands of lab",
    "Companion of `producer` and `consumer`. `lab COMMAND --help` shows the same with examples. " +
      "[Exit codes](exit-codes.md) are the same for all three programs.",
    table(
      ["Command", "What it does"],
      commands.map((command) => [
        `[${code(`lab ${command.name()}`)}](#lab-${command.name()})`,
        prose(command.description()),
      ]),
    ),
    ...commands.flatMap(section),
  );
}

function section(command: CommandUnknownOpts): string[] {
  const options = optionsOf(command);
  const named = command.registeredArguments.filter(({ description }) => description !== "");
  return [
    `## lab ${command.name()}`,
    sentence(command.description()),
    "```text\n" + usageOf(command) + "\n```",
    ...(named.length === 0 ? [] : [
      table(
        ["Argument", "Values"],
        named.map((argument) => [code(argument.name()), prose(argument.description)]),
      ),
    ]),
    ...(options.length === 0 ? [] : [table(
      ["Option", "Default", "Meaning"],
      options.map((option) => [
        code(option.flags),
        defaultOf(option) === undefined ? "–" : code(defaultOf(option)!),
        prose(option.description),
      ]),
    )]),
  ];
}
