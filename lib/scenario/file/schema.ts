/** The JSON Schema (draft 7, what editors understand best) of scenario files, made from the tables that the reader uses. */
import { fileKey, helpText } from "../../config/option_spec.ts";
import type { OptionEntry } from "../../config/options.ts";
import type { Role } from "../../config/run_config.ts";
import type { JsonSchema } from "../../config/value_kinds.ts";
import {
  ACTION_FIELDS,
  type Fields,
  groupOptions,
  HOLD_FIELDS,
  NAMESPACE_FIELDS,
  PRODUCER_FIELDS,
  STEP_FIELDS,
  SUBSCRIPTION_FIELDS,
  TOP_FIELDS,
  TOPIC_FIELDS,
  topOptions,
} from "./fields.ts";

export function scenarioSchema(): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Pulsar Local Lab scenario",
    type: "object",
    additionalProperties: false,
    properties: {
      ...fields(TOP_FIELDS),
      ...options(topOptions(), "producer"),
      namespaces: named("Namespaces to create or to give policies, by name", fields(NAMESPACE_FIELDS)),
      topics: named("Groups of topics", fields(TOPIC_FIELDS)),
      producers: named("Groups of producers", {
        ...options(groupOptions("producer"), "producer"),
        ...fields(PRODUCER_FIELDS),
      }),
      subscriptions: named("Subscriptions with their consumers", {
        ...options(groupOptions("consumer"), "consumer"),
        ...fields(SUBSCRIPTION_FIELDS),
      }),
      steps: {
        description: "What happens while the load runs",
        type: "array",
        items: {
          type: "object",
          additionalProperties: false,
          required: ["at"],
          properties: { ...fields(STEP_FIELDS), ...fields(ACTION_FIELDS), ...fields(HOLD_FIELDS) },
          oneOf: Object.keys(ACTION_FIELDS).map((action) => ({ required: [action] })),
        },
      },
      sweep: {
        description: "Paths of settings and the values that each goes through: every combination in turn",
        type: "object",
        additionalProperties: { type: "array", items: { type: ["string", "number", "boolean"] } },
      },
    },
  };
}

function fields(table: Fields): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(table).map(([name, { help, schema }]) => [name, { description: help, ...schema }]),
  );
}

function options(entries: ReadonlyMap<string, OptionEntry>, role: Role): Record<string, JsonSchema> {
  return Object.fromEntries(
    [...entries.values()].map((entry) => [
      fileKey(entry),
      { description: helpText(entry, role), ...entry.kind.schema },
    ]),
  );
}

function named(description: string, properties: Record<string, JsonSchema>): JsonSchema {
  const group = { type: ["object", "null"], additionalProperties: false, properties };
  return { description, type: "object", additionalProperties: group };
}
