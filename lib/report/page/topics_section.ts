/** The topics of groups that have many: rows of topics over time, shaded by their rate, and the slowest by name. */
import { formatCount, formatElapsed, formatRate, plural } from "../../config/units.ts";
import { median } from "../../load/figures.ts";
import type { ScenarioRecord } from "../result/scenario_types.ts";
import { topicsOfRow, type TopicsRecord } from "../result/topics_record.ts";
import { type Html, html, type HtmlPart, table } from "./html_text.ts";
import { key, type NamedResult } from "./sections.ts";
import { storyOf } from "./story.ts";

/** Shares of the mean up to which the shades reach; nothing at all has one of its own, and so has what is above. */
const SHADES = [0.25, 0.5, 0.8, 1.25] as const;
/** Share of the median topic up to which one is told by name. */
const SLOW = 0.8;
const WORDS = ["silent", "up to 25 %", "up to 50 %", "up to 80 %", "near the mean", "over 125 %"];

function shadeOf(rate: number, mean: number): number {
  if (rate === 0) return 0;
  const above = SHADES.findIndex((share) => rate <= share * mean);
  return above < 0 ? SHADES.length + 1 : above + 1;
}

const rounded = (value: number): string => String(Math.round(value * 100) / 100);

/** One path for each shade; cells that follow one another in time with the same one are one piece. */
function heatPaths(topics: TopicsRecord, startOf: (index: number) => number): string[] {
  const { intervals } = topics;
  const paths = WORDS.map(() => "");
  const lengths = intervals.map(({ seconds }) => seconds).sort((a, b) => a - b);
  // What is left at the end may be too short for a rate.
  const shown = intervals.map((interval, index) => ({ ...interval, start: startOf(index) }))
    .filter(({ seconds }) => seconds > 0 && seconds >= median(lengths) / 10);
  // The median of the topics, and of the intervals: a few that stand out do not move what is usual.
  const usual = median(
    shown.map(({ messages, seconds }) => messages.reduce((sum, n) => sum + n, 0) / seconds / topics.count)
      .sort((a, b) => a - b),
  );
  const rows = Math.max(0, ...shown.map(({ messages }) => messages.length));
  for (let row = 0; row < rows; row++) {
    const members = topicsOfRow(topics, row);
    let piece: { shade: number; from: number; to: number } | undefined;
    const end = (): void => {
      if (piece === undefined) return;
      paths[piece.shade] += `M${rounded(piece.from)} ${row}h${rounded(piece.to - piece.from)}v1h${
        rounded(piece.from - piece.to)
      }z`;
    };
    for (const { messages, seconds, start } of shown) {
      const shade = shadeOf((messages[row] ?? 0) / seconds / members, usual);
      const to = start + seconds;
      if (piece?.shade === shade && Math.abs(piece.to - start) < 0.25 * seconds) piece.to = to;
      else {
        end();
        piece = { shade, from: start, to };
      }
    }
    end();
  }
  return paths;
}

function heatMap(name: string, topics: TopicsRecord, record: ScenarioRecord | undefined): Html {
  const { intervals, count, together } = topics;
  // On the axis of the scenario a group that began later begins later.
  const startOf = (index: number): number => {
    const { atUs, fromSeconds, seconds } = intervals[index]!;
    return record === undefined ? fromSeconds : (atUs - record.measuredAtUs) / 1e6 - seconds;
  };
  const last = intervals.length - 1;
  const end = Math.max(record?.seconds ?? 0, startOf(last) + intervals[last]!.seconds);
  const rows = Math.max(...intervals.map(({ messages }) => messages.length));
  const steps = record === undefined ? [] : storyOf(record).steps.filter(({ state }) => state !== "planned");
  const label = `${name}: rate of ${plural(count, "topic")} over time, as a share of their mean`;
  return html`
    <div class="heat">
      <div class="heat-rows" aria-hidden="true"><span>1</span><span>${formatCount(count)}</span></div>
      <svg viewBox="0 0 ${rounded(end)} ${rows}" preserveAspectRatio="none" role="img" aria-label="${label}">
        ${heatPaths(topics, startOf).map((path, shade) =>
          path !== "" && html`
            <path class="heat-${shade}" d="${path}" />
          `
        )}
        ${steps.map(({ name, from }) =>
          html`
            <path class="heat-step" d="M${rounded(from)} 0v${rows}">
              <title>${name}</title>
            </path>
          `
        )}
      </svg>
      <div class="heat-time" aria-hidden="true"><span>0:00</span><span>${formatElapsed(end)}</span></div>
    </div>
    ${together > 1 && html`
      <p class="note">A row is ${formatCount(together)} neighbouring topics, shaded by their mean.</p>
    `}
  `;
}

function legend(): Html {
  return html`
    <p class="heat-legend">${WORDS.map((word, shade) =>
      html`
        <span><i class="key heat-key-${shade}"></i> ${word}</span>
      `
    )}</p>
  `;
}

/** By name, where any is much slower than the others. */
function slowTopics({ slowest, minPerSecond, medianPerSecond }: TopicsRecord): Html | undefined {
  if (minPerSecond > SLOW * medianPerSecond) return undefined;
  const rows = slowest.filter(({ messagesPerSecond }) => messagesPerSecond <= SLOW * medianPerSecond)
    .map(({ topic, messagesPerSecond }) => [topic, formatRate(messagesPerSecond)]);
  return html`
    <details><summary>The slowest topics</summary>${table("The slowest topics", ["", "rate"], rows)}</details>
  `;
}

/** Undefined where no result tells topics apart. */
export function topicsSection(results: readonly NamedResult[], record?: ScenarioRecord): Html | undefined {
  const many = results.length > 1;
  const told = results.flatMap(({ name, result }, index) =>
    result.byTopic === undefined ? [] : [{ name, index, topics: result.byTopic }]
  );
  if (told.length === 0) return undefined;
  const rows = told.map(({ name, index, topics }): HtmlPart[] => [
    html`
      ${key(index, many)} ${name}
    `,
    formatCount(topics.count),
    formatRate(topics.minPerSecond),
    formatRate(topics.medianPerSecond),
    formatRate(topics.maxPerSecond),
    topics.silent === 0 ? "0" : html`
      <span class="worse">${formatCount(topics.silent)}</span>
    `,
  ]);
  return html`
    <section class="card" id="topics">
      <h2>Topics</h2>
      ${table("Rates of single topics", ["", "topics", "slowest", "median", "fastest", "silent"], rows)}
      ${legend()}
      ${told.map(({ name, index, topics }) =>
        html`
          <figure class="after">
            <figcaption>${key(
              index,
              many,
            )} ${name} <small>rate of its topics over time, as a share of the usual rate</small></figcaption>
            ${heatMap(name, topics, record)}
            ${slowTopics(topics)}
          </figure>
        `
      )}
    </section>
  `;
}
