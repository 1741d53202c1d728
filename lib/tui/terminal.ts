/**
 * Owner of the screen. Between `open` and `close` nothing else writes to it, and however the run ends the terminal is
 * given back as it was: at `close`, at `Deno.exit`, at uncaught errors and rejections, at SIGINT, SIGTERM and SIGHUP.
 */
import type { CellBuffer } from "./cells.ts";
import { diff } from "./diff.ts";
import type { EndSignal, TerminalHost } from "./terminal_host.ts";
import { clean } from "./text.ts";
import type { LogLine } from "../load/snapshot.ts";

// Alternate screen, no cursor, no automatic wrap, pasted text marked as such, nothing on it.
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[0m\x1b[2J";
// Ends a synchronized update that was cut in the middle, then everything of ENTER backwards.
const LEAVE = "\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";
// Synchronized output: the terminal shows the frame as a whole (https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036).
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";

/** 128 + the number of the signal, as shells report it. */
const SIGNAL_EXITS: Readonly<Record<EndSignal, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const KEPT_LINES = 200;
/** Attempts to write to a terminal that takes nothing, before the frame is given up. */
const WRITE_ATTEMPTS = 50;

export interface TerminalOptions {
  /**
   * Called for a signal. At SIGTERM and SIGHUP the terminal has been given back before; at SIGINT the screen stays, for
   * the run to be drained in sight. Without it the process ends with 128 + the signal's number.
   */
  readonly onSignal?: (signal: EndSignal) => void;
  /** Called for each line that `console` printed while the screen was owned. */
  readonly onLog?: (line: LogLine) => void;
  /** Milliseconds since the epoch, for the times of log lines. */
  readonly now?: () => number;
}

export class Terminal {
  readonly #host: TerminalHost;
  readonly #options: TerminalOptions;
  readonly #encoder = new TextEncoder();
  #open = false;
  #raw = false;
  #shown: CellBuffer | undefined;
  #removers: (() => void)[] = [];
  #printed: string[] = [];
  #dropped = 0;
  #onKeys: ((bytes: Uint8Array) => void) | undefined;
  #reading = false;

  constructor(host: TerminalHost, options: TerminalOptions = {}) {
    this.#host = host;
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Size now; asked for each frame, so that a resize needs no signal. */
  size(): { columns: number; rows: number } {
    const { columns, rows } = this.#host.size();
    return { columns: Math.max(1, columns), rows: Math.max(1, rows) };
  }

  /** Takes the screen. `onKeys` gets raw input when stdin is a terminal. */
  open(onKeys?: (bytes: Uint8Array) => void): void {
    if (this.#open) return;
    this.#onKeys = onKeys;
    this.#listen();
    this.#takeConsole();
    this.#enter();
    if (this.#host.inputIsTerminal) void this.#readLoop();
  }

  #enter(): void {
    this.#open = true;
    this.#shown = undefined;
    if (this.#host.inputIsTerminal) {
      try {
        this.#host.setRaw(true);
        this.#raw = true;
      } catch {
        // Without raw mode keys need Enter; the picture is still worth showing.
      }
    }
    this.#write(ENTER);
  }

  #listen(): void {
    const host = this.#host;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      this.#removers.push(host.onSignal(signal, () => this.#signalled(signal)));
    }
    this.#removers.push(host.onSignal("SIGCONT", () => {
      // Stopped and continued from outside: the shell has used the screen and the modes in between.
      if (this.#open) this.#enter();
    }));
    for (const event of ["error", "unhandledrejection", "unload"] as const) {
      this.#removers.push(host.onEvent(event, () => this.close()));
    }
  }

  #signalled(signal: EndSignal): void {
    const { onSignal } = this.#options;
    if (signal !== "SIGINT" || onSignal === undefined) this.close();
    if (onSignal !== undefined) onSignal(signal);
    else this.#host.exit(SIGNAL_EXITS[signal]);
  }

  /** `console` would write into the picture: its lines are kept and printed after the screen is given back. */
  #takeConsole(): void {
    const { console } = this.#host;
    for (const level of ["log", "info", "warn", "error", "debug"] as const) {
      const original = console[level];
      console[level] = (...data: unknown[]) => this.print(data.map(asText).join(" "), logLevel(level));
      this.#removers.push(() => console[level] = original);
    }
  }

  /** Prints a line: into the log of the screen while it is owned, else straight to the terminal. */
  print(text: string, level: LogLine["level"] = "info"): void {
    if (!this.#open) {
      this.#write(`${text}\n`);
      return;
    }
    this.#printed.push(text);
    if (this.#printed.length > KEPT_LINES) {
      this.#printed.shift();
      this.#dropped++;
    }
    const at = (this.#options.now ?? Date.now)() * 1000;
    this.#options.onLog?.({ at, level, text: clean(text) });
  }

  async #readLoop(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    const buffer = new Uint8Array(256);
    try {
      while (this.#open) {
        const length = await this.#host.read(buffer);
        if (length === null) break;
        if (this.#open && length > 0) this.#onKeys?.(buffer.subarray(0, length));
      }
    } catch {
      // The terminal went away; SIGHUP, or the next frame, says so.
    } finally {
      this.#reading = false;
    }
  }

  /** Sends a question that the terminal answers at the keyboard, if it knows it and there is one. */
  ask(query: string): void {
    if (this.#open && this.#raw) this.#write(query);
  }

  /** Shows a frame. The buffer must not be changed until the next call, which compares with it. */
  draw(frame: CellBuffer, sgr: readonly string[]): void {
    if (!this.#open) return;
    const changes = diff(this.#shown, frame, sgr);
    if (changes === "") {
      this.#shown = frame;
      return;
    }
    // A frame cut off in the middle leaves an unknown screen, which the next one draws from scratch.
    this.#shown = this.#write(BEGIN_FRAME + changes + END_FRAME) ? frame : undefined;
  }

  /** The screen is empty or its content unknown, so a frame is needed even if nothing changed. */
  get needsFrame(): boolean {
    return this.#open && this.#shown === undefined;
  }

  /** The next frame is drawn whole, for screens that something else has written into. */
  redraw(): void {
    this.#shown = undefined;
  }

  /** Gives the screen back and prints the lines kept meanwhile. May be called at any time, again and again. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#write(LEAVE);
    if (this.#raw) {
      this.#raw = false;
      try {
        this.#host.setRaw(false);
      } catch {
        // The terminal is gone, and its modes with it.
      }
    }
    for (const remove of this.#removers.splice(0).reverse()) remove();
    if (this.#dropped > 0) this.#printed.unshift(`(${this.#dropped} earlier lines left out)`);
    if (this.#printed.length > 0) this.#write(this.#printed.join("\n") + "\n");
    this.#printed = [];
    this.#dropped = 0;
  }

  /** True when everything was taken. */
  #write(text: string): boolean {
    const bytes = this.#encoder.encode(text);
    let at = 0;
    let idle = 0;
    while (at < bytes.length && idle < WRITE_ATTEMPTS) {
      try {
        const taken = this.#host.write(at === 0 ? bytes : bytes.subarray(at));
        idle = taken > 0 ? 0 : idle + 1;
        at += taken;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== "WouldBlock") return false;
        idle++;
      }
    }
    return at === bytes.length;
  }
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  return value instanceof Error ? value.stack ?? value.message : Deno.inspect(value);
}

function logLevel(level: "log" | "info" | "warn" | "error" | "debug"): LogLine["level"] {
  return level === "warn" || level === "error" ? level : "info";
}
