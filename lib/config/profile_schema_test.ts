import assert from "node:assert/strict";
import { Ajv, type ValidateFunction } from "ajv";
import { parse, stringify } from "yaml";
import { parseConfigFile } from "./config_file.ts";
import { EMBEDDED_PROFILES } from "./embedded_profiles.ts";
import { ROLES } from "./option_spec.ts";
import { fileKeys } from "./options.ts";
import { printConfigYaml } from "./print_config.ts";
import { profileSchema } from "./profile_schema.ts";
import { PROFILE_NAMES } from "./profiles.ts";
import { resolve } from "./resolve.ts";
import type { JsonSchema } from "./value_kinds.ts";

function compile(schema: JsonSchema): ValidateFunction {
  return new Ajv({ strict: true, strictTypes: false, allowUnionTypes: true }).compile(schema);
}

function propertiesOf(schema: unknown): Record<string, JsonSchema> {
  return (schema as { properties: Record<string, JsonSchema> }).properties;
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

Deno.test("the profiles and what --print-config prints are valid", () => {
  const validate = compile(profileSchema());
  const env = {
    PLL_STAGE: "1s:5;ramp:1m:5k",
    PLL_PROPERTY: "a=1",
    PLL_THRESHOLD: "a<1",
    PLL_WARMUP: "0.5s",
  };
  for (const name of PROFILE_NAMES) {
    assert.ok(validate(parse(EMBEDDED_PROFILES[name]!)), JSON.stringify(validate.errors));
  }
  for (const role of ROLES) {
    const readFile = (): string => assert.fail("no file is needed");
    const printed = printConfigYaml(resolve({ role, flags: new Map(), env, readFile, runId: "r1" }));
    // Commented-out defaults are put in force: they have to be valid as well.
    const text = printed.replace(/^( *)# (\w+: \S.*)$/gm, "$1$2").replace(/^Configuration.*$/m, "");
    assert.ok(text.split("\n").filter((line) => /^ *\w/.test(line)).length > 30);
    assert.ok(validate(parse(text) ?? {}), JSON.stringify(validate.errors));
  }
});

Deno.test("the schema of each setting accepts its default as an editor would insert it", () => {
  const validate = compile(profileSchema());
  const top = propertiesOf(profileSchema());
  for (const role of ROLES) {
    const properties = propertiesOf(top[role]);
    for (const [key, entry] of fileKeys(role)) {
      if (entry.default === undefined || entry.kind.list || key === "profile") continue;
      const fallback = properties[key]!["default"];
      assert.ok(validate({ [role]: { [key]: fallback } }), `${role}.${key}: ${fallback}`);
    }
  }
});

Deno.test("the schema refuses what the parser refuses", () => {
  const validate = compile(profileSchema());
  const wrong = [
    { producer: { duration: "30" } },
    { producer: { size: "10 apples" } },
    { producer: { compression: "brotli" } },
    { producer: { rate: "fast" } },
    { producer: { workers: 65 } },
    { consumer: { compression: "lz4" } },
    { rate: 5 },
    { workers: "many" },
    { workers: [1] },
  ];
  for (const value of wrong) {
    assert.equal(validate(value), false, JSON.stringify(value));
    assert.throws(
      () => parseConfigFile(stringify(value), { path: "x", role: "producer" }),
      JSON.stringify(value),
    );
  }
});
