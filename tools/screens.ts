/**
 * Pictures of screens: turns what `tmux capture-pane -e -p` prints into an SVG, or draws the sample screens.
 *
 *   tmux capture-pane -e -p -t lab | deno run tools/screens.ts --size 120x40 > docs/screens/lab.svg
 *   deno run --allow-write=docs/screens tools/screens.ts --samples docs/screens
 */
import { CellBuffer } from "../lib/tui/cells.ts";
import { diff } from "../lib/tui/diff.ts";
import { drawOverview } from "../lib/tui/draw.ts";
import { sampleScenarioView } from "../lib/tui/overview/sample_scenario_test_support.ts";
import { renderDemo, renderRun } from "../lib/tui/render.ts";
import { sampleSnapshot, sampleView } from "../lib/tui/sample_run_test_support.ts";
import { createTheme } from "../lib/tui/theme.ts";
import {
  type ScreenColor,
  type ScreenPicture,
  type ScreenStyle,
  XtermScreen,
} from "../lib/tui/xterm_screen_test_support.ts";

const BACKGROUND = "#0d1117";
const FOREGROUND = "#e6edf3";
const CELL = { width: 8.4, height: 18, font: 14 } as const;
const MARGIN = 14;

const BASIC = [
  "#484f58",
  "#ff7b72",
  "#3fb950",
  "#d29922",
  "#58a6ff",
  "#bc8cff",
  "#39c5cf",
  "#b1bac4",
  "#6e7681",
  "#ffa198",
  "#56d364",
  "#e3b341",
  "#79c0ff",
  "#d2a8ff",
  "#56d4dd",
  "#ffffff",
];

function hex(color: ScreenColor, fallback: string): string {
  if (color === undefined) return fallback;
  if (typeof color === "string") return color;
  if (color < 16) return BASIC[color] ?? fallback;
  const channel = (n: number): string => n.toString(16).padStart(2, "0");
  if (color >= 232) return `#${channel(8 + (color - 232) * 10).repeat(3)}`;
  const steps = [0, 95, 135, 175, 215, 255];
  const index = color - 16;
  return "#" + [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6]
    .map((step) => channel(steps[step] ?? 0)).join("");
}

function escape(text: string): string {
  return text.replace(/[&<>]/g, (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[char] ?? char);
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Places of the dots of a Braille character in the order of its bits: column and row. */
const DOTS = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 3], [1, 3]] as const;
/** A dot, and the distance from dot to dot. */
const DOT = { width: 0.34 * CELL.width, height: 0.17 * CELL.height, x: CELL.width / 2, y: CELL.height / 4 };

/** Braille dots of one colour; rows of neighbours become one dashed line, which keeps the picture small. */
class DotLines {
  readonly #rows = new Map<number, number[]>();

  /** Takes in the character of a cell. False if it is no Braille. */
  add(char: string, column: number, row: number): boolean {
    const bits = char.codePointAt(0)! - 0x2800;
    if (bits < 0 || bits > 0xff) return false;
    for (const [bit, [x, y]] of DOTS.entries()) {
      if ((bits & (1 << bit)) === 0) continue;
      const line = this.#rows.get(4 * row + y) ?? [];
      this.#rows.set(4 * row + y, line);
      line.push(2 * column + x);
    }
    return true;
  }

  get path(): string {
    let path = "";
    for (const [row, dots] of this.#rows) {
      dots.sort((a, b) => a - b);
      const y = n(MARGIN + row * DOT.y + 0.04 * CELL.height + DOT.height / 2);
      for (let from = 0; from < dots.length;) {
        let to = from;
        while (dots[to + 1] === dots[to]! + 1) to++;
        const x = n(MARGIN + dots[from]! * DOT.x + 0.08 * CELL.width);
        path += `M${x} ${y}h${n((to - from) * DOT.x + DOT.width)}`;
        from = to + 1;
      }
    }
    return path;
  }
}

/** Characters that look the same when several in a row are drawn as one. */
const JOINED = "─━█";

/**
 * The box and block characters are drawn as shapes: fonts differ in them, and gaps would show.
 *
 * @param run how many cells one of the {@link JOINED} fills
 */
function shape(char: string, x: number, y: number, run = 1): string | undefined {
  const code = char.codePointAt(0) as number;
  const { width, height } = CELL;
  const box = (fx: number, fy: number, fw: number, fh: number): string =>
    `M${n(x + fx * width)} ${n(y + fy * height)}h${n(fw * width)}v${n(fh * height)}h${n(-fw * width)}z`;
  if (code >= 0x2581 && code <= 0x2588) {
    const part = (code - 0x2580) / 8;
    return box(0, 1 - part, run, part);
  }
  if (code >= 0x2589 && code <= 0x258f) return box(0, 0, (0x2590 - code) / 8, 1);
  if (char === "■") return box(0.08, 0.3, 0.84, 0.44);
  if (char === "╸") return box(0, 0.45, 0.5, 0.14);
  if (char === "━") return box(0, 0.45, run, 0.14);
  const middle = { h: 0.5 - 0.03, v: 0.5 - 0.05 };
  if (char === "─") return box(0, middle.h, run, 0.06);
  const arms: Readonly<Record<string, string>> = {
    "│": "ud",
    "┤": "udl",
    "┌": "rd",
    "┐": "ld",
    "└": "ru",
    "┘": "lu",
  };
  const found = arms[char];
  if (found !== undefined) {
    const one: Readonly<Record<string, string>> = {
      l: box(0, middle.h, 0.5, 0.06),
      r: box(0.5, middle.h, 0.5, 0.06),
      u: box(middle.v, 0, 0.1, 0.5),
      d: box(middle.v, 0.5, 0.1, 0.5),
    };
    return [...found].map((arm) => one[arm] ?? "").join("");
  }
  return undefined;
}

const CORNERS: Readonly<Record<string, readonly [number, number]>> = {
  "╭": [1, 1],
  "╮": [-1, 1],
  "╰": [1, -1],
  "╯": [-1, -1],
};

function corner(char: string, x: number, y: number): string | undefined {
  const arms = CORNERS[char];
  if (arms === undefined) return undefined;
  const [dx, dy] = arms;
  const cx = x + CELL.width / 2;
  const cy = y + CELL.height / 2;
  return `M${n(cx + dx * CELL.width / 2)} ${n(cy)}Q${n(cx)} ${n(cy)} ${n(cx)} ${
    n(cy + dy * CELL.height / 2)
  }`;
}

function colors(style: ScreenStyle): { ink: string; paper: string | undefined } {
  const ink = hex(style.foreground, FOREGROUND);
  const paper = style.background === undefined ? undefined : hex(style.background, BACKGROUND);
  return style.inverse ? { ink: paper ?? BACKGROUND, paper: ink } : { ink, paper };
}

/** A screen as one SVG without outside resources. `title` is read out by screen readers. */
export function screenSvg(screen: ScreenPicture, title: string): string {
  const width = screen.columns * CELL.width + 2 * MARGIN;
  const height = screen.rows * CELL.height + 2 * MARGIN;
  const paths = new Map<string, string>();
  const strokes = new Map<string, string>();
  const dots = new Map<string, DotLines>();
  const papers: string[] = [];
  const texts: string[] = [];
  screen.cells.forEach((row, y) => {
    const top = MARGIN + y * CELL.height;
    for (let x = 0; x < row.length; x++) {
      const cell = row[x];
      if (cell === undefined || cell.char === "") continue;
      const { ink, paper } = colors(cell.style);
      const left = MARGIN + x * CELL.width;
      if (paper !== undefined) {
        papers.push(
          `<rect x="${n(left)}" y="${
            n(top)
          }" width="${CELL.width}" height="${CELL.height}" fill="${paper}"/>`,
        );
      }
      if (cell.char === " ") continue;
      const key = `${ink}|${cell.style.faint && cell.style.foreground === undefined ? 0.6 : 1}`;
      const lines = dots.get(key) ?? new DotLines();
      if (lines.add(cell.char, x, y)) {
        dots.set(key, lines);
        continue;
      }
      let run = 1;
      if (JOINED.includes(cell.char)) {
        while (row[x + run]?.char === cell.char && row[x + run]?.style === cell.style) run++;
      }
      const drawn = shape(cell.char, left, top, run);
      const round = corner(cell.char, left, top);
      if (drawn !== undefined) x += run - 1;
      if (drawn !== undefined) paths.set(key, (paths.get(key) ?? "") + drawn);
      else if (round !== undefined) strokes.set(key, (strokes.get(key) ?? "") + round);
      else {
        let text = cell.char;
        let next = x + 1;
        // Runs of one style become one element; its length is fixed so that columns stay columns in any font.
        while (next < row.length && row[next]?.style === cell.style && isText(row[next]?.char)) {
          text += row[next++]?.char;
        }
        text = text.trimEnd();
        const weight = cell.style.bold ? ' font-weight="600"' : "";
        const length = n([...text].length * CELL.width);
        texts.push(
          `<text x="${n(left)}" y="${n(top + 13.5)}" fill="${ink}"${weight} textLength="${length}">${
            escape(text).replaceAll(" ", "\u00a0")
          }</text>`,
        );
        x += text.length - 1;
      }
    }
  });
  const fill = [...paths].map(([key, d]) =>
    `<path fill="${key.split("|")[0]}" fill-opacity="${key.split("|")[1]}" d="${d}"/>`
  );
  const stroke = [...strokes].map(([key, d]) =>
    `<path fill="none" stroke-width="1" stroke="${key.split("|")[0]}" d="${d}"/>`
  );
  const dotted = [...dots].map(([key, lines]) =>
    `<path fill="none" stroke="${key.split("|")[0]}" stroke-opacity="${key.split("|")[1]}" stroke-width="${
      n(DOT.height)
    }" stroke-dasharray="${n(DOT.width)} ${n(DOT.x - DOT.width)}" d="${lines.path}"/>`
  );
  const font =
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(width)} ${n(height)}" width="${
      n(width)
    }" height="${n(height)}" role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>`,
    ...papers,
    ...fill,
    ...dotted,
    ...stroke,
    `<g font-family="${font}" font-size="${CELL.font}">`,
    ...texts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function isText(char: string | undefined): boolean {
  if (char === undefined || char === "" || CORNERS[char] !== undefined) return false;
  return shape(char, 0, 0) === undefined && !new DotLines().add(char, 0, 0);
}

/** What a capture shows; lines end in a line feed without a carriage return. */
export function capturedScreen(capture: string, columns: number, rows: number): Promise<ScreenPicture> {
  const screen = new XtermScreen(columns, rows);
  screen.write("\x1b[?7l" + capture.replace(/\r?\n$/, "").replaceAll(/\r?\n/g, "\r\n"));
  return screen.picture();
}

const SAMPLE_SIZES = [[80, 24], [120, 40], [200, 60]] as const;

/** Every sample screen by its file name. */
export async function samplePictures(): Promise<Map<string, string>> {
  const theme = createTheme("truecolor", "braille");
  const pictures = new Map<string, string>();
  for (const [columns, rows] of SAMPLE_SIZES) {
    for (const kind of ["producer", "consumer", "demo", "scenario"] as const) {
      const buffer = new CellBuffer(columns, rows);
      if (kind === "scenario") drawOverview(buffer, sampleScenarioView(), false);
      else if (kind === "demo") {
        renderDemo(
          sampleView("producer"),
          sampleView("consumer", { snapshot: sampleSnapshot("consumer") }),
          buffer,
        );
      } else renderRun(sampleView(kind), buffer);
      const screen = new XtermScreen(columns, rows);
      screen.write("\x1b[?7l" + diff(undefined, buffer, theme.sgr));
      pictures.set(
        `${kind}-${columns}x${rows}.svg`,
        screenSvg(await screen.picture(), `The ${kind} screen at ${columns} by ${rows}`),
      );
    }
  }
  return pictures;
}

if (import.meta.main) {
  const samples = Deno.args.indexOf("--samples");
  if (samples !== -1) {
    const folder = Deno.args[samples + 1] ?? ".";
    Deno.mkdirSync(folder, { recursive: true });
    for (const [name, svg] of await samplePictures()) Deno.writeTextFileSync(`${folder}/${name}`, svg);
  } else {
    const size = /^(\d+)x(\d+)$/.exec(Deno.args[Deno.args.indexOf("--size") + 1] ?? "");
    if (size === null || !Deno.args.includes("--size")) {
      console.error(
        "usage: screens.ts --size COLUMNSxROWS < capture > picture.svg, or screens.ts --samples FOLDER",
      );
      Deno.exit(2);
    }
    const capture = await new Response(Deno.stdin.readable).text();
    const picture = await capturedScreen(capture, Number(size[1]), Number(size[2]));
    console.log(screenSvg(picture, "A captured screen"));
  }
}
