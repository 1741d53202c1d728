import assert from "node:assert/strict";
import { ROLES } from "../lib/config/option_spec.ts";
import { optionsFor } from "../lib/config/options.ts";
import { assertSnapshot } from "./snapshot_test_support.ts";
import { loadConfig } from "./load_config.ts";
import { EXIT, EXIT_MEANINGS } from "./exit_codes.ts";
import { parseThreshold } from "../lib/report/thresholds/thresholds.ts";
import { METRICS } from "../lib/report/thresholds/metric_catalog.ts";
import { thresholdsHelp } from "./help_thresholds.ts";
import { environmentHelp, longHelp, shortHelp } from "./help.ts";

for (const role of ROLES) {
  Deno.test(`the help of the ${role} is as recorded`, () => {
    assertSnapshot(`${role}_help.txt`, longHelp(role));
    assertSnapshot(`${role}_short_help.txt`, shortHelp(role));
    assertSnapshot(`${role}_environment.txt`, environmentHelp(role));
    assertSnapshot(`${role}_thresholds.txt`, thresholdsHelp(role));
  });

  Deno.test(`the help of the ${role} has each option once`, () => {
    const help = longHelp(role);
    for (const { flag } of optionsFor(role)) {
      const lines = help.match(new RegExp(`^ {2,}(-\\w, )?--(\\[no-\\])?${flag}( |$)`, "gm")) ?? [];
      assert.equal(lines.length, 1, flag);
    }
  });

  Deno.test(`the help of the ${role} fits any width from 60 to 100 columns`, () => {
    for (const width of [20, 60, 80, 100, 300]) {
      const columns = Math.min(100, Math.max(60, width));
      const wide = longHelp(role, width).split("\n").slice(2).filter((line) => line.length > columns);
      // A word longer than its column cannot be broken.
      assert.deepEqual(wide.filter((line) => !/^ {32}\S+( \[|$)|^ {2}\w+ --/.test(line)), [], String(width));
    }
  });

  Deno.test(`every rule that a help of the ${role} shows is one that the ${role} accepts`, () => {
    const shown = [longHelp(role, 100), thresholdsHelp(role, 100)].join("\n");
    const rules = [...shown.matchAll(/'([a-z][\w.]*[<>=!]=?[^']*)'/g)].map((match) => match[1]!);
    assert.ok(rules.length >= 6, rules.join("; "));
    const context = { role, hasTarget: true, verifies: true };
    for (const rule of rules) assert.equal(parseThreshold(rule, context).text, rule);
    const refused = loadConfig(role, ["--threshold", " "], {}, () => "");
    assert.ok(refused.kind === "error");
    const example = /such as '(.*)'/.exec(refused.text)![1]!;
    assert.equal(parseThreshold(example, context).text, example);
  });

  Deno.test(`the list of metrics has all that the ${role} measures and nothing else`, () => {
    const listed = thresholdsHelp(role).split("Metrics:")[1]!.match(/^ {2}\S+/gm)!.map((name) => name.trim());
    assert.deepEqual(
      listed,
      METRICS.filter(({ roles, needsOpening }) => roles.includes(role) && !needsOpening).map(({ name }) =>
        name
      ),
    );
    const loaded = loadConfig(role, ["--help-thresholds"], {}, () => "");
    assert.deepEqual(loaded, { kind: "print", text: thresholdsHelp(role), exitCode: EXIT.ok });
  });

  Deno.test(`the examples in the help of the ${role} work`, () => {
    const examples = [...longHelp(role).matchAll(new RegExp(`^ {2}${role} (.*)$`, "gm"))].map((match) =>
      match[1]!
    );
    assert.ok(examples.length >= 3);
    for (const example of examples) {
      const argv = [...example.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2]!);
      const loaded = loadConfig(role, argv, {}, () => assert.fail("no file is needed"));
      assert.equal(loaded.kind, "run", `${example}: ${JSON.stringify(loaded)}`);
    }
  });
}

Deno.test("the short help has only the common options and says where the rest is", () => {
  const help = shortHelp("producer");
  assert.ok(help.includes("--rate") && !help.includes("--catch-up") && help.includes("producer --help"));
  assert.ok(help.split("\n").length <= 60);
});

Deno.test("all exit codes are explained", () => {
  assert.deepEqual(EXIT_MEANINGS.map(([code]) => code), [0, 1, 2, 98, 99, 104, 105]);
  assert.deepEqual(new Set(Object.values(EXIT)), new Set(EXIT_MEANINGS.map(([code]) => code)));
  const help = longHelp("consumer");
  for (const [code] of EXIT_MEANINGS) assert.match(help, new RegExp(`^ {2}${code} +\\w`, "m"));
});
