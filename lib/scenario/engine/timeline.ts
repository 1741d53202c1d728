/** Carries out the steps of a scenario at their times and notes what each does to the load. */
import { formatCount, plural } from "../../config/units.ts";
import { nowMicros } from "../../load/clock.ts";
import type { ConnectionEvent } from "../../load/run/types.ts";
import { sleep } from "../../transport/timing.ts";
import type { ThresholdState } from "../../load/snapshot.ts";
import type { StepOutcome, StepSnapshot, StepState } from "../snapshot.ts";
import { ELSEWHERE, perform, type Stage, StepError } from "../steps/perform.ts";
import type { Step, StepAction } from "../types.ts";
import { backlogOf, doneByAll, type Group, type Groups } from "./group.ts";
import { StepWatch } from "./step_watch.ts";

export interface TimelineOptions {
  readonly steps: readonly Step[];
  readonly groups: Groups;
  readonly stage: Stage;
  /** A step's action is done; what it does to the load is still looked at. */
  onPerformed?(action: StepAction): void;
  /** Holds what a step did against what was demanded of it. */
  judge?(step: Step, outcome: StepOutcome): readonly ThresholdState[];
  /** A step begins, or has ended. */
  onStep?(step: StepSnapshot): void;
}

/** The effect of a step is looked at for at least as long. */
const SHORTEST_MS = 1000;
const LOOK_MS = 50;
/** A subscription has caught up when it lacks no more than this share of what lay there, or what is sent in this time. */
const LEFT_SHARE = 0.01;
const LEFT_SECONDS = 0.2;

/** One time of a step. */
interface Occurrence {
  readonly step: Step;
  readonly atMs: number;
  readonly name: string;
  state: StepState;
  began?: number | undefined;
  ended?: number | undefined;
  text: string;
  outcome?: StepOutcome | undefined;
  thresholds?: readonly ThresholdState[] | undefined;
  watch?: StepWatch | undefined;
}

export class Timeline {
  readonly #options: TimelineOptions;
  readonly #occurrences: readonly Occurrence[];
  readonly #running = new Set<Promise<void>>();
  #startedAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.#occurrences = options.steps.flatMap(occurrencesOf).sort((a, b) => a.atMs - b.atMs);
  }

  get steps(): readonly StepSnapshot[] {
    return this.#occurrences.map(snapshotOf);
  }

  /** The measured part begins now. */
  start(): void {
    this.#startedAt = performance.now();
    this.#plan(0);
  }

  /** Seconds since then. */
  get #elapsed(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  #plan(index: number): void {
    const next = this.#occurrences[index];
    if (next === undefined || this.#isOver) return;
    this.#timer = setTimeout(() => {
      const running = this.#run(next).finally(() => this.#running.delete(running));
      this.#running.add(running);
      this.#plan(index + 1);
    }, Math.max(0, next.atMs - this.#elapsed * 1000));
  }

  connection(group: string, event: ConnectionEvent): void {
    for (const { watch } of this.#occurrences) watch?.connection(group, event);
  }

  /** A group has ended. */
  forget(group: string): void {
    for (const { watch } of this.#occurrences) watch?.forget(group);
  }

  /** The load is over: no further step begins, those that last end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
  }

  async #run(occurrence: Occurrence): Promise<void> {
    const { step } = occurrence;
    const watch = new StepWatch(this.#options.groups.all, nowMicros());
    occurrence.watch = watch;
    occurrence.state = "running";
    occurrence.began = this.#elapsed;
    this.#options.onStep?.(snapshotOf(occurrence));
    try {
      occurrence.text = await this.#carryOut(occurrence, watch);
      occurrence.state = "done";
    } catch (error) {
      const isStopped = this.#options.stage.stopped?.aborted ?? false;
      if (!isStopped) occurrence.state = "failed";
      const reason = error instanceof Error ? error.message : String(error);
      occurrence.text = isStopped ? "stopped with the load" : reason;
    }
    occurrence.outcome = watch.finish();
    const judged = this.#options.judge?.(step, occurrence.outcome);
    // What did not happen has kept nothing.
    occurrence.thresholds = occurrence.state === "failed"
      ? judged?.map(({ text }) => ({ text, state: "fail", value: "the step failed" }))
      : judged;
    occurrence.watch = undefined;
    occurrence.ended = this.#elapsed;
    this.#options.onStep?.(snapshotOf(occurrence));
  }

  async #carryOut(occurrence: Occurrence, watch: StepWatch): Promise<string> {
    const { action } = occurrence.step;
    if (action.kind === "stage") return await this.#stage();
    const text = action.kind === "hold"
      ? await this.#hold(action, watch, this.#occurrences.indexOf(occurrence))
      : await perform(action, this.#options.stage);
    this.#options.onPerformed?.(action);
    const since = performance.now();
    await this.#until(() => performance.now() - since >= SHORTEST_MS && watch.isSettled);
    return text;
  }

  /** Until the next stage begins, or the load is over. */
  async #stage(): Promise<string> {
    const later = this.#occurrences.find(({ step, atMs, state }) =>
      step.action.kind === "stage" && state === "planned" && atMs > this.#elapsed * 1000
    );
    await this.#until(() => later !== undefined && later.state !== "planned");
    return "";
  }

  async #hold(action: StepAction & { kind: "hold" }, watch: StepWatch, number: number): Promise<string> {
    const { groups } = this.#options;
    const held = this.#groupsHere(action.subscriptions);
    if (held.length === 0) return ELSEWHERE;
    const backlog = (group: Group): { messages: number; bytes: number } => {
      const left = backlogOf(group, groups);
      if (left !== undefined) return left;
      throw new StepError(
        `what lies before '${group.name}' is not known: its topics get messages from elsewhere`,
      );
    };
    const isReached = (group: Group): boolean => {
      const { messages, bytes } = backlog(group);
      return action.messages === undefined ? bytes >= action.bytes! : messages >= action.messages;
    };
    for (const group of held) backlog(group);
    for (const { run } of held) run.pause();
    let before: number[], lay: number[];
    try {
      await this.#until(() => groups.others?.hasReached(number) || held.every(isReached));
      groups.others?.reach(number);
      // They take some of it in no time.
      before = held.map((group) => doneByAll(group, groups.others).messages);
      lay = held.map((group) => backlog(group).messages);
    } finally {
      for (const { run } of held) run.resume();
    }
    const resumedAt = performance.now();
    const total = lay.reduce((sum, messages) => sum + messages, 0);
    if (this.#isOver) return `the load ended with ${plural(total, "message")} held`;
    await this.#until(() =>
      held.every((group, index) => backlog(group).messages <= leftOf(group, lay[index]!))
    );
    const seconds = (performance.now() - resumedAt) / 1000;
    const taken = held.reduce(
      (sum, group, index) => sum + doneByAll(group, groups.others).messages - before[index]!,
      0,
    );
    if (this.#isOver) return `${formatCount(total)} messages held, not caught up when the load ended`;
    watch.drained({ backlog: total, seconds, rate: taken / seconds });
    return `${plural(total, "message")} held`;
  }

  /** Groups by name, as far as this process has a part of them. */
  #groupsHere(names: readonly string[]): Group[] {
    const { all, others } = this.#options.groups;
    return names.flatMap((name) => {
      const group = all.find((one) => one.name === name);
      if (group === undefined && others !== undefined) return [];
      if (group?.hasBegun) return [group];
      throw new StepError(`'${name}' has not begun`);
    });
  }

  /** Waits until something is so, or the load is over. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!this.#isOver && !isSo()) await sleep(LOOK_MS);
  }
}

function occurrencesOf(step: Step): Occurrence[] {
  return Array.from({ length: step.times }, (_, index) => ({
    step,
    atMs: step.atMs + index * step.everyMs,
    name: step.times === 1 ? step.name : `${step.name} (${index + 1} of ${step.times})`,
    state: "planned" as const,
    text: "",
  }));
}

function snapshotOf({ step, atMs, ...occurrence }: Occurrence): StepSnapshot {
  const { name, state, began, ended, text, outcome, thresholds } = occurrence;
  return { name, kind: step.action.kind, state, at: atMs / 1000, began, ended, text, outcome, thresholds };
}

/** What a subscription may lack when it has caught up with producers that go on. */
function leftOf({ run, part }: Group, lay: number): number {
  const { messages } = run.reader.total().counters;
  const seconds = Math.max(1, run.reader.total().seconds) * (part?.share ?? 1);
  return Math.max(lay * LEFT_SHARE, messages / seconds * LEFT_SECONDS);
}
