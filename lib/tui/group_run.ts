/** One group of a session as its screen keeps it: the latest snapshot, its history, and the settings that hold. */
import type { Role } from "../config/run_config.ts";
import type { LogLine, RunSnapshot, ThresholdState } from "../load/snapshot.ts";
import { History } from "./history.ts";
import { TopicHistory } from "./topic_rates.ts";
import { snapshotStats } from "./stats.ts";
import type { Glyphs } from "./theme.ts";
import type { RunInfo, Settings, UiState, View } from "./view.ts";

/** What the screen knows of a group before it runs. In a session without a scenario, `name` is the role. */
export interface GroupInfo {
  readonly name: string;
  readonly role: Role;
  readonly info: RunInfo;
}

type Seen = Pick<View, "snapshot" | "stats" | "thresholds">;

export class GroupRun {
  readonly group: GroupInfo;
  readonly history = new History();
  readonly #topics = new TopicHistory();
  /** As shown, including changes that are not passed on yet. */
  settings: Settings;
  #seen: Seen | undefined;

  constructor(group: GroupInfo) {
    this.group = group;
    this.settings = group.info.settings;
  }

  get snapshot(): RunSnapshot | undefined {
    return this.#seen?.snapshot;
  }

  /** Histograms are summed up here, once; a snapshot's owner may reuse them afterwards. */
  update(snapshot: RunSnapshot, thresholds: readonly ThresholdState[]): void {
    const stats = snapshotStats(snapshot);
    this.history.add(snapshot, stats);
    if (snapshot.topics !== undefined) this.#topics.add(snapshot.topics, snapshot.at / 1e6);
    this.#seen = { snapshot, stats, thresholds };
  }

  /**
   * Everything that panels need; undefined before the first snapshot.
   *
   * @param lines of the log that did not come with a snapshot
   */
  view(ui: UiState, glyphs: Glyphs, lines: readonly LogLine[] = []): View | undefined {
    if (this.#seen === undefined) return undefined;
    const { snapshot } = this.#seen;
    const log = lines.length === 0 ? snapshot.log : [...snapshot.log, ...lines].sort((a, b) => a.at - b.at);
    const { history, settings, group: { info } } = this;
    const { rates: topics } = this.#topics;
    return { ...this.#seen, snapshot: { ...snapshot, log }, history, topics, info, settings, ui, glyphs };
  }
}
