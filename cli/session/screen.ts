/** Shows progress on stderr in the way that suits it: panels, single lines, one line an interval, or nothing. */
import { clean } from "../../lib/config/foreign_text.ts";
import type { CommonConfig } from "../../lib/config/run_config.ts";
import type { LogLine, RunSnapshot, ThresholdState } from "../../lib/load/snapshot.ts";
import { answersQueries } from "../../lib/tui/background.ts";
import { StatusLine, statusText } from "../../lib/tui/basic.ts";
import { Dashboard } from "../../lib/tui/dashboard.ts";
import { History } from "../../lib/tui/history.ts";
import { drainingLine, intervalLine, phaseLine } from "../../lib/tui/plain.ts";
import { snapshotStats } from "../../lib/tui/stats.ts";
import { Terminal } from "../../lib/tui/terminal.ts";
import type { TerminalHost } from "../../lib/tui/terminal_host.ts";
import { detectTheme, type Environment } from "../../lib/tui/theme.ts";
import { type ProgressMode, progressMode } from "../../lib/tui/ui_mode.ts";
import type { Action } from "../../lib/tui/ui_state.ts";
import { INITIAL_UI, type RunInfo } from "../../lib/tui/view.ts";

export interface ScreenOptions {
  readonly config: Pick<CommonConfig, "ui" | "quiet" | "color" | "theme">;
  readonly info: { readonly producer?: RunInfo; readonly consumer?: RunInfo };
  readonly env: Environment;
  readonly host: TerminalHost;
  /** Whether what `host` writes to is a terminal. */
  readonly isTerminal: boolean;
  onAction(action: Action): void;
}

export class Screen {
  readonly mode: ProgressMode;
  readonly #options: ScreenOptions;
  readonly #host: TerminalHost;
  readonly #terminal: Terminal | undefined;
  readonly #dashboard: Dashboard | undefined;
  readonly #status: StatusLine | undefined;
  /** Roles with workers that start. */
  readonly #starting = new Set<string>();
  readonly #lines = new Map<string, string>();
  readonly #phases = new Map<string, string>();
  readonly #histories = new Map<string, History>();
  #isOver = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { config, env, info, isTerminal } = options;
    this.#host = options.host;
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
        info,
        ui: this.mode,
        onAction: (action) => options.onAction(action),
      });
    }
    if (this.mode === "status") this.#status = new StatusLine((text) => this.#write(text));
  }

  /** Takes the screen, in the modes that have one. */
  start(): void {
    this.#dashboard?.start();
  }

  /** Twice a second. */
  snapshot(snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): void {
    const isStarting = snapshot.workers.some(({ state }) => state === "starting");
    if (isStarting || this.#starting.has(snapshot.role)) this.#mend();
    if (isStarting) this.#starting.add(snapshot.role);
    else this.#starting.delete(snapshot.role);
    this.#dashboard?.update(snapshot, thresholds);
    if (this.#status !== undefined && !this.#isOver) {
      this.#lines.set(snapshot.role, this.#statusOf(snapshot, thresholds));
      this.#status.update([...this.#lines.values()].join("  "));
    }
    if (this.mode === "plain" && this.#phases.get(snapshot.role) !== snapshot.phase) {
      this.#phases.set(snapshot.role, snapshot.phase);
      this.#write(`${phaseLine(snapshot)}\n`);
    }
  }

  /**
   * The next frame is drawn whole. Run from source, Deno itself wipes the screen below the cursor when it has loaded
   * the modules of a new worker.
   */
  #mend(): void {
    if (!Deno.build.standalone) this.#terminal?.redraw();
  }

  #statusOf(snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): string {
    const history = this.#histories.get(snapshot.role) ?? new History();
    this.#histories.set(snapshot.role, history);
    const info = this.#options.info[snapshot.role]!;
    const { glyphs } = detectTheme(this.#options.env, { isTty: false, color: "never" });
    const stats = snapshotStats(snapshot);
    const view = {
      snapshot,
      stats,
      history,
      info,
      settings: info.settings,
      thresholds,
      ui: INITIAL_UI,
      glyphs,
    };
    const runs = Object.keys(this.#options.info).length;
    return statusText(view, Math.floor((this.#host.size().columns - 1) / runs) - 2 * (runs - 1));
  }

  /** Once per reporting interval. */
  interval(snapshot: RunSnapshot): void {
    if (this.mode === "plain") this.#write(`${intervalLine(snapshot)}\n`);
  }

  /** Now and then while a run ends. */
  draining(snapshot: RunSnapshot): void {
    const { draining } = snapshot;
    if (this.mode === "plain" && draining) this.#write(`${drainingLine(snapshot, draining)}\n`);
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

  /** What holds now, after a change by hand. */
  settingsChanged(settings: Parameters<Dashboard["setSettings"]>[0]): void {
    this.#mend();
    this.#dashboard?.setSettings(settings);
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
