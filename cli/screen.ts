/** Shows progress on stderr in the way that suits it: panels, single lines, one line an interval, or nothing. */
import type { CommonConfig } from "../lib/config/run_config.ts";
import type { LogLine, RunSnapshot } from "../lib/load/snapshot.ts";
import { StatusLine, statusText } from "../lib/tui/basic.ts";
import { Dashboard } from "../lib/tui/dashboard.ts";
import { History } from "../lib/tui/history.ts";
import { intervalLine, phaseLine } from "../lib/tui/plain.ts";
import { snapshotStats } from "../lib/tui/stats.ts";
import { Terminal } from "../lib/tui/terminal.ts";
import { denoTerminalHost, type EndSignal, type TerminalHost } from "../lib/tui/terminal_host.ts";
import { detectTheme, type Environment } from "../lib/tui/theme.ts";
import { type ProgressMode, progressMode } from "../lib/tui/ui_mode.ts";
import type { Action } from "../lib/tui/ui_state.ts";
import { INITIAL_UI, type RunInfo, type ThresholdLine } from "../lib/tui/view.ts";

export interface ScreenOptions {
  readonly config: Pick<CommonConfig, "ui" | "quiet" | "color">;
  readonly info: { readonly producer?: RunInfo; readonly consumer?: RunInfo };
  readonly env: Environment;
  readonly host?: TerminalHost;
  readonly isTerminal?: boolean;
  onAction(action: Action): void;
  onSignal(signal: EndSignal): void;
}

const SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

export class Screen {
  readonly mode: ProgressMode;
  readonly #options: ScreenOptions;
  readonly #host: TerminalHost;
  readonly #dashboard: Dashboard | undefined;
  readonly #status: StatusLine | undefined;
  readonly #phases = new Map<string, string>();
  readonly #histories = new Map<string, History>();
  #removers: (() => void)[] = [];

  constructor(options: ScreenOptions) {
    this.#options = options;
    const { config, env, info } = options;
    this.#host = options.host ?? denoTerminalHost();
    const isTerminal = options.isTerminal ?? Deno.stderr.isTerminal();
    this.mode = progressMode({ ui: config.ui, quiet: config.quiet, isTerminal, env });
    const theme = detectTheme(env, {
      isTty: isTerminal,
      color: config.color,
      windows: Deno.build.os === "windows",
    });
    if (this.mode === "full" || this.mode === "basic") {
      const terminal = new Terminal(this.#host, { onSignal: (signal) => options.onSignal(signal) });
      this.#dashboard = new Dashboard({
        terminal,
        theme,
        info,
        ui: this.mode,
        onAction: (action) => options.onAction(action),
      });
    }
    if (this.mode === "status") this.#status = new StatusLine((text) => this.#write(text));
  }

  start(): void {
    if (this.#dashboard !== undefined) {
      this.#dashboard.start();
      return;
    }
    this.#removers = SIGNALS.map((signal) =>
      this.#host.onSignal(signal, () => this.#options.onSignal(signal))
    );
  }

  /** Twice a second. */
  snapshot(snapshot: RunSnapshot, thresholds: readonly ThresholdLine[]): void {
    this.#dashboard?.update(snapshot, thresholds);
    if (this.#status !== undefined) this.#status.update(this.#statusOf(snapshot, thresholds));
    if (this.mode === "plain" && this.#phases.get(snapshot.role) !== snapshot.phase) {
      this.#phases.set(snapshot.role, snapshot.phase);
      this.#write(`${phaseLine(snapshot)}\n`);
    }
  }

  #statusOf(snapshot: RunSnapshot, thresholds: readonly ThresholdLine[]): string {
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
    return statusText(view, this.#host.size().columns - 1);
  }

  /** Once per reporting interval. */
  interval(snapshot: RunSnapshot): void {
    if (this.mode === "plain") this.#write(`${intervalLine(snapshot)}\n`);
  }

  /** A line that people should see at once where there is no log panel. */
  log(line: LogLine): void {
    if (this.mode === "plain" && line.level !== "info") this.#write(`${line.level}: ${line.text}\n`);
    if (this.#status !== undefined && line.level !== "info") {
      this.#status.print(`${line.level}: ${line.text}`);
    }
  }

  /** Something about the run as a whole, for every mode but `none`. */
  say(text: string): void {
    if (this.#dashboard !== undefined) this.#dashboard.log({ at: Date.now() * 1000, level: "info", text });
    else if (this.mode !== "none") this.#write(`${text}\n`);
  }

  settingsChanged(settings: Parameters<Dashboard["setSettings"]>[0]): void {
    this.#dashboard?.setSettings(settings);
  }

  stop(): void {
    this.#dashboard?.stop();
    this.#status?.clear();
    for (const remove of this.#removers.splice(0)) remove();
  }

  #write(text: string): void {
    try {
      this.#host.write(new TextEncoder().encode(text));
    } catch {
      // The terminal is gone; the run is not.
    }
  }
}
