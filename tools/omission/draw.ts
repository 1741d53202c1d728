/** Draws the pictures of coordinated omission: messages over time, and both times by percentile. */
import { page, table } from "../reference/markdown.ts";
import { type Figures, millisText, PERCENTILES } from "./figures.ts";

const SIZE = { width: 540, height: 330 } as const;
const PLOT = { left: 66, right: 522, top: 60, bottom: 276 } as const;

const STYLE = `<style>
  svg { color-scheme: light dark; font: 15px system-ui, sans-serif; }
  .paper { fill: #ffffff; } .ink { fill: #1f2630; } .soft { fill: #5b6675; }
  .grid { stroke: #d8dee6; } .axis { stroke: #8b97a6; }
  .stall { fill: #f3c6c0; opacity: 0.55; }
  .service { stroke: #1f6feb; fill: #1f6feb; } .response { stroke: #c2410c; fill: #c2410c; }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round; } .bar { fill: #1f6feb; } .word { stroke: none !important; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #10151c; } .ink { fill: #e6edf3; } .soft { fill: #9aa7b5; }
    .grid { stroke: #2a323d; } .axis { stroke: #6b7785; }
    .stall { fill: #7a2e26; }
    .service { stroke: #6cb0ff; fill: #6cb0ff; } .response { stroke: #ff9a5c; fill: #ff9a5c; } .line { fill: none; } .bar { fill: #6cb0ff; }
  }
</style>`;

function picture(title: string, subtitle: string, shapes: readonly string[]): string {
  const { width, height } = SIZE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    STYLE,
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    text(16, 24, "ink word", title),
    text(16, 42, "soft", subtitle),
    ...shapes,
    "</svg>",
    "",
  ].join("\n");
}

function text(x: number, y: number, style: string, words: string, anchor = "start"): string {
  return `<text x="${n(x)}" y="${n(y)}" class="${style}" text-anchor="${anchor}">${words}</text>`;
}

function line(style: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${style}" x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}"/>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Messages acknowledged in each 100 ms: what a tool sees of a stall. */
export function timePicture({ intervals, stall, rate }: Figures): string {
  const end = Math.round(intervals.at(-1)!.seconds);
  const most = Math.ceil(Math.max(...intervals.map(({ messages }) => messages)) / 200) * 200;
  const x = (seconds: number): number => PLOT.left + (PLOT.right - PLOT.left) * seconds / end;
  const y = (messages: number): number => PLOT.bottom - (PLOT.bottom - PLOT.top) * messages / most;
  const width = x(0.1) - x(0) - 1;
  const [middle, after] = [x(stall.at + stall.seconds / 2), x(stall.at + stall.seconds)];
  return picture(
    "A broker that stands still for a second",
    "messages acknowledged in each tenth of a second",
    [
      `<rect class="stall" x="${n(x(stall.at))}" y="${PLOT.top}" width="${
        n(x(stall.seconds) - x(0))
      }" height="${PLOT.bottom - PLOT.top}"/>`,
      ...ticks(most, 4).flatMap((value) => [
        line("grid", PLOT.left, y(value), PLOT.right, y(value)),
        text(PLOT.left - 8, y(value) + 5, "soft", String(value), "end"),
      ]),
      ...intervals.filter(({ messages }) => messages > 0).map(({ seconds, messages }) =>
        `<rect class="bar" x="${n(x(seconds) - width)}" y="${n(y(messages))}" width="${n(width)}" height="${
          n(PLOT.bottom - y(messages))
        }"/>`
      ),
      line("axis", PLOT.left, PLOT.bottom, PLOT.right, PLOT.bottom),
      ...ticks(end, 5).map((seconds) => text(x(seconds), PLOT.bottom + 20, "soft", `${seconds} s`, "middle")),
      text(
        after + 46,
        PLOT.top + 34,
        "ink",
        `${(rate * stall.seconds).toLocaleString("en-US")} messages due,`,
      ),
      text(after + 46, PLOT.top + 54, "ink", "one of them on its way"),
      line("axis", middle, PLOT.top + 40, after + 40, PLOT.top + 40),
    ],
  );
}

/** Both times of the same messages by percentile, on logarithmic axes. */
export function percentilePicture(figures: Figures): string {
  const shown = PERCENTILES.filter((percent) => percent < 99.999);
  const values = shown.flatMap((percent) => [figures.service[percent]!, figures.response[percent]!]);
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  // 0, 90, 99, 99.9, 99.99 % stand at equal distances.
  const x = (percent: number): number =>
    PLOT.left + (PLOT.right - PLOT.left) * -Math.log10(1 - percent / 100) / 4;
  const y = (millis: number): number =>
    PLOT.bottom - (PLOT.bottom - PLOT.top) * (Math.log10(millis) - low) / (high - low);
  const curve = (name: "service" | "response"): string =>
    `<polyline class="${name} line" points="${
      shown.map((percent) => `${n(x(percent))},${n(y(figures[name][percent]!))}`).join(" ")
    }"/>`;
  const decades = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  return picture("The same messages, two clocks", "time by percentile of the whole run, logarithmic", [
    ...decades.flatMap((value) => [
      line("grid", PLOT.left, y(value), PLOT.right, y(value)),
      text(PLOT.left - 6, y(value) + 5, "soft", value >= 1000 ? `${value / 1000} s` : `${value} ms`, "end"),
    ]),
    ...[0, 90, 99, 99.9, 99.99].flatMap((percent) => [
      line("grid", x(percent), PLOT.top, x(percent), PLOT.bottom),
      text(
        Math.min(x(percent), PLOT.right - 12),
        PLOT.bottom + 20,
        "soft",
        percent === 0 ? "0" : `P${percent}`,
        "middle",
      ),
    ]),
    curve("service"),
    curve("response"),
    text(x(99.6), y(figures.response["99"]!) + 24, "response word", "response time", "middle"),
    text(x(97), y(figures.service["99"]!) - 12, "service word", "service time", "middle"),
    text(
      16,
      PLOT.bottom + 44,
      "ink",
      `P99 is ${millisText(figures.service["99"]!)} from sending, ${
        millisText(figures.response["99"]!)
      } from when it was due`,
    ),
  ]);
}

function ticks(end: number, parts: number): number[] {
  return Array.from({ length: parts + 1 }, (_, index) => end * index / parts);
}

export const PICTURES: Readonly<Record<string, (figures: Figures) => string>> = {
  "docs/pictures/coordinated-omission-time.svg": timePicture,
  "docs/pictures/coordinated-omission-percentiles.svg": percentilePicture,
};

/** Both times by the percentiles that are quoted, with where they come from. */
export function omissionTable({ service, response, date, version, command, stall }: Figures): string {
  const rows = ["50", "90", "95", "99", "99.9"].map((percent) => [
    `P${percent}`,
    millisText(service[percent]!),
    millisText(response[percent]!),
  ]);
  return page(
    table(["", "service time", "response time"], rows),
    `Measured ${date} with version ${version}: \`${command}\`, at the embedded broker, which stopped reading for ${stall.seconds} s.`,
  ).trimEnd();
}
