/**
 * Checks a value against the part of JSON Schema 2020-12 that `result.schema.json` uses; a schema that says anything else
 * is refused.
 *
 * The published schema is thereby the one description of a result, and reading needs no validator library.
 */

export type Schema = { readonly [keyword: string]: unknown };

/** The first thing wrong with a value: where it is (`totals.latency.service.count`) and what it should be. */
export interface SchemaProblem {
  readonly path: string;
  readonly problem: string;
}

/** What this file checks, and what form the keyword has to have; what is not listed is refused. */
const KEYWORDS: Readonly<Record<string, (given: unknown) => boolean>> = {
  type: (given) => typeof given === "string" && TYPES.has(given),
  const: () => true,
  enum: Array.isArray,
  properties: isObject,
  required: Array.isArray,
  additionalProperties: (given) => typeof given === "boolean" || isObject(given),
  items: isObject,
  minItems: (given) => typeof given === "number",
  minimum: (given) => typeof given === "number",
  maximum: (given) => typeof given === "number",
  allOf: Array.isArray,
  anyOf: Array.isArray,
  $ref: (given) => typeof given === "string" && given.startsWith("#/"),
  // These describe, and demand nothing.
  $defs: isObject,
  $id: () => true,
  $schema: () => true,
  title: () => true,
  description: () => true,
};

const TYPES: ReadonlySet<string> = new Set([
  "object",
  "array",
  "integer",
  "number",
  "string",
  "boolean",
  "null",
]);

/** Schemas that were looked through already. */
const supported = new WeakSet<Schema>();

/**
 * Finds the first violation, depth first; undefined when the value conforms.
 *
 * @throws {TypeError} for a schema that demands what this file does not check: it would pass unseen
 */
export function checkSchema(value: unknown, root: Schema): SchemaProblem | undefined {
  if (!supported.has(root)) {
    requireSupported(root, root, "#");
    supported.add(root);
  }
  return check(value, root, root, "");
}

function requireSupported(schema: unknown, root: Schema, at: string): void {
  if (!isObject(schema)) throw new TypeError(`schema at ${at}: expected an object, found ${show(schema)}`);
  for (const [keyword, given] of Object.entries(schema)) {
    const isForm = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
    if (isForm === undefined) {
      throw new TypeError(
        `schema at ${at}: the keyword '${keyword}' is not checked; ` +
          `write with ${Object.keys(KEYWORDS).join(", ")}, or add it to schema_check.ts`,
      );
    }
    if (!isForm(given)) {
      throw new TypeError(`schema at ${at}: '${keyword}' cannot be ${show(given)} here; see schema_check.ts`);
    }
  }
  if (typeof schema.$ref === "string" && resolve(schema.$ref, root) === undefined) {
    throw new TypeError(`schema at ${at}: there is nothing at '${schema.$ref}'`);
  }
  for (const [path, part] of partsOf(schema)) requireSupported(part, root, `${at}/${path}`);
}

/** The schemas inside a schema, with their place in it. */
function partsOf(schema: Schema): (readonly [path: string, part: unknown])[] {
  const { items, additionalProperties } = schema;
  return [
    ...["properties", "$defs", "allOf", "anyOf"].flatMap((keyword) =>
      Object.entries(schema[keyword] ?? {}).map(([name, part]) => [`${keyword}/${name}`, part] as const)
    ),
    ...(items === undefined ? [] : [["items", items] as const]),
    ...(isObject(additionalProperties) ? [["additionalProperties", additionalProperties] as const] : []),
  ];
}

function check(value: unknown, schema: Schema, root: Schema, path: string): SchemaProblem | undefined {
  const at = (problem: string): SchemaProblem => ({ path: path === "" ? "result" : path, problem });
  if (typeof schema.$ref === "string") {
    const found = check(value, resolve(schema.$ref, root), root, path);
    if (found !== undefined) return found;
  }
  if ("const" in schema && value !== schema.const) {
    return at(`expected ${show(schema.const)}, found ${show(value)}`);
  }
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
    return at(`expected one of ${schema.enum.map(show).join(", ")}, found ${show(value)}`);
  }
  if (typeof schema.type === "string" && !hasType(value, schema.type)) {
    return at(
      `expected ${schema.type === "integer" ? "a whole number" : article(schema.type)}, found ${show(value)}`,
    );
  }
  if (Array.isArray(schema.anyOf)) {
    const choices = schema.anyOf as readonly Schema[];
    if (choices.every((choice) => check(value, choice, root, path) !== undefined)) {
      return at(
        `expected ${choices.map(({ type }) => article(String(type))).join(" or ")}, found ${show(value)}`,
      );
    }
  }
  if (typeof schema.minimum === "number" && typeof value === "number" && value < schema.minimum) {
    return at(`expected at least ${schema.minimum}, found ${value}`);
  }
  if (typeof schema.maximum === "number" && typeof value === "number" && value > schema.maximum) {
    return at(`expected at most ${schema.maximum}, found ${value}`);
  }
  for (const part of (schema.allOf ?? []) as readonly Schema[]) {
    const found = check(value, part, root, path);
    if (found !== undefined) return found;
  }
  if (Array.isArray(value)) return checkItems(value, schema, root, path, at);
  if (isObject(value)) return checkProperties(value, schema, root, path, at);
  return undefined;
}

function checkItems(
  value: readonly unknown[],
  schema: Schema,
  root: Schema,
  path: string,
  at: (problem: string) => SchemaProblem,
): SchemaProblem | undefined {
  if (typeof schema.minItems === "number" && value.length < schema.minItems) {
    return at(`expected at least ${schema.minItems} entry, found ${value.length}`);
  }
  if (!isObject(schema.items)) return undefined;
  for (const [index, item] of value.entries()) {
    const found = check(item, schema.items, root, `${path}[${index}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function checkProperties(
  value: Schema,
  schema: Schema,
  root: Schema,
  path: string,
  at: (problem: string) => SchemaProblem,
): SchemaProblem | undefined {
  for (const name of (schema.required ?? []) as readonly string[]) {
    if (!Object.hasOwn(value, name)) return at(`'${name}' is missing`);
  }
  const known = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  for (const [name, entry] of Object.entries(value)) {
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    const rest = schema.additionalProperties;
    if (own === undefined && rest === false) return at(`'${name}' is not part of this version`);
    const use = own ?? (isObject(rest) ? rest : undefined);
    if (use === undefined) continue;
    const found = check(entry, use, root, path === "" ? name : `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function resolve(reference: string, root: Schema): Schema {
  let node: unknown = root;
  for (const step of reference.replace(/^#\//, "").split("/")) node = (node as Schema | undefined)?.[step];
  return node as Schema;
}

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case "object":
      return isObject(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return type === (value === null ? "null" : typeof value);
  }
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function show(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (isObject(value)) return "an object";
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
