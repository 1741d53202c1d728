/** The topics of a group beside each other: a cell for each, or for some neighbours, by its rate as a share of the mean. */
import { formatCount, plural } from "../../config/units.ts";
import type { Role } from "../../config/run_config.ts";
import { short, span } from "../format.ts";
import { flow, type Line, seg, type Segment, type Style } from "../line.ts";
import { clean, clipStart, padStart } from "../text.ts";
import type { Glyphs } from "../theme.ts";
import type { TopicRates } from "../topic_rates.ts";
import { frame, innerWidth, pair } from "./frame.ts";
import { SHADES } from "./rate.ts";

export interface TopicsView {
  /** Name of the group. */
  readonly group: string;
  readonly role: Role;
  readonly topics: TopicRates | undefined;
  readonly glyphs: Glyphs;
}

/** Shares of the mean below which a topic is slow, lags, or is like the others; above the last it is fast. */
const LIMITS = [0.5, 0.8, 1.25] as const;
const USUAL = 3;
const WIDEST_CELL = 8;

/** 0 = silent, 1 = slow, 2 = lags, 3 = like the others, 4 = fast. */
function levelOf(rate: number, mean: number): number {
  if (rate === 0) return 0;
  const above = LIMITS.findIndex((limit) => rate <= limit * mean);
  return above < 0 ? LIMITS.length + 1 : above + 1;
}

/** Shapes alone tell the levels apart, for screens without colours. */
function marks({ level, dot }: Glyphs): readonly string[] {
  return level === "ascii" ? [dot, ".", ":", "+", "#"] : [dot, "░", "▒", "▓", "█"];
}

function stylesOf(role: Role): readonly Style[] {
  return ["bad", "bad", "warn", SHADES[role][1]!, SHADES[role][3]!];
}

/** The level of some neighbours: that of the slowest where it is slower than usual, else of the fastest. */
function worst({ rates, mean }: TopicRates, from: number, to: number): number {
  let [low, high] = [Infinity, 0];
  for (let place = from; place < to; place++) {
    const rate = rates[place]!;
    if (rate < low) low = rate;
    if (rate > high) high = rate;
  }
  const level = levelOf(low, mean);
  return level < USUAL ? level : levelOf(high, mean);
}

interface Grid {
  /** Places in a cell, columns that it takes, and cells in a row. */
  readonly places: number;
  readonly wide: number;
  readonly perRow: number;
}

/** As wide cells as there is room for; several places in one where there are more than cells. */
function gridOf(places: number, width: number, rows: number): Grid {
  for (let wide = WIDEST_CELL; wide > 1; wide--) {
    const perRow = Math.floor(width / wide);
    if (perRow > 0 && Math.ceil(places / perRow) <= rows) return { places: 1, wide, perRow };
  }
  return { places: Math.max(1, Math.ceil(places / (width * rows))), wide: 1, perRow: width };
}

/** Wide cells have a gap behind them, so that neighbours can be told apart. */
function cellText(shape: string, wide: number): string {
  return wide < 3 ? shape.repeat(wide) : `${shape.repeat(wide - 1)} `;
}

function cellRows(view: TopicsView, topics: TopicRates, width: number, rows: number): Line[] {
  const { rates, count, together, mean } = topics;
  const label = String(count).length + 1;
  const grid = gridOf(rates.length, Math.max(1, width - label), rows);
  const [shapes, styles] = [marks(view.glyphs), stylesOf(view.role)];
  const lines: Line[] = [];
  for (let from = 0; from < rates.length; from += grid.perRow * grid.places) {
    const cells: Segment[] = [seg(`${padStart(String(from * together + 1), label - 1)} `, "dim")];
    const end = Math.min(rates.length, from + grid.perRow * grid.places);
    for (let place = from; place < end; place += grid.places) {
      // Where all are silent, none of them stands out.
      const level = worst(topics, place, Math.min(end, place + grid.places));
      // Where all are silent, none of them stands out.
      cells.push(seg(cellText(shapes[level]!, grid.wide), mean === 0 ? "dim" : styles[level]!));
    }
    lines.push(cells);
  }
  return lines;
}

function figures(topics: TopicRates, width: number): Line {
  const { count, together, mean, min, median, max, silent, slowest } = topics;
  const rate = (value: number): string => value >= 100 ? short(value) : value.toFixed(1);
  const known = flow(
    [
      [seg(plural(count, "topic"), "strong")],
      [
        ...pair("min", rate(min)),
        ...pair("  median", rate(median)),
        ...pair("  max", rate(max)),
        seg(" msg/s", "dim"),
      ],
      pair("silent", formatCount(silent), silent > 0 ? "bad" : "good"),
      together === 1 ? [] : [seg(`${together} counted as one`, "dim")],
    ],
    width,
  );
  const used = known.reduce((sum, { text }) => sum + text.length, 0);
  const room = width - used - "   slowest ".length;
  const isSlow = mean > 0 && levelOf(min, mean) < USUAL;
  return room < 8 || !isSlow
    ? known
    : [...known, seg("   slowest ", "dim"), seg(clipStart(clean(slowest), room))];
}

function legend(view: TopicsView, topics: TopicRates, places: number, width: number): Line {
  const shapes = marks(view.glyphs);
  const styles = stylesOf(view.role);
  const words = ["silent", "up to 50 %", "up to 80 %", "near the mean", "over 125 %"];
  const each = places * topics.together;
  return flow(
    [
      ...words.map((word, level): Line => [seg(`${shapes[level]} `, styles[level]!), seg(word, "dim")]),
      each === 1 ? [] : [seg(`a cell: the slowest of ${each}, or the fastest`, "dim")],
    ],
    width,
    2,
  );
}

/** Figures, cells, and what they mean; the last only where there is height for it. */
export function topicsPanel(view: TopicsView, width: number, height: number): Line[] {
  const { topics, glyphs, group } = view;
  const inner = innerWidth(width);
  const title = `Topics of ${clean(group)}`;
  if (topics === undefined) {
    const text = "nothing to compare: one topic, or nothing known yet";
    return frame({ title, glyphs }, [[seg(text, "dim")]], width, height);
  }
  const hasLegend = height >= 6;
  const rows = Math.max(1, height - 3 - (hasLegend ? 1 : 0));
  const label = String(topics.count).length + 1;
  const { places } = gridOf(topics.rates.length, Math.max(1, inner - label), rows);
  const body = [figures(topics, inner), ...cellRows(view, topics, inner, rows)];
  if (hasLegend) {
    while (body.length < rows + 1) body.push([]);
    body.push(legend(view, topics, places, inner));
  }
  const note = [seg(`share of the mean, last ${span(Math.max(1, Math.round(topics.seconds)))}`, "dim")];
  return frame({ title, note, glyphs }, body, width, height);
}
