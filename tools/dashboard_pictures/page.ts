/** A whole dashboard as a page, laid out by the grid of its JSON. */
import type { DashboardModel } from "../../tests/support/prometheus_panels.ts";
import { type Answers, escape, panelBody } from "./panels.ts";
import { clock } from "./plot.ts";

export interface Picture {
  readonly dashboard: DashboardModel;
  /** Answers by panel id. */
  readonly answers: ReadonlyMap<number, Answers>;
  readonly times: readonly number[];
  /** Titles of all dashboards, for the links. */
  readonly titles: readonly string[];
}

export const PAGE_WIDTH = 1440;
const COLUMN = (PAGE_WIDTH - 16) / 24;
const ROW = 38;
const GAP = 8;
const HEADER = 92;
const PANEL_HEAD = 30;

const STYLE = `
*{box-sizing:border-box}
body{margin:0;background:#111217;color:#d8d9da;font:12px Inter,"DejaVu Sans",Helvetica,Arial,sans-serif;width:${PAGE_WIDTH}px}
header{position:absolute;left:16px;top:12px;right:16px}
h1{font-size:18px;font-weight:500;margin:0 0 12px}
.right{position:absolute;right:0;top:2px;color:#9fa7b3}
.vars span{display:inline-block;margin-right:8px;border:1px solid #2c3235;border-radius:2px;overflow:hidden}
.vars b{font-weight:500;background:#22252b;padding:5px 8px;display:inline-block;color:#9fa7b3}
.vars em{font-style:normal;padding:5px 8px;display:inline-block}
.vars a{float:right;color:#9fa7b3;padding:5px 7px}
.row{position:absolute;font-size:14px;font-weight:500;padding:6px 4px}
section{position:absolute;background:#181b1f;border:1px solid #24272c;border-radius:2px;overflow:hidden}
h2{font-size:13px;font-weight:500;margin:0;padding:8px 10px 0;height:${PANEL_HEAD}px;white-space:nowrap;overflow:hidden}
svg{display:block}
svg text{fill:#9fa7b3;font-size:11px}
.legend{border-spacing:0;width:calc(100% - 16px);margin:0 8px;table-layout:auto}
.legend td,.legend th{height:19px;padding:0 6px;text-align:right;color:#c7d0d9;font-size:11px;white-space:nowrap}
.legend th{color:#6e9fff;font-weight:400}
.legend .name{text-align:left;width:99%;max-width:0;overflow:hidden;text-overflow:ellipsis}
.legend i{display:inline-block;width:12px;height:3px;margin-right:7px;vertical-align:middle;border-radius:2px}
.stat{position:absolute;left:0;right:0;top:42px;text-align:center;white-space:nowrap;font-weight:500;z-index:1}
.spark{position:absolute;left:0;bottom:0}
.rows{border-spacing:0;width:100%}
.rows th{text-align:left;font-weight:500;color:#6e9fff;padding:6px 10px;border-bottom:1px solid #2c3235}
.rows td{padding:7px 10px;border-bottom:1px solid #22252b;white-space:nowrap}
.rows .link{color:#6e9fff}
.none{text-align:center;color:#8e8e8e;padding-top:20%}
`;

/** HTML of the page, its height, and the titles of panels that have nothing to show. */
export function pageHtml(picture: Picture): { html: string; height: number; empty: string[] } {
  const empty: string[] = [];
  let height = HEADER;
  const panels = picture.dashboard.panels.map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const box = {
      left: 8 + x * COLUMN + GAP / 2,
      top: HEADER + y * ROW,
      width: w * COLUMN - GAP,
      height: h * ROW - GAP,
    };
    const place = Object.entries(box).map(([name, value]) => `${name}:${value}px`).join(";");
    height = Math.max(height, box.top + box.height + GAP);
    if (panel.type === "row") return `<div class="row" style="${place}">⌄ ${escape(panel.title)}</div>`;
    const body = panelBody(panel, picture.answers.get(panel.id) ?? [], {
      width: Math.floor(box.width) - 2,
      height: Math.floor(box.height) - 2 - (panel.type === "stat" ? 0 : PANEL_HEAD),
      times: picture.times,
    });
    if (body === undefined) empty.push(panel.title);
    return `<section style="${place}"><h2>${escape(panel.title)}</h2>${
      body ?? '<div class="none">No data</div>'
    }</section>`;
  });
  const html = `<!doctype html><meta charset="utf-8"><title>${
    escape(picture.dashboard.title)
  }</title><style>${STYLE}</style>${header(picture)}${panels.join("")}<div style="height:${height}px"></div>`;
  return { html, height, empty };
}

function header({ dashboard, times, titles }: Picture): string {
  const variables = dashboard.templating.list.map(({ name, label, type }) =>
    `<span><b>${escape(label ?? name)}</b><em>${type === "datasource" ? "Prometheus" : "All"}</em></span>`
  );
  const links = titles.filter((title) => title !== dashboard.title).toReversed()
    .map((title) => `<a>↗ ${escape(title)}</a>`);
  return `<header><h1>${escape(dashboard.title)}</h1><div class="right">${clock(times[0]!)} to ${
    clock(times.at(-1)!)
  }</div><div class="vars">${variables.join("")}${links.join("")}</div></header>`;
}
