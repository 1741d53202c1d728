import assert from "node:assert/strict";
import { decodeBatch, generatorOf, RUN, targetOf, text } from "./generator_test_support.ts";
import type { GeneratorConfig } from "./create_payload.ts";

const NOW = Date.parse("2026-01-31T10:00:00.123Z") * 1000 + 456;

function render(template: string, count: number, changes: Partial<GeneratorConfig> = {}, next = 0): string[] {
  const generator = generatorOf({ payload: "template", template, verify: "off", ...changes });
  const target = targetOf(20_000);
  generator.fillBatch(target, { id: 77, next }, count, 1e9, NOW - 5000, 10, NOW);
  return decodeBatch(target.buffer, target.start, generator.end).map(({ start, end }) =>
    text(target.buffer, start, end)
  );
}

Deno.test("every placeholder is replaced by what it names", () => {
  assert.deepEqual(render("{{seq}}|{{ seq:5 }}|{{stream}}", 3, {}, 9), [
    "9|00009|77",
    "10|00010|77",
    "11|00011|77",
  ]);
  assert.deepEqual(render("{{timestamp}} {{timestamp_us}} {{iso}}", 1), [
    `${Math.floor(NOW / 1000)} ${NOW} 2026-01-31T10:00:00.123Z`,
  ]);
  assert.deepEqual(render("{{producer}} of {{run}}: ü", 1), [`producer-1 of ${RUN}: ü`]);
  assert.deepEqual(render("{{key}}", 3, { keys: "round-robin", keyCount: 2 }), [
    "key-00000000",
    "key-00000001",
    "key-00000000",
  ]);
  const random = render("{{random:12}}", 50);
  assert.ok(random.every((value) => /^[a-z0-5]{12}$/.test(value)));
  assert.equal(new Set(random).size, 50);
  const ints = render("{{int:8-11}}", 200).map(Number);
  assert.deepEqual([...new Set(ints)].sort((a, b) => a - b), [8, 9, 10, 11]);
});

Deno.test("a template without placeholders, and braces that are none, stay as they are", () => {
  assert.deepEqual(render('{"a":{"b":{}}} }} {{', 2), ['{"a":{"b":{}}} }} {{', '{"a":{"b":{}}} }} {{']);
});

Deno.test("a template that makes JSON objects stays JSON with the verification header, an empty one too", () => {
  const [object] = render('{"id":{{seq}},"name":"{{producer}}"}', 1, { verify: "count" });
  const { pll, ...rest } = JSON.parse(object!);
  assert.match(pll, /^f54c[0-9a-f]{60}$/);
  assert.deepEqual(rest, { id: 0, name: "producer-1" });
  assert.deepEqual(Object.keys(JSON.parse(render("{ }", 1, { verify: "count" })[0]!)), ["pll"]);
});

Deno.test("placeholders that are unknown or out of range are named, with what is allowed", () => {
  const cases: [string, RegExp][] = [
    ["{{}}", /'\{\{\}\}' is not valid: known are/],
    ["{{user}}", /'\{\{user\}\}' is not valid: known are 'seq'/],
    ["{{seq:0}}", /'\{\{seq:0\}\}'.*from 1 to 15/],
    ["{{random:99999999}}", /from 1 to 1000000/],
    ["{{int:5-4}}", /bounds are reversed/],
    ["", /template is empty/],
  ];
  for (const [template, expected] of cases) {
    assert.throws(() => render(template, 1), (error: unknown) => {
      assert.ok(error instanceof Error && error.name === "GeneratorError");
      assert.match(error.message, expected);
      return true;
    });
  }
});
