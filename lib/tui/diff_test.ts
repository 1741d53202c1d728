import assert from "node:assert/strict";
import fc from "fast-check";
import { CellBuffer } from "./cells.ts";
import { diff } from "./diff.ts";
import { STYLES } from "./line.ts";
import { createTheme } from "./theme.ts";
import { XtermScreen } from "./xterm_screen_test_support.ts";

const { sgr } = createTheme("truecolor", "braille");

function buffer(columns: number, ...rows: string[]): CellBuffer {
  const made = new CellBuffer(columns, rows.length);
  rows.forEach((row, y) => made.write(0, y, row, 0));
  return made;
}

Deno.test("equal frames cost nothing", () => {
  assert.equal(diff(buffer(8, "same"), buffer(8, "same"), sgr), "");
});

Deno.test("one changed cell costs one cursor movement, its style and a reset", () => {
  assert.equal(diff(buffer(8, "abc", "def"), buffer(8, "abc", "dXf"), sgr), "\x1b[2;2H\x1b[0mX\x1b[0m");
});

Deno.test("near changes are joined by writing what lies between, far ones by moving", () => {
  assert.equal(diff(buffer(20, "a b"), buffer(20, "x y"), sgr), "\x1b[1;1H\x1b[0mx y\x1b[0m");
  const old = buffer(20, "a234567890b");
  const next = buffer(20, "x234567890y");
  assert.equal(diff(old, next, sgr), "\x1b[1;1H\x1b[0mx\x1b[9Cy\x1b[0m");
});

Deno.test("an unknown screen is cleared and drawn whole", () => {
  assert.equal(diff(undefined, buffer(4, "ab"), sgr), "\x1b[0m\x1b[2J\x1b[1;1H\x1b[0mab\x1b[0m");
  assert.equal(diff(buffer(5, "ab"), buffer(4, "ab"), sgr), diff(undefined, buffer(4, "ab"), sgr));
});

const COLUMNS = 12;
const ROWS = 3;
const write = fc.record({
  x: fc.nat(COLUMNS),
  y: fc.nat(ROWS - 1),
  text: fc.array(fc.constantFrom("a", "b", " ", "⣿", "日", "🚀", "e\u0301"), { maxLength: 8 }).map((t) =>
    t.join("")
  ),
  style: fc.nat(STYLES.length - 1),
});

function painted(writes: readonly { x: number; y: number; text: string; style: number }[]): CellBuffer {
  const made = new CellBuffer(COLUMNS, ROWS);
  for (const { x, y, text, style } of writes) made.write(x, y, text, style);
  return made;
}

/** What a terminal shows after these texts. */
async function shown(...texts: string[]): Promise<{ cells: unknown; text: string }> {
  const screen = new XtermScreen(COLUMNS, ROWS);
  screen.write("\x1b[?7l" + texts.join(""));
  return { cells: (await screen.picture()).cells, text: await screen.text() };
}

Deno.test("whatever was on the screen, a difference leaves exactly the next frame there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { maxLength: 8 }),
      fc.array(write, { maxLength: 8 }),
      async (before, after) => {
        const first = painted(before);
        const second = painted(after);
        const [changed, fresh] = await Promise.all([
          shown(diff(undefined, first, sgr), diff(first, second, sgr)),
          shown(diff(undefined, second, sgr)),
        ]);
        assert.deepEqual(changed, fresh);
        assert.equal(changed.text, second.text());
      },
    ),
    { numRuns: 400 },
  );
});
