/**
 * What a person at the keyboard asks of a run. Changes are carried out one after another, since each may replace
 * workers, and a newer wish for a setting takes the place of one that still waits.
 */
import type { ProducerConfig, RunConfig } from "../../lib/config/run_config.ts";
import { MAX_WORKERS } from "../../lib/config/limits.ts";
import { subscriptionText } from "../../lib/config/subscription_text.ts";
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import type { Phase } from "../../lib/load/snapshot.ts";
import { changeText } from "../../lib/report/formats/changes.ts";
import type { ChangeRecord } from "../../lib/report/result/types.ts";
import { type SetAction, settingText } from "../../lib/tui/settings.ts";
import type { Action } from "../../lib/tui/ui_state.ts";
import type { RunInfo, Settings } from "../../lib/tui/view.ts";
import { buildInfo } from "../build_info.ts";
import { checkPayload } from "./check_payload.ts";

/** What the panels' header shows, and the settings as they are at the start. */
export function runInfo(config: RunConfig, topics?: readonly string[]): RunInfo {
  return {
    target: config.serviceUrl,
    topic: config.topic,
    topics: topics?.length,
    profile: config.profile,
    version: buildInfo().version,
    embedded: config.embedded !== undefined,
    settings: settingsOf(config),
    ...(config.role === "producer"
      ? { restarts: ["size", "batchMessages", "compression"] as const }
      : { subscription: `${config.subscription} (${subscriptionText(config)})` }),
  };
}

/** Settings that can be changed while the run goes on. */
export function settingsOf(config: RunConfig): Settings {
  const { workers, rate } = config;
  if (config.role === "consumer") return { workers, rate };
  // Stages have rates of their own; it begins with the first.
  const planned = config.stages[0]?.rate ?? rate;
  const hasOwnSizes = config.payload === "file" || config.payload === "template";
  return {
    workers,
    rate: planned,
    ...(hasOwnSizes ? {} : { size: config.size }),
    batchMessages: config.batching ? config.batchMessages : 1,
    compression: config.compression,
  };
}

/** What controls need of a run. */
export type ControlledRun =
  & Pick<
    LoadRun,
    "config" | "phase" | "log" | "pause" | "resume" | "reset" | "setRate" | "resize" | "reconfigure"
  >
  & Pick<LoadRun, "elapsed" | "stage" | "timeOf">
  & { readonly reader: { total(): { readonly counters: { readonly messages: number } } } };

const CHANGEABLE: ReadonlySet<Phase> = new Set<Phase>(["warmup", "running", "paused"]);

type Changes = Parameters<LoadRun["reconfigure"]>[0];

export class Controls {
  readonly #run: ControlledRun;
  readonly #onSettings: (settings: Settings) => void;
  readonly #onChange: (change: ChangeRecord) => void;
  readonly #changes: ChangeRecord[] = [];
  readonly #wishes = new Map<SetAction["field"], SetAction>();
  #work: Promise<void> | undefined;

  /**
   * @param onSettings told of the settings that really hold, after each change
   * @param onChange told of each change that was carried out
   */
  constructor(
    run: ControlledRun,
    onSettings: (settings: Settings) => void,
    onChange: (change: ChangeRecord) => void = () => {},
  ) {
    this.#run = run;
    this.#onSettings = onSettings;
    this.#onChange = onChange;
  }

  /** All that was carried out, in order. */
  get changes(): readonly ChangeRecord[] {
    return this.#changes;
  }

  #record(
    setting: ChangeRecord["setting"],
    from: ChangeRecord["from"],
    to: ChangeRecord["to"],
  ): ChangeRecord {
    const { elapsed, stage } = this.#run;
    const ofStage = setting === "rate" && stage !== undefined ? { stage: stage.index + 1 } : {};
    const change = { atUs: this.#run.timeOf(), seconds: elapsed, setting, from, to, ...ofStage };
    this.#changes.push(change);
    this.#onChange(change);
    return change;
  }

  /** What the cluster changed, and the run follows. */
  partitionsAdded(from: number, to: number): void {
    this.#record("partitions", from, to);
  }

  /** Never throws: a slip at the keyboard must not end a run, so what cannot be done is logged. */
  apply(action: Action): void {
    if (!CHANGEABLE.has(this.#run.phase)) return;
    switch (action.kind) {
      case "pause":
        this.#pause(action.paused);
        return;
      case "reset":
        this.#record("figures", this.#run.reader.total().counters.messages, 0);
        this.#run.reset();
        return;
      case "set":
        this.#wish(action);
        return;
      case "quit":
      case "interrupt":
        return; // the session's to handle
    }
  }

  /** Resolves when no change is under way or waiting. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) await this.#work;
  }

  #pause(isWanted: boolean): void {
    const isPaused = (): boolean => this.#run.phase === "paused";
    const was = isPaused();
    if (isWanted) this.#run.pause();
    else this.#run.resume();
    // A warm-up cannot be paused.
    if (isPaused() !== was) this.#record("paused", was, isPaused());
  }

  /** With stages, the present one is shifted: its rate is what changes. */
  #setRate(rate: number | "unlimited"): void {
    const { log } = this.#run;
    const before = this.#run.stage?.rate ?? this.#run.config.rate;
    const isSearching = this.#run.config.rate === "max" && this.#run.stage !== undefined;
    this.#run.setRate(rate);
    const after = isSearching ? rate : this.#run.stage?.rate ?? this.#run.config.rate;
    if (after !== before) {
      const change = this.#record("rate", isSearching ? "max" : before, after);
      log.add(
        "info",
        changeText(change) + (isSearching ? ": the search for the highest rate is given up" : ""),
      );
    } else if (rate !== before) {
      log.add("warn", `the rate stays: a stage has a rate with a limit, '${rate}' is none`);
    }
    this.tell();
  }

  #wish(action: SetAction): void {
    if (action.field === "rate") return this.#setRate(action.value);
    this.#wishes.set(action.field, action);
    this.#work ??= this.#carryOut().finally(() => this.#work = undefined);
  }

  async #carryOut(): Promise<void> {
    while (this.#wishes.size > 0) {
      const actions = [...this.#wishes.values()];
      this.#wishes.clear();
      if (!CHANGEABLE.has(this.#run.phase)) return;
      try {
        await this.#change(actions);
      } catch (error) {
        this.#run.log.add("error", error instanceof Error ? error.message : String(error));
      }
      // A wish that came meanwhile is what the screen shows; it has its own turn.
      if (this.#wishes.size === 0) this.tell();
    }
  }

  async #change(actions: readonly SetAction[]): Promise<void> {
    let changes: Changes = {};
    let workers: number | undefined;
    for (const action of actions) {
      if (action.field === "workers") workers = action.value;
      else changes = { ...changes, ...changesOf(action) };
    }
    if (Object.keys(changes).length > 0 && this.#run.config.role === "producer") {
      // A worker that cannot make its payloads would end the run.
      checkPayload({ ...this.#run.config, ...changes });
      const before = this.#run.config;
      await this.#run.reconfigure(changes);
      const done = this.#compare(before, this.#run.config as ProducerConfig);
      if (done.length > 0) this.#run.log.add("info", `workers restarted: ${done.map(changeText).join(", ")}`);
    }
    if (workers === undefined) return;
    const wanted = Math.max(1, Math.min(MAX_WORKERS, workers));
    if (wanted !== workers) this.#run.log.add("warn", `a run has at most ${MAX_WORKERS} workers`);
    const { workers: before } = this.#run.config;
    if (wanted === before) return;
    try {
      await this.#run.resize(wanted);
    } finally {
      // Some may have come, or gone, also when another could not.
      const { workers: after } = this.#run.config;
      if (after !== before) this.#run.log.add("info", changeText(this.#record("workers", before, after)));
    }
  }

  /** Records what differs of the settings that workers read at their start. */
  #compare(before: ProducerConfig, after: ProducerConfig): ChangeRecord[] {
    const [from, to] = [recordable(before), recordable(after)];
    return RESTARTING.filter((field) => from[field] !== to[field])
      .map((field) => this.#record(field, from[field], to[field]));
  }

  /** Tells the settings that hold now: something else may have changed them. */
  tell(): void {
    const { config, stage } = this.#run;
    const settings = settingsOf(config);
    const isStaged = stage !== undefined && config.rate !== "max";
    this.#onSettings(isStaged ? { ...settings, rate: stage.rate } : settings);
  }
}

function changesOf(action: SetAction): Changes {
  switch (action.field) {
    case "workers":
    case "rate":
      return {}; // no worker reads these at its start
    case "size":
      return { size: { kind: "fixed", bytes: action.value } };
    case "batchMessages":
      return { batchMessages: action.value, batching: action.value > 1 };
    case "compression":
      return { compression: action.value };
  }
}

const RESTARTING = ["size", "batchMessages", "compression"] as const;

/** The same as values of a result: a size that is not one number is given in words. */
function recordable(config: ProducerConfig): Record<typeof RESTARTING[number], number | string> {
  const { size, compression } = config;
  return {
    size: size.kind === "fixed" ? size.bytes : settingText(settingsOf(config), "size"),
    batchMessages: config.batching ? config.batchMessages : 1,
    compression,
  };
}
