/**
 * Cost of the limiter per batch of 100 messages; divide by 100 for the cost per message.
 *
 *     deno bench -P tests/bench/schedule_bench.ts
 */
import { Schedule, type ScheduleOptions } from "../../lib/load/schedule/schedule.ts";
import { ScheduleCursor } from "../../lib/load/schedule/cursor.ts";
import { SCHEDULE_BYTES } from "../../lib/load/schedule/words.ts";
import { SharedWords } from "../../lib/load/schedule/shared_words.ts";

const BATCH = 100;

function cursorAt(rate: number, options: Partial<ScheduleOptions> = {}): [ScheduleCursor, () => number] {
  let now = 1_800_000_000_000_000;
  const words = new SharedWords(new SharedArrayBuffer(SCHEDULE_BYTES), 0, SCHEDULE_BYTES);
  const schedule = new Schedule(words, { catchUp: "bounded", ...options, clock: () => now });
  schedule.setRate(rate);
  now += 10_000;
  return [new ScheduleCursor(words), () => now += BATCH * 1e6 / Math.min(rate, 1e9)];
}

const [limited, limitedTime] = cursorAt(1_000_000);
Deno.bench("100 slots at 1,000,000 msg/s", () => {
  limited.take(limitedTime(), BATCH);
});

const [counted, countedTime] = cursorAt(1_000_000, { count: 2 ** 50 });
Deno.bench("100 slots at 1,000,000 msg/s of a planned count", () => {
  counted.take(countedTime(), BATCH);
});

const [unlimited, unlimitedTime] = cursorAt(Infinity);
Deno.bench("100 slots, unlimited", () => {
  unlimited.take(unlimitedTime(), BATCH);
});
