import assert from "node:assert/strict";
import { checkSchema, type Schema } from "./schema_check.ts";

function refused(schema: Schema, message: RegExp): void {
  assert.throws(() => checkSchema({}, schema), (error) => {
    assert.ok(error instanceof TypeError && message.test(error.message), String(error));
    return true;
  });
}

Deno.test("a keyword that nobody checks is refused, wherever it stands, and its place is named", () => {
  const odd = { type: "string", pattern: "^a" };
  refused(odd, /^schema at #: the keyword 'pattern' is not checked; write with type, const, /);
  refused({ properties: { name: odd } }, /^schema at #\/properties\/name: /);
  refused({ $defs: { name: odd } }, /^schema at #\/\$defs\/name: /);
  refused({ items: odd }, /^schema at #\/items: /);
  refused({ additionalProperties: odd }, /^schema at #\/additionalProperties: /);
  refused({ allOf: [{}, odd] }, /^schema at #\/allOf\/1: /);
  refused({ anyOf: [{ items: odd }] }, /^schema at #\/anyOf\/0\/items: /);
  refused({ toString: 1 }, /'toString' is not checked/);
});

Deno.test("a known keyword in a form that would be passed over is refused too", () => {
  refused({ type: ["string", "null"] }, /^schema at #: 'type' cannot be an array here/);
  refused({ type: "text" }, /'type' cannot be "text" here/);
  refused({ items: [{}] }, /'items' cannot be an array here/);
  refused({ minimum: "1" }, /'minimum' cannot be "1" here/);
  refused({ $ref: "https://example.org/other" }, /'\$ref' cannot be "https/);
  refused({ $ref: "#/$defs/missing" }, /there is nothing at '#\/\$defs\/missing'/);
  refused({ properties: { name: true } }, /at #\/properties\/name: expected an object, found true/);
});

Deno.test("a property may be called as a keyword is", () => {
  const schema = { properties: { pattern: { type: "string" } }, additionalProperties: false };
  assert.equal(checkSchema({ pattern: "^a" }, schema), undefined);
  assert.deepEqual(checkSchema({ pattern: 1 }, schema), {
    path: "pattern",
    problem: "expected a string, found 1",
  });
});
