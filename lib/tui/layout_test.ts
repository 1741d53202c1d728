import assert from "node:assert/strict";
import { demoLayout, fitsPanels, type Frame, layout, ROOMY } from "./layout.ts";
import { sampleSnapshot, sampleView } from "./sample_run_test_support.ts";
import type { Size, View } from "./view.ts";

const SIZES: Size[] = [
  [60, 20],
  [60, 90],
  [79, 24],
  [120, 20],
  [120, 23],
  [80, 24],
  [100, 30],
  [109, 60],
  [110, 34],
  [120, 40],
  [160, 45],
  [200, 60],
  [300, 24],
  [80, 90],
]
  .map(([columns, rows]) => ({ columns: columns as number, rows: rows as number }));

/** Each cell between header and bottom lines belongs to exactly one panel. */
function covers({ places, strip }: Frame, size: Size): void {
  const owners = new Uint8Array(size.columns * size.rows);
  for (const { x, y, width, height, name } of places) {
    assert.ok(height >= 3 && width >= 20, `'${name}' is ${width}×${height} at ${size.columns}×${size.rows}`);
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        const at = row * size.columns + column;
        owners[at] = (owners[at] as number) + 1;
      }
    }
  }
  const last = strip ?? size.rows - 1;
  for (let row = 2; row < last; row++) {
    for (let column = 0; column < size.columns; column++) {
      assert.equal(
        owners[row * size.columns + column],
        1,
        `row ${row}, column ${column} of ${size.columns}×${size.rows}`,
      );
    }
  }
  assert.equal(owners.reduce((sum, n) => sum + n, 0), (last - 2) * size.columns);
}

function variants(role: "producer" | "consumer"): View[] {
  const plain = sampleView(role);
  const failing = sampleSnapshot(role);
  const errors = new Map([["Timeout", 3]]);
  return [
    plain,
    { ...plain, thresholds: [] },
    { ...plain, ui: { ...plain.ui, logs: true } },
    { ...plain, ui: { ...plain.ui, logs: false } },
    { ...plain, snapshot: { ...failing, total: { ...failing.total, errors } } },
  ];
}

Deno.test("panels cover the body without gap or overlap at every size", () => {
  for (const size of SIZES) {
    for (const role of ["producer", "consumer"] as const) {
      for (const view of variants(role)) covers(layout(view, size), size);
    }
    if (!fitsPanels(size, ROOMY)) continue;
    for (const view of variants("producer")) covers(demoLayout(view, size), size);
  }
});

Deno.test("errors appear when there are any, and thresholds when they are set", () => {
  const size = { columns: 80, rows: 24 };
  const names = (view: View): string[] => layout(view, size).places.map((place) => place.name);
  const [plain, bare, , , failing] = variants("producer") as [View, View, View, View, View];
  assert.equal(names(plain).includes("errors"), false);
  assert.equal(names(bare).includes("thresholds"), false);
  assert.equal(names(failing).includes("errors"), true);
});

Deno.test("each panel has the same number at every size", () => {
  const numbers = (size: Size) =>
    new Map(layout(sampleView("producer"), size).places.map((place) => [place.name, place.number]));
  const large = numbers({ columns: 200, rows: 60 });
  for (const [name, number] of numbers({ columns: 80, rows: 24 })) assert.equal(large.get(name), number);
});

Deno.test("below 60×20 there is no room for panels", () => {
  assert.equal(fitsPanels({ columns: 60, rows: 20 }), true);
  assert.equal(fitsPanels({ columns: 59, rows: 24 }), false);
  assert.equal(fitsPanels({ columns: 80, rows: 19 }), false);
});
