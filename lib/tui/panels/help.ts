/** The help: what keys do, and what the words of the panels mean. */
import { span } from "../format.ts";
import { type Line, seg, type Style } from "../line.ts";
import { padEnd, wrapWords } from "../text.ts";
import { type UiState, type View, ZOOMS, zoomSeconds } from "../view.ts";
import type { Glyphs } from "../theme.ts";
import { frame, innerWidth } from "./frame.ts";

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
  const lines = wrapWords(meaning, width - TERM_WIDTH);
  return lines.map((line, index) => [seg(padEnd(index === 0 ? word : "", TERM_WIDTH), style), seg(line)]);
}

type Keys = readonly (readonly [key: string, what: string])[];

interface Box {
  readonly lines: Line[];
  readonly x: number;
  readonly y: number;
}

function zoomKey(ui: UiState): string {
  const zooms = `${span(ZOOMS[0])} to ${span(ZOOMS.at(-1) as number)}, now ${span(zoomSeconds(ui))}`;
  return `zoom the time axis (${zooms})`;
}

const LAST_KEYS: Keys = [
  ["L", "show or hide log lines"],
  ["Ctrl-L", "draw the screen again"],
  ["?", "this help"],
  ["q", "finish: drain, print the summary; asks first after 10 min"],
  ["Ctrl-C", "the same, without asking; again: leave at once"],
  ["Ctrl-Z", "nothing: the tool may not stop itself; p pauses"],
];

/** A box to be drawn over the middle of the screen of one run. */
export function helpPanel(view: View, columns: number, rows: number): Box {
  const [vertical, horizontal] = view.glyphs.arrows;
  const { role } = view.snapshot;
  const isGroup = view.group !== undefined;
  const keys: Keys = [
    ...(isGroup ? GROUP_KEYS : []),
    [vertical, "choose a setting"],
    [horizontal, "change it while the run goes on"],
    ["p, Space", isGroup ? "pause and resume this group" : "pause and resume the load"],
    ["r", isGroup ? "start its measurement again from zero" : "start the measurement again from zero"],
    ["1–9", "enlarge a panel; the same key or Esc goes back"],
    ["+ −", zoomKey(view.ui)],
    ...LAST_KEYS,
  ];
  const terms = TERMS.filter(([, , roles]) => roles === "both" || roles === role);
  return box(keys, terms, view, columns, rows);
}

const TOPICS_KEY = ["T", "the rates of all topics of a group; the same key or Esc goes back"] as const;

const GROUP_KEYS: Keys = [
  ["Esc, 0", "back to the overview of the scenario"],
  ["Tab", "the next group"],
  TOPICS_KEY,
];

const OVERVIEW_TERMS: readonly (readonly [word: string, meaning: string])[] = [
  ["of asked", "rate now as a share of what is asked for; without such, of the highest shown"],
  ["p50, p99", "of the last window: response of producers, end-to-end of subscriptions"],
  ["backlog", "acknowledged by the broker and not received yet"],
  ["first error", "from the beginning of a step to the first connection lost or error"],
  ["recovered", "until all producers and consumers were connected again"],
  ["sent again", "messages whose receipt got lost with a connection"],
];

/** The same for the overview of a scenario. */
export function overviewHelpPanel(
  view: { readonly ui: UiState; readonly glyphs: Glyphs },
  columns: number,
  rows: number,
): Box {
  const [vertical, horizontal] = view.glyphs.arrows;
  const keys: Keys = [
    ["1–9", "the view of a group with its own panels"],
    ["Tab", "the next view: each group in turn, then the overview"],
    [vertical, "choose a group"],
    [`Enter, ${horizontal.at(-1) === "→" ? "→" : "right"}`, "the view of the chosen group"],
    ["Esc, 0", "back to this overview"],
    TOPICS_KEY,
    ["p, Space", "pause and resume all groups; one group in its own view"],
    ["r", "start the measurement of all groups again from zero"],
    ["+ −", zoomKey(view.ui)],
    ...LAST_KEYS,
  ];
  return box(keys, OVERVIEW_TERMS, view, columns, rows);
}

function box(
  keys: Keys,
  terms: readonly (readonly [word: string, meaning: string, ...unknown[]])[],
  { ui, glyphs }: { readonly ui: UiState; readonly glyphs: Glyphs },
  columns: number,
  rows: number,
): Box {
  const width = Math.min(columns, 78);
  const inner = innerWidth(width);
  const body: Line[] = keys.flatMap(([key, what]) => helpRows(key, what, "key", inner));
  body.push([]);
  for (const [word, meaning] of terms) body.push(...helpRows(word, meaning, "accent", inner));
  const height = Math.min(rows, body.length + 2);
  const room = height - 2;
  const from = Math.max(0, Math.min(ui.helpFrom ?? 0, body.length - room));
  const hint = body.length > room ? `${glyphs.arrows[0]} more  Esc closes` : "Esc closes";
  const lines = frame({ title: "Help", note: [seg(hint, "dim")], glyphs }, body.slice(from), width, height);
  return { lines, x: (columns - width) >> 1, y: Math.max(0, (rows - height) >> 1) };
}
