/** The settings that can be changed, and the line of keys. */
import { fit, flow, type Line, lineWidth, seg, type Segment, spread } from "../line.ts";
import { adjustable, settingLabel, settingText } from "../settings.ts";
import { padEnd } from "../text.ts";
import type { View } from "../view.ts";
import { frame, innerWidth } from "./frame.ts";

function entries(view: View): { label: string; value: string; chosen: boolean; restarts: boolean }[] {
  const fields = adjustable(view.settings);
  const chosen = Math.min(view.ui.selected, fields.length - 1);
  return fields.map((field, i) => ({
    label: settingLabel(field),
    value: settingText(view.settings, field),
    chosen: i === chosen,
    restarts: view.info.restarts?.includes(field) ?? false,
  }));
}

/** Settings as a panel with one row each. */
export function settingsPanel(view: View, width: number, height: number, number?: number): Line[] {
  const { glyphs } = view;
  const inner = innerWidth(width);
  const [left, right] = glyphs.level === "ascii" ? ["<", ">"] : ["◂", "▸"];
  const body = entries(view).map(({ label, value, chosen, restarts }): Line => {
    const name = padEnd(label, 12);
    if (!chosen) return [seg(`  ${name}  `, "dim"), seg(value)];
    const mark = restarts && inner >= 18 + value.length + 12;
    return [
      seg(`${glyphs.pointer} `, "accent"),
      seg(name, "accent"),
      seg(`${left} `, "accent"),
      seg(value, "strong"),
      seg(` ${right}`, "accent"),
      ...(mark ? [seg("  restarts", "dim")] : []),
    ];
  });
  // The chosen row stays in sight in a low panel.
  const rows = Math.max(1, height - 2);
  const at = entries(view).findIndex((entry) => entry.chosen);
  const from = Math.max(0, Math.min(at - rows + 1, body.length - rows));
  const note = [seg(`${glyphs.arrows[0]} ${glyphs.arrows[1]}`, "key")];
  const shown = inner < 10 ? [] : body.slice(from);
  return frame(
    { title: "Settings", note, glyphs, number },
    shown,
    width,
    height,
  );
}

/** Settings in one line, for low screens. The chosen one is always among those that are shown. */
export function settingsStrip(view: View, width: number): Line {
  const all = entries(view);
  const groups = all.map(({ label, value, chosen }): Segment[] =>
    chosen
      ? [seg(`${view.glyphs.pointer} `, "accent"), seg(label, "accent"), seg(` ${value}`, "strong")]
      : [seg(`  ${label}`, "dim"), seg(` ${value}`)]
  );
  const at = all.findIndex(({ chosen }) => chosen);
  const widthOf = (from: number, to: number): number =>
    groups.slice(from, to).reduce((sum, group, index) => sum + lineWidth(group) + (index > 0 ? 2 : 0), 0);
  if (widthOf(0, groups.length) < width) return fit([seg(" "), ...flow(groups, width - 1, 2)], width);
  // Marks at both ends tell that there are more.
  const room = width - 3;
  let from = 0;
  while (from < at && widthOf(from, at + 1) > room) from++;
  const shown = flow(groups.slice(from), room, 2);
  const isCut = lineWidth(shown) < widthOf(from, groups.length);
  const [left, right] = view.glyphs.level === "ascii" ? ["<", ">"] : ["‹", "›"];
  const end: Line = [seg(isCut ? right : " ", "dim")];
  return fit(spread([seg(from > 0 ? left : " ", "dim"), ...shown], end, width), width);
}

/** Where the keys stand, once `q` was pressed in a long run. */
export function quitQuestion(): Line {
  return [seg("q", "key"), seg(" again ends the run, any other key goes on", "warn")];
}

/** The bottom line: keys, most needed first. */
export function keyLine(view: View, width: number): Line {
  if (view.ui.asksToQuit) return fit([seg(" "), ...quitQuestion()], width);
  const [vertical, horizontal] = view.glyphs.arrows;
  const paused = view.snapshot.phase === "paused";
  const keys: readonly (readonly [string, string])[] = [
    ["q", "quit"],
    ["p", paused ? "resume" : "pause"],
    [view.glyphs.level === "ascii" ? "arrows" : vertical + horizontal, "adjust"],
    ["?", "help"],
    ...(view.group === undefined ? [] : [["Esc", "overview"], ["Tab", "next"]] as const),
    ["1–9", "enlarge"],
    ...(view.topics === undefined ? [] : [["T", "topics"]] as const),
    ["+−", "time"],
    ["L", "logs"],
    ["r", "reset"],
  ];
  const wide = flow(keys.map(([key, what]) => [seg(key, "key"), seg(` ${what}`, "dim")]), width - 2, 2);
  return fit([seg(" "), ...wide], width);
}
