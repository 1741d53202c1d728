/**
 * Memory of the verification of very many messages: real payloads with headers go through all that a consumer keeps of
 * them (verifier, delivery log, latest entries, ledger, live verdict), in order, as batches of 100 from ten producers.
 *
 * deno run --v8-flags=--expose-gc --allow-read tests/bench/verify_memory.ts [messages] [shared]
 *
 * With `shared`, four workers take turns, batch by batch, as on a shared subscription.
 */
import { type BodyTarget, Generator } from "../../lib/load/generator/generator.ts";
import { hashRunId, streamId } from "../../lib/load/header/header.ts";
import { createDeliveryLog, DeliveryLog } from "../../lib/load/verify/delivery_log.ts";
import { Ledger } from "../../lib/load/verify/ledger.ts";
import { Arrival, Verifier } from "../../lib/load/verify/verifier.ts";
import { createEntryRing, EntryRing } from "../../lib/load/worker/entry_ring.ts";

const messages = Number(Deno.args[0] ?? 1e9);
const isShared = Deno.args[1] === "shared";
const BATCH = 100;
const STREAMS = 10;
/** About what a worker receives between two reports at a million messages per second. */
const BATCHES_PER_REPORT = 5000;
const RUN = hashRunId("bench");

/** Bytes in use after a collection: heap and array buffers, shared ones apart. */
function used(): number {
  (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

const generator = new Generator({
  payload: "random",
  size: { kind: "fixed", bytes: 64 },
  compressibility: 0,
  keys: "none",
  keyCount: 1,
  properties: {},
  verify: "count",
  seed: 1,
  runId: "bench",
  runHash: RUN,
  producer: "bench-producer",
  worker: 0,
  keyPerBatch: false,
});
const room = BATCH * generator.largestEntry;
const target: BodyTarget = { buffer: new Uint8Array(room), start: 0, limit: room, memo: undefined };
const streams = Array.from({ length: STREAMS }, (_, lane) => ({ id: streamId(0, 0, lane), next: 0 }));

const before = used();
const type = isShared ? "shared" : "failover";
const deliveries = createDeliveryLog(type, STREAMS);
const log = new DeliveryLog(deliveries, type, STREAMS);
const rings = Array.from({ length: isShared ? 4 : 1 }, () => createEntryRing());
const workers = rings.map((memory) => ({
  verifier: new Verifier(RUN, {}, !isShared),
  ring: new EntryRing(memory),
}));
const ledger = new Ledger(RUN);
const shared = deliveries.byteLength + rings.reduce((sum, { byteLength }) => sum + byteLength, 0);
const tenth = Math.ceil(messages / BATCH / 10);
const batches = messages / BATCH;
const begin = performance.now();
let most = 0;

for (let batch = 0; batch < batches; batch++) {
  const lane = batch % STREAMS;
  const stream = streams[lane]!;
  const { verifier, ring } = workers[Math.floor(batch / STREAMS) % workers.length]!;
  generator.fillBatch(target, stream, BATCH, room, 1.8e15, 1, 1.8e15 + batch);
  const isRepeat = log.note(lane, 1 + Math.floor(batch / 50_000), batch % 50_000);
  const each = generator.end / BATCH;
  for (let index = 0, at = each - 64; index < BATCH; index++, at += each) {
    if (verifier.accept(target.buffer, at, at + 64, isRepeat) !== Arrival.verified) {
      throw new Error("not verified");
    }
  }
  ring.write(lane, stream.id, stream.next, BATCH, 1, batch, 1.8e15 + batch, isRepeat);
  if ((batch + 1) % BATCHES_PER_REPORT === 0) {
    for (const worker of workers) ledger.add(structuredClone(worker.verifier.takeReport()));
    ledger.verdict({ head: "zero", until: ledger.heads() });
  }
  if ((batch + 1) % tenth === 0) {
    const growth = used() - before;
    most = Math.max(most, growth);
    const done = ((batch + 1) * BATCH).toExponential(1);
    console.log(`${done} messages: ${(growth / 2 ** 20).toFixed(2)} MiB grown`);
  }
}
for (const { verifier } of workers) ledger.add(verifier.takeReport());
const expected = streams.map(({ id, next }) => ({ stream: id, next }));
const { lost, duplicates, outOfOrder, verified, exact } = ledger.verdict({ head: "zero", expected });
const seconds = (performance.now() - begin) / 1000;
console.log(
  `${verified} verified in ${
    seconds.toFixed(0)
  } s: ${lost} lost, ${duplicates} duplicated, ${outOfOrder} out of order, ` +
    `exact: ${exact}; at most ${(most / 2 ** 20).toFixed(2)} MiB grown, beside ${
      (shared / 2 ** 20).toFixed(2)
    } MiB of shared memory of fixed size`,
);
