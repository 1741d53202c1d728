/**
 * What a person at the keyboard asks of a run. Changes are carried out one after another, since each may replace
 * workers, and a newer wish for a setting takes the place of one that still waits.
 */
import type { RunConfig } from "../lib/config/run_config.ts";
import { MAX_WORKERS } from "../lib/load/layout.ts";
import type { LoadRun } from "../lib/load/run.ts";
import type { Phase } from "../lib/load/snapshot.ts";
import type { SetAction } from "../lib/tui/settings.ts";
import type { Action } from "../lib/tui/ui_state.ts";
import type { RunInfo, Settings } from "../lib/tui/view.ts";
import { buildInfo } from "./build_info.ts";
import { checkPayload } from "./check_payload.ts";

/** What the panels' header shows, and the settings as they are at the start. */
export function runInfo(config: RunConfig): RunInfo {
  return {
    target: config.serviceUrl,
    topic: config.topic,
    profile: config.profile,
    version: buildInfo().version,
    embedded: config.embedded !== undefined,
    settings: settingsOf(config),
    ...(config.role === "producer"
      ? { restarts: ["size", "batchMessages", "compression"] as const }
      : { subscription: `${config.subscription} (${config.subscriptionType})` }),
  };
}

/** Settings that can be changed while the run goes on. */
export function settingsOf(config: RunConfig): Settings {
  const { workers, rate } = config;
  if (config.role === "consumer") return { workers, rate };
  // A plan has no single rate: its highest is what a change by hand starts from.
  const planned = rate === "unlimited" && config.stages.length > 0
    ? Math.max(...config.stages.map((stage) => stage.rate))
    : rate;
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
export type ControlledRun = Pick<
  LoadRun,
  "config" | "phase" | "log" | "pause" | "resume" | "reset" | "setRate" | "resize" | "reconfigure"
>;

const CHANGEABLE: ReadonlySet<Phase> = new Set<Phase>(["warmup", "running", "paused"]);

type Changes = Parameters<LoadRun["reconfigure"]>[0];

export class Controls {
  readonly #run: ControlledRun;
  readonly #onSettings: (settings: Settings) => void;
  readonly #wishes = new Map<SetAction["field"], SetAction>();
  #work: Promise<void> | undefined;

  /** @param onSettings told of the settings that really hold, after each change */
  constructor(run: ControlledRun, onSettings: (settings: Settings) => void) {
    this.#run = run;
    this.#onSettings = onSettings;
  }

  /** Never throws: a slip at the keyboard must not end a run, so what cannot be done is logged. */
  apply(action: Action): void {
    if (!CHANGEABLE.has(this.#run.phase)) return;
    switch (action.kind) {
      case "pause":
        if (action.paused) this.#run.pause();
        else this.#run.resume();
        return;
      case "reset":
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

  #wish(action: SetAction): void {
    if (action.field === "rate") {
      this.#run.setRate(action.value);
      this.#tell();
      return;
    }
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
      if (this.#wishes.size === 0) this.#tell();
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
      await this.#run.reconfigure(changes);
      this.#run.log.add("info", `workers restarted with ${changeText(changes)}`);
    }
    if (workers === undefined) return;
    const wanted = Math.max(1, Math.min(MAX_WORKERS, workers));
    if (wanted !== workers) this.#run.log.add("warn", `a run has at most ${MAX_WORKERS} workers`);
    if (wanted !== this.#run.config.workers) await this.#run.resize(wanted);
  }

  #tell(): void {
    this.#onSettings(settingsOf(this.#run.config));
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

function changeText({ size, batchMessages, compression }: Changes): string {
  return [
    ...(size?.kind === "fixed" ? [`payloads of ${size.bytes} bytes`] : []),
    ...(batchMessages === undefined
      ? []
      : [batchMessages > 1 ? `batches of ${batchMessages}` : "batching off"]),
    ...(compression === undefined ? [] : [`compression ${compression}`]),
  ].join(", ");
}
