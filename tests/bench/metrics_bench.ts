/**
 * Cost of the metrics per batch of 100 messages (divide by 100 for the cost per message), and of reading them.
 *
 *     deno bench -P tests/bench/metrics_bench.ts
 */
import { WorkerMetrics } from "../../lib/load/metrics/writer.ts";
import { BLOCK_BYTES } from "../../lib/load/metrics/layout.ts";
import { MetricsReader } from "../../lib/load/metrics/reader.ts";

const BATCH = 100;
const memory = new SharedArrayBuffer(10 * BLOCK_BYTES);
const metrics = new WorkerMetrics(memory, 0);
const reader = new MetricsReader(memory, 0, 10, "producer");
const writers = Array.from({ length: 10 }, (_, i) => new WorkerMetrics(memory, i * BLOCK_BYTES));
const START = 1_800_000_000_000_000;
let turn = 0;

/** One batch sent and acknowledged: all that the metrics cost a producer. */
function batch(writer: WorkerMetrics, span: number): void {
  turn = turn * 1103515245 + 12345 & 0x7fffffff;
  const latency = 2000 + turn % 5000;
  writer.recordSend(BATCH);
  writer.setGauges(BATCH, 0);
  writer.recordReceipt(START + span, START, START + span, START + span + latency, BATCH, 102400, 104000);
}

Deno.bench("a batch of 100 sent and acknowledged at 1,000,000 msg/s", () => batch(metrics, 100));
Deno.bench("a batch of 100 sent and acknowledged at 100,000 msg/s", () => batch(metrics, 1000));
Deno.bench("a batch of 100 sent and acknowledged, unlimited (one intended time)", () => batch(metrics, 0));
Deno.bench("a batch of 100 received", () => {
  turn = turn * 1103515245 + 12345 & 0x7fffffff;
  const at = START + turn % 5000;
  metrics.begin();
  metrics.addReceive(BATCH, 102400, 104000, 0);
  metrics.addEndToEnd(at - START, BATCH);
  metrics.end();
});
Deno.bench(
  "a poll of ten workers after 1000 batches each",
  { group: "poll", n: 200, warmup: 20 },
  (bench) => {
    for (const writer of writers) for (let i = 0; i < 1000; i++) batch(writer, 100);
    bench.start();
    reader.poll();
    bench.end();
  },
);
