/** The table of a scenario's groups: what each does now, and what was found of it. */
import { errorTotal } from "../../load/figures.ts";
import { integer, latency, percent, short } from "../format.ts";
import { fit, type Line, seg, type Segment, type Style } from "../line.ts";
import { type Column, frame, innerWidth, tableHead, tableRow } from "../panels/frame.ts";
import { integrityVerdict } from "../panels/outcome.ts";
import { clean } from "../text.ts";
import type { Glyphs } from "../theme.ts";
import { currentRate } from "../view.ts";
import { backlogOf, type GroupView, type ScenarioView } from "./view.ts";

interface Field extends Column {
  /** Smallest width inside the frame at which it is shown. */
  readonly from: number;
  readonly cell: (group: GroupView) => Segment;
}

const UNKNOWN = seg("–", "dim");

function rateCell({ view }: GroupView, wide: boolean): Segment {
  if (view === undefined) return UNKNOWN;
  const rate = currentRate(view.snapshot);
  return seg(wide ? integer(rate) : short(rate), "strong");
}

/** Rate now as a share of what is asked for. */
function askedCell({ view }: GroupView): Segment {
  const { targetRate, phase } = view?.snapshot ?? {};
  if (phase === "paused") return seg("paused", "warn");
  if (view === undefined || targetRate === undefined) return UNKNOWN;
  if (targetRate === 0) return seg("of 0", "dim");
  const share = currentRate(view.snapshot) / targetRate;
  return seg(percent(share), share >= 0.99 ? "good" : share >= 0.9 ? "warn" : "bad");
}

function latencyCell({ view }: GroupView, which: "p50" | "p99"): Segment {
  const stats = view?.stats.window.response ?? view?.stats.window.endToEnd;
  return stats === undefined || stats.count === 0 ? UNKNOWN : seg(latency(stats[which]));
}

function backlogCell(group: GroupView): Segment {
  const backlog = backlogOf(group);
  return group.role === "producer" || backlog === undefined ? UNKNOWN : seg(short(backlog));
}

function countCell(count: number | undefined, style: Style): Segment {
  if (count === undefined) return UNKNOWN;
  return seg(short(count), count > 0 ? style : "good");
}

function errorsCell({ view }: GroupView): Segment {
  return countCell(view && errorTotal(view.snapshot.total.errors), "warn");
}

function integrityCell({ role, view }: GroupView, glyphs: Glyphs): Segment {
  if (view === undefined || role === "producer") return UNKNOWN;
  return integrityVerdict({ snapshot: view.snapshot, glyphs })[0]!;
}

function factCell(value: number | undefined): Segment {
  return value === undefined ? UNKNOWN : seg(short(value));
}

const ROLE_MARK = { producer: seg("→", "accent"), consumer: seg("←", "receive3") } as const;

/** The widest selection that fits is shown; names take what is left. */
const FIELDS: readonly Field[] = [
  { head: "", width: 1, from: 0, cell: ({ role }) => ROLE_MARK[role] },
  { head: "topics", width: 6, from: 74, cell: ({ facts }) => factCell(facts?.topics) },
  { head: "p/c", width: 5, from: 74, cell: ({ facts }) => factCell(facts?.lanes) },
  { head: "msg/s", width: 6, from: 0, cell: (group) => rateCell(group, false) },
  { head: "of asked", width: 8, from: 56, cell: askedCell },
  { head: "p50", width: 7, from: 90, cell: (group) => latencyCell(group, "p50") },
  { head: "p99", width: 7, from: 0, cell: (group) => latencyCell(group, "p99") },
  { head: "backlog", width: 7, from: 0, cell: backlogCell },
  { head: "errors", width: 6, from: 64, cell: errorsCell },
  {
    head: "outages",
    width: 7,
    from: 100,
    cell: ({ view }) => countCell(view?.snapshot.outages.count, "warn"),
  },
];

const LEAST_NAME = 10;
const INTEGRITY = 13;

export function groupsPanel(view: ScenarioView, width: number, height: number): Line[] {
  const { glyphs, groups } = view;
  const inner = innerWidth(width);
  const fields = FIELDS.filter(({ from }) => inner >= from).map((field) =>
    field.head === "msg/s" && inner >= 74
      ? { ...field, width: 10, cell: (group: GroupView) => rateCell(group, true) }
      : field
  );
  const used = fields.reduce((sum, field) => sum + field.width + 1, 0);
  const widest = Math.max(LEAST_NAME, ...groups.map(({ name }) => name.length));
  const isWide = inner - used - 4 - LEAST_NAME - 1 >= INTEGRITY;
  const name = Math.max(4, Math.min(widest, inner - used - 4 - (isWide ? INTEGRITY + 1 : 2)));
  const first: Column = { head: "group", width: name, left: true };
  const head: Line = [seg("    "), ...tableHead([first, ...fields]), seg(isWide ? "  integrity" : "", "dim")];
  const chosen = Math.min(view.ui.chosen ?? 0, groups.length - 1);
  const rows = groups.map((group, index): Line => {
    const mark = index === chosen ? seg(`${glyphs.pointer} `, "accent") : seg("  ");
    const key = seg(index < 9 ? `${index + 1} ` : "  ", "key");
    const cells = [
      seg(clean(group.name), index === chosen ? "accent" : "text"),
      ...fields.map(({ cell }) => cell(group)),
    ];
    const found = integrityCell(group, glyphs);
    // Where there is no room for words, the mark says whether all is well.
    const integrity = isWide ? found : seg(found.text.slice(0, 1), found.style);
    return [mark, key, ...tableRow([first, ...fields], cells), seg(isWide ? "  " : " "), integrity];
  });
  const room = Math.max(1, height - 3);
  // The chosen one stays in sight.
  const from = Math.max(0, Math.min(chosen - room + 1, rows.length - room));
  const hidden = rows.length - Math.min(rows.length, room);
  const note = hidden > 0 ? [seg(`${glyphs.arrows[0]} ${hidden} more`, "dim")] : [];
  const body = [head, ...rows.slice(from, from + room)].map((line) => fit(line, inner));
  return frame({ title: "Groups", note, glyphs }, body, width, height);
}
