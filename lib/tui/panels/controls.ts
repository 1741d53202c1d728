/** The settings that can be changed, the line of keys, and the help overlay. */
import { span } from "../format.ts";
import { fit, flow, type Line, seg, type Segment } from "../line.ts";
import { adjustable, settingLabel, settingText } from "../settings.ts";
import { padEnd } from "../text.ts";
import { type View, ZOOMS, zoomSeconds } from "../view.ts";
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
    { title: "Settings", note, glyphs, ...(number !== undefined && { number }) },
    shown,
    width,
    height,
  );
}

/** Settings in one line, for low screens. */
export function settingsStrip(view: View, width: number): Line {
  const groups = entries(view).map(({ label, value, chosen }): Segment[] =>
    chosen
      ? [seg(`${view.glyphs.pointer} `, "accent"), seg(label, "accent"), seg(` ${value}`, "strong")]
      : [seg(`  ${label}`, "dim"), seg(` ${value}`)]
  );
  return fit([seg(" "), ...flow(groups, width - 1, 2)], width);
}

/** The bottom line: keys, most needed first. */
export function keyLine(view: View, width: number): Line {
  const [vertical, horizontal] = view.glyphs.arrows;
  const paused = view.snapshot.phase === "paused";
  const keys: readonly (readonly [string, string])[] = [
    ["q", "quit"],
    ["p", paused ? "resume" : "pause"],
    [view.glyphs.level === "ascii" ? "arrows" : vertical + horizontal, "adjust"],
    ["1–9", "enlarge"],
    ["+−", "time"],
    ["L", "logs"],
    ["r", "reset"],
    ["?", "help"],
  ];
  const wide = flow(keys.map(([key, what]) => [seg(key, "key"), seg(` ${what}`, "dim")]), width - 2, 2);
  return fit([seg(" "), ...wide], width);
}

/** A box to be drawn over the middle of the screen. */
export function helpPanel(
  view: View,
  columns: number,
  rows: number,
): { lines: Line[]; x: number; y: number } {
  const [vertical, horizontal] = view.glyphs.arrows;
  const zooms = `${span(ZOOMS[0])} to ${span(ZOOMS.at(-1) as number)}, now ${span(zoomSeconds(view.ui))}`;
  const keys: readonly (readonly [string, string])[] = [
    [vertical, "choose a setting"],
    [horizontal, "change it while the run goes on"],
    ["p", "pause and resume the load"],
    ["r", "start the measurement again from zero"],
    ["1–9", "enlarge a panel; the same key or Esc goes back"],
    ["+ −", `zoom the time axis (${zooms})`],
    ["L", "show or hide log lines"],
    ["?", "this help"],
    ["q", "finish: drain, then print the summary"],
    ["Ctrl-C", "the same; pressed again, leave at once"],
  ];
  const width = Math.min(columns, 72);
  const body: Line[] = keys.map(([key, what]) => [seg(padEnd(key, 12), "key"), seg(what)]);
  body.push(
    [],
    [seg(padEnd("response", 12), "accent"), seg("acknowledged − intended send time: what users wait")],
    [seg(padEnd("service", 12), "accent"), seg("acknowledged − written: what the broker needs")],
    [seg(padEnd("now / run", 12), "accent"), seg("last window / whole measured part")],
  );
  const height = Math.min(rows, body.length + 2);
  const lines = frame(
    { title: "Help", note: [seg("Esc closes", "dim")], glyphs: view.glyphs },
    body,
    width,
    height,
  );
  return { lines, x: (columns - width) >> 1, y: Math.max(0, (rows - height) >> 1) };
}
