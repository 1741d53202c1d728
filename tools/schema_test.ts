import assert from "node:assert/strict";
import { generatedFiles } from "./schema.ts";

Deno.test("the schema and the embedded profiles are current; 'deno task schema' renews them", () => {
  for (const [path, content] of generatedFiles()) assert.equal(Deno.readTextFileSync(path), content, path);
});

Deno.test("each profile file names the schema for editors", () => {
  for (const { name } of Deno.readDirSync("profiles")) {
    if (!name.endsWith(".yaml")) continue;
    const [first] = Deno.readTextFileSync(`profiles/${name}`).split("\n");
    assert.equal(first, "# yaml-language-server: $schema=./schema.json", name);
  }
});
