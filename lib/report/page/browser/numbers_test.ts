import assert from "node:assert/strict";
import { bytes, clockTo } from "./numbers.js";

Deno.test("however near they stand, no two ticks of the time axis have the same label", () => {
  for (const step of [0.1, 0.2, 0.5, 1, 5]) {
    const labels = Array.from({ length: 12 }, (_, index) => clockTo(20 + index * step, step));
    assert.equal(new Set(labels).size, labels.length, labels.join(" "));
  }
  assert.equal(clockTo(20.3, 0.1), "0:20.3");
  assert.equal(clockTo(20, 5), "0:20");
});

Deno.test("memory is told in MiB, and in GiB from one on", () => {
  assert.deepEqual([275.4 * 2 ** 20, 2 ** 30, 1.5 * 2 ** 30].map(bytes), ["275 MiB", "1 GiB", "1.5 GiB"]);
});
