/** Does to a run what a person at the keyboard asks for. */
import type { Compression, RunConfig, SizeConfig } from "../lib/config/run_config.ts";
import type { LoadRun } from "../lib/load/run.ts";
import type { Action } from "../lib/tui/ui_state.ts";
import type { RunInfo, Settings } from "../lib/tui/view.ts";
import { buildInfo } from "./build_info.ts";

/** What the panels' header and settings show. */
export function runInfo(config: RunConfig): RunInfo {
  const isProducer = config.role === "producer";
  const settings: Settings = {
    workers: config.workers,
    rate: config.rate,
    ...(isProducer
      ? {
        size: config.size,
        batchMessages: config.batching ? config.batchMessages : 1,
        compression: config.compression,
      }
      : {}),
  };
  return {
    target: config.serviceUrl,
    topic: config.topic,
    profile: config.profile,
    version: buildInfo().version,
    embedded: config.embedded !== undefined,
    settings,
    ...(isProducer
      ? { restarts: ["size", "batchMessages", "compression"] as const }
      : { subscription: `${config.subscription} (${config.subscriptionType})` }),
  };
}

/** Applies an action to a run; errors go to its log, since a slip at the keyboard must not end a run. */
export function applyAction(run: LoadRun, action: Action): void {
  switch (action.kind) {
    case "pause":
      if (action.paused) run.pause();
      else run.resume();
      return;
    case "reset":
      run.reset();
      return;
    case "set":
      void applySetting(run, action.field, action.value)
        .catch((error: Error) => run.log.add("error", error.message));
      return;
    case "quit":
    case "interrupt":
      return; // the session's to handle
  }
}

async function applySetting(run: LoadRun, field: keyof Settings, value: unknown): Promise<void> {
  // `SetAction` pairs each field with its own type; the switch restores the pairing.
  switch (field) {
    case "workers":
      return await run.resize(value as number);
    case "rate":
      if (value !== "max") run.setRate(value as number | "unlimited");
      return;
    case "size":
      return await run.reconfigure({ size: value as SizeConfig });
    case "batchMessages": {
      const batchMessages = value as number;
      return await run.reconfigure({ batchMessages, batching: batchMessages > 1 });
    }
    case "compression":
      return await run.reconfigure({ compression: value as Compression });
  }
}
