/** Shows progress on stderr in the way that suits it: panels, single lines, one line an interval, or nothing. */
import { clean } from "../../lib/config/foreign_text.ts";
import type { CommonConfig } from "../../lib/config/run_config.ts";
import type { LogLine, RunSnapshot, ThresholdState } from "../../lib/load/snapshot.ts";
import { answersQueries } from "../../lib/tui/background.ts";
import { StatusLine, statusText } from "../../lib/tui/basic.ts";
import { Dashboard } from "../../lib/tui/dashboard.ts";
import { type GroupInfo, GroupRun } from "../../lib/tui/group_run.ts";
import { scenarioStatus } from "../../lib/tui/overview/basic.ts";
import { stepLines } from "../../lib/tui/overview/steps.ts";
import { drainingLine, intervalLine, phaseLine } from "../../lib/tui/plain.ts";
import { Terminal } from "../../lib/tui/terminal.ts";
import type { TerminalHost } from "../../lib/tui/terminal_host.ts";
import { detectTheme, type Environment, type Theme } from "../../lib/tui/theme.ts";
import { type ProgressMode, progressMode } from "../../lib/tui/ui_mode.ts";
import type { Action } from "../../lib/tui/ui_state.ts";
import { INITIAL_UI } from "../../lib/tui/view.ts";
import type { ScenarioSnapshot } from "../../lib/scenario/snapshot.ts";

export interface ScreenOptions {
  readonly config: Pick<CommonConfig, "ui" | "quiet" | "color" | "theme">;
  /** A producer, a consumer, or both, each named as its role; or the groups of a scenario. */
  readonly groups: readonly GroupInfo[];
  /** Gives the groups an overview. */
  readonly scenario?: { readonly name: string } | undefined;
  readonly env: Environment;
  readonly host: TerminalHost;
  /** Whether what `host` writes to is a terminal. */
  readonly isTerminal: boolean;
  /** @param group that it is asked of; undefined: all of a scenario, or a session without one */
  onAction(action: Action, group?: string): void;
}

export class Screen {
  readonly mode: ProgressMode;
  readonly #options: ScreenOptions;
  readonly #host: TerminalHost;
  readonly #terminal: Terminal | undefined;
  readonly #dashboard: Dashboard | undefined;
  readonly #status: StatusLine | undefined;
  /** Groups with workers that start. */
  readonly #starting = new Set<string>();
  /** What the status line is made of, in the order of the groups. */
  readonly #runs: ReadonlyMap<string, GroupRun>;
  readonly #phases = new Map<string, string>();
  #scenario: ScenarioSnapshot | undefined;
  #isOver = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { config, env, groups, scenario, isTerminal } = options;
    this.#host = options.host;
    this.#runs = new Map(groups.map((group) => [group.name, new GroupRun(group)]));
    this.mode = progressMode({ ui: config.ui, quiet: config.quiet, isTerminal, env });
    const theme = detectTheme(env, {
      isTty: isTerminal,
      color: config.color,
      theme: config.theme,
      windows: Deno.build.os === "windows",
    });
    if (this.mode === "full" || this.mode === "basic") {
      // Signals are the session's to answer: the terminal only gives the screen back.
      this.#terminal = new Terminal(this.#host, { onSignal: () => {} });
      this.#dashboard = new Dashboard({
        terminal: this.#terminal,
        theme,
        asksBackground: config.theme === "auto" && theme.depth !== "none" && answersQueries(env),
        groups,
        scenario,
        ui: this.mode,
        onAction: (action, group) => options.onAction(action, group),
      });
    }
    if (this.mode === "status") this.#status = new StatusLine((text) => this.#write(text));
  }

  /** Takes the screen, in the modes that have one. */
  start(): void {
    this.#dashboard?.start();
  }

  /** Twice a second, of each group. */
  snapshot(name: string, snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): void {
    const isStarting = snapshot.workers.some(({ state }) => state === "starting");
    if (isStarting || this.#starting.has(name)) this.#mend();
    if (isStarting) this.#starting.add(name);
    else this.#starting.delete(name);
    this.#dashboard?.update(name, snapshot, thresholds);
    if (this.#status !== undefined && !this.#isOver) {
      this.#runs.get(name)?.update(snapshot, thresholds);
      this.#status.update(this.#statusText());
    }
    if (this.mode === "plain" && this.#phases.get(name) !== snapshot.phase) {
      this.#phases.set(name, snapshot.phase);
      this.#write(`${phaseLine(snapshot, name)}\n`);
    }
  }

  /** Of a scenario, as often as its groups: where it stands, and its steps. */
  scenario(snapshot: ScenarioSnapshot): void {
    const lines = stepLines(this.#scenario?.steps ?? [], snapshot.steps);
    this.#scenario = snapshot;
    this.#dashboard?.updateScenario(snapshot);
    if (this.mode === "plain") { for (const line of lines) this.#write(`${line}\n`); }
    if (this.#status === undefined || this.#isOver) return;
    for (const line of lines) this.#status.print(line.trimStart());
    this.#status.update(this.#statusText());
  }

  /**
   * The next frame is drawn whole. Run from source, Deno itself wipes the screen below the cursor when it has loaded
   * the modules of a new worker.
   */
  #mend(): void {
    if (!Deno.build.standalone) this.#terminal?.redraw();
  }

  #statusText(): string {
    const { env, groups, scenario } = this.#options;
    const { glyphs }: Theme = detectTheme(env, { isTty: false, color: "never" });
    const { columns } = this.#host.size();
    if (scenario !== undefined) {
      const runs = groups.map(({ name, role }) => ({
        name,
        role,
        view: this.#runs.get(name)?.view(INITIAL_UI, glyphs),
      }));
      const { name } = scenario;
      const { info } = groups[0]!;
      const view = { name, info, scenario: this.#scenario, groups: runs, log: [], ui: INITIAL_UI, glyphs };
      return scenarioStatus(view, columns - 1);
    }
    const width = Math.floor((columns - 1) / groups.length) - 2 * (groups.length - 1);
    return [...this.#runs.values()].flatMap((run) => {
      const view = run.view(INITIAL_UI, glyphs);
      return view === undefined ? [] : [statusText(view, width)];
    }).join("  ");
  }

  /** Once per reporting interval, of each group. */
  interval(name: string, snapshot: RunSnapshot): void {
    if (this.mode === "plain") this.#write(`${intervalLine(snapshot, name)}\n`);
  }

  /** Now and then while a run ends. */
  draining(name: string, snapshot: RunSnapshot): void {
    const { draining } = snapshot;
    if (this.mode === "plain" && draining) this.#write(`${drainingLine(snapshot, draining, name)}\n`);
  }

  /** A line that people should see at once where there is no log panel. */
  log(line: LogLine): void {
    // A worker that crashed has been replaced.
    if (line.level === "error") this.#mend();
    if (this.mode === "plain" && line.level !== "info") this.#write(`${line.level}: ${clean(line.text)}\n`);
    if (this.#status !== undefined && line.level !== "info") {
      this.#status.print(`${line.level}: ${clean(line.text)}`);
    }
  }

  /** What a log begins with. Panels show it all the time. */
  introduce(text: string): void {
    if (this.mode === "plain") this.#write(`${text}\n`);
  }

  /** The last line of a process that ends at once, in every mode; the screen has been given back. */
  sayLast(text: string): void {
    this.#write(`${text}\n`);
  }

  /** Something about the run as a whole, for every mode but `none`. */
  say(said: string): void {
    const text = clean(said);
    this.#dashboard?.log({ at: Date.now() * 1000, level: "info", text });
    if (this.mode === "none" || this.#terminal?.isOpen) return;
    if (this.#status === undefined) this.#write(`${text}\n`);
    else this.#status.print(text);
  }

  /** What holds now in a group, after a change by hand or by a step. */
  settingsChanged(name: string, settings: Parameters<Dashboard["setSettings"]>[0]): void {
    this.#mend();
    this.#dashboard?.setSettings(settings, name);
  }

  /** Gives the screen back. What is said afterwards appears below it. */
  stop(): void {
    this.#isOver = true;
    this.#dashboard?.stop();
    this.#status?.clear();
  }

  #write(text: string): void {
    try {
      this.#host.write(new TextEncoder().encode(text));
    } catch {
      // The terminal is gone; the run is not.
    }
  }
}
