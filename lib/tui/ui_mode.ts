/** Which kind of progress suits where it goes. */
import type { Environment } from "./theme.ts";
import type { UiMode } from "../config/run_config.ts";

/**
 * `full` and `basic` own the screen, `status` is one line in place, `plain` one line an interval, `none` silence.
 * `isTerminal` tells of the stream that progress is written to.
 */
export type ProgressMode = "full" | "basic" | "status" | "plain" | "none";

/** `auto` never animates what is not a terminal; an explicit wish is fulfilled where it can be. */
export function progressMode(
  options: { ui: UiMode; quiet: boolean; isTerminal: boolean; env: Environment },
): ProgressMode {
  const { ui, quiet, isTerminal, env } = options;
  if (quiet || ui === "none") return "none";
  if (ui === "plain" || !isTerminal) return "plain";
  if ((env("TERM") ?? "") === "dumb") return "status";
  // CI systems that give a terminal keep what is written as a log.
  if (ui === "auto" && env("CI")) return "plain";
  return ui === "basic" ? "basic" : "full";
}
