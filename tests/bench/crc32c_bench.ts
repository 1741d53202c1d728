/**
 * CRC-32C: in place against copied in, and against sliced tables in plain JavaScript.
 *
 * `deno bench tests/bench/crc32c_bench.ts`; bytes per nanosecond = size / time.
 */
import { crc32c, wireMemory } from "../../lib/wire/crc32c.ts";
import { crc32cTables } from "../../lib/wire/crc32c_module.ts";

const tables = crc32cTables();

/** Slicing by 8, the best that plain JavaScript did. */
function javaScript(bytes: Uint8Array, start: number, end: number): number {
  let state = -1;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    state ^= bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    state = tables[1792 + (state & 255)]! ^ tables[1536 + (state >>> 8 & 255)]! ^
      tables[1280 + (state >>> 16 & 255)]! ^ tables[1024 + (state >>> 24)]! ^ tables[768 + bytes[i + 4]!]! ^
      tables[512 + bytes[i + 5]!]! ^ tables[256 + bytes[i + 6]!]! ^ tables[bytes[i + 7]!]!;
  }
  for (; i < end; i++) state = tables[(state ^ bytes[i]!) & 255]! ^ state >>> 8;
  return ~state >>> 0;
}

for (const size of [64, 1024, 4096, 16_384, 131_072, 1_048_576]) {
  const outside = new Uint8Array(size + 3).map((_, i) => i * 131 >>> 3);
  const inside = wireMemory(size + 3);
  inside.set(outside);
  const group = `${size} B`;
  Deno.bench(`in place, ${group}`, { group, baseline: true }, () => {
    crc32c(inside, 3);
  });
  Deno.bench(`copied in, ${group}`, { group }, () => {
    crc32c(outside, 3);
  });
  Deno.bench(`JavaScript tables, ${group}`, { group }, () => {
    javaScript(outside, 3, outside.length);
  });
}
