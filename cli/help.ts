/** Help texts, written from the option table: examples first, then what is common, then the rest by groups. */
import { CONFIG_ENV, type OptionEntry, optionsFor } from "../lib/config/options.ts";
import { envNames, GROUPS, helpText } from "../lib/config/option_spec.ts";
import type { Role } from "../lib/config/run_config.ts";
import { EXIT_MEANINGS } from "./exit_codes.ts";
import { META_OPTIONS, type MetaOption } from "./meta_options.ts";

interface Manual {
  readonly summary: string;
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}

/** Summary and examples of each executable, for its help and its man page. */
export const MANUALS: Readonly<Record<Role, Manual>> = {
  producer: {
    summary: "Publish messages to Apache Pulsar at an exact rate, and measure how long they take",
    examples: [
      ["producer --embedded -d 10s", "a first run; nothing else is needed"],
      ["producer --topic orders -r 5k -d 1m", "5,000 msg/s for a minute"],
      ["producer --profile low-latency --threshold 'response.p99<20ms'", "fail when it is slow"],
      ["producer --stage ramp:1m:50k --stage 5m:50k -o result.json", "ramp up, hold, keep the result"],
    ],
  },
  consumer: {
    summary: "Consume messages from Apache Pulsar, measure their way, and prove that none is missing",
    examples: [
      ["consumer --topic orders", "share the topic's messages until Ctrl-C"],
      ["consumer --topic orders -n 1m --idle 10s", "a million messages, or until none come"],
      ["consumer --subscription-type failover --ack cumulative", "in order, acknowledged in one go"],
      ["consumer --threshold 'verify.lost==0' -o result.json", "fail when a message is lost"],
    ],
  },
};

/** Where the sentences begin when the option's name leaves room. */
const HELP_COLUMN = 32;
const NARROWEST = 60;
const WIDEST = 100;

/** Every option, for `--help`. */
export function longHelp(role: Role, width = 80): string {
  const options = optionsFor(role);
  const rest = options.filter((entry) => entry.common === undefined);
  const groups = GROUPS.map((group) =>
    [group as string, rest.filter((entry) => entry.group === group)] as const
  );
  return page(role, width, [
    commonSection(options, role),
    ...groups.filter(([, entries]) => entries.length > 0).map(([group, entries]): Section => [
      group,
      entries.map((entry) => optionLine(entry, role)),
    ]),
    ["Program", META_OPTIONS.filter((meta) => meta.common !== true).map(metaLine)],
    ["Exit codes", EXIT_MEANINGS.map(([code, meaning]) => [String(code), meaning])],
    ["Values", [
      ["numbers", "10k, 1.5m; sizes 512B, 4KiB, 1MiB; times 250ms, 30s, 1h30m; rates 5k, 300/m"],
      ["precedence", "flags, then environment, then --config, then --profile, then defaults"],
    ]],
  ]);
}

/** The common options, for `-h`. */
export function shortHelp(role: Role, width = 80): string {
  return page(role, width, [commonSection(optionsFor(role), role)]) +
    `\nAll options and exit codes: ${role} --help\n`;
}

/** Every environment variable with its option, for `--help-env`. */
export function environmentHelp(role: Role): string {
  const rows = optionsFor(role).flatMap((entry) =>
    envNames(entry, role).map(({ name, value }) =>
      [name, `--${entry.flag}${value === undefined ? "" : ` ${value}, when not empty`}`] as const
    )
  );
  rows.unshift([CONFIG_ENV, "--config"]);
  const column = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    `Environment variables of the ${role}, each the same as an option; flags win over them.`,
    "Lists are separated by semicolons, booleans are 'true' or 'false'.",
    "",
    ...rows.map(([name, meaning]) => `  ${name.padEnd(column)}${meaning}`),
  ].join("\n") + "\n";
}

type Section = readonly [heading: string, rows: readonly (readonly [string, string])[]];

function page(role: Role, width: number, sections: readonly Section[]): string {
  const manual = MANUALS[role];
  const columns = Math.min(WIDEST, Math.max(NARROWEST, width));
  const lines = [manual.summary, "", "Examples:"];
  for (const [command, meaning] of manual.examples) lines.push(`  ${command}`, `      ${meaning}`);
  lines.push("", `Usage: ${role} [options]`, `       ${role} completions bash|zsh|fish`);
  for (const [heading, rows] of sections) {
    lines.push("", `${heading}:`);
    for (const [left, right] of rows) lines.push(...row(left, right, columns));
  }
  return lines.join("\n") + "\n";
}

function commonSection(options: readonly OptionEntry[], role: Role): Section {
  const common = options.filter((entry) => entry.common !== undefined).sort((a, b) => a.common! - b.common!);
  return ["Common options", [
    ...common.map((entry) => optionLine(entry, role)),
    ...META_OPTIONS.filter((meta) => meta.common === true).map(metaLine),
  ]];
}

function optionLine(entry: OptionEntry, role: Role): readonly [string, string] {
  const facts: string[] = [];
  if (entry.kind.choices !== undefined) facts.push(entry.kind.choices.join("|"));
  const fallback = entry.default === undefined || entry.kind.isBoolean
    ? []
    : entry.kind.format(entry.default);
  if (fallback.length > 0 && !entry.kind.list) facts.push(`default ${fallback[0]}`);
  if (entry.kind.isBoolean && entry.default === true) facts.push("default on");
  const sentence = helpText(entry, role);
  return [
    leftColumn(entry, entry.default === true),
    facts.length === 0 ? sentence : `${sentence} [${facts.join("; ")}]`,
  ];
}

function metaLine(meta: MetaOption): readonly [string, string] {
  return [
    leftColumn(meta, false),
    meta.choices === undefined ? meta.help : `${meta.help} [${meta.choices.join("|")}]`,
  ];
}

function leftColumn(
  option: Pick<MetaOption, "flag" | "short" | "placeholder" | "preset">,
  isOn: boolean,
): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const long = isOn ? `--[no-]${option.flag}` : `--${option.flag}`;
  if (option.placeholder === undefined) return short + long;
  return `${short}${long} ${
    option.preset === undefined ? `<${option.placeholder}>` : `[${option.placeholder}]`
  }`;
}

/** A line of two columns; the sentence goes on below itself. */
export function row(left: string, right: string, width: number): string[] {
  const sentence = wrap(right, width - HELP_COLUMN);
  const first = `  ${left}`;
  const fits = first.length <= HELP_COLUMN - 2;
  const lines = fits ? [first.padEnd(HELP_COLUMN) + sentence.shift()!] : [first];
  return [...lines, ...sentence.map((line) => " ".repeat(HELP_COLUMN) + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
