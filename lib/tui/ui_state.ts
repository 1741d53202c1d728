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
  /** Of a scenario: how many groups it has. Absent: a producer, a consumer, or both on one screen. */
  readonly groups?: number | undefined;
}

/** Runs of at least this length ask before `q` ends them. */
const LONG_SECONDS = 600;

/** The screen after a command, and the action that it asks for, if any. */
export function reduce(ui: UiState, given: Command, now: Situation): { ui: UiState; action?: Action } {
  const command = meant(given, ui, now);
  const { asksToQuit = false, ...calm } = ui;
  const isLong = now.elapsed >= LONG_SECONDS && (now.phase === "running" || now.phase === "paused");
  if (command.kind === "quit" && !ui.help && isLong && !asksToQuit) {
    return { ui: { ...calm, asksToQuit: true } };
  }
  return reduceCalm(calm, command, now);
}

/** Keys that move between the views of a scenario have a meaning of their own elsewhere. */
function meant(command: Command, ui: UiState, { groups }: Situation): Command {
  if (groups !== undefined && !ui.help) return command;
  if (command.kind === "next") return { kind: "choose", by: 1 };
  return command.kind === "enter" ? { kind: "back" } : command;
}

/**
 * Moves between the overview of a scenario and its groups' own views; undefined for a command that is none of this.
 * In the overview arrows choose a group and digits open one; a group's own view has the keys of any other run, which act
 * on that group, and Esc leads back. Pause and reset mean all groups in the overview; `q` and Ctrl-C always do.
 */
function move(ui: UiState, command: Command, groups: number): UiState | undefined {
  const { shown, chosen = 0 } = ui;
  switch (command.kind) {
    case "next":
      return open(ui, shown === undefined ? 0 : shown + 1, groups);
    case "overview":
      return overview(ui);
    case "back":
      return shown !== undefined && ui.enlarged === undefined && !ui.topics ? overview(ui) : undefined;
    case "enter":
      return shown === undefined ? open(ui, chosen, groups) : overview(ui);
    case "enlarge":
      if (shown !== undefined) return undefined;
      return command.number <= groups ? open(ui, command.number - 1, groups) : ui;
    case "choose":
      return shown === undefined ? { ...ui, chosen: (chosen + command.by + groups) % groups } : undefined;
    case "change":
      if (shown !== undefined) return undefined;
      return command.by === 1 ? open(ui, chosen, groups) : ui;
    default:
      return undefined;
  }
}

/** A group's own view; behind the last group is the overview. */
function open(ui: UiState, group: number, groups: number): UiState {
  if (group >= groups) return overview(ui);
  return { ...restored(ui), selected: 0, shown: group, chosen: group };
}

function overview(ui: UiState): UiState {
  const { shown: _, ...rest } = restored(ui);
  return rest;
}

function reduceCalm(ui: UiState, command: Command, now: Situation): { ui: UiState; action?: Action } {
  if (ui.help) return reduceHelp(ui, command);
  const moved = now.groups === undefined ? undefined : move(ui, command, now.groups);
  if (moved !== undefined) return { ui: moved };
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
        : { ui: { ...restored(ui), enlarged: command.number } };
    case "back":
      return { ui: restored(ui) };
    case "help":
      return { ui: { ...ui, help: true, helpFrom: 0 } };
    case "logs":
      return { ui: { ...ui, logs: !now.logsShown } };
    case "topics":
      // Without a scenario no topics are told apart.
      return { ui: now.groups === undefined ? ui : { ...restored(ui), topics: !ui.topics } };
    case "pause":
      return { ui, action: { kind: "pause", paused: now.phase !== "paused" } };
    case "reset":
    case "quit":
    case "interrupt":
      return { ui, action: { kind: command.kind } };
    case "redraw":
    case "overview":
    case "next":
    case "enter":
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
  const { enlarged: _, topics: _topics, ...rest } = ui;
  return rest;
}
