/** What panels see: one value that holds everything, so that a panel is a pure function of it and of its size. */
import { perSecond } from "../load/figures.ts";
import type { History } from "./history.ts";
import type { Stats } from "./stats.ts";
import type { Glyphs } from "./theme.ts";
import type { TopicRates } from "./topic_rates.ts";
import type { Compression, Rate, SizeConfig } from "../config/run_config.ts";
import type { RunSnapshot, ThresholdState } from "../load/snapshot.ts";

/** What a person may change while the run goes on. */
export interface Settings {
  readonly workers: number;
  readonly rate: Rate;
  /** Producer only, as are the ones below. */
  readonly size?: SizeConfig;
  /** Messages per batch; 1 = batching off. */
  readonly batchMessages?: number;
  readonly compression?: Compression;
}

export type SettingField = keyof Settings;

/** What does not change during a run. */
export interface RunInfo {
  /** Service URL, or how the embedded broker is reached. */
  readonly target: string;
  readonly topic: string;
  /** How many there are, where there are several: `topic` is the first. */
  readonly topics?: number | undefined;
  readonly profile: string;
  readonly version: string;
  /** The in-process broker is the target: numbers calibrate the client and say nothing about Pulsar. */
  readonly embedded: boolean;
  /** Consumer: subscription name and type. */
  readonly subscription?: string;
  readonly settings: Settings;
  /** Settings whose change restarts the workers; they are marked. */
  readonly restarts?: readonly SettingField[];
}

export type PanelName =
  | "rate"
  | "latency"
  | "histogram"
  | "flow"
  | "workers"
  | "thresholds"
  | "errors"
  | "log"
  | "settings"
  | "integrity";

export interface UiState {
  /** Index into the adjustable settings. */
  readonly selected: number;
  /** Index into `ZOOMS`. */
  readonly zoom: number;
  /** The panel that fills the body, by its key 1–9. */
  readonly enlarged?: number;
  /** Of a scenario: the topics of a group fill the body. */
  readonly topics?: boolean;
  readonly help: boolean;
  /** First line of the help that is shown, where it is longer than the screen. */
  readonly helpFrom?: number;
  /** Log lines wanted; undefined leaves it to the space there is. */
  readonly logs?: boolean;
  /** A long run is about to be ended: the next `q` does it, every other key goes on. */
  readonly asksToQuit?: boolean;
  /** Of a scenario: index of the group whose own view is shown; absent in the overview. */
  readonly shown?: number;
  /** Of a scenario: index of the group that is marked in the overview. */
  readonly chosen?: number;
}

/** Time axes of charts in seconds. */
export const ZOOMS = [15, 30, 60, 120, 300, 900, 3600, 14400, 86400] as const;

export const INITIAL_UI: UiState = { selected: 0, zoom: 2, help: false };

export function zoomSeconds(ui: UiState): number {
  return ZOOMS[ui.zoom] ?? 60;
}

export interface View {
  /** Name of the group in a scenario. */
  readonly group?: string | undefined;
  readonly snapshot: RunSnapshot;
  readonly stats: Stats;
  readonly history: History;
  /** Of a group with several topics, once there is something to tell. */
  readonly topics?: TopicRates | undefined;
  readonly info: RunInfo;
  /** Settings as they are now. */
  readonly settings: Settings;
  readonly thresholds: readonly ThresholdState[];
  readonly ui: UiState;
  readonly glyphs: Glyphs;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Messages per second of the last window. */
export function currentRate(snapshot: RunSnapshot): number {
  const { window } = snapshot;
  return perSecond(window.counters.messages, window.seconds) ?? 0;
}
