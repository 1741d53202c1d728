/** The live screen: takes snapshots, draws frames, turns keys into actions. The clock is injected. */
import { BACKGROUND_QUERY, backgroundOfReply } from "./background.ts";
import { CellBuffer } from "./cells.ts";
import { drawOverview, drawRuns, logsShown } from "./draw.ts";
import { type GroupInfo, GroupRun } from "./group_run.ts";
import { commandOf, type Key, KeyParser } from "./keys.ts";
import { overviewLogsShown } from "./overview/layout.ts";
import { overviewPhase, type ScenarioView } from "./overview/view.ts";
import { applySetting, type SetAction } from "./settings.ts";
import type { Terminal } from "./terminal.ts";
import { onBackground, type Theme } from "./theme.ts";
import { type Action, reduce } from "./ui_state.ts";
import { currentRate, INITIAL_UI, type Settings, type UiState, type View, ZOOMS } from "./view.ts";
import type { ScenarioSnapshot } from "../scenario/snapshot.ts";
import type { LogLine, RunSnapshot, ThresholdState } from "../load/snapshot.ts";

/** A setting that restarts workers is passed on once its value has not changed for this long. */
const SETTLE_MILLIS = 400;
const DEFAULT_FRAMES_PER_SECOND = 5;

export interface DashboardOptions {
  readonly terminal: Terminal;
  readonly theme: Theme;
  /** Ask the terminal for its background colour and choose the palette by the answer. */
  readonly asksBackground?: boolean;
  /** One run, a producer and a consumer for the demo, or the groups of a scenario. */
  readonly groups: readonly GroupInfo[];
  /** Gives the groups an overview. */
  readonly scenario?: { readonly name: string } | undefined;
  /** @param group that the keys act on; undefined: all, or those of a session without a scenario */
  readonly onAction: (action: Action, group?: string) => void;
  /** `basic`: single lines even where panels would fit. */
  readonly ui?: "full" | "basic";
  /** 4–10 is enough for the eye. */
  readonly framesPerSecond?: number;
  /** Milliseconds that never go backwards. */
  readonly now?: () => number;
}

export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #runs: ReadonlyMap<string, GroupRun>;
  readonly #primary: GroupRun;
  readonly #parser = new KeyParser();
  readonly #now: () => number;
  readonly #waiting = new Map<string, { action: SetAction; run: GroupRun; due: number }>();
  readonly #extraLog: LogLine[] = [];
  #scenario: ScenarioSnapshot | undefined;
  #theme: Theme;
  #ui: UiState = INITIAL_UI;
  #frames: [CellBuffer, CellBuffer] | undefined;
  #escapeSeen = false;
  /** Something has changed since the last frame. */
  #dirty = true;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: DashboardOptions) {
    const [first] = options.groups;
    if (first === undefined) throw new TypeError("'groups' is empty: expected at least one");
    this.#options = options;
    this.#theme = options.theme;
    this.#now = options.now ?? (() => performance.now());
    this.#runs = new Map(options.groups.map((group) => [group.name, new GroupRun(group)]));
    this.#primary = this.#runs.get(first.name)!;
  }

  get ui(): UiState {
    return this.#ui;
  }

  /** Settings as shown, of the group that the keys act on, including changes that are not passed on yet. */
  get settings(): Settings {
    return (this.#acting ?? this.#primary).settings;
  }

  /** The group that keys act on; undefined in the overview of a scenario. */
  get #acting(): GroupRun | undefined {
    if (this.#options.scenario === undefined) return this.#primary;
    const { shown } = this.#ui;
    return shown === undefined ? undefined : this.#runs.get(this.#options.groups[shown]!.name);
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

  /** Takes the state of a group's run. */
  update(name: string, snapshot: RunSnapshot, thresholds: readonly ThresholdState[] = []): void {
    const run = this.#runOf(name);
    const { stage } = snapshot;
    if (run.snapshot === undefined && run === this.#primary) this.#fitTimeAxis(snapshot);
    // Stages have rates of their own: the present one's is what a key would change.
    if (stage !== undefined && snapshot.role === "producer" && run.settings.rate !== "max") {
      run.settings = { ...run.settings, rate: stage.rate };
    }
    run.update(snapshot, thresholds);
    this.#dirty = true;
  }

  /** Takes the state of the scenario: its phase, its groups and its steps. */
  updateScenario(snapshot: ScenarioSnapshot): void {
    this.#scenario = snapshot;
    this.#dirty = true;
  }

  #runOf(name: string): GroupRun {
    const run = this.#runs.get(name);
    if (run === undefined) throw new TypeError(`snapshot of a '${name}' that this screen was not made for`);
    return run;
  }

  /** A run shorter than the default axis starts with an axis of its own length. */
  #fitTimeAxis({ duration, count, targetRate }: RunSnapshot): void {
    const byCount = count !== undefined && targetRate ? count / targetRate : Infinity;
    const planned = Math.min(duration ?? Infinity, byCount);
    const fitting = ZOOMS.findIndex((seconds) => seconds >= planned);
    if (fitting >= 0 && fitting < this.#ui.zoom) this.#ui = { ...this.#ui, zoom: fitting };
  }

  /** Takes over the settings as the run reports them, which may differ from what was asked for. */
  setSettings(settings: Partial<Settings>, name = this.#primary.group.name): void {
    const run = this.#runOf(name);
    run.settings = { ...run.settings, ...settings };
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
    const acting = this.#acting;
    const snapshot = acting?.snapshot;
    const overview = this.#options.scenario === undefined ? undefined : this.#scenarioView();
    const { ui, action } = reduce(this.#ui, command, {
      settings: this.settings,
      phase: (acting === undefined && overview !== undefined ? overviewPhase(overview) : snapshot?.phase) ??
        "starting",
      measured: snapshot === undefined ? 0 : currentRate(snapshot),
      logsShown: this.#logsShown(),
      elapsed: overview?.scenario?.elapsed ?? snapshot?.elapsed ?? 0,
      groups: overview?.groups.length,
    });
    this.#ui = ui;
    if (action === undefined) return;
    if (action.kind === "set") this.#set(action);
    else this.#ask(action);
  }

  /** The end of a scenario is the end of all its groups; everything else is asked of the group that is shown. */
  #ask(action: Action, run = this.#acting): void {
    const isOfAll = action.kind === "quit" || action.kind === "interrupt";
    if (this.#options.scenario === undefined || isOfAll || run === undefined) this.#options.onAction(action);
    else this.#options.onAction(action, run.group.name);
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
    const run = this.#acting ?? this.#primary;
    run.settings = applySetting(run.settings, action);
    const { name, info } = run.group;
    const slow = info.restarts?.includes(action.field) ?? false;
    if (slow) this.#waiting.set(`${action.field} ${name}`, { action, run, due: this.#now() + SETTLE_MILLIS });
    else this.#ask(action, run);
  }

  #logsShown(): boolean {
    const size = this.#options.terminal.size();
    const view = this.#acting === undefined ? undefined : this.#viewOf(this.#acting);
    if (this.#options.scenario !== undefined && this.#acting === undefined) {
      return overviewLogsShown(this.#scenarioView(), size);
    }
    return view !== undefined && logsShown(view, this.#isDemo, size);
  }

  get #isDemo(): boolean {
    return this.#options.scenario === undefined && this.#runs.size === 2;
  }

  #viewOf(run: GroupRun | undefined): View | undefined {
    const { glyphs } = this.#theme;
    if (this.#options.scenario !== undefined) {
      const view = run?.view(this.#ui, glyphs);
      return view === undefined ? undefined : { ...view, group: run!.group.name };
    }
    return run?.view(this.#ui, glyphs, run === this.#primary ? this.#extraLog : []);
  }

  #scenarioView(): ScenarioView {
    const { scenario, groups } = this.#options;
    return {
      name: scenario?.name ?? "",
      info: this.#primary.group.info,
      scenario: this.#scenario,
      groups: groups.map(({ name, role }, index) => ({
        name,
        role,
        facts: this.#scenario?.groups.find((group) => group.name === name),
        view: this.#viewOf(this.#runs.get(groups[index]!.name)),
      })),
      log: this.#extraLog,
      ui: this.#ui,
      glyphs: this.#theme.glyphs,
    };
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
    const basic = this.#options.ui === "basic";
    if (this.#options.scenario !== undefined) {
      const shown = this.#acting;
      if (shown === undefined) return drawOverview(frame, this.#scenarioView(), basic);
      return drawRuns(frame, { first: this.#viewOf(shown), waitingFor: shown.group.name }, basic);
    }
    const [, second] = this.#runs.values();
    drawRuns(frame, { first: this.#viewOf(this.#primary), second: this.#viewOf(second) }, basic);
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
    for (const [key, { action, run, due }] of this.#waiting) {
      if (now < due) continue;
      this.#waiting.delete(key);
      this.#ask(action, run);
    }
  }
}
