/** The live screen: takes snapshots, draws frames, turns keys into actions. The clock is injected. */
import type { Role } from "../config/run_config.ts";
import { BACKGROUND_QUERY, backgroundOfReply } from "./background.ts";
import { basicLines } from "./basic.ts";
import { CellBuffer } from "./cells.ts";
import { History } from "./history.ts";
import { commandOf, type Key, KeyParser } from "./keys.ts";
import { demoLayout, fitsPanels, layout, MINIMUM, ROOMY } from "./layout.ts";
import { helpPanel } from "./panels/controls.ts";
import { renderDemo, renderRun } from "./render.ts";
import { applySetting, type SetAction } from "./settings.ts";
import { snapshotStats } from "./stats.ts";
import type { Terminal } from "./terminal.ts";
import { onBackground, type Theme } from "./theme.ts";
import { type Action, reduce } from "./ui_state.ts";
import {
  currentRate,
  INITIAL_UI,
  type RunInfo,
  type Settings,
  type UiState,
  type View,
  ZOOMS,
} from "./view.ts";
import type { LogLine, RunSnapshot, ThresholdState } from "../load/snapshot.ts";

/** A setting that restarts workers is passed on once its value has not changed for this long. */
const SETTLE_MILLIS = 400;
const DEFAULT_FRAMES_PER_SECOND = 5;

export interface DashboardOptions {
  readonly terminal: Terminal;
  readonly theme: Theme;
  /** Ask the terminal for its background colour and choose the palette by the answer. */
  readonly asksBackground?: boolean;
  /** One run, or both for the demo. */
  readonly info: { readonly producer?: RunInfo; readonly consumer?: RunInfo };
  readonly onAction: (action: Action) => void;
  /** `basic`: single lines even where panels would fit. */
  readonly ui?: "full" | "basic";
  /** 4–10 is enough for the eye. */
  readonly framesPerSecond?: number;
  /** Milliseconds that never go backwards. */
  readonly now?: () => number;
}

interface Run {
  readonly info: RunInfo;
  readonly history: History;
  view: Omit<View, "ui" | "settings"> | undefined;
}

export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #runs = new Map<Role, Run>();
  readonly #primary: Role;
  readonly #parser = new KeyParser();
  readonly #now: () => number;
  readonly #waiting = new Map<SetAction["field"], { action: SetAction; due: number }>();
  readonly #extraLog: LogLine[] = [];
  #settings: Settings;
  #theme: Theme;
  #ui: UiState = INITIAL_UI;
  #frames: [CellBuffer, CellBuffer] | undefined;
  #escapeSeen = false;
  /** Something has changed since the last frame. */
  #dirty = true;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: DashboardOptions) {
    const { producer, consumer } = options.info;
    const first = producer ?? consumer;
    if (first === undefined) throw new TypeError("'info' is empty: expected 'producer', 'consumer' or both");
    this.#options = options;
    this.#theme = options.theme;
    this.#primary = producer === undefined ? "consumer" : "producer";
    this.#settings = first.settings;
    this.#now = options.now ?? (() => performance.now());
    if (producer !== undefined) {
      this.#runs.set("producer", { info: producer, history: new History(), view: undefined });
    }
    if (consumer !== undefined) {
      this.#runs.set("consumer", { info: consumer, history: new History(), view: undefined });
    }
  }

  get ui(): UiState {
    return this.#ui;
  }

  /** Settings as shown, including changes that are not passed on yet. */
  get settings(): Settings {
    return this.#settings;
  }

  /** Takes the screen and draws from now on, several times a second. */
  start(): void {
    const { terminal, asksBackground } = this.#options;
    terminal.open((bytes) => this.keys(bytes));
    if (asksBackground) terminal.ask(BACKGROUND_QUERY);
    this.render();
    this.#timer = setInterval(
      () => this.render(),
      1000 / (this.#options.framesPerSecond ?? DEFAULT_FRAMES_PER_SECOND),
    );
  }

  /** Gives the screen back. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#options.terminal.close();
  }

  /**
   * Takes the state of a run, told apart by `snapshot.role`. Histograms are summed up here, once; a snapshot's owner
   * may reuse them afterwards.
   */
  update(snapshot: RunSnapshot, thresholds: readonly ThresholdState[] = []): void {
    const run = this.#runs.get(snapshot.role);
    if (run === undefined) {
      throw new TypeError(`snapshot of a '${snapshot.role}' that this screen was not made for`);
    }
    if (run.view === undefined && snapshot.role === this.#primary) this.#fitTimeAxis(snapshot);
    const stats = snapshotStats(snapshot);
    run.history.add(snapshot, stats);
    const { info, history } = run;
    // Stages have rates of their own: the present one's is what a key would change.
    const { stage } = snapshot;
    if (stage !== undefined && snapshot.role === this.#primary && this.#settings.rate !== "max") {
      this.#settings = { ...this.#settings, rate: stage.rate };
    }
    this.#dirty = true;
    run.view = { snapshot, stats, history, info, thresholds, glyphs: this.#theme.glyphs };
  }

  /** A run shorter than the default axis starts with an axis of its own length. */
  #fitTimeAxis({ duration, count, targetRate }: RunSnapshot): void {
    const byCount = count !== undefined && targetRate ? count / targetRate : Infinity;
    const planned = Math.min(duration ?? Infinity, byCount);
    const fitting = ZOOMS.findIndex((seconds) => seconds >= planned);
    if (fitting >= 0 && fitting < this.#ui.zoom) this.#ui = { ...this.#ui, zoom: fitting };
  }

  /** Takes over the settings as the run reports them, which may differ from what was asked for. */
  setSettings(settings: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#dirty = true;
  }

  /** A line for the log panel that did not come with a snapshot. */
  log(line: LogLine): void {
    this.#extraLog.push(line);
    this.#dirty = true;
    if (this.#extraLog.length > 200) this.#extraLog.shift();
  }

  /** Raw bytes from the keyboard. */
  keys(bytes: Uint8Array): void {
    const keys = this.#parser.feed(bytes);
    this.#escapeSeen = false;
    for (const key of keys) this.#press(key);
    if (keys.length > 0) this.render();
  }

  #press(key: Key): void {
    if (typeof key === "object" && "reply" in key) return this.#hear(key.reply);
    const command = commandOf(key);
    if (command === undefined) return;
    this.#dirty = true;
    if (command.kind === "redraw") this.#options.terminal.redraw();
    const snapshot = this.#runs.get(this.#primary)?.view?.snapshot;
    const { ui, action } = reduce(this.#ui, command, {
      settings: this.#settings,
      phase: snapshot?.phase ?? "starting",
      measured: snapshot === undefined ? 0 : currentRate(snapshot),
      logsShown: this.#logsShown(),
      elapsed: snapshot?.elapsed ?? 0,
    });
    this.#ui = ui;
    if (action === undefined) return;
    if (action.kind === "set") this.#set(action);
    else this.#options.onAction(action);
  }

  /** Handles the terminal's answer about its background. */
  #hear(reply: string): void {
    const background = backgroundOfReply(reply);
    if (!this.#options.asksBackground || background === undefined) return;
    if (background === this.#theme.background) return;
    this.#theme = onBackground(this.#theme, background);
    this.#dirty = true;
    // Cells remember styles, not colours: all of them are drawn again.
    this.#options.terminal.redraw();
  }

  #set(action: SetAction): void {
    this.#settings = applySetting(this.#settings, action);
    const slow = this.#runs.get(this.#primary)?.info.restarts?.includes(action.field) ?? false;
    if (slow) this.#waiting.set(action.field, { action, due: this.#now() + SETTLE_MILLIS });
    else this.#options.onAction(action);
  }

  #logsShown(): boolean {
    const size = this.#options.terminal.size();
    const view = this.#viewOf(this.#primary);
    if (view === undefined) return false;
    const { places } = this.#runs.size === 2 ? demoLayout(view, size) : layout(view, size);
    return places.some((place) => place.name === "log");
  }

  #viewOf(role: Role): View | undefined {
    const view = this.#runs.get(role)?.view;
    if (view === undefined) return undefined;
    const settings = role === this.#primary ? this.#settings : view.info.settings;
    if (role !== this.#primary || this.#extraLog.length === 0) return { ...view, ui: this.#ui, settings };
    const log = [...view.snapshot.log, ...this.#extraLog].sort((a, b) => a.at - b.at);
    return { ...view, snapshot: { ...view.snapshot, log }, ui: this.#ui, settings };
  }

  /** Draws a frame if anything changed, and passes on settings whose waiting time is over. */
  render(): void {
    this.#settleKeys();
    const { terminal } = this.#options;
    if (!terminal.isOpen) return;
    const { columns, rows } = terminal.size();
    const same = this.#frames?.[0].columns === columns && this.#frames[0].rows === rows;
    if (!this.#dirty && same && !terminal.needsFrame) return;
    this.#dirty = false;
    const frame = this.#nextFrame(columns, rows);
    this.draw(frame);
    terminal.draw(frame, this.#theme.sgr);
  }

  /** Draws into a buffer of any size, without a terminal. */
  draw(frame: CellBuffer): void {
    const first = this.#viewOf(this.#primary);
    const second = this.#primary === "producer" ? this.#viewOf("consumer") : undefined;
    if (first === undefined) {
      frame.clear();
      frame.write(1, 0, "starting", 0);
    } else if (this.#options.ui === "basic" || !fitsPanels(frame, second === undefined ? MINIMUM : ROOMY)) {
      this.#drawBasic(frame, first, second);
    } else if (second !== undefined) renderDemo(first, second, frame);
    else renderRun(first, frame);
  }

  #drawBasic(frame: CellBuffer, first: View, second: View | undefined): void {
    frame.clear();
    const half = second === undefined ? frame.rows : Math.ceil(frame.rows / 2);
    frame.blit(0, 0, basicLines(first, frame.columns, half));
    if (second !== undefined && frame.rows > half) {
      frame.blit(0, half, basicLines(second, frame.columns, frame.rows - half));
    }
    if (!this.#ui.help) return;
    const { lines, x, y } = helpPanel(first, frame.columns, frame.rows);
    frame.blit(x, y, lines);
  }

  /** Two buffers take turns: the terminal compares the new frame with the one before. */
  #nextFrame(columns: number, rows: number): CellBuffer {
    const [front] = this.#frames ?? [];
    if (this.#frames === undefined || front?.columns !== columns || front.rows !== rows) {
      const ascii = this.#theme.glyphs.level === "ascii";
      this.#frames = [new CellBuffer(columns, rows, ascii), new CellBuffer(columns, rows, ascii)];
    }
    this.#frames.reverse();
    return this.#frames[0];
  }

  /** A lone escape byte is a key when nothing followed it for a whole frame. */
  #settleKeys(): void {
    if (this.#parser.waiting && this.#escapeSeen) {
      for (const key of this.#parser.flush()) {
        this.#press(key);
      }
    }
    this.#escapeSeen = this.#parser.waiting;
    const now = this.#now();
    for (const [field, { action, due }] of this.#waiting) {
      if (now < due) continue;
      this.#waiting.delete(field);
      this.#options.onAction(action);
    }
  }
}
