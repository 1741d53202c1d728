/** The latest log lines, newest at the bottom. */
import { wallTime } from "../format.ts";
import { type Line, seg, type Style } from "../line.ts";
import { clean } from "../text.ts";
import type { Glyphs } from "../theme.ts";
import { frame } from "./frame.ts";
import type { LogLine } from "../../load/snapshot.ts";

const LEVEL_STYLE: Readonly<Record<LogLine["level"], Style>> = { info: "text", warn: "warn", error: "bad" };

export interface LogView {
  readonly snapshot: { readonly log: readonly LogLine[] };
  readonly glyphs: Glyphs;
}

export function logPanel(view: LogView, width: number, height: number, number?: number): Line[] {
  const { log } = view.snapshot;
  const rows = Math.max(0, height - 2);
  const body = log.slice(Math.max(0, log.length - rows)).map((line): Line => [
    seg(`${wallTime(line.at)} `, "dim"),
    seg(clean(line.text), LEVEL_STYLE[line.level]),
  ]);
  if (log.length === 0) body.push([seg("nothing to report", "dim")]);
  return frame(
    { title: "Log", glyphs: view.glyphs, number },
    body,
    width,
    height,
  );
}
