/** The JSON Schema (draft 7, what editors understand best) of configuration files and profiles. */
import { fileKey, helpText, ROLES } from "./option_spec.ts";
import { type OptionEntry, optionsFor, sharedOptions } from "./options.ts";
import type { Role } from "./run_config.ts";
import type { JsonSchema } from "./value_kinds.ts";

/** Builds the schema from the option table. */
export function profileSchema(): JsonSchema {
  const roles = ROLES.map((role) =>
    [role, section(optionsFor(role), role, `Settings of the ${role} only`)] as const
  );
  const top = section(sharedOptions(), "producer", "Settings of the producer and consumer executables");
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Pulsar Local Lab configuration or profile",
    ...top,
    properties: {
      description: { type: "string", description: "What --list-profiles says about this profile" },
      ...top["properties"] as Record<string, JsonSchema>,
      ...Object.fromEntries(roles),
    },
  };
}

function section(entries: readonly OptionEntry[], role: Role, description: string): JsonSchema {
  const properties = entries.filter((entry) => !(entry.key === "profile" && description.includes("only")))
    .map((entry) => [fileKey(entry), setting(entry, role)] as const);
  return {
    description,
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(properties),
  };
}

function setting(entry: OptionEntry, role: Role): JsonSchema {
  const texts = entry.default === undefined ? undefined : entry.kind.format(entry.default);
  const fallback = texts === undefined || entry.kind.list ? {} : { default: plain(entry, texts[0]!) };
  return { description: helpText(entry, role), ...entry.kind.schema, ...fallback };
}

/** Booleans and whole numbers keep their type, because editors insert the default as it stands here. */
function plain(entry: OptionEntry, text: string): unknown {
  if (entry.kind.isBoolean) return text === "true";
  return /^\d+$/.test(text) ? Number(text) : text;
}
