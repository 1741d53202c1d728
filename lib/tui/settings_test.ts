import assert from "node:assert/strict";
import { adjustable, applySetting, type SetAction, settingText, step } from "./settings.ts";
import type { SettingField, Settings } from "./view.ts";

const SETTINGS: Settings = {
  workers: 4,
  rate: 50_000,
  size: { kind: "fixed", bytes: 1024 },
  batchMessages: 500,
  compression: "lz4",
};

/** Values after each of `times` presses. */
function presses(field: SettingField, direction: 1 | -1, times: number, from = SETTINGS): unknown[] {
  const values: unknown[] = [];
  let now = from;
  for (let i = 0; i < times; i++) {
    const action: SetAction | undefined = step(now, field, direction, 0);
    values.push(action?.value);
    if (action !== undefined) now = applySetting(now, action);
  }
  return values;
}

Deno.test("a consumer has only the settings that it was given", () => {
  assert.deepEqual(adjustable({ workers: 2, rate: "unlimited" }), ["workers", "rate"]);
  assert.equal(adjustable(SETTINGS).length, 5);
});

Deno.test("workers change by one and never below one", () => {
  assert.deepEqual(presses("workers", -1, 4), [3, 2, 1, undefined]);
  assert.deepEqual(presses("workers", 1, 2, { ...SETTINGS, workers: 63 }), [64, undefined]);
});

Deno.test("the rate climbs by about a quarter a step, over powers of ten", () => {
  assert.deepEqual(presses("rate", 1, 6), [60_000, 80_000, 100_000, 120_000, 150_000, 200_000]);
  assert.deepEqual(presses("rate", -1, 3), [40_000, 30_000, 25_000]);
  assert.deepEqual(presses("rate", -1, 2, { ...SETTINGS, rate: 12_345 }), [12_000, 10_000]);
  assert.deepEqual(presses("rate", -1, 2, { ...SETTINGS, rate: 1.2 }), [1, undefined]);
});

Deno.test("above the highest rate there is none, and an unlimited run slows down from what it reaches", () => {
  assert.deepEqual(presses("rate", 1, 2, { ...SETTINGS, rate: 10_000_000 }), ["unlimited", undefined]);
  const free: Settings = { ...SETTINGS, rate: "unlimited" };
  assert.deepEqual(step(free, "rate", -1, 312_000), { kind: "set", field: "rate", value: 300_000 });
  assert.equal(step(free, "rate", -1, 0), undefined);
});

Deno.test("sizes double and halve between 64 bytes and 4 MiB, from any size", () => {
  assert.deepEqual(presses("size", 1, 2), [2048, 4096]);
  assert.deepEqual(presses("size", -1, 5), [512, 256, 128, 64, undefined]);
  const odd: Settings = { ...SETTINGS, size: { kind: "uniform", min: 100, max: 3000 } };
  assert.deepEqual([presses("size", 1, 1, odd), presses("size", -1, 1, odd)], [[2048], [1024]]);
});

Deno.test("batches go through 1, 2, 5, 10 and one message means off", () => {
  assert.deepEqual(presses("batchMessages", -1, 9), [200, 100, 50, 20, 10, 5, 2, 1, undefined]);
  assert.deepEqual(presses("batchMessages", 1, 5), [1000, 2000, 5000, 10_000, undefined]);
  assert.equal(settingText({ ...SETTINGS, batchMessages: 1 }, "batchMessages"), "off");
});

Deno.test("compression goes round in both directions", () => {
  assert.deepEqual(presses("compression", 1, 5), ["zlib", "zstd", "snappy", "none", "lz4"]);
  assert.deepEqual(presses("compression", -1, 2), ["none", "snappy"]);
});

Deno.test("values are shown with their units", () => {
  const texts = adjustable(SETTINGS).map((field) => settingText(SETTINGS, field));
  assert.deepEqual(texts, ["4", "50,000/s", "1 KiB", "500 msg", "lz4"]);
  assert.equal(settingText({ ...SETTINGS, size: { kind: "list", sizes: [1, 2, 3] } }, "size"), "3 sizes");
});
