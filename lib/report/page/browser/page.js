/**
 * The living part of a report page: cards with charts, their tables, the controls, light and dark. The figures stand in
 * `#data` (`ChartData` of chart_data.ts); what can be said in tables is in the page already.
 */
import { chartSpecs } from "./charts.js";
import { draw } from "./draw.js";

/** @import uPlot from "uplot" */
/** @import { ChartData } from "../chart_data.ts" */
/** @import { ChartSpec, Choices } from "./charts.js" */

/**
 * @typedef {object} Card
 * @property {() => ChartSpec} make
 * @property {ChartSpec} spec
 * @property {HTMLElement} caption
 * @property {HTMLElement} holder
 * @property {HTMLElement} readout
 * @property {HTMLDetailsElement} details
 * @property {HTMLElement} figures
 * @property {uPlot} [plot]
 * @property {number | undefined} [index] of the point that the keyboard stands on
 */

/**
 * An element that the page is made with.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} selector
 * @param {ParentNode} [within]
 */
function found(selector, within = document) {
  const element = within.querySelector(selector);
  if (element === null) throw new Error(`the page has no '${selector}'`);
  return /** @type {T} */ (element);
}

/** @type {ChartData} */
const data = JSON.parse(found("#data").textContent ?? "");
const box = found("#charts");
const root = document.documentElement;
const many = data.names.length > 1;
const kinds = /** @type {(keyof ChartData["latency"])[]} */ (Object.keys(data.latency));
/** @type {Choices} */
const choices = { kind: kinds.at(-1), percentile: "99", scale: 3 };
const { story } = data;
/** @type {Card[]} */
const cards = [];

/** @param {string} text */
const escapeText = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

/** @param {Card} card */
function drawCard(card) {
  card.plot?.destroy();
  card.plot = draw(card.spec, card.holder, many, (index) => readOut(card, index));
  readOut(card, null);
}

/**
 * The values at a point, below the chart; the names of the lines alone where there is none.
 *
 * @param {Card} card
 * @param {number | null | undefined} index
 */
function readOut({ spec, readout }, index) {
  const parts = spec.series.map((series, position) => {
    const key = `<i class="line${
      series.dash?.length ? " dashed" : ""
    }" style="--key:var(${series.color})"></i>`;
    const value = series.values[index ?? -1] ?? null;
    const text = value === null ? "" : ` <b>${spec.yText(value)}</b>`;
    return `<span data-series="${position}">${key}${escapeText(series.name)}${text}</span>`;
  });
  const x = spec.x[index ?? -1];
  const said = x === undefined || spec.story === undefined ? "" : stepsAt(spec, x);
  readout.innerHTML = (x === undefined ? "" : `<b>${spec.xText(x)}</b> `) + parts.join(" ") + said;
}

/**
 * What was done at a moment of a story.
 *
 * @param {ChartSpec} spec
 * @param {number} x
 */
function stepsAt({ story, x: times }, x) {
  // A point stands for its whole interval: a step of a moment lies in one.
  const half = times.length > 1 ? ((times[1] ?? 0) - (times[0] ?? 0)) / 2 : 0.5;
  const under =
    story?.steps.filter(({ from, to, isStage }) =>
      isStage
        ? from > x - half && from <= x + half
        : from <= x + half && to > x - half || (from > x - half && from <= x + half)
    ) ?? [];
  return under.map(({ name, text, state }) => {
    const tone = state === "failed" ? ' class="worse"' : "";
    return `<em><b${tone}>${escapeText(name)}</b>${text === "" ? "" : ` ${escapeText(text)}`}</em>`;
  }).join("");
}

/**
 * Arrow keys move through the points of a chart.
 *
 * @param {Card} card
 * @param {KeyboardEvent} event
 */
function onKey(card, event) {
  const last = card.spec.x.length - 1;
  const now = card.index ?? -1;
  /** @type {Record<string, number>} */
  const moves = { ArrowRight: Math.min(last, now + 1), ArrowLeft: Math.max(0, now - 1), Home: 0, End: last };
  const next = moves[event.key];
  const x = next === undefined ? undefined : card.spec.x[next];
  if (x === undefined || card.plot === undefined) return;
  event.preventDefault();
  card.index = next;
  card.plot.setCursor({ left: card.plot.valToPos(x, "x"), top: 10 });
  readOut(card, next);
}

/** @param {ChartSpec} spec */
function tableOf(spec) {
  const head = ["", ...spec.series.map(({ name }) => name)].map((name) =>
    `<th scope="col">${escapeText(name)}</th>`
  );
  const rows = spec.x.map((x, index) => {
    const cells = spec.series.map(({ values }) => {
      const value = values[index] ?? null;
      return `<td>${value === null ? "" : spec.yText(value)}</td>`;
    });
    return `<tr><th scope="row">${spec.xText(x)}</th>${cells.join("")}</tr>`;
  });
  return `<table class="numbers"><caption class="unseen">${escapeText(spec.title)}</caption>` +
    `<thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** @param {() => ChartSpec} make */
function addCard(make) {
  const figure = document.createElement("figure");
  figure.className = "card";
  const spec = make();
  if (spec.story || spec.dotted) figure.classList.add("wide");
  if (spec.story?.steps.length) figure.classList.add("story");
  figure.innerHTML = `<figcaption></figcaption><div class="plot" tabindex="0" role="img"></div>` +
    `<p class="readout" aria-live="polite"></p>` +
    `<details><summary>Figures of this chart as a table</summary><div class="figures" tabindex="0"></div></details>`;
  box.append(figure);
  /** @type {Card} */
  const card = {
    make,
    spec,
    caption: found("figcaption", figure),
    holder: found(".plot", figure),
    readout: found(".readout", figure),
    details: found("details", figure),
    figures: found(".figures", figure),
  };
  card.holder.addEventListener("keydown", (event) => onKey(card, event));
  card.details.addEventListener("toggle", () => fillTable(card));
  cards.push(card);
}

/** @param {Card} card */
function fillTable({ details, figures, spec }) {
  if (details.open) figures.innerHTML = tableOf(spec);
}

/** Makes and draws all charts again, after a choice or in other colours. */
function refresh() {
  for (const card of cards) {
    card.spec = card.make();
    card.index = undefined;
    const { title, unit } = card.spec;
    card.caption.innerHTML = `${escapeText(title)} <small>${escapeText(unit)}</small>`;
    card.holder.setAttribute(
      "aria-label",
      `${title}, ${unit}. Arrow keys move through the figures; a table follows.`,
    );
    drawCard(card);
    fillTable(card);
  }
}

/**
 * A group of radio buttons.
 *
 * @template {string} T
 * @param {string} legend
 * @param {string} name
 * @param {readonly (readonly [value: T, text: string])[]} options
 * @param {T | undefined} chosen
 * @param {(value: T) => void} choose
 */
function choice(legend, name, options, chosen, choose) {
  const set = document.createElement("fieldset");
  set.innerHTML = `<legend>${legend}</legend>` +
    options.map(([value, text]) =>
      `<label><input type="radio" name="${name}" value="${value}"${
        value === chosen ? " checked" : ""
      }> ${text}</label>`
    ).join("");
  set.addEventListener("change", ({ target }) => {
    choose(/** @type {T} */ (/** @type {HTMLInputElement} */ (target).value));
    refresh();
  });
  return set;
}

function addControls() {
  const bar = document.createElement("div");
  bar.className = "card controls";
  if (kinds.length > 1) {
    const legend = story ? "Distribution of" : "Latency";
    const options = kinds.map((kind) => /** @type {const} */ ([kind, data.latency[kind]?.title ?? kind]));
    bar.append(choice(legend, "kind", options, choices.kind, (kind) => choices.kind = kind));
  }
  const charts = choices.kind && data.latency[choices.kind];
  if (many && charts) {
    const options = Object.keys(charts.overTime)
      .sort((a, b) => Number(a === "max") - Number(b === "max") || Number(a) - Number(b))
      .map((key) => /** @type {const} */ ([key, key === "max" ? "max" : `P${key}`]));
    bar.append(
      choice("Over time", "percentile", options, choices.percentile, (at) => choices.percentile = at),
    );
  }
  const scales = /** @type {const} */ ([["3", "logarithmic"], ["1", "linear"]]);
  bar.append(choice("Latency axis", "scale", scales, "3", (scale) => choices.scale = scale === "3" ? 3 : 1));
  const hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Drag in a chart to zoom, double-click to see all of it; arrow keys read it out.";
  bar.append(hint);
  box.append(bar);
}

// Light and dark; paper is always light.
const dark = matchMedia("(prefers-color-scheme: dark)");
const themes = ["system", "light", "dark"];
let theme = "system";

function applyTheme(printing = false) {
  const use = printing ? "light" : theme === "system" ? (dark.matches ? "dark" : "light") : theme;
  if (root.dataset.theme === use) return;
  root.dataset.theme = use;
  refresh();
}

const button = found("#theme");
button.hidden = false;
button.addEventListener("click", () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
  button.textContent = `Theme: ${theme}`;
  applyTheme();
});

if (kinds.length > 0 || data.sweep) addControls();
for (const make of chartSpecs(data, choices)) addCard(make);
applyTheme();
dark.addEventListener("change", () => applyTheme());
matchMedia("print").addEventListener("change", (event) => applyTheme(event.matches));

let shownWidth = box.clientWidth;
addEventListener("resize", () => {
  if (box.clientWidth === shownWidth) return;
  shownWidth = box.clientWidth;
  for (const card of cards) drawCard(card);
});
