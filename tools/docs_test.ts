import assert from "node:assert/strict";
import { generatedFiles, withTables } from "./docs.ts";
import { manPages } from "./man/pages.ts";
import { metricFamilies } from "./reference/metrics_page.ts";
import { PAGES } from "./reference/pages.ts";
import { PERMISSION_SETS, permissionRows } from "./reference/permissions_page.ts";
import { prose, table } from "./reference/markdown.ts";
import { schemaFields, TABLES } from "./reference/schema_fields.ts";
import { optionsFor } from "../lib/config/options.ts";
import { ROLES } from "../lib/config/option_spec.ts";
import { endEvent, EVENTS, intervalEvent, startEvent } from "../lib/report/formats/events.ts";
import { producerResult } from "../lib/report/report_test_support.ts";
import { valuesText } from "./reference/options_page.ts";

Deno.test("reference pages, man pages and the tables in the README are current; 'deno task docs' renews them", () => {
  for (const [path, content] of generatedFiles(Deno.readTextFileSync)) {
    assert.equal(Deno.readTextFileSync(path), content, `${path}: run 'deno task docs'`);
  }
});

Deno.test("the folder of reference pages has no page that nothing makes", () => {
  const made = new Set(["README.md", ...PAGES.map(({ file }) => file)]);
  const there = [...Deno.readDirSync("docs/reference")].map(({ name }) => name);
  assert.deepEqual(there.filter((name) => !made.has(name)), []);
});

Deno.test("every option has its values in words", () => {
  for (const role of ROLES) {
    for (const entry of optionsFor(role)) {
      assert.ok(valuesText(entry).length > 2 && valuesText(entry) !== entry.placeholder, `--${entry.flag}`);
    }
  }
});

Deno.test("every field of the result says what it is", () => {
  const places = ["#", "#/properties/changes/items", ...TABLES.map((name) => `#/$defs/${name}`)];
  const silent = places.flatMap((place) =>
    schemaFields(place).filter(({ what }) => what === "").map(({ path }) => `${place} ${path}`)
  );
  assert.deepEqual(silent, []);
});

Deno.test("the fields that the events' table names are those that the lines have", () => {
  const { intervals, verdict } = producerResult();
  const lines = [
    startEvent("r", "producer", "t", 1),
    intervalEvent("r", 0, intervals[0]!),
    endEvent("r", 1, verdict),
  ];
  const optional = new Set(["missedLate", "targetRate", "residentBytes", "backlog", "stage"]);
  for (const line of lines) {
    const { event, runId: _runId, ...rest } = JSON.parse(line);
    const meaning = EVENTS.find((each) => each.event === event)!;
    const record = meaning.record === "interval"
      ? schemaFields("#/$defs/interval").map(({ path }) => path)
      : [];
    const named = [...meaning.fields.map(([name]) => name), ...record];
    assert.deepEqual(Object.keys(rest).filter((key) => !named.includes(key)), [], event);
    assert.deepEqual(named.filter((name) => !(name in rest) && !optional.has(name)), [], event);
  }
});

Deno.test("every metric of ours that a dashboard or a rule asks for is on the page of metrics", async () => {
  const known = metricFamilies().flatMap(({ name, type }) =>
    type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name]
  );
  const recorded = new Set<string>();
  const asked = new Set<string>();
  for (const folder of ["grafana/dashboards", "prometheus/rules"]) {
    for await (const { name } of Deno.readDir(folder)) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      for (const [, record] of text.matchAll(/record: (\S+)/g)) recorded.add(record!);
      for (const [metric] of text.matchAll(/(?<![\w:])pulsar_lab_\w+(?![\w:*])/g)) asked.add(metric);
    }
  }
  assert.ok(asked.size > 10, [...asked].join());
  assert.deepEqual([...asked].filter((name) => !known.includes(name) && !recorded.has(name)), []);
});

Deno.test("a permission without a reason is refused by its name", () => {
  assert.throws(
    () => permissionRows("unit"),
    /'env' 'true' has no reason|'net' '127\.0\.0\.1' has no reason/,
  );
  assert.ok(PERMISSION_SETS["lab"] !== undefined && permissionRows("lab").length > 20);
});

Deno.test("a table that does not exist is refused by its name, and text outside the marks stays", () => {
  assert.throws(
    () => withTables("<!-- table: nothing -->\n<!-- end of table -->"),
    /there is no table 'nothing'/,
  );
  const text = withTables("before\n<!-- table: profiles -->\nold\n<!-- end of table -->\nafter");
  assert.match(text, /^before\n<!-- table: profiles -->\n\n\| profile/);
  assert.ok(text.endsWith("<!-- end of table -->\nafter") && !text.includes("old"));
});

Deno.test("quotes of the code's sentences become code, apostrophes stay", () => {
  assert.equal(prose("the client's key, 'a|b' or 'c'"), "the client's key, `a\\|b` or `c`");
  assert.equal(prose("delete (--force) all*"), "delete (`--force`) all\\*");
});

Deno.test("columns are as wide as their widest cell", () => {
  assert.equal(table(["a", "bcde"], [["µ–", "x"]]), "| a   | bcde |\n| --- | ---- |\n| µ–  | x    |");
});

Deno.test("no line of a man page begins with an instruction by accident", () => {
  for (const { file, text } of manPages()) {
    const instructions = text.split("\n").filter((line) => /^[.']/.test(line)).map((line) =>
      line.split(" ")[0]!
    );
    const known = [".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi", ".RS", ".RE", ".br", '.\\"'];
    assert.deepEqual(instructions.filter((each) => !known.includes(each)), [], file);
  }
});
