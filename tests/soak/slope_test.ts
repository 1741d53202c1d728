import assert from "node:assert/strict";
import { slopeMibPerMinute, warmSeconds } from "./slope.ts";

const MIB = 2 ** 20;
const line = (mibPerMinute: number, noise: number): { seconds: number; bytes: number }[] =>
  Array.from({ length: 3600 }, (_, seconds) => ({
    seconds,
    bytes: (100 + mibPerMinute * seconds / 60 + (seconds % 2 === 0 ? noise : -noise)) * MIB,
  }));

Deno.test("the slope is that of the line under the noise, and what comes before is left out", () => {
  assert.ok(Math.abs(slopeMibPerMinute(line(0.5, 20), 600) - 0.5) < 0.01);
  assert.ok(Math.abs(slopeMibPerMinute(line(0, 20), 0)) < 0.01);
  const warming = line(0, 0).map((sample) => sample.seconds < 600 ? { ...sample, bytes: 0 } : sample);
  assert.equal(slopeMibPerMinute(warming, 600), 0);
  assert.ok(slopeMibPerMinute(warming, 0) > 0.5);
});

Deno.test("ten minutes are for warming up, or a sixth of a shorter run", () => {
  assert.equal(warmSeconds(3600), 600);
  assert.equal(warmSeconds(180), 30);
  assert.throws(() => slopeMibPerMinute(line(1, 0).slice(0, 20), 19), /1 samples after 19 s/);
});
