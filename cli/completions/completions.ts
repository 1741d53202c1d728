/** Completion scripts for bash, zsh and fish, generated from what a program understands. */
import { helpText } from "../../lib/config/option_spec.ts";
import { optionsFor } from "../../lib/config/options.ts";
import { PROFILE_NAMES } from "../../lib/config/profiles.ts";
import type { Role } from "../../lib/config/run_config.ts";
import { metricNames } from "../../lib/report/thresholds/metric_catalog.ts";
import {
  type CompletionOption,
  type CompletionProgram,
  COMPLETIONS_COMMAND,
  type CompletionValue,
  type Shell,
} from "./spec.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { zshScript } from "./zsh.ts";
import { META_OPTIONS } from "../meta_options.ts";

/** The options of an executable as shells see them. */
export function programOf(role: Role): CompletionProgram {
  const options: CompletionOption[] = optionsFor(role).flatMap((entry): CompletionOption[] => {
    const help = helpText(entry, role);
    const flags = entry.short === undefined ? [`--${entry.flag}`] : [`-${entry.short}`, `--${entry.flag}`];
    if (entry.kind.isBoolean) {
      return [{ flags, help }, { flags: [`--no-${entry.flag}`], help: `Turn off --${entry.flag}` }];
    }
    const words = entry.key === "profile"
      ? PROFILE_NAMES
      : entry.key === "thresholds"
      ? metricNames(role)
      : entry.kind.choices;
    const value: CompletionValue = {
      name: entry.placeholder ?? "value",
      words,
      files: entry.kind.isFile === true || entry.key === "profile",
      arePrefixes: entry.key === "thresholds",
      isOptional: entry.preset !== undefined,
    };
    return [{ flags, help, value, isRepeatable: entry.kind.list === true }];
  });
  return {
    name: role,
    help: "",
    options: [...options, { flags: ["--no-color"], help: "Use no colours" }, ...metaOptions()],
    commands: [COMPLETIONS_COMMAND],
  };
}

/** The script that teaches a shell to complete a program; it is meant to be sourced or installed as a file. */
export function completionScript(shell: Shell, program: CompletionProgram): string {
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](program);
}

function metaOptions(): CompletionOption[] {
  return META_OPTIONS.map((meta): CompletionOption => {
    const short = meta.flag === "help" ? "h" : meta.short;
    const flags = short === undefined ? [`--${meta.flag}`] : [`-${short}`, `--${meta.flag}`];
    if (meta.placeholder === undefined) return { flags, help: meta.help };
    const value: CompletionValue = {
      name: meta.placeholder,
      words: meta.choices,
      files: meta.isFile === true,
      isOptional: meta.preset !== undefined,
    };
    return { flags, help: meta.help, value };
  });
}
