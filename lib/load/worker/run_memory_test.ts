import assert from "node:assert/strict";
import { CLOCK_LINK_BYTES } from "../clock.ts";
import {
  clockOffset,
  CONTROL_WORDS,
  createRunMemory,
  MAX_WORKERS,
  metricsOffset,
  runLayout,
} from "./run_memory.ts";
import { BLOCK_BYTES } from "../metrics/layout.ts";
import { SCHEDULE_BYTES } from "../schedule/words.ts";
import { wakeBoardBytes } from "../pacing/wake_board.ts";

Deno.test("the parts lie one after another, on cache lines, without overlap, and fill the memory", () => {
  for (const workers of [1, 5, MAX_WORKERS]) {
    const layout = runLayout(workers);
    const parts = [
      [layout.control, CONTROL_WORDS * 4],
      [layout.clocks, workers * CLOCK_LINK_BYTES],
      [layout.schedule, SCHEDULE_BYTES],
      [layout.wake, wakeBoardBytes(workers)],
      [layout.metrics, workers * BLOCK_BYTES],
    ] as const;
    let end = 0;
    for (const [at, bytes] of parts) {
      assert.ok(at >= end && at < end + 64);
      assert.equal(at % 64, 0);
      end = at + bytes;
    }
    assert.equal(layout.bytes, end);
    assert.equal(createRunMemory(layout).byteLength, end);
    assert.equal(
      clockOffset(layout, workers - 1) + CLOCK_LINK_BYTES,
      layout.clocks + workers * CLOCK_LINK_BYTES,
    );
    assert.equal(metricsOffset(layout, workers - 1) + BLOCK_BYTES, end);
  }
});

Deno.test("a number of workers that is out of range is refused by name", () => {
  for (const workers of [0, 65, 1.5, NaN]) {
    assert.throws(() => runLayout(workers), new RegExp(`from 1 to 64, not "${workers}"`));
  }
});
