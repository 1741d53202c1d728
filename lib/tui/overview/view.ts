/** What the overview of a scenario shows, and figures that sum up all of its groups; pure. */
import { errorTotal } from "../../load/figures.ts";
import type { Role } from "../../config/run_config.ts";
import type { LogLine, Phase, RunSnapshot, ThresholdState } from "../../load/snapshot.ts";
import type {
  GroupSnapshot,
  ScenarioPhase,
  ScenarioSnapshot,
  StepSnapshot,
} from "../../scenario/snapshot.ts";
import type { Glyphs } from "../theme.ts";
import { currentRate, type RunInfo, type UiState, type View } from "../view.ts";

export interface GroupView {
  readonly name: string;
  readonly role: Role;
  /** Of the scenario's latest snapshot. */
  readonly facts?: GroupSnapshot | undefined;
  /** Of its run; undefined until it begins. */
  readonly view?: View | undefined;
}

export interface ScenarioView {
  readonly name: string;
  /** Of the first group: where all of them work. */
  readonly info: Pick<RunInfo, "target" | "version" | "embedded">;
  readonly scenario?: ScenarioSnapshot | undefined;
  readonly groups: readonly GroupView[];
  /** Lines that belong to no group. */
  readonly log: readonly LogLine[];
  readonly ui: UiState;
  readonly glyphs: Glyphs;
}

/** Index of the group that is marked. */
export function chosenIndex({ ui, groups }: ScenarioView): number {
  return Math.min(ui.chosen ?? 0, groups.length - 1);
}

/** Whether any group has topics to be held against each other. */
export function hasTopics({ groups }: ScenarioView): boolean {
  return groups.some(({ view }) => view?.topics !== undefined);
}

export function stepsOf(view: ScenarioView): readonly StepSnapshot[] {
  return view.scenario?.steps ?? [];
}

const OVER: ReadonlySet<Phase> = new Set<Phase>(["done", "failed"]);

/** Paused where all groups that are not over are paused. */
export function overviewPhase(view: ScenarioView): Phase | undefined {
  const running = view.groups.flatMap((group) => {
    const phase = group.view?.snapshot.phase;
    return phase === undefined || OVER.has(phase) ? [] : [phase];
  });
  return running.find((phase) => phase !== "paused") ?? running[0];
}

const PHASE_TEXT: Readonly<Record<ScenarioPhase, string>> = {
  starting: "starting",
  warmup: "warm-up",
  running: "running",
  draining: "draining",
  done: "done",
};

export function phaseText(view: ScenarioView): string {
  if (overviewPhase(view) === "paused") return "paused";
  return PHASE_TEXT[view.scenario?.phase ?? "starting"];
}

/** What is demanded of groups and steps, with the name of whom in front. */
export function allThresholds(view: ScenarioView): ThresholdState[] {
  const ofGroups = view.groups.flatMap(({ name, view }) =>
    (view?.thresholds ?? []).map((one) => ({ ...one, text: `${name}: ${one.text}` }))
  );
  const ofSteps = stepsOf(view).flatMap(({ name, thresholds = [] }) =>
    thresholds.map((one) => ({ ...one, text: `'${name}' ${one.text}` }))
  );
  return [...ofGroups, ...ofSteps];
}

/** Errors of all groups. */
export function allErrors(view: ScenarioView): number {
  return view.groups.reduce((sum, { view }) => sum + errorTotal(view?.snapshot.total.errors ?? new Map()), 0);
}

/** Messages per second now and asked for, of all groups of a role; asked is undefined where one has no limit. */
export function sumOf(view: ScenarioView, role: Role): { rate: number; asked: number | undefined } {
  const snapshots = view.groups.flatMap((group) =>
    group.role === role && group.view !== undefined ? [group.view.snapshot] : []
  );
  const asked = snapshots.every(({ targetRate }) => targetRate !== undefined)
    ? snapshots.reduce((sum, { targetRate = 0 }) => sum + targetRate, 0)
    : undefined;
  return { rate: snapshots.reduce((sum, snapshot) => sum + currentRate(snapshot), 0), asked };
}

/** What the subscription of a group has before it. */
export function backlogOf({ facts, view }: GroupView): number | undefined {
  return facts?.backlog ?? view?.snapshot.backlog;
}

/** Log lines of all groups, in order, with the group's name in front. */
export function allLines(view: ScenarioView, most: number): LogLine[] {
  const ofGroups = view.groups.flatMap(({ name, view }) =>
    (view?.snapshot.log ?? []).slice(-most).map((line) => ({ ...line, text: `${name}: ${line.text}` }))
  );
  return [...ofGroups, ...view.log.slice(-most)].sort((a, b) => a.at - b.at).slice(-most);
}

/** What counts against the run until now, in words; empty where nothing does. */
export function findings(view: ScenarioView): string[] {
  const found: string[] = [];
  const sum = (key: "lost" | "duplicates" | "outOfOrder" | "corrupt"): number =>
    view.groups.reduce((total, { view }) => total + faults(view?.snapshot, key), 0);
  const texts = [["lost", "lost"], ["duplicates", "duplicate"], ["outOfOrder", "out of order"], [
    "corrupt",
    "corrupt",
  ]] as const;
  for (const [key, text] of texts) if (sum(key) > 0) found.push(`${sum(key)} ${text}`);
  for (const step of stepsOf(view)) if (step.state === "failed") found.push(`step '${step.name}' failed`);
  const failed = allThresholds(view).filter(({ state }) => state === "fail").length;
  if (failed > 0) found.push(failed === 1 ? "1 threshold missed" : `${failed} thresholds missed`);
  return found;
}

function faults(
  snapshot: RunSnapshot | undefined,
  key: "lost" | "duplicates" | "outOfOrder" | "corrupt",
): number {
  const { integrity } = snapshot ?? {};
  return integrity === undefined || integrity.mode === "off" ? 0 : integrity[key];
}
