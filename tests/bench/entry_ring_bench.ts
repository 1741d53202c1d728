/** Cost of noting where an entry lies, once per entry: `deno bench -P --no-check tests/bench/entry_ring_bench.ts`. */
import { createEntryRing, EntryRing } from "../../lib/load/worker/entry_ring.ts";

const ring = new EntryRing(createEntryRing());
let next = 0;

Deno.bench("an entry is noted", () => {
  next += 100;
  ring.write(3, 0x3003, next, 100, 12, next, 1.7e15 + next, false);
});
