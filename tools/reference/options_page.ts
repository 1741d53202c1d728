/** The page of one executable's options, from the option table. */
import { META_OPTIONS, type MetaOption } from "../../cli/meta_options.ts";
import { envNames, GROUPS, helpText } from "../../lib/config/option_spec.ts";
import { CONFIG_ENV, type OptionEntry, optionsFor } from "../../lib/config/options.ts";
import type { Role } from "../../lib/config/run_config.ts";
import { code, page, prose, table } from "./markdown.ts";

const INTRO: Readonly<Record<Role, string>> = {
  producer: "What `producer` sends, how fast, and where the figures go.",
  consumer: "What `consumer` reads, how it acknowledges, and where the figures go.",
};

export function optionsPage(role: Role): string {
  const options = optionsFor(role);
  const groups = GROUPS.flatMap((group) => {
    const entries = options.filter((entry) => entry.group === group);
    return entries.length === 0
      ? []
      : [`## ${group}`, table(HEAD, entries.map((entry) => optionRow(entry, role)))];
  });
  return page(
    `# Options of ${role}`,
    `${
      INTRO[role]
    } Each value has one source, the first of these that names it: command line, environment, \`--config\` file, profile, ` +
      `default. \`${role} --print-config\` shows which it was. A boolean is turned off by \`--no-NAME\`.`,
    "In files a setting has the option's name without dashes, as in `batchMessages` for `--batch-messages`; what means different things to the " +
      `two programs stands below \`${role}:\` there, as noted. The [JSON Schema](../../profiles/schema.json) of files knows them all.`,
    "Values: counts `10k`, `1.5m`; sizes `512B`, `4KiB`, `1MiB`; times `250ms`, `30s`, `1h30m`; rates `5k` (a second), `300/m`. Lists in an " +
      "environment variable have semicolons between them.",
    ...groups,
    "## Program",
    table(HEAD.slice(0, 3), META_OPTIONS.map(metaRow)),
    role === "consumer"
      ? "What thresholds can judge: [thresholds](thresholds.md). The other program: [producer](producer.md)."
      : "What thresholds can judge: [thresholds](thresholds.md). The other program: [consumer](consumer.md).",
  );
}

const HEAD = ["Option, environment", "Meaning", "Values", "Default"];

function optionRow(entry: OptionEntry, role: Role): string[] {
  const { kind } = entry;
  const fallback = entry.default === undefined ? [] : kind.format(entry.default);
  const variables = envNames(entry, role).map(({ name, value }) =>
    value === undefined ? code(name) : `${code(name)} means ${code(value)}`
  );
  return [
    [code(synopsis(entry)), ...variables].join("<br>"),
    `${prose(helpText(entry, role))}${keyNote(entry, role)}`,
    valuesText(entry),
    fallback.length === 0 ? "–" : fallback.map((text) => code(text)).join(", "),
  ];
}

/** The values that one option takes, in words. */
export function valuesText({ kind, preset, placeholder }: OptionEntry): string {
  if (kind.isBoolean) return "`true` or `false`";
  const values = kind.choices?.map(code).join(", ") ?? prose(kind.values ?? placeholder ?? "");
  const several = kind.list ? `${values}; may be repeated` : values;
  return preset === undefined ? several : `${several}; alone it means ${code(preset)}`;
}

/** `-r, --rate <rate>`, as the help writes it. */
export function synopsis(option: Pick<MetaOption, "flag" | "short" | "placeholder" | "preset">): string {
  const names = option.short === undefined ? `--${option.flag}` : `-${option.short}, --${option.flag}`;
  if (option.placeholder === undefined) return names;
  return option.preset === undefined
    ? `${names} <${option.placeholder}>`
    : `${names} [${option.placeholder}]`;
}

function keyNote(entry: OptionEntry, role: Role): string {
  return entry.perRole === true ? ` (in files below ${code(`${role}:`)})` : "";
}

function metaRow(meta: MetaOption): string[] {
  return [
    meta.flag === "config" ? `${code(synopsis(meta))}<br>${code(CONFIG_ENV)}` : code(synopsis(meta)),
    prose(meta.help),
    meta.choices?.map(code).join(", ") ?? (meta.placeholder === undefined ? "–" : "the path of a file"),
  ];
}
