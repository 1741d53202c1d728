import assert from "node:assert/strict";
import { SAMPLE_INFO } from "./sample_run_test_support.ts";
import { reduce, type Situation } from "./ui_state.ts";
import { INITIAL_UI, ZOOMS } from "./view.ts";

const NOW: Situation = {
  settings: SAMPLE_INFO.settings,
  phase: "running",
  measured: 49_000,
  logsShown: false,
  elapsed: 72,
};

Deno.test("choosing goes round all settings", () => {
  let ui = reduce(INITIAL_UI, { kind: "choose", by: -1 }, NOW).ui;
  assert.equal(ui.selected, 4);
  ui = reduce(ui, { kind: "choose", by: 1 }, NOW).ui;
  assert.equal(ui.selected, 0);
});

Deno.test("changing asks for the next value of the chosen setting", () => {
  const { ui, action } = reduce({ ...INITIAL_UI, selected: 1 }, { kind: "change", by: 1 }, NOW);
  assert.deepEqual(action, { kind: "set", field: "rate", value: 60_000 });
  assert.equal(ui.selected, 1);
});

Deno.test("pause asks for the opposite of what is", () => {
  assert.deepEqual(reduce(INITIAL_UI, { kind: "pause" }, NOW).action, { kind: "pause", paused: true });
  const paused: Situation = { ...NOW, phase: "paused" };
  assert.deepEqual(reduce(INITIAL_UI, { kind: "pause" }, paused).action, { kind: "pause", paused: false });
});

Deno.test("a panel is enlarged by its number and made small by the same number or by escape", () => {
  const large = reduce(INITIAL_UI, { kind: "enlarge", number: 3 }, NOW).ui;
  assert.equal(large.enlarged, 3);
  assert.deepEqual(reduce(large, { kind: "enlarge", number: 3 }, NOW).ui, INITIAL_UI);
  assert.deepEqual(reduce(large, { kind: "back" }, NOW).ui, INITIAL_UI);
  assert.equal(reduce(large, { kind: "enlarge", number: 4 }, NOW).ui.enlarged, 4);
});

Deno.test("escape closes the help before it touches the panels", () => {
  const ui = { ...INITIAL_UI, enlarged: 2, help: true };
  assert.deepEqual(reduce(ui, { kind: "back" }, NOW).ui, { ...INITIAL_UI, enlarged: 2 });
});

Deno.test("the time axis stops at its shortest and at its longest", () => {
  let ui = INITIAL_UI;
  for (let i = 0; i < 20; i++) ui = reduce(ui, { kind: "zoom", by: -1 }, NOW).ui;
  assert.equal(ui.zoom, 0);
  for (let i = 0; i < 20; i++) ui = reduce(ui, { kind: "zoom", by: 1 }, NOW).ui;
  assert.equal(ui.zoom, ZOOMS.length - 1);
});

Deno.test("the log is switched from what is seen, not from what was asked for", () => {
  assert.equal(reduce(INITIAL_UI, { kind: "logs" }, NOW).ui.logs, true);
  assert.equal(reduce(INITIAL_UI, { kind: "logs" }, { ...NOW, logsShown: true }).ui.logs, false);
});

Deno.test("reset, quit and interrupt are passed on as they are", () => {
  for (const kind of ["reset", "quit", "interrupt"] as const) {
    assert.deepEqual(reduce(INITIAL_UI, { kind }, NOW), { ui: INITIAL_UI, action: { kind } });
  }
});

Deno.test("a long run is ended by the second q in a row; every other key goes on, and Ctrl-C never asks", () => {
  const long: Situation = { ...NOW, elapsed: 8 * 3600 };
  const asked = reduce(INITIAL_UI, { kind: "quit" }, long);
  assert.deepEqual(asked, { ui: { ...INITIAL_UI, asksToQuit: true } });
  assert.deepEqual(reduce(asked.ui, { kind: "quit" }, long), { ui: INITIAL_UI, action: { kind: "quit" } });
  const resumed = reduce(asked.ui, { kind: "pause" }, long);
  assert.deepEqual(resumed.ui, INITIAL_UI);
  assert.equal(resumed.action?.kind, "pause");
  assert.deepEqual(reduce(INITIAL_UI, { kind: "interrupt" }, long).action, { kind: "interrupt" });
  const draining: Situation = { ...long, phase: "draining" };
  assert.deepEqual(reduce(INITIAL_UI, { kind: "quit" }, draining).action, { kind: "quit" });
});

Deno.test("behind the open help no key changes anything; arrows scroll it, and q, ? and Esc close it", () => {
  const open = reduce({ ...INITIAL_UI, selected: 1 }, { kind: "help" }, NOW).ui;
  assert.equal(open.help, true);
  for (
    const command of [
      { kind: "change", by: 1 },
      { kind: "zoom", by: 1 },
      { kind: "enlarge", number: 3 },
      { kind: "pause" },
      { kind: "reset" },
      { kind: "logs" },
      { kind: "redraw" },
    ] as const
  ) assert.deepEqual(reduce(open, command, NOW), { ui: open }, command.kind);
  const down = reduce(open, { kind: "choose", by: 1 }, NOW).ui;
  assert.deepEqual([down.helpFrom, down.selected], [1, 1]);
  for (const kind of ["quit", "help", "back"] as const) {
    const { ui, action } = reduce(open, { kind }, NOW);
    assert.deepEqual([ui.help, action], [false, undefined], kind);
  }
  assert.deepEqual(reduce(open, { kind: "interrupt" }, NOW).action, { kind: "interrupt" });
});

const SCENARIO: Situation = { ...NOW, groups: 3 };

Deno.test("digits, Tab and Enter lead from the overview to a group, and Esc and 0 lead back", () => {
  assert.equal(reduce(INITIAL_UI, { kind: "enlarge", number: 2 }, SCENARIO).ui.shown, 1);
  assert.deepEqual(reduce(INITIAL_UI, { kind: "enlarge", number: 4 }, SCENARIO).ui, INITIAL_UI);
  let ui = reduce(INITIAL_UI, { kind: "choose", by: 1 }, SCENARIO).ui;
  assert.equal(ui.shown, undefined);
  assert.deepEqual(reduce(ui, { kind: "change", by: -1 }, SCENARIO).ui, ui);
  for (const open of [{ kind: "enter" }, { kind: "change", by: 1 }] as const) {
    assert.equal(reduce(ui, open, SCENARIO).ui.shown, 1);
  }
  for (const expected of [0, 1, 2, undefined, 0]) {
    ui = reduce(ui, { kind: "next" }, SCENARIO).ui;
    assert.equal(ui.shown, expected);
  }
  for (const kind of ["back", "overview", "enter"] as const) {
    const over = reduce({ ...ui, shown: 2, chosen: 2 }, { kind }, SCENARIO).ui;
    assert.equal(over.shown, undefined);
    assert.equal(over.chosen, 2);
  }
});

Deno.test("in a group's own view keys are those of any run, and escape makes a panel small first", () => {
  const group = { ...INITIAL_UI, shown: 1, chosen: 1 };
  assert.deepEqual(
    reduce({ ...group, selected: 1 }, { kind: "change", by: 1 }, SCENARIO).action,
    { kind: "set", field: "rate", value: 60_000 },
  );
  assert.equal(reduce(group, { kind: "choose", by: 1 }, SCENARIO).ui.selected, 1);
  const large = reduce(group, { kind: "enlarge", number: 3 }, SCENARIO).ui;
  assert.equal(large.enlarged, 3);
  const small = reduce(large, { kind: "back" }, SCENARIO).ui;
  assert.equal(small.enlarged, undefined);
  assert.equal(small.shown, 1);
  assert.equal(reduce({ ...large, selected: 4 }, { kind: "next" }, SCENARIO).ui.enlarged, undefined);
});

Deno.test("the overview changes no setting, and pauses, resets and ends like any run", () => {
  assert.equal(reduce(INITIAL_UI, { kind: "change", by: 1 }, SCENARIO).action, undefined);
  assert.deepEqual(reduce(INITIAL_UI, { kind: "pause" }, SCENARIO).action, { kind: "pause", paused: true });
  for (const kind of ["reset", "quit", "interrupt"] as const) {
    assert.deepEqual(reduce(INITIAL_UI, { kind }, SCENARIO).action, { kind });
  }
});

Deno.test("without a scenario Tab chooses, Enter goes back, and 0 does nothing", () => {
  assert.equal(reduce(INITIAL_UI, { kind: "next" }, NOW).ui.selected, 1);
  assert.equal(reduce({ ...INITIAL_UI, enlarged: 2 }, { kind: "enter" }, NOW).ui.enlarged, undefined);
  assert.deepEqual(reduce(INITIAL_UI, { kind: "overview" }, NOW), { ui: INITIAL_UI });
  assert.equal(reduce({ ...INITIAL_UI, help: true }, { kind: "enter" }, SCENARIO).ui.help, false);
});

Deno.test("T shows the topics of a group in place of what else there is, and T, Esc or a panel's key ends it", () => {
  const press = (ui: typeof INITIAL_UI, ...kinds: ("topics" | "back" | "overview")[]) =>
    kinds.reduce((before, kind) => reduce(before, { kind }, SCENARIO).ui, ui);
  assert.equal(press(INITIAL_UI, "topics").topics, true);
  assert.ok(!press(INITIAL_UI, "topics", "topics").topics);
  assert.ok(!press(INITIAL_UI, "topics", "back").topics);
  const group = { ...INITIAL_UI, shown: 1, chosen: 1, enlarged: 2 };
  assert.deepEqual(press(group, "topics"), { ...INITIAL_UI, shown: 1, chosen: 1, topics: true });
  assert.equal(press(group, "topics", "back").shown, 1, "the group's own view stays");
  assert.ok(!reduce(press(group, "topics"), { kind: "enlarge", number: 3 }, SCENARIO).ui.topics);
  const other = reduce(press(INITIAL_UI, "topics"), { kind: "choose", by: 1 }, SCENARIO).ui;
  assert.deepEqual([other.chosen, other.topics], [1, true], "the next group's topics");
  assert.deepEqual(
    reduce(INITIAL_UI, { kind: "topics" }, NOW).ui,
    INITIAL_UI,
    "without a scenario there are none",
  );
});
