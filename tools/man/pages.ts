/** The man pages of the three programs, from the same tables as their help. */
import { buildInfo } from "../../cli/build_info.ts";
import { MANUALS } from "../../cli/help.ts";
import { EXAMPLES } from "../../cli/lab/command.ts";
import { META_OPTIONS } from "../../cli/meta_options.ts";
import { envNames, GROUPS, helpText, ROLES } from "../../lib/config/option_spec.ts";
import { CONFIG_ENV, type OptionEntry, optionsFor } from "../../lib/config/options.ts";
import type { Role } from "../../lib/config/run_config.ts";
import { EXIT_MEANINGS } from "../../lib/report/result/exit_codes.ts";
import { defaultOf, labCommands, optionsOf, usageOf } from "../reference/lab_page.ts";
import { synopsis } from "../reference/options_page.ts";
import { bold, escape, example, item, manPage, option, section, subsection } from "./roff.ts";

export interface ManPage {
  readonly file: string;
  readonly text: string;
}

/** Every page, section 1. */
export function manPages(): readonly ManPage[] {
  const { version } = buildInfo();
  return [
    ...ROLES.map((role) => ({ file: `${role}.1`, text: manPage(role, version, roleSections(role)) })),
    { file: "lab.1", text: manPage("lab", version, labSections()) },
  ];
}

function roleSections(role: Role): string[] {
  const { summary, examples } = MANUALS[role];
  const options = optionsFor(role);
  const groups = GROUPS.map((group) => [group, options.filter((entry) => entry.group === group)] as const)
    .filter(([, entries]) => entries.length > 0);
  return [
    section("Name", `${role} \\- ${escape(summary[0]!.toLowerCase() + summary.slice(1))}`),
    section("Synopsis", `${bold(role)} [\\fIoptions\\fR]`, ".br", `${bold(role)} completions bash|zsh|fish`),
    section(
      "Description",
      escape(
        "Values have one source, the first of these that names them: command line, environment, --config file, profile, default. " +
          "Counts are written 10k or 1.5m; sizes 512B, 4KiB, 1MiB; times 250ms, 30s, 1h30m; rates 5k (a second) or 300/m.",
      ),
    ),
    section("Examples", ...examples.map(([command, meaning]) => example(command, meaning))),
    section(
      "Options",
      ...groups.map(([group, entries]) =>
        subsection(group, ...entries.map((entry) => optionItem(entry, role)))
      ),
      subsection("Program", ...META_OPTIONS.map((meta) => item(option(synopsis(meta)), `${meta.help}.`))),
    ),
    section(
      "Environment",
      item(bold(CONFIG_ENV), "The same as --config."),
      ...options.flatMap((entry) =>
        envNames(entry, role).map(({ name, value }) =>
          item(
            bold(name),
            `The same as --${entry.flag}${value === undefined ? "" : ` ${value}, when not empty`}.`,
          )
        )
      ),
    ),
    exitStatus(),
    section(
      "See also",
      role === "producer"
        ? `${bold("consumer")}(1), ${bold("lab")}(1)`
        : `${bold("producer")}(1), ${bold("lab")}(1)`,
    ),
  ];
}

function optionItem(entry: OptionEntry, role: Role): string {
  const { kind } = entry;
  const values = kind.isBoolean ? undefined : kind.choices?.join(", ") ?? kind.values;
  const fallback = entry.default === undefined ? "" : kind.format(entry.default).join("; ");
  const facts = [
    ...(values === undefined ? [] : [`Values: ${values}.`]),
    ...(fallback === "" ? [] : [`Default: ${fallback}.`]),
  ];
  const head = entry.default === true ? synopsis(entry).replace("--", "--[no-]") : synopsis(entry);
  const shown = entry.default === true ? bold(head) : option(head);
  return item(shown, [`${helpText(entry, role)}.`, ...facts].join(" "));
}

function labSections(): string[] {
  return [
    section("Name", escape("lab - demo, broker, results and clusters of Pulsar Local Lab")),
    section("Synopsis", `${bold("lab")} \\fIcommand\\fR [\\fIoptions\\fR]`),
    section("Description", "Companion of \\fBproducer\\fR and \\fBconsumer\\fR."),
    section(
      "Commands",
      ...labCommands().map((command) => {
        const options = optionsOf(command).map((each) => {
          const fallback = defaultOf(each);
          const text = each.description[0]!.toUpperCase() + each.description.slice(1);
          return item(
            option(each.flags),
            fallback === undefined ? `${text}.` : `${text}. Default: ${fallback}.`,
          );
        });
        return subsection(usageOf(command), escape(`${command.description()}.`), ...options);
      }),
    ),
    section(
      "Examples",
      ".nf",
      ...EXAMPLES.split("\n").slice(1).map((line) => escape(line.trim())).filter((line) => line !== ""),
      ".fi",
    ),
    exitStatus(),
    section("See also", `${bold("producer")}(1), ${bold("consumer")}(1)`),
  ];
}

function exitStatus(): string {
  return section(
    "Exit status",
    ...EXIT_MEANINGS.map(([code, meaning]) =>
      item(bold(String(code)), `${meaning[0]!.toUpperCase()}${meaning.slice(1)}.`)
    ),
  );
}
