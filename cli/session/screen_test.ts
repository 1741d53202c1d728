import assert from "node:assert/strict";
import { SAMPLE_CONSUMER_INFO, SAMPLE_INFO, sampleSnapshot } from "../../lib/tui/sample_run_test_support.ts";
import { sampleScenario } from "../../lib/tui/overview/sample_scenario_test_support.ts";
import { FakeTerminal } from "./session_test_support.ts";
import { Screen, type ScreenOptions } from "./screen.ts";

function setup(config: Partial<ScreenOptions["config"]>, options: Partial<ScreenOptions> = {}) {
  const terminal = new FakeTerminal();
  const screen = new Screen({
    config: { ui: "auto", quiet: false, color: "auto", theme: "auto", ...config },
    groups: [{ name: "producer", role: "producer", info: SAMPLE_INFO }],
    env: () => undefined,
    host: terminal,
    isTerminal: true,
    onAction: () => {},
    ...options,
  });
  return { terminal, screen };
}

/** What a screen wrote since the last time. */
function fresh(terminal: FakeTerminal): string {
  const { text } = terminal;
  terminal.text = "";
  return text;
}

Deno.test("where no terminal is, a line tells of each phase and interval, and warnings come at once", () => {
  const { terminal, screen } = setup({}, { isTerminal: false });
  assert.equal(screen.mode, "plain");
  screen.start();
  screen.snapshot("producer", sampleSnapshot("producer"), []);
  assert.match(fresh(terminal), /producer {2}running\n$/);
  screen.snapshot("producer", sampleSnapshot("producer"), []);
  assert.equal(fresh(terminal), "", "the phase has not changed");
  screen.interval("producer", sampleSnapshot("producer"));
  assert.match(fresh(terminal), /49,812 msg\/s.*\n$/);
  screen.log({ at: 0, level: "info", text: "nothing much" });
  assert.equal(fresh(terminal), "");
  screen.log({ at: 0, level: "warn", text: "slow" });
  screen.say("metrics at http://127.0.0.1:1/metrics");
  assert.equal(fresh(terminal), "warn: slow\nmetrics at http://127.0.0.1:1/metrics\n");
});

Deno.test("--quiet is silent, whatever happens", () => {
  const { terminal, screen } = setup({ quiet: true, ui: "full" });
  screen.start();
  screen.snapshot("producer", sampleSnapshot("producer"), []);
  screen.interval("producer", sampleSnapshot("producer"));
  screen.log({ at: 0, level: "error", text: "broken" });
  screen.say("hello");
  screen.stop();
  assert.equal(terminal.text, "");
});

Deno.test("what is said before and after the panels appears beside them, not in them", () => {
  const { terminal, screen } = setup({ ui: "full" });
  screen.say("connecting");
  assert.equal(fresh(terminal), "connecting\n");
  screen.start();
  screen.snapshot("producer", sampleSnapshot("producer"), []);
  fresh(terminal);
  screen.say("draining");
  assert.doesNotMatch(fresh(terminal), /draining\n/);
  screen.stop();
  assert.ok(fresh(terminal).includes("\x1b[?1049l"));
  screen.say("SIGTERM: once more to stop at once");
  assert.equal(fresh(terminal), "SIGTERM: once more to stop at once\n");
});

Deno.test("a frame after the start of a worker is drawn whole, since Deno wipes part of it", async () => {
  const { terminal, screen } = setup({ ui: "full" });
  terminal.inputIsTerminal = true;
  screen.start();
  const running = sampleSnapshot("producer");
  const workers = running.workers.map((worker) => ({ ...worker, state: "starting" as const }));
  const isWhole = async (): Promise<boolean> => {
    fresh(terminal);
    await terminal.press("?");
    const frame = fresh(terminal);
    assert.notEqual(frame, "");
    return frame.includes("\x1b[2J");
  };
  screen.snapshot("producer", running, []);
  await isWhole();
  assert.equal(await isWhole(), false);
  screen.snapshot("producer", { ...running, workers }, []);
  assert.equal(await isWhole(), true);
  screen.snapshot("producer", running, []);
  assert.equal(await isWhole(), true, "once more when it has started");
  screen.snapshot("producer", running, []);
  assert.equal(await isWhole(), false);
  screen.settingsChanged("producer", { workers: 3 });
  assert.equal(await isWhole(), true);
  screen.stop();
});

Deno.test("a dumb terminal shows both runs in one line, which is empty at the end", () => {
  const { terminal, screen } = setup({}, {
    groups: [
      { name: "producer", role: "producer", info: SAMPLE_INFO },
      { name: "consumer", role: "consumer", info: SAMPLE_CONSUMER_INFO },
    ],
    env: (name) => name === "TERM" ? "dumb" : undefined,
  });
  assert.equal(screen.mode, "status");
  screen.start();
  screen.snapshot("producer", sampleSnapshot("producer"), []);
  screen.snapshot("consumer", sampleSnapshot("consumer"), []);
  const line = fresh(terminal).split("\r").at(-1)!;
  assert.match(line, /^producer running .*consumer running/);
  assert.ok(line.length < 120, line);
  screen.stop();
  assert.match(fresh(terminal), /^\r +\r$/);
  screen.snapshot("producer", sampleSnapshot("producer"), []);
  assert.equal(fresh(terminal), "", "nothing is drawn behind the end");
});

Deno.test("only a log is introduced, and the last word is said in every mode", () => {
  const plain = setup({ ui: "plain" });
  plain.screen.introduce("producer of topic t");
  assert.equal(fresh(plain.terminal), "producer of topic t\n");
  const silent = setup({ quiet: true });
  silent.screen.introduce("producer of topic t");
  assert.equal(fresh(silent.terminal), "");
  silent.screen.sayLast("stopped");
  assert.equal(fresh(silent.terminal), "stopped\n");
});

const SCENARIO: Partial<ScreenOptions> = {
  groups: [
    { name: "orders", role: "producer", info: SAMPLE_INFO },
    { name: "billing", role: "consumer", info: SAMPLE_CONSUMER_INFO },
  ],
  scenario: { name: "rolling-unload" },
};

Deno.test("plain lines of a scenario name the group, and each step has lines of its own", () => {
  const { terminal, screen } = setup({}, { ...SCENARIO, isTerminal: false });
  screen.snapshot("orders", sampleSnapshot("producer"), []);
  screen.snapshot("billing", sampleSnapshot("consumer"), []);
  assert.match(fresh(terminal), /orders {2}running\n.*billing {2}running\n$/);
  screen.interval("orders", sampleSnapshot("producer"));
  screen.interval("billing", sampleSnapshot("consumer"));
  assert.match(fresh(terminal), /^ +1:12 {2}orders {2}.*\n +1:12 {2}billing {2}.*verified/);
  const steps = sampleScenario().steps.map((step) => ({ ...step, state: "planned" as const }));
  screen.scenario(sampleScenario({ steps }));
  assert.equal(fresh(terminal), "");
  screen.scenario(sampleScenario({ steps: [sampleScenario().steps[0]!, ...steps.slice(1)] }));
  assert.equal(fresh(terminal), "   0:00  step 'steady' begins\n   0:30  step 'steady' done\n");
});

Deno.test("one line in place sums a scenario up, and steps stay above it", () => {
  const { terminal, screen } = setup({}, {
    ...SCENARIO,
    env: (name) => name === "TERM" ? "dumb" : undefined,
  });
  assert.equal(screen.mode, "status");
  screen.snapshot("orders", sampleSnapshot("producer"), []);
  screen.scenario(sampleScenario());
  const text = fresh(terminal);
  assert.match(text, /step 'unload' begins\n|step 'unload' done: recovered in 1\.21 s/);
  const line = text.split("\r").at(-1)!;
  assert.match(line, /^rolling-unload running {2}1:12 \/ 2:00/);
  assert.ok(line.trimEnd().length < 120, line);
});

Deno.test("the panels of a scenario ask for changes by group", async () => {
  const asked: (string | undefined)[] = [];
  const { terminal, screen } = setup({ ui: "full" }, {
    ...SCENARIO,
    onAction: (_, group) => asked.push(group),
  });
  terminal.inputIsTerminal = true;
  screen.start();
  screen.snapshot("orders", sampleSnapshot("producer"), []);
  screen.scenario(sampleScenario());
  await terminal.press("p");
  await terminal.press("1");
  await terminal.press("p");
  screen.settingsChanged("billing", { workers: 2 });
  screen.stop();
  assert.deepEqual(asked, [undefined, "orders"]);
});
