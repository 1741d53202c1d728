/** The fields of the result, read from its JSON Schema. */
import schema from "../../lib/report/result/result.schema.json" with { type: "json" };
import { code, sentence } from "./markdown.ts";

/** The keywords that the schema uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

export interface SchemaField {
  /** `run.id`, `workers[].messages`. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly what: string;
}

/** Definitions that get a table of their own instead of being repeated wherever they are used. */
export const TABLES = ["interval", "span", "latency", "histogram", "batchSize", "instance"] as const;

const ROOT = schema as Schema & { readonly $defs: Readonly<Record<string, Schema>> };

/** The schema at a place such as `#/$defs/span`. */
export function schemaAt(pointer: string): Schema {
  // deno-lint-ignore no-explicit-any -- a pointer can lead anywhere in a JSON value
  return pointer.split("/").slice(1).reduce((place: any, key) => place[key], ROOT) as Schema;
}

/** Every field below a place, parents before their children. */
export function schemaFields(pointer: string): SchemaField[] {
  return fieldsOf(schemaAt(pointer), "");
}

function fieldsOf(place: Schema, prefix: string): SchemaField[] {
  const parts = [
    place,
    ...(place.allOf ?? []).map((part) => part.$ref === undefined ? part : schemaAt(part.$ref)),
  ];
  return parts.flatMap((part) =>
    Object.entries(part.properties ?? {}).flatMap(([name, field]) => {
      const path = `${prefix}${name}`;
      return [
        {
          path,
          type: typeOf(field),
          isRequired: part.required?.includes(name) === true,
          what: whatOf(field),
        },
        ...inside(field, path),
      ];
    })
  );
}

function inside(field: Schema, path: string): SchemaField[] {
  if (field.$ref !== undefined) return [];
  if (field.items !== undefined) {
    return field.items.$ref === undefined ? fieldsOf(field.items, `${path}[].`) : [];
  }
  const { additionalProperties: others } = field;
  const values = typeof others === "object" && others.properties !== undefined
    ? fieldsOf(others, `${path}.*.`)
    : [];
  return [...(field.allOf === undefined ? fieldsOf(field, `${path}.`) : ownFields(field, path)), ...values];
}

/** What a field adds to a definition that has a table of its own. */
function ownFields(field: Schema, path: string): SchemaField[] {
  return field.allOf!.filter((part) => part.$ref === undefined).flatMap((part) => fieldsOf(part, `${path}.`));
}

function whatOf(field: Schema): string {
  const text = field.description ?? (field.$ref === undefined ? undefined : schemaAt(field.$ref).description);
  return text === undefined ? "" : sentence(text);
}

function typeOf(field: Schema): string {
  if (field.const !== undefined) return code(JSON.stringify(field.const));
  if (field.enum !== undefined) return field.enum.map((word) => code(String(word))).join(", ");
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`;
  const ref = field.$ref ?? field.allOf?.find((part) => part.$ref !== undefined)?.$ref;
  if (ref !== undefined) return refType(ref);
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(" or ");
  if (typeof field.additionalProperties === "object") {
    return `object of ${typeOf(field.additionalProperties)}`;
  }
  return field.type ?? "any";
}

function refType(ref: string): string {
  const name = ref.split("/").at(-1)!;
  if (TABLES.some((title) => title === name)) return `[${name}](result.md#${name.toLowerCase()})`;
  if (name === "count") return "whole number";
  if (name === "amount" || name === "epochUs") return "number";
  return typeOf(schemaAt(ref));
}
