import assert from "node:assert/strict";
import { CellBuffer } from "../cells.ts";
import { drawOverview } from "../draw.ts";
import { GLYPHS } from "../theme.ts";
import { INITIAL_UI } from "../view.ts";
import { scenarioStatus } from "./basic.ts";
import {
  SAMPLE_STEPS,
  sampleGroupViews,
  sampleScenario,
  sampleScenarioView,
} from "./sample_scenario_test_support.ts";
import { outcomeText, stepLines } from "./steps.ts";
import { overviewPhase, type ScenarioView } from "./view.ts";

function screen(view: ScenarioView, columns: number, rows: number, basic = false): string {
  const buffer = new CellBuffer(columns, rows, view.glyphs.level === "ascii");
  drawOverview(buffer, view, basic);
  return `\n${buffer.text()}\n`;
}

// deno-fmt-ignore
const OVERVIEW = `
 scenario  rolling-unload  pulsar://localhost:6650                        0.1.0
 ● running  ✗ step 'kill a broker' failed, 1 threshold miss…  1:12 / 2:00   60%
╭─ Groups ─────────────────────────────────────────────────────────────────────╮
│     group        topics   p/c      msg/s of asked     p99 backlog errors     │
│ ▸ 1 orders     →    100   100     19,987    99.9% 7.16 ms       –      4 –   │
│   2 payments   →     10    40      4,996    99.9% 7.16 ms       –      4 –   │
│   3 billing    ←    100   300     20,012        – 10.1 ms     214      0 ✓   │
│   4 archive    ←    110   110     31,400        – 10.1 ms    181k      0 ✓   │
╰──────────────────────────────────────────────────────────────────────────────╯
╭─ Timeline ──────────────────────────────────────────────────── 1:12 of 2:00 ─╮
│ steady             unload   hold archive                 rate up  unload all │
│ ●                  ●        ◐         ✗                  ○           ○       │
│ ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┃━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ │
╰──────────────────────────────────────────────────────────────────────────────╯
╭─ Steps ───────────────────────────── 1 failed ─╮╭─ Thresholds ──── 1 failed ─╮
│ ● 0:00 steady                                  ││ ✓ orders: response.p99<50… │
│ ● 0:30 unload         recovered in 1.21 s, fi… ││ ✗ orders: errors==0      4 │
│ ◐ 0:45 hold archive   archive takes nothing u… ││ ✓ billing: verify.lost==0  │
│ ✗ 1:00 kill a broker  kubectl ended with code… ││                            │
│ ○ 1:30 rate up        orders sends 40,000 msg… ││                            │
│ ○ 1:50 unload all     unloads public/default   ││                            │
│                                                ││                            │
╰────────────────────────────────────────────────╯╰────────────────────────────╯
 q quit  p pause all  1–4 group  Tab next  ? help  +− time  L logs  r reset all
`;

Deno.test("the overview of a scenario at 80×24 is exactly this", () => {
  assert.equal(screen(sampleScenarioView(), 80, 24), OVERVIEW);
});

Deno.test("at every size panels fit their frames, and what matters most is there", () => {
  const sizes = [[60, 20], [60, 40], [79, 23], [80, 24], [120, 24], [120, 40], [200, 60]] as const;
  for (const [columns, rows] of sizes) {
    const text = screen(sampleScenarioView(), columns, rows);
    const where = `${columns}×${rows}`;
    for (const name of ["orders", "payments", "billing", "archive"]) assert.ok(text.includes(name), where);
    assert.match(text, /✗ step 'kill/, where);
    assert.match(text, /1:12 \/ 2:00/, where);
    assert.match(text, /◐ 0:45/, `${where}: the step that is under way`);
    assert.match(text, /✗ 1:00/, `${where}: the step that failed`);
    assert.match(text, /q quit/, where);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/, where);
    const lines = text.trim().split("\n");
    const open = lines.filter((line) => line.startsWith("╭")).length;
    assert.equal(lines.filter((line) => line.startsWith("╰")).length, open, where);
    for (const line of lines) assert.ok(!line.startsWith("│") || line.endsWith("│"), `${where}: ${line}`);
  }
});

Deno.test("a large screen has groups × time with the steps below, on the cell of their moment", () => {
  const lines = screen(sampleScenarioView(), 120, 40).split("\n");
  const orders = lines.findLast((line) => line.startsWith("│ orders"))!;
  const steps = lines.find((line) => line.startsWith("│ steps"))!;
  // The rate breaks down with the unload, which is the first mark.
  const dip = [...orders].findIndex((char, at) => at > 12 && char !== "█");
  assert.ok(Math.abs(dip - [...steps].indexOf("●")) <= 1, `${orders}\n${steps}`);
});

Deno.test("more groups than rows scroll with the chosen one", () => {
  const [group] = sampleGroupViews();
  const groups = Array.from({ length: 50 }, (_, index) => ({ ...group!, name: `group-${index}` }));
  const at = (chosen: number): string =>
    screen(sampleScenarioView({ groups, ui: { ...INITIAL_UI, chosen } }), 80, 24);
  assert.match(at(0), /▸ 1 group-0 [^]*↑↓ 4\d more|↑↓ 4\d more[^]*▸ 1 group-0 /);
  assert.match(at(49), /▸ {3}group-49 /);
  assert.doesNotMatch(at(49), /group-3 /);
});

Deno.test("before anything is known the overview names the groups and makes no number up", () => {
  const groups = sampleGroupViews().map(({ name, role }) => ({ name, role }));
  for (const [columns, rows] of [[80, 24], [120, 40], [40, 10]] as const) {
    const text = screen(sampleScenarioView({ scenario: undefined, groups, log: [] }), columns, rows);
    assert.match(text, /orders/);
    assert.match(text, /starting/);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  }
});

Deno.test("in ASCII nothing else is left, whatever groups and steps are called", () => {
  const groups = sampleGroupViews({ glyphs: GLYPHS.ascii });
  const steps = [{ ...SAMPLE_STEPS[0]!, name: "größer 日本" }, ...SAMPLE_STEPS];
  const view = sampleScenarioView({ groups, scenario: sampleScenario({ steps }), glyphs: GLYPHS.ascii });
  for (const [columns, rows] of [[80, 24], [120, 40], [50, 12]] as const) {
    assert.match(screen(view, columns, rows), /^[\n -~]*$/);
  }
});

Deno.test("no name or text of others writes control sequences", () => {
  const evil = "\x1b]0;owned\x07\x1b[2Jtext\r\n";
  const steps = SAMPLE_STEPS.map((step) => ({ ...step, name: evil, text: evil }));
  const groups = sampleGroupViews().map((group) => ({ ...group, name: evil }));
  const view = sampleScenarioView({ name: evil, scenario: sampleScenario({ name: evil, steps }), groups });
  for (const basic of [false, true]) {
    const buffer = new CellBuffer(120, 40);
    drawOverview(buffer, view, basic);
    assert.ok(buffer.chars.every((code) => code === 0 || (code >= 0x20 && code !== 0x7f)));
    assert.ok(!buffer.text().includes("]0;owned"));
  }
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(scenarioStatus(view, 500) + stepLines([], steps).join(""), /[\x00-\x1f\x7f]/);
});

Deno.test("the help of the overview names its keys and explains its words", () => {
  const text = screen(sampleScenarioView({ ui: { ...INITIAL_UI, help: true } }), 80, 40);
  for (const word of ["1–9", "Tab", "Esc, 0", "p, Space", "of asked", "backlog", "recovered", "sent again"]) {
    assert.ok(text.includes(`│ ${word} `), word);
  }
});

Deno.test("without panels there is a line for each group, and what steps need attention come first", () => {
  const lines = screen(sampleScenarioView(), 80, 12, true).trim().split("\n");
  assert.match(lines[0]!, /^rolling-unload {2}● running {2}1:12 \/ 2:00/);
  assert.match(lines[2]!, /^▸ orders +20k\/s of 20k {2}p99 7\.16 ms/);
  assert.match(lines[6]!, /^◐ hold archive/);
  assert.match(lines[7]!, /^✗ kill a broker/);
});

Deno.test("one line sums the scenario up, the most important first", () => {
  const text = scenarioStatus(sampleScenarioView(), 400);
  assert.match(text, /^rolling-unload running {2}1:12 \/ 2:00 +60% {2}✗ step 'kill a broker' failed/);
  assert.match(text, /sent 25k\/s of 25k {2}received 51\.4k\/s {2}errors 8 {2}step 'hold archive'$/);
  assert.ok(scenarioStatus(sampleScenarioView(), 60).length <= 60);
});

Deno.test("paused is what all groups that still run are", () => {
  const [first, second, ...rest] = sampleGroupViews();
  const inPhase = (group: typeof first, phase: "paused" | "done"): NonNullable<typeof first> => ({
    ...group!,
    view: { ...group!.view!, snapshot: { ...group!.view!.snapshot, phase } },
  });
  const paused = [inPhase(first, "paused"), inPhase(second, "done")];
  assert.equal(overviewPhase(sampleScenarioView({ groups: paused })), "paused");
  assert.notEqual(overviewPhase(sampleScenarioView({ groups: [...paused, ...rest] })), "paused");
});

Deno.test("lines tell of each step once: its beginning, and how it ended", () => {
  const [steady, unload, hold, kill] = SAMPLE_STEPS;
  const planned = { ...unload!, state: "planned" as const, outcome: undefined };
  const running = { ...unload!, state: "running" as const, outcome: undefined };
  assert.deepEqual(stepLines([], [planned]), []);
  assert.deepEqual(stepLines([planned], [running]), ["   0:30  step 'unload' begins: unloads 100 topics"]);
  assert.deepEqual(stepLines([running], [running]), []);
  assert.deepEqual(stepLines([running], [unload!]), [
    "   0:31  step 'unload' done: recovered in 1.21 s, first error after 42.0 ms, longest outage 1.21 s, sent again 1,204",
  ]);
  assert.deepEqual(stepLines([], [steady!]), [
    "   0:00  step 'steady' begins",
    "   0:30  step 'steady' done",
  ]);
  assert.equal(stepLines([], [hold!]).length, 1);
  assert.match(stepLines([], [kill!])[1]!, /^ {3}1:00 {2}step 'kill a broker' failed: kubectl ended/);
});

Deno.test("a drain is told with what lay there and how fast it went", () => {
  const outcome = { missing: 0, outages: new Map(), inside: new Map(), resent: 0 };
  const drain = { backlog: 200_000, seconds: 4.2, rate: 47_619 };
  assert.equal(
    outcomeText({ ...SAMPLE_STEPS[2]!, outcome: { ...outcome, drain } }),
    "200,000 messages drained in 4.20 s (47,619/s)",
  );
});
