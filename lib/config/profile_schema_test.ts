import assert from "node:assert/strict";
import { ROLES } from "./option_spec.ts";
import { fileKeys, optionsFor } from "./options.ts";
import { profileSchema } from "./profile_schema.ts";
import type { JsonSchema } from "./value_kinds.ts";

function propertiesOf(schema: unknown): Record<string, JsonSchema> {
  return (schema as { properties: Record<string, JsonSchema> }).properties;
}

/** The few keywords that value kinds use, enough to see that a schema accepts what its parser accepts. */
function accepts(schema: JsonSchema, value: unknown): boolean {
  const { anyOf, oneOf, enum: words, pattern, type, const: only } = schema as Record<string, unknown>;
  if (Array.isArray(anyOf)) return anyOf.some((each) => accepts(each, value));
  if (Array.isArray(oneOf)) return oneOf.filter((each) => accepts(each, value)).length === 1;
  if (Array.isArray(words)) return words.includes(value);
  if (only !== undefined) return value === only;
  if (type === "integer") return Number.isInteger(value);
  if (type === "number") return typeof value === "number";
  if (type === "boolean") return typeof value === "boolean";
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object";
  return typeof value === "string" && new RegExp(String(pattern)).test(value);
}

Deno.test("the schema knows exactly the keys that files may have", () => {
  const top = propertiesOf(profileSchema());
  for (const role of ROLES) {
    const keys = [...fileKeys(role).keys()].filter((key) => key !== "profile");
    assert.deepEqual(Object.keys(propertiesOf(top[role])).sort(), keys.sort());
  }
  assert.ok("workers" in top && "profile" in top && "description" in top && !("rate" in top));
  assert.equal((top["producer"] as { additionalProperties: boolean }).additionalProperties, false);
});

Deno.test("the schema of each setting accepts its default as it would be written", () => {
  const top = propertiesOf(profileSchema());
  for (const role of ROLES) {
    const properties = propertiesOf(top[role]);
    for (const [key, entry] of fileKeys(role)) {
      if (entry.default === undefined || entry.kind.list || key === "profile") continue;
      assert.ok(
        accepts(properties[key]!, properties[key]!["default"]),
        `${key}: ${properties[key]!["default"]}`,
      );
    }
  }
});

Deno.test("the schema refuses what the parser refuses", () => {
  const properties = propertiesOf(propertiesOf(profileSchema())["producer"]);
  for (
    const [key, value] of [["duration", "30"], ["size", "10 apples"], ["compression", "brotli"], [
      "rate",
      "fast",
    ]] as const
  ) {
    assert.equal(accepts(properties[key]!, value), false, key);
    const entry = optionsFor("producer").find((each) => each.flag === key)!;
    assert.throws(() => entry.kind.parse([value]), key);
  }
});
