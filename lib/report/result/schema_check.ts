/**
 * Checks a value against the part of JSON Schema 2020-12 that `result.schema.json` uses: `type`, `const`, `enum`,
 * `properties`, `required`, `additionalProperties`, `items`, `minItems`, `minimum`, `maximum`, `allOf` and local `$ref`.
 *
 * The published schema is thereby the one description of a result, and reading needs no validator library.
 */

export type Schema = { readonly [keyword: string]: unknown };

/** The first thing wrong with a value: where it is (`totals.latency.service.count`) and what it should be. */
export interface SchemaProblem {
  readonly path: string;
  readonly problem: string;
}

/** Finds the first violation, depth first; undefined when the value conforms. */
export function checkSchema(value: unknown, root: Schema): SchemaProblem | undefined {
  return check(value, root, root, "");
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
  for (const step of reference.replace(/^#\//, "").split("/")) node = (node as Schema)[step];
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
