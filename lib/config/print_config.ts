/** `--print-config`: every setting with its source, as a file that `--config` reads back. */
import { printableJson } from "./foreign_text.ts";
import { fileKey, GROUPS, helpText, type OptionKey } from "./option_spec.ts";
import { type OptionEntry, optionsFor } from "./options.ts";
import type { Resolved } from "./resolve.ts";
import { formatSource, type Source } from "./source.ts";

const HIDDEN = "(hidden)";
const SOURCE_COLUMN = 44;

/**
 * YAML: given settings are in force; implied ones, defaults and secrets are commented out. Each line ends with its
 * source. Reading it back gives the same configuration, secrets aside.
 */
export function printConfigYaml(resolved: Resolved): string {
  const { role } = resolved.config;
  const lines = [`# Configuration of this ${role}: flag > environment > file > profile > default`];
  const shared = optionsFor(role).filter((entry) => entry.roles.length > 1 && entry.perRole !== true);
  const own = optionsFor(role).filter((entry) => !shared.includes(entry));
  lines.push(...sectionLines(shared, resolved, ""), "", `${role}:`, ...sectionLines(own, resolved, "  "));
  return lines.join("\n") + "\n";
}

/** JSON: `{ role, config, sources }`; the values in the units of `RunConfig`, secrets hidden. */
export function printConfigJson(resolved: Resolved): string {
  return printableJson(JSON.stringify(describeConfig(resolved), null, 2)) + "\n";
}

/** The configuration for people and results: values by key, where each came from, secrets hidden. */
function describeConfig(
  resolved: Resolved,
): { role: string; config: Record<string, unknown>; sources: Record<string, string> } {
  const { role } = resolved.config;
  const config: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const entry of optionsFor(role)) {
    const value = valueOf(resolved, entry.key);
    if (value !== undefined) config[entry.key] = entry.secret === true ? HIDDEN : value;
    sources[entry.key] = formatSource(sourceOf(resolved, entry.key));
  }
  return { role, config, sources };
}

function sectionLines(entries: readonly OptionEntry[], resolved: Resolved, indent: string): string[] {
  const lines: string[] = [];
  for (const group of GROUPS) {
    const members = entries.filter((entry) => entry.group === group);
    if (members.length > 0) lines.push("", `${indent}# ${group}`);
    for (const entry of members) lines.push(settingLine(entry, resolved, indent));
  }
  return lines;
}

function settingLine(entry: OptionEntry, resolved: Resolved, indent: string): string {
  const source = sourceOf(resolved, entry.key);
  const value = valueOf(resolved, entry.key);
  const isGiven = value !== undefined && source.kind !== "default" && source.kind !== "implied";
  const shown = value === undefined ? "" : entry.secret === true ? HIDDEN : yamlValue(entry, value);
  const setting = `${fileKey(entry)}:${shown === "" ? "" : ` ${shown}`}`;
  const comment = value === undefined
    ? `not set; ${helpText(entry, resolved.config.role)}`
    : formatSource(source);
  const active = isGiven && entry.secret !== true;
  return `${indent}${active ? "" : "# "}${setting}`.padEnd(SOURCE_COLUMN) + ` # ${comment}`;
}

function yamlValue(entry: OptionEntry, value: unknown): string {
  const texts = entry.kind.format(value);
  if (entry.kind.list) return `[${texts.map((text) => printableJson(JSON.stringify(text))).join(", ")}]`;
  const text = texts[0]!;
  const isPlain = /^[A-Za-z0-9/](?:[\w+%µ./:-]*[\w%/])?$/.test(text) && !/^(null|~|.*:)$/i.test(text);
  return isPlain ? text : printableJson(JSON.stringify(text));
}

function valueOf(resolved: Resolved, key: OptionKey): unknown {
  return (resolved.config as unknown as Readonly<Record<string, unknown>>)[key];
}

function sourceOf(resolved: Resolved, key: OptionKey): Source {
  return resolved.sources.get(key) ?? { kind: "default" };
}
