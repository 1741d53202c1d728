import assert from "node:assert/strict";
import { Dashboard, type DashboardOptions } from "./dashboard.ts";
import { SAMPLE_CONSUMER_INFO, SAMPLE_INFO, sampleSnapshot } from "./sample_run_test_support.ts";
import { Terminal } from "./terminal.ts";
import type { TerminalHost } from "./terminal_host.ts";
import { createTheme } from "./theme.ts";
import { XtermScreen } from "./xterm_screen_test_support.ts";
import type { Action } from "./ui_state.ts";

const PRODUCER = { name: "producer", role: "producer", info: SAMPLE_INFO } as const;
const CONSUMER = { name: "consumer", role: "consumer", info: SAMPLE_CONSUMER_INFO } as const;

/** A dashboard on a virtual screen, with a clock that only tests move. */
function setup(options: Partial<DashboardOptions> = {}) {
  const state = { size: { columns: 80, rows: 24 }, now: 0, screen: new XtermScreen(80, 24), frames: 0 };
  const actions: Action[] = [];
  const decoder = new TextDecoder();
  const nothing = () => () => {};
  const host: TerminalHost = {
    write(bytes) {
      state.screen.write(decoder.decode(bytes));
      state.frames++;
      return bytes.length;
    },
    read: () => new Promise(() => {}),
    inputIsTerminal: false,
    setRaw() {},
    size: () => state.size,
    onSignal: nothing,
    onEvent: nothing,
    exit() {},
    console: { log() {}, info() {}, warn() {}, error() {}, debug() {} },
  };
  const terminal = new Terminal(host);
  const dashboard = new Dashboard({
    terminal,
    theme: createTheme("truecolor", "braille"),
    groups: [PRODUCER],
    onAction: (action) => actions.push(action),
    now: () => state.now,
    ...options,
  });
  terminal.open();
  const type = (text: string): void => dashboard.keys(new TextEncoder().encode(text));
  const resize = (columns: number, rows: number): void => {
    state.size = { columns, rows };
    state.screen = new XtermScreen(columns, rows);
    dashboard.render();
  };
  return { dashboard, terminal, state, actions, type, resize };
}

Deno.test("the screen says that the run is starting until it knows more", async () => {
  const { dashboard, state } = setup();
  dashboard.render();
  assert.equal((await state.screen.text()).trim(), "starting");
  dashboard.update("producer", sampleSnapshot("producer"));
  dashboard.render();
  assert.match(await state.screen.text(), /49,812 msg\/s/);
});

Deno.test("a frame without news writes nothing", () => {
  const { dashboard, state } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  dashboard.render();
  const frames = state.frames;
  dashboard.render();
  assert.equal(state.frames, frames);
});

Deno.test("a resize is drawn whole at the new size, down to single lines and up again", async () => {
  const { dashboard, state, resize } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  dashboard.render();
  resize(120, 40);
  assert.match(await state.screen.text(), /9 Settings/);
  resize(60, 10);
  assert.match(await state.screen.text(), /^producer {2}● running/);
  assert.doesNotMatch(await state.screen.text(), /╭/);
  resize(1, 1);
  resize(80, 24);
  assert.match(await state.screen.text(), /1 Rate/);
});

Deno.test("keys ask the run for changes and show them at once", async () => {
  const { dashboard, state, actions, type } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  type("\x1b[B\x1b[C");
  assert.deepEqual(actions, [{ kind: "set", field: "rate", value: 60_000 }]);
  assert.match(await state.screen.text(), /▸ rate 60,000\/s/);
  type("prq\x03");
  assert.deepEqual(actions.slice(1).map((action) => action.kind), ["pause", "reset", "quit", "interrupt"]);
});

Deno.test("a change that restarts workers is asked for once, when its value has rested", () => {
  const { dashboard, state, actions, type } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  for (const now of [0, 200, 400]) {
    state.now = now;
    type("\x1b[C");
  }
  assert.equal(dashboard.settings.workers, 7);
  state.now = 799;
  dashboard.render();
  assert.deepEqual(actions, []);
  state.now = 800;
  dashboard.render();
  dashboard.render();
  assert.deepEqual(actions, [{ kind: "set", field: "workers", value: 7 }]);
});

Deno.test("the run has the last word on a setting", async () => {
  const { dashboard, state, type } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  type("\x1b[B\x1b[C");
  dashboard.setSettings({ rate: 55_000 });
  dashboard.render();
  assert.match(await state.screen.text(), /rate 55,000\/s/);
});

Deno.test("a lone escape closes the help when nothing follows it for a frame", () => {
  const { dashboard, type } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  type("?");
  assert.equal(dashboard.ui.help, true);
  type("\x1b");
  dashboard.render();
  assert.equal(dashboard.ui.help, true, "the rest of a sequence may still come");
  dashboard.render();
  assert.equal(dashboard.ui.help, false);
});

Deno.test("an arrow split between reads is an arrow", () => {
  const { dashboard, type } = setup();
  dashboard.update("producer", sampleSnapshot("producer"));
  type("\x1b");
  dashboard.render();
  type("[");
  dashboard.render();
  type("B");
  assert.equal(dashboard.ui.selected, 1);
});

Deno.test("logs are shown on demand, lines from elsewhere among those of the run", async () => {
  const { dashboard, state, type } = setup();
  const snapshot = sampleSnapshot("producer");
  dashboard.update("producer", snapshot);
  dashboard.log({ at: snapshot.at, level: "error", text: "from elsewhere" });
  dashboard.render();
  assert.doesNotMatch(await state.screen.text(), /from elsewhere/);
  type("L");
  assert.match(await state.screen.text(), /warm-up over[^]*from elsewhere/);
  type("l");
  assert.doesNotMatch(await state.screen.text(), /from elsewhere/);
});

Deno.test("with both roles the demo is shown as soon as both are known", async () => {
  const { dashboard, state } = setup({ groups: [PRODUCER, CONSUMER] });
  dashboard.update("producer", sampleSnapshot("producer"));
  dashboard.render();
  assert.match(await state.screen.text(), /4 In flight/);
  dashboard.update("consumer", sampleSnapshot("consumer"));
  dashboard.render();
  assert.match(await state.screen.text(), /^ demo .*\n.*producer .*consumer /);
  assert.match(await state.screen.text(), /7 Integrity/);
});

Deno.test("the basic mode keeps to single lines on a large screen", async () => {
  const { dashboard, state } = setup({ ui: "basic" });
  dashboard.update("producer", sampleSnapshot("producer"));
  dashboard.render();
  assert.doesNotMatch(await state.screen.text(), /╭/);
  assert.match(await state.screen.text(), /^rate +49,812 msg\/s/m);
});

Deno.test("a snapshot of a role that was not announced is refused", () => {
  const { dashboard } = setup();
  assert.throws(() => dashboard.update("consumer", sampleSnapshot("consumer")), /'consumer'/);
  assert.throws(() => setup({ groups: [] }), /'groups' is empty/);
});

Deno.test("starting takes the screen and draws on, stopping gives it back", () => {
  const { dashboard, terminal } = setup();
  terminal.close();
  dashboard.start();
  assert.equal(terminal.isOpen, true);
  dashboard.stop();
  assert.equal(terminal.isOpen, false);
});

Deno.test("what the terminal says about its background decides the colours, when it was asked", async () => {
  for (const asksBackground of [true, false]) {
    const { dashboard, state, type } = setup({ asksBackground });
    dashboard.update("producer", sampleSnapshot("producer"));
    dashboard.render();
    const title = async (): Promise<unknown> => (await state.screen.picture()).cells[2]![5]!.style.foreground;
    const before = await title();
    type("\x1b]11;rgb:ffff/ffff/ffff\x1b\\");
    assert.equal(await title() === before, !asksBackground, `asked: ${asksBackground}`);
    type("\x1b]11;rgb:0000/0000/0000\x1b\\");
    assert.equal(await title(), before);
    assert.match(await state.screen.text(), /49,812 msg\/s/);
  }
});

Deno.test("a run shorter than the time axis begins with one that fits, and keys go on from there", () => {
  for (const [duration, zoom] of [[10, 0], [30, 1], [45, 2], [300, 2], [undefined, 2]] as const) {
    const { dashboard, type } = setup();
    const { duration: _, ...endless } = sampleSnapshot("producer");
    const snapshot = duration === undefined ? endless : { ...endless, duration };
    dashboard.update("producer", snapshot);
    assert.equal(dashboard.ui.zoom, zoom, `${duration} s`);
    type("-");
    dashboard.update("producer", snapshot);
    assert.equal(dashboard.ui.zoom, zoom + 1);
  }
});

Deno.test("in a run with stages the rate to change is that of the present stage", () => {
  const { dashboard, actions, type } = setup();
  dashboard.update(
    "producer",
    sampleSnapshot("producer", 72, { stage: { index: 1, count: 3, name: "hold 2000/s", rate: 2000 } }),
  );
  assert.equal(dashboard.settings.rate, 2000);
  type("\x1b[B\x1b[C");
  assert.deepEqual(actions, [{ kind: "set", field: "rate", value: 2500 }]);
});

const ORDERS = { ...PRODUCER, name: "orders" } as const;
const BILLING = { ...CONSUMER, name: "billing" } as const;

/** A scenario of two groups, both running. */
function scenario() {
  const asked: (readonly [Action, string | undefined])[] = [];
  const made = setup({
    groups: [ORDERS, BILLING],
    scenario: { name: "two groups" },
    onAction: (action, group) => asked.push([action, group]),
  });
  made.dashboard.update("orders", sampleSnapshot("producer"));
  made.dashboard.update("billing", sampleSnapshot("consumer"));
  made.dashboard.updateScenario({
    name: "two groups",
    phase: "running",
    elapsed: 72,
    duration: 300,
    groups: [{ name: "billing", role: "consumer", topics: 7, lanes: 21, backlog: 99 }],
    steps: [],
  });
  made.dashboard.render();
  return { ...made, asked };
}

Deno.test("a scenario begins with its overview, and each group has the panels of its run", async () => {
  const { state, type } = scenario();
  assert.match(await state.screen.text(), /^ scenario {2}two groups /);
  assert.match(await state.screen.text(), /2 billing .* 7 +21 .* 99 /);
  type("2");
  assert.match(await state.screen.text(), /^ consumer {2}billing .*\n[^]*9 Integrity[^]*Esc overview/);
  type("\t");
  assert.match(await state.screen.text(), /^ scenario /);
  type("1");
  assert.match(await state.screen.text(), /^ producer {2}orders [^]*4 In flight/);
  type("0");
  assert.match(await state.screen.text(), /^ scenario /);
});

Deno.test("keys act on the group that is shown, on all in the overview, and the end is the end of all", () => {
  const { asked, type, dashboard } = scenario();
  type("p");
  type("2");
  type("p");
  type("\x1b[B\x1b[D");
  assert.equal(dashboard.settings.rate, 40_000);
  type("1");
  type("1");
  type("\t\t1");
  assert.equal(dashboard.settings.rate, 50_000, "the other group keeps its settings");
  type("q");
  assert.deepEqual(asked, [
    [{ kind: "pause", paused: true }, undefined],
    [{ kind: "pause", paused: true }, "billing"],
    [{ kind: "set", field: "rate", value: 40_000 }, "billing"],
    [{ kind: "quit" }, undefined],
  ]);
});

Deno.test("a group that has not begun says so in its own view", async () => {
  const { state, type, dashboard } = setup({ groups: [ORDERS, BILLING], scenario: { name: "s" } });
  dashboard.render();
  assert.match(await state.screen.text(), /1 orders/);
  type("2");
  assert.equal((await state.screen.text()).trim(), "billing  starting");
});
