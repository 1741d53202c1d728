/** Text of others at every place where it is printed: not one control of it must reach the terminal. */
import assert from "node:assert/strict";
import { ConfigError } from "../lib/config/source.ts";
import { PulsarError } from "../lib/client/mod.ts";
import { compareSides } from "../lib/report/compare/compare.ts";
import { comparisonJson, comparisonMarkdown } from "../lib/report/compare/formats.ts";
import { comparisonText } from "../lib/report/compare/text.ts";
import { mergeRun } from "../lib/report/merge/merge.ts";
import { parseResults, resultLine, type RunResult } from "../lib/report/result/result.ts";
import { summaryText } from "../lib/report/formats/summary.ts";
import { producerResult } from "../lib/report/report_test_support.ts";
import { SAMPLE_INFO, sampleSnapshot } from "../lib/tui/sample_run_test_support.ts";
import { FakeTerminal } from "./session/session_test_support.ts";
import { errorText } from "./errors.ts";
import { loadConfig } from "./load_config.ts";
import { Screen } from "./session/screen.ts";

const EVIL = "\x1b]0;pwned\x07\x1b[2J\n  FAKE \x9b31m";

/** A result whose every text that others may choose is hostile. */
function hostile(): RunResult {
  const result = producerResult();
  const text = (what: string): string => `${what}${EVIL}`;
  return {
    ...result,
    run: { ...result.run, topic: text("topic"), profile: text("profile"), serviceUrl: text("pulsar://h") },
    instances: result.instances.map((one) => ({ ...one, name: text("pod"), host: text("host") })),
    config: { ...result.config, [text("name")]: { value: text("value"), source: text("flag") } },
    host: { ...result.host, name: text("host") },
    totals: { ...result.totals, errors: { [text("Code")]: 3 } },
    thresholds: [{ text: text("rate>1"), state: "fail", value: text("0") }],
    notes: [text("note")],
    changes: [{ atUs: 1, seconds: 1, setting: "rate", from: text("slow"), to: text("fast") }],
    verdict: { ...result.verdict, status: "failure", exitCode: 1, reasons: [text("reason")] },
  } as RunResult;
}

/** Only line breaks of our own are left. */
function assertHarmless(text: string, what: string): void {
  assert.match(text, /\S/, what);
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u, what);
  assert.doesNotMatch(text, /^\s*FAKE/m, `${what}: a line of its own`);
}

Deno.test("results of others are printed without their controls", () => {
  const read = parseResults(resultLine(hostile()), "r.json");
  assert.equal(read[0]!.notes[0], hostile().notes[0], "the data itself stays what it is");
  assertHarmless(resultLine(hostile()), "result line");
  assertHarmless(summaryText(read[0]!, { color: false }), "summary");
  assertHarmless(summaryText(read[0]!, { color: false, width: 60 }), "summary of 60 columns");
  const other = { ...hostile(), instances: [{ ...hostile().instances[0]!, index: 1, name: "b" }] };
  const [joined] = mergeRun([...read, other as RunResult]);
  assertHarmless(summaryText(joined!.result, { color: false }), "merged");
  const comparison = compareSides(read, [producerResult()]);
  assertHarmless(comparisonText(comparison, { a: `a${EVIL}`, b: "b" }, { color: false }), "comparison");
  const names = { a: [`a${EVIL}`], b: ["b"] };
  assertHarmless(comparisonJson(comparison, names, []), "comparison as JSON");
  assertHarmless(comparisonMarkdown(comparison, names, []), "comparison as Markdown");
});

Deno.test("errors that quote a broker or a file are one harmless line", () => {
  const errors = [
    new PulsarError("UnknownError", `disk${EVIL}`, `send to 't${EVIL}'`),
    new ConfigError([{ message: `x${EVIL}`, source: { kind: "default" } }]),
    new Error(`y${EVIL}`),
  ];
  for (const error of errors) {
    const text = errorText("producer", error, false);
    assertHarmless(text, error.name);
    assert.equal(text.split("\n").length, 2, error.name);
  }
  assertHarmless(errorText("producer", errors[0], true), "with a stack");
  for (
    const [argv, file] of [
      [["--rate", EVIL], ""],
      [[`--${EVIL}`], ""],
      [[EVIL], ""],
      [["--topic", `a${EVIL}`], ""],
      [["--topic", "a\x1bc"], ""],
      [["--config", "x.yaml"], `"a${"\\e[2J\\n FAKE"}": 1`],
      [["--config", "x.yaml"], `rate: "${"\\e[2J"}"`],
      [["--config", `x${EVIL}.yaml`], "nonsense: 1"],
    ] as const
  ) {
    const loaded = loadConfig("producer", argv, {}, () => file);
    assert.equal(loaded.kind, "error", JSON.stringify(argv));
    if (loaded.kind === "error") assertHarmless(loaded.text, JSON.stringify(argv));
  }
  for (const format of ["json", "yaml"]) {
    const loaded = loadConfig(
      "producer",
      ["--config", "x.yaml", `--print-config${format === "json" ? "=json" : ""}`],
      {},
      () => `producer: { property: { a: "b\\e[2J\\x9b" } }`,
    );
    assert.equal(loaded.kind, "print", loaded.kind === "error" ? loaded.text : "");
    if (loaded.kind === "print") assertHarmless(loaded.text, format);
  }
});

for (const ui of ["plain", "basic", "full", "none"] as const) {
  Deno.test(`what brokers say is shown without their controls, --ui ${ui}`, () => {
    for (const isTerminal of [true, false]) {
      const terminal = new FakeTerminal();
      const screen = new Screen({
        config: { ui, quiet: false, color: "never", theme: "auto" },
        groups: [{
          name: "producer",
          role: "producer",
          info: { ...SAMPLE_INFO, target: `t${EVIL}`, profile: `p${EVIL}` },
        }],
        env: () => undefined,
        host: terminal,
        isTerminal,
        onAction: () => {},
      });
      const at = 0;
      const sample = sampleSnapshot("producer");
      const errors = new Map([[`Code${EVIL}`, 2]]);
      const snapshot = {
        ...sample,
        runId: `r${EVIL}`,
        log: [{ at, level: "error", text: `log${EVIL}` } as const],
        total: { ...sample.total, errors },
        window: { ...sample.window, errors },
      };
      screen.start();
      screen.snapshot("producer", snapshot, [{ text: `rule${EVIL}`, state: "fail", value: `v${EVIL}` }]);
      screen.interval(`group${EVIL}`, snapshot);
      screen.log({ at, level: "warn", text: `warned${EVIL}` });
      screen.say(`said${EVIL}`);
      screen.stop();
      // The screen's own sequences set no title and use no C1.
      // deno-lint-ignore no-control-regex
      assert.doesNotMatch(terminal.text, /pwned|\x9b|\x1b\]0|\x07|^\s*FAKE/m, `terminal ${isTerminal}`);
    }
  });
}
