/** The live screens in a real terminal (tmux): what is drawn, what keys do, and how the terminal is given back. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import { CLEAN_ENV, cliCommand, eventually } from "../support/cli.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";
import { Tmux } from "../support/tmux.ts";

const test = testUnless(await missingPrograms("tmux", "ps"));

const SIZES = [[80, 24], [120, 40], [200, 60]] as const;
const LOAD = ["--embedded", "--workers", "2", "--rate", "1k", "--duration", "5m"];
const PANEL = /╭─ 1 Rate/;

async function inTerminal(
  columns: number,
  rows: number,
  use: (terminal: Tmux) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  await using terminal = await Tmux.start({ columns, rows, env });
  await use(terminal);
}

/** Whether a line is longer than the terminal is wide, or a panel has lost an edge. */
function brokenLines(screen: string): string[] {
  return screen.split("\n").filter((line) => /^[│╭╰]/.test(line) !== /[│╮╯]$/.test(line));
}

for (const [columns, rows] of SIZES) {
  test(`at ${columns} × ${rows} every key does what the help says, and q ends with a summary and 0`, () =>
    inTerminal(columns, rows, async (terminal) => {
      await terminal.run(cliCommand("producer", LOAD));
      const first = await terminal.waitFor(/● running[^]*╭─ 2 Latency/);
      for (const title of ["1 Rate", "2 Latency", "4 In flight", "5 Workers"]) {
        assert.ok(first.includes(`─ ${title} ─`), `'${title}' is missing on\n${first}`);
      }
      assert.match(first, /embedded broker/);

      await terminal.keys("?");
      await terminal.waitFor(/─ Help ─/);
      await terminal.keys("Escape");
      await terminal.waitFor(/^(?![^]*─ Help ─)[^]*╭─ 1 Rate/);

      for (const key of ["1", "2", "4", "5"]) {
        await terminal.keys(key);
        const others = ["1 Rate", "2 Latency", "4 In flight", "5 Workers"].filter((name) => name[0] !== key);
        await terminal.waitFor(new RegExp(`^(?![^]*─ (${others.join("|")}) ─)[^]*╭─ ${key} `));
        await terminal.keys(key);
        await terminal.waitFor(new RegExp(`─ ${others[0]} ─[^]*`));
      }

      await terminal.keys("+");
      await terminal.waitFor(/last 30 s/);
      await terminal.keys("-", "-");
      await terminal.waitFor(/last 2 min|last 120 s/);

      await terminal.keys("p");
      await terminal.waitFor(/paused/);
      await terminal.keys("p");
      await terminal.waitFor(/● running/);

      await terminal.keys("Right");
      await terminal.waitFor(/▸ workers\s+(◂ )?3\b/);
      await terminal.waitFor(/3 running/);

      const isLogShown = /─ 8 Log ─/.test(await terminal.screen());
      await terminal.keys("L");
      await terminal.waitFor(isLogShown ? /^(?![^]*─ 8 Log ─)[^]*╭─ 1 Rate/ : /─ 8 Log ─/);
      if (isLogShown) {
        await terminal.keys("L");
        await terminal.waitFor(/─ 8 Log ─/);
      }
      await terminal.keys("r");
      await terminal.waitFor(/figures start anew/);

      await terminal.keys("Down", "Right");
      await terminal.waitFor(/▸ rate\s+(◂ )?1,200\/s/);
      await terminal.keys("Down", "Right");
      await terminal.waitFor(/▸ size\s+(◂ )?2 KiB/);
      await terminal.waitFor(/restarted: size 1\.00 KiB → 2\.00 KiB/);
      await terminal.keys("Down", "Left");
      await terminal.waitFor(/▸ batch\s+(◂ )?500 msg/);
      await terminal.waitFor(/restarted: batch 1,000 → 500/);
      await terminal.keys("Down", "Right");
      await terminal.waitFor(/▸ compression\s+(◂ )?lz4/);
      await terminal.waitFor(/restarted: compression none → lz4/);
      assert.deepEqual(brokenLines(await terminal.screen()), []);

      await terminal.keys("q");
      const { code, screen } = await terminal.exit();
      assert.equal(code, 105, screen);
      assert.match(screen, /stopped by the user \(q\) before the plan was fulfilled/);
      assert.match(
        screen,
        /changed\s+0:\d\d {2}paused\n[^]*workers 2 → 3\n[^]*rate 1,000 msg\/s → 1,200 msg\/s/,
      );
      assert.doesNotMatch(screen, PANEL);
      assert.ok(await terminal.isRestored());
    }));
}

test("a size that the payload cannot have is refused in the log, and the run goes on", () =>
  inTerminal(120, 40, async (terminal) => {
    await terminal.run(cliCommand("producer", [...LOAD, "--payload", "json", "--size", "256"]));
    await terminal.waitFor(/● running/);
    await terminal.keys("Down", "Down", "Left");
    await terminal.waitFor(/size '128' is too small/);
    const screen = await terminal.waitFor(/size\s+(◂ )?256 B/);
    assert.match(screen, /● running/);
    await terminal.keys("q");
    assert.equal((await terminal.exit()).code, 105);
  }));

test("q while workers are being replaced ends the run all the same", () =>
  inTerminal(120, 40, async (terminal) => {
    await terminal.run(cliCommand("producer", LOAD));
    await terminal.waitFor(/● running/);
    await terminal.keys("Right", "Down", "Down", "Right", "Down", "Left", "Down", "Right");
    await terminal.waitFor(/starting|draining|restarted/);
    await terminal.keys("q");
    const { code, screen } = await terminal.exit();
    assert.equal(code, 105, screen);
  }));

test("the panels follow the size of the window, down to single lines and back", () =>
  inTerminal(120, 40, async (terminal) => {
    await terminal.run(cliCommand("producer", LOAD));
    await terminal.waitFor(/╭─ 5 Workers/);
    await terminal.resize(90, 26);
    await terminal.waitFor(/^(?![^]*╭.{95})[^]*╭─ 1 Rate.{75,88}╮/);
    await terminal.resize(60, 12);
    const small = await terminal.waitFor(/^(?![^]*╭)[^]*running[^]*msg\/s/);
    for (const line of small.split("\n")) assert.ok([...line].length <= 60, line);
    await terminal.resize(200, 60);
    const large = await terminal.waitFor(/╭─ 1 Rate[^]*╭─ 5 Workers/);
    assert.deepEqual(brokenLines(large), []);
    await terminal.keys("q");
    assert.equal((await terminal.exit()).code, 105);
    assert.ok(await terminal.isRestored());
  }));

test("the first Ctrl-C drains in sight, the second one stops at once and gives the terminal back", async () => {
  const broker = await EmbeddedBroker.start();
  try {
    await broker.inject({ kind: "delayReceipts", ms: 600_000 });
    await inTerminal(120, 40, async (terminal) => {
      await terminal.run(
        cliCommand("producer", ["-u", broker.serviceUrl, "--workers", "1", "--rate", "1k", "-d", "5m"]),
      );
      await terminal.waitFor(/in flight\s+[1-9]/);
      await terminal.keys("C-c");
      const draining = await terminal.waitFor(/draining/);
      assert.match(draining, PANEL);
      await terminal.waitFor(/once more to stop at once/);
      await terminal.keys("C-c");
      const { code, screen } = await terminal.exit();
      assert.equal(code, 105);
      assert.doesNotMatch(screen, PANEL);
      assert.ok(await terminal.isRestored());
    });
  } finally {
    await broker.stop();
  }
});

for (const [signal, how] of [["SIGINT", "Ctrl-C"], ["SIGTERM", "SIGTERM"]] as const) {
  test(`${how} alone drains, prints the summary, and ends with 105 on a restored terminal`, () =>
    inTerminal(80, 24, async (terminal) => {
      await terminal.run(cliCommand("producer", LOAD));
      await terminal.waitFor(/total [1-9]/);
      if (signal === "SIGINT") await terminal.keys("C-c");
      else Deno.kill(await terminal.child(), signal);
      const { code, screen } = await terminal.exit();
      assert.equal(code, 105, screen);
      assert.match(screen, new RegExp(`interrupted\\s+stopped by (the user )?\\(?${how}\\)?\\s`));
      assert.doesNotMatch(screen, PANEL);
      assert.ok(await terminal.isRestored());
    }));
}

test("when the terminal disappears, the summary still reaches stderr and the result is written", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [result, errors] = [join(folder, "run.json"), join(folder, "errors.txt")];
    await inTerminal(80, 24, async (terminal) => {
      await terminal.run(
        cliCommand("producer", [...LOAD, "--ui", "plain", "--report-interval", "1s", "--output", result]),
        `2>'${errors}'`,
      );
      await eventually("the second interval", async () => {
        const text = await Deno.readTextFile(errors).catch(() => "");
        return (text.match(/msg\/s/g) ?? []).length >= 2 ? true : undefined;
      });
      await terminal.hangUp();
    });
    const text = await eventually("the result", () => Deno.readTextFile(result).catch(() => undefined));
    const { verdict } = JSON.parse(text);
    assert.equal(verdict.exitCode, 105);
    assert.match(verdict.reasons.join(), /SIGHUP/);
    await eventually("the summary", async () => {
      return /interrupted\s+stopped by SIGHUP/.test(await Deno.readTextFile(errors)) ? true : undefined;
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("a crash of the program itself gives the terminal back and tells what happened", () =>
  inTerminal(80, 24, async (terminal) => {
    const program = join(import.meta.dirname!, "..", "support", "crashing_screen.ts");
    const config = join(import.meta.dirname!, "..", "..", "deno.json");
    const flags = ["--quiet", "--no-check", "--config", config, "-P=load"];
    await terminal.run([Deno.execPath(), "run", ...flags, program]);
    await terminal.waitFor(PANEL);
    await terminal.keys("p");
    const { code, screen } = await terminal.exit();
    assert.equal(code, 1);
    assert.match(screen, /crash on request/);
    assert.doesNotMatch(screen, PANEL);
    assert.ok(await terminal.isRestored());
  }));

test("--json leaves pure JSON on stdout while the panels are live", async () => {
  const file = await Deno.makeTempFile();
  try {
    await inTerminal(80, 24, async (terminal) => {
      await terminal.run(cliCommand("producer", [...LOAD, "--json"]), `>'${file}'`);
      await terminal.waitFor(/● running[^]*╭─ 2 Latency/);
      await terminal.keys("q");
      const { code, screen } = await terminal.exit();
      assert.equal(code, 105);
      assert.match(screen, /stopped by the user \(q\)/, "the summary goes to stderr then");
    });
    const result = JSON.parse(await Deno.readTextFile(file));
    assert.equal(result.verdict.status, "interrupted");
  } finally {
    await Deno.remove(file);
  }
});

test("NO_COLOR takes every colour away, and the panels stay", () =>
  inTerminal(80, 24, async (terminal) => {
    await terminal.run(cliCommand("producer", LOAD));
    await terminal.waitFor(PANEL);
    const codes = (await terminal.screen({ colors: true })).split("\x1b[").slice(1);
    // 38 and 48 begin a colour of text or background, 30 to 47 are one.
    assert.deepEqual(codes.filter((code) => /^([\d;]*;)?[34][0-8](;[\d;]*)?m/.test(code)), []);
    await terminal.keys("q");
    assert.equal((await terminal.exit()).code, 105);
  }, { ...CLEAN_ENV, NO_COLOR: "1" }));

test("a dumb terminal gets one line that changes in place", () =>
  inTerminal(80, 24, async (terminal) => {
    // The shell sets TERM for the program alone: tmux itself needs a real one.
    await terminal.run(["env", "TERM=dumb", ...cliCommand("producer", LOAD)]);
    const screen = await terminal.waitFor(/producer running .* msg\/s/);
    assert.doesNotMatch(screen, PANEL);
    Deno.kill(await terminal.child(), "SIGINT");
    assert.equal((await terminal.exit()).code, 105);
  }));

test("the demo shows both sides, intact, and its result has both", () =>
  inTerminal(120, 40, async (terminal) => {
    await terminal.run(cliCommand("lab", ["demo", "--rate", "2k", "-d", "5m"]));
    const screen = await terminal.waitFor(/✓ intact/);
    assert.match(screen, /Producer|producer/);
    assert.match(screen, /[Cc]onsumer/);
    assert.deepEqual(brokenLines(screen), []);
    await terminal.keys("q");
    const { code, screen: after } = await terminal.exit();
    assert.equal(code, 105, after);
    assert.match(after, /integrity\s+✓ none lost/);
    assert.match(after, /stopped by the user \(q\)[^]*stopped by the user \(q\)/);
  }));
