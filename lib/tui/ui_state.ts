/** What a key changes on the screen, and what it asks of the run; pure. */
import type { Command } from "./keys.ts";
import { adjustable, type SetAction, step } from "./settings.ts";
import { type Settings, type UiState, ZOOMS } from "./view.ts";
import type { Phase } from "../load/snapshot.ts";

/** What the user asks for, as data; the owner of the run carries it out. */
export type Action =
  | SetAction
  | { readonly kind: "pause"; readonly paused: boolean }
  | { readonly kind: "reset" }
  | { readonly kind: "quit" }
  /** Ctrl-C: as the signal, which raw mode keeps from being sent. */
  | { readonly kind: "interrupt" };

export interface Situation {
  readonly settings: Settings;
  readonly phase: Phase;
  /** Messages per second now. */
  readonly measured: number;
  /** Log lines are on the screen now, asked for or not. */
  readonly logsShown: boolean;
  /** Seconds of the measured part that are over. */
  readonly elapsed: number;
}

/** Runs of at least this length ask before `q` ends them. */
const LONG_SECONDS = 600;

/** The screen after a command, and the action that it asks for, if any. */
export function reduce(ui: UiState, command: Command, now: Situation): { ui: UiState; action?: Action } {
  const { asksToQuit = false, ...calm } = ui;
  const isLong = now.elapsed >= LONG_SECONDS && (now.phase === "running" || now.phase === "paused");
  if (command.kind === "quit" && !ui.help && isLong && !asksToQuit) {
    return { ui: { ...calm, asksToQuit: true } };
  }
  return reduceCalm(calm, command, now);
}

function reduceCalm(ui: UiState, command: Command, now: Situation): { ui: UiState; action?: Action } {
  if (ui.help) return reduceHelp(ui, command);
  const fields = adjustable(now.settings);
  switch (command.kind) {
    case "choose":
      return { ui: { ...ui, selected: (ui.selected + command.by + fields.length) % fields.length } };
    case "change": {
      const field = fields[ui.selected];
      const action = field === undefined ? undefined : step(now.settings, field, command.by, now.measured);
      return action === undefined ? { ui } : { ui, action };
    }
    case "zoom":
      return { ui: { ...ui, zoom: Math.max(0, Math.min(ZOOMS.length - 1, ui.zoom + command.by)) } };
    case "enlarge":
      return ui.enlarged === command.number
        ? { ui: restored(ui) }
        : { ui: { ...ui, enlarged: command.number } };
    case "back":
      return { ui: restored(ui) };
    case "help":
      return { ui: { ...ui, help: true, helpFrom: 0 } };
    case "logs":
      return { ui: { ...ui, logs: !now.logsShown } };
    case "pause":
      return { ui, action: { kind: "pause", paused: now.phase !== "paused" } };
    case "reset":
    case "quit":
    case "interrupt":
      return { ui, action: { kind: command.kind } };
    case "redraw":
      return { ui };
  }
}

/** Nothing behind the open help is changed by keys; it scrolls, and it closes. */
function reduceHelp(ui: UiState, command: Command): { ui: UiState; action?: Action } {
  switch (command.kind) {
    case "choose":
      return { ui: { ...ui, helpFrom: Math.max(0, (ui.helpFrom ?? 0) + command.by) } };
    case "back":
    case "help":
    case "quit":
      return { ui: { ...ui, help: false } };
    case "interrupt":
      return { ui, action: { kind: "interrupt" } };
    default:
      return { ui };
  }
}

function restored(ui: UiState): UiState {
  const { enlarged: _, ...rest } = ui;
  return rest;
}
