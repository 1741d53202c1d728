/** The settings that can be changed, the line of keys, and the help overlay. */
import { span } from "../format.ts";
import { fit, flow, type Line, lineWidth, seg, type Segment, spread, type Style } from "../line.ts";
import { adjustable, settingLabel, settingText } from "../settings.ts";
import { padEnd, textWidth } from "../text.ts";
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
    ["1–9", "enlarge"],
    ["+−", "time"],
    ["L", "logs"],
    ["r", "reset"],
  ];
  const wide = flow(keys.map(([key, what]) => [seg(key, "key"), seg(` ${what}`, "dim")]), width - 2, 2);
  return fit([seg(" "), ...wide], width);
}

/** What the words of the panels mean, by who uses them. */
const TERMS: readonly (readonly [word: string, meaning: string, roles: "producer" | "consumer" | "both"])[] =
  [
    ["response", "acknowledged − intended send time: what users wait", "producer"],
    ["service", "acknowledged − written: what the broker needs", "producer"],
    ["end-to-end", "received − sent", "consumer"],
    ["now / run", "last window / whole measured part", "both"],
    ["behind", "how late the oldest unsent message is", "producer"],
    ["missed slots", "messages that were due and given up", "producer"],
    [
      "back-pressure",
      "share of time that workers wait for a place in flight",
      "producer",
    ],
    ["loop lag", "how late timers are; above 50 ms this client is the limit", "both"],
    ["payload/wire", "bytes of messages per byte sent: what compression saves", "producer"],
    ["backlog", "what the broker still holds for this subscription", "consumer"],
    ["foreign", "messages of another run or program; never a fault", "consumer"],
  ];

const TERM_WIDTH = 14;

/** A row of the help, the sentence broken between words. */
function helpRows(word: string, meaning: string, style: Style, width: number): Line[] {
  const lines = [""];
  for (const part of meaning.split(" ")) {
    const line = lines.at(-1)!;
    if (line !== "" && textWidth(line) + 1 + textWidth(part) > width - TERM_WIDTH) lines.push(part);
    else lines[lines.length - 1] = line === "" ? part : `${line} ${part}`;
  }
  return lines.map((line, index) => [seg(padEnd(index === 0 ? word : "", TERM_WIDTH), style), seg(line)]);
}

/** A box to be drawn over the middle of the screen. */
export function helpPanel(
  view: View,
  columns: number,
  rows: number,
): { lines: Line[]; x: number; y: number } {
  const [vertical, horizontal] = view.glyphs.arrows;
  const { role } = view.snapshot;
  const zooms = `${span(ZOOMS[0])} to ${span(ZOOMS.at(-1) as number)}, now ${span(zoomSeconds(view.ui))}`;
  const keys: readonly (readonly [string, string])[] = [
    [vertical, "choose a setting"],
    [horizontal, "change it while the run goes on"],
    ["p, Space", "pause and resume the load"],
    ["r", "start the measurement again from zero"],
    ["1–9", "enlarge a panel; the same key or Esc goes back"],
    ["+ −", `zoom the time axis (${zooms})`],
    ["L", "show or hide log lines"],
    ["Ctrl-L", "draw the screen again"],
    ["?", "this help"],
    ["q", "finish: drain, print the summary; asks first after 10 min"],
    ["Ctrl-C", "the same, without asking; again: leave at once"],
    ["Ctrl-Z", "nothing: the tool may not stop itself; p pauses"],
  ];
  const width = Math.min(columns, 78);
  const inner = innerWidth(width);
  const body: Line[] = keys.flatMap(([key, what]) => helpRows(key, what, "key", inner));
  body.push([]);
  for (const [word, meaning, roles] of TERMS) {
    if (roles === "both" || roles === role) body.push(...helpRows(word, meaning, "accent", inner));
  }
  const height = Math.min(rows, body.length + 2);
  const room = height - 2;
  const from = Math.max(0, Math.min(view.ui.helpFrom ?? 0, body.length - room));
  const hint = body.length > room ? `${vertical} more  Esc closes` : "Esc closes";
  const options = { title: "Help", note: [seg(hint, "dim")], glyphs: view.glyphs };
  const lines = frame(options, body.slice(from), width, height);
  return { lines, x: (columns - width) >> 1, y: Math.max(0, (rows - height) >> 1) };
}
