/**
 * The engine switched off: a worker that fills and sends batches like a producer of a run, but takes no slots, keeps
 * no figures and writes no verification header. What a run takes longer than this is what the engine costs.
 */
import { setImmediate } from "node:timers";
import type { OutgoingEntry } from "../../lib/client/mod.ts";
import type { ProducerConfig } from "../../lib/config/run_config.ts";
import { wallMicros } from "../../lib/load/clock.ts";
import { Generator, type Stream } from "../../lib/load/generator/generator.ts";
import { connectClient } from "../../lib/load/worker/connect_client.ts";

export interface BareRequest {
  readonly config: ProducerConfig;
  readonly worker: number;
  readonly count: number;
}

/** Reads receipts as often as a producer of a run. */
const TURN_MS = 0.5;

self.onmessage = async ({ data }: MessageEvent<BareRequest>) => {
  const { config, worker, count } = data;
  const client = await connectClient(config);
  const generator = new Generator({
    ...config,
    verify: "off",
    runHash: 0,
    producer: `bare-${worker}`,
    worker,
    keyPerBatch: true,
  });
  let inFlight = 0;
  let settled: (() => void) | undefined;
  const producer = await client.createEntryProducer({
    topic: config.topic,
    bodyCapacity: Math.max(config.batchBytes, generator.largestEntry),
    compression: config.compression,
    maxInFlight: 512,
    onReceipt: (entry: OutgoingEntry) => {
      inFlight -= entry.count;
      settled?.();
    },
  });
  self.postMessage("ready");
  await new Promise((resolve) => self.onmessage = resolve);
  const stream: Stream = { id: worker, next: 0 };
  let turnAt = 0;
  while (stream.next < count) {
    const wanted = Math.min(config.batchMessages, count - stream.next);
    const entry = inFlight + wanted <= config.maxInFlight ? producer.take() : undefined;
    if (entry === undefined) {
      await new Promise<void>((resolve) => settled = resolve);
      continue;
    }
    const now = wallMicros();
    const written = generator.fillBatch(entry.body, stream, wanted, config.batchBytes, now, 0, now);
    producer.send(entry, generator.end, written, true);
    inFlight += written;
    if (performance.now() < turnAt) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnAt = performance.now() + TURN_MS;
  }
  await producer.flush();
  self.postMessage("done");
  await client.close();
};
