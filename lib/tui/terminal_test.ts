import assert from "node:assert/strict";
import { CellBuffer } from "./cells.ts";
import { Terminal } from "./terminal.ts";
import type { EndEvent, EndSignal, TerminalHost } from "./terminal_host.ts";
import { createTheme } from "./theme.ts";
import { XtermScreen } from "./xterm_screen_test_support.ts";
import type { LogLine } from "../load/snapshot.ts";

const { sgr } = createTheme("truecolor", "braille");

class FakeHost implements TerminalHost {
  readonly screen = new XtermScreen(20, 4);
  readonly signals = new Map<string, () => void>();
  readonly events = new Map<string, () => void>();
  readonly raw: boolean[] = [];
  readonly exits: number[] = [];
  readonly chunks: (Uint8Array | null)[] = [];
  inputIsTerminal = true;
  output = "";
  /** Bytes taken by a write; negative throws. */
  takes: () => number = () => Infinity;
  readonly #decoder = new TextDecoder();
  readonly printed: string[] = [];
  readonly console = Object.fromEntries(
    ["log", "info", "warn", "error", "debug"].map((
      name,
    ) => [name, (...data: unknown[]) => this.printed.push(data.join(" "))]),
  ) as unknown as TerminalHost["console"];

  write(bytes: Uint8Array): number {
    const takes = Math.min(bytes.length, this.takes());
    if (takes < 0) throw new Deno.errors.BrokenPipe("gone");
    const text = this.#decoder.decode(bytes.subarray(0, takes), { stream: true });
    this.output += text;
    this.screen.write(text.replaceAll("\n", "\r\n"));
    return takes;
  }
  read(buffer: Uint8Array): Promise<number | null> {
    const chunk = this.chunks.shift();
    if (chunk === undefined) return new Promise(() => {});
    if (chunk !== null) buffer.set(chunk);
    return Promise.resolve(chunk?.length ?? null);
  }
  setRaw(raw: boolean): void {
    this.raw.push(raw);
  }
  size(): { columns: number; rows: number } {
    return { columns: 20, rows: 4 };
  }
  onSignal(signal: EndSignal | "SIGCONT", handler: () => void): () => void {
    this.signals.set(signal, handler);
    return () => this.signals.delete(signal);
  }
  onEvent(event: EndEvent, handler: () => void): () => void {
    this.events.set(event, handler);
    return () => this.events.delete(event);
  }
  exit(code: number): void {
    this.exits.push(code);
  }
}

async function restored(host: FakeHost): Promise<void> {
  assert.deepEqual(await host.screen.modes(), [7, 25], "alternate screen, cursor or wrapping");
  assert.deepEqual(host.raw, [true, false]);
  assert.equal(host.signals.size + host.events.size, 0, "listeners stay behind");
}

function frame(text: string): CellBuffer {
  const buffer = new CellBuffer(20, 4);
  buffer.write(0, 0, text, 0);
  return buffer;
}

Deno.test("opening takes the screen and closing gives everything back", async () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  terminal.open();
  assert.deepEqual(await host.screen.modes(), [1049, 2004]);
  assert.deepEqual(host.raw, [true]);
  terminal.close();
  await restored(host);
  const before = host.output;
  terminal.close();
  assert.equal(host.output, before, "a second close writes nothing");
});

for (const event of ["error", "unhandledrejection", "unload"] as const) {
  Deno.test(`the terminal is given back at '${event}'`, async () => {
    const host = new FakeHost();
    new Terminal(host).open();
    host.events.get(event)?.();
    await restored(host);
  });
}

for (const [signal, code] of [["SIGTERM", 143], ["SIGHUP", 129], ["SIGINT", 130]] as const) {
  Deno.test(`without anyone else to care, ${signal} gives the terminal back and ends with ${code}`, async () => {
    const host = new FakeHost();
    new Terminal(host).open();
    host.signals.get(signal)?.();
    await restored(host);
    assert.deepEqual(host.exits, [code]);
  });
}

Deno.test("whoever handles signals gets them, and only SIGINT leaves the screen up", async () => {
  const host = new FakeHost();
  const seen: string[] = [];
  const terminal = new Terminal(host, { onSignal: (signal) => seen.push(`${signal} ${terminal.isOpen}`) });
  terminal.open();
  host.signals.get("SIGINT")?.();
  host.signals.get("SIGTERM")?.();
  assert.deepEqual(seen, ["SIGINT true", "SIGTERM false"]);
  assert.deepEqual(host.exits, []);
  await restored(host);
});

Deno.test("after a stop from outside the screen is taken again and drawn whole", async () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  terminal.open();
  terminal.draw(frame("picture"), sgr);
  host.screen.write("\x1b[?1049l\x1b[?25hshell was here");
  host.signals.get("SIGCONT")?.();
  terminal.draw(frame("picture"), sgr);
  assert.equal((await host.screen.text()).trimEnd(), "picture");
  assert.ok((await host.screen.modes()).includes(1049));
});

Deno.test("frames are drawn as differences inside a synchronized update", () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  terminal.open();
  terminal.draw(frame("one"), sgr);
  host.output = "";
  terminal.draw(frame("onX"), sgr);
  assert.equal(host.output, "\x1b[?2026h\x1b[1;3H\x1b[0mX\x1b[0m\x1b[?2026l");
  host.output = "";
  terminal.draw(frame("onX"), sgr);
  assert.equal(host.output, "");
});

Deno.test("two buffers may take turns, even when a frame brought nothing new", async () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  const [one, other] = [frame("same"), frame("same")];
  terminal.open();
  terminal.draw(one, sgr);
  terminal.draw(other, sgr);
  one.write(0, 0, "next", 0);
  terminal.draw(one, sgr);
  assert.equal((await host.screen.text()).trimEnd(), "next");
});

Deno.test("partial writes are continued", async () => {
  const host = new FakeHost();
  host.takes = () => 3;
  const terminal = new Terminal(host);
  terminal.open();
  terminal.draw(frame("⣿⣿ whole"), sgr);
  assert.equal((await host.screen.text()).trimEnd(), "⣿⣿ whole");
});

Deno.test("a frame that could not be written whole is followed by one drawn from scratch", async () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  terminal.open();
  terminal.draw(frame("one"), sgr);
  let left = 12;
  host.takes = () => {
    const now = left;
    left = 0;
    return now;
  };
  terminal.draw(frame("two"), sgr);
  host.takes = () => Infinity;
  host.output = "";
  terminal.draw(frame("two"), sgr);
  assert.match(host.output, /2J/);
  assert.equal((await host.screen.text()).trimEnd(), "two");
});

Deno.test("a terminal that is gone is no reason to fail", () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  terminal.open();
  host.takes = () => -1;
  terminal.draw(frame("lost"), sgr);
  terminal.print("lost too");
  terminal.close();
  assert.deepEqual(host.raw, [true, false]);
});

Deno.test("console lines never reach the screen while it is owned, and are not lost", async () => {
  const host = new FakeHost();
  const lines: LogLine[] = [];
  const terminal = new Terminal(host, { onLog: (line) => lines.push(line), now: () => 5 });
  terminal.open();
  terminal.draw(frame("picture"), sgr);
  host.console.warn("careful\x1b[2J", 42);
  assert.equal((await host.screen.text()).trimEnd(), "picture");
  assert.deepEqual(lines, [{ at: 5000, level: "warn", text: "careful 42" }]);
  terminal.close();
  assert.ok(host.output.endsWith("\x1b[?1049lcareful\x1b[2J 42\n"));
  host.console.log("later");
  assert.deepEqual(host.printed, ["later"]);
});

Deno.test("of a flood of lines the last ones are kept and the others counted", () => {
  const host = new FakeHost();
  const terminal = new Terminal(host);
  terminal.open();
  for (let i = 0; i < 500; i++) terminal.print(`line ${i}`);
  terminal.close();
  assert.match(host.output, /1049l\(300 earlier lines left out\)\nline 300\n/);
});

Deno.test("keys come as they are typed until the screen is given back", async () => {
  const host = new FakeHost();
  host.chunks.push(Uint8Array.of(0x71), Uint8Array.of(0x1b, 0x5b, 0x41));
  const seen: number[][] = [];
  const terminal = new Terminal(host);
  terminal.open((bytes) => seen.push([...bytes]));
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.deepEqual(seen, [[0x71], [0x1b, 0x5b, 0x41]]);
  terminal.close();
});

Deno.test("without a terminal at stdin nothing is read and no mode is changed", () => {
  const host = new FakeHost();
  host.inputIsTerminal = false;
  host.chunks.push(Uint8Array.of(0x71));
  const terminal = new Terminal(host);
  terminal.open(() => assert.fail("a key was read"));
  terminal.close();
  assert.deepEqual([host.raw, host.chunks.length], [[], 1]);
});
