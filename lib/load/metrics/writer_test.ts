import assert from "node:assert/strict";
import type { Role } from "../../config/run_config.ts";
import { Histogram } from "../histogram/histogram.ts";
import { bucketIndex } from "../histogram/layout.ts";
import { WorkerMetrics } from "./writer.ts";
import { BLOCK_BYTES, cellsAt, errorNumber, ERRORS, PHASE, rangesAt, SEQUENCE, sumsAt } from "./layout.ts";
import { MetricsReader } from "./reader.ts";
import type { Span } from "../snapshot.ts";

function setup(workers = 1, role: Role = "producer") {
  const memory = new SharedArrayBuffer(workers * BLOCK_BYTES);
  let now = 1_800_000_000_000_000;
  const reader = new MetricsReader(memory, 0, workers, role, () => now);
  const writers = Array.from({ length: workers }, (_, i) => new WorkerMetrics(memory, i * BLOCK_BYTES));
  return { memory, reader, writers, writer: writers[0]!, advance: (micros: number) => now += micros };
}

function cells(histogram: Histogram | undefined): unknown[] {
  return [...histogram!.buckets()];
}

Deno.test("a receipt shows in service time, response time, batch size and all its counters", () => {
  const { reader, writer, advance } = setup();
  const t = 1_800_000_000_000_000;
  writer.recordSend(3);
  writer.recordReceipt(t + 5000, t, t + 2000, t + 6000, 3, 300, 350);
  advance(2e6);
  reader.poll();
  const span = reader.total();
  assert.equal(span.seconds, 2);
  const { messages, bytes, wireBytes, entries, sent, failed } = span.counters;
  assert.deepEqual([messages, bytes, wireBytes, entries, sent, failed], [3, 300, 350, 1, 3, 0]);
  const service = new Histogram();
  service.record(1000, 3);
  const response = new Histogram();
  for (const value of [4000, 5000, 6000]) response.record(value);
  const sizes = new Histogram();
  sizes.record(3);
  assert.deepEqual(cells(span.latency.service), cells(service));
  assert.deepEqual(cells(span.latency.response), cells(response));
  assert.deepEqual(cells(span.batchSize), cells(sizes));
  assert.equal(span.latency.endToEnd, undefined);
});

Deno.test("a received entry shows its end-to-end times, negative ones counted apart", () => {
  const { reader, writer } = setup(1, "consumer");
  writer.begin();
  writer.addReceive(3, 30, 90, 1);
  for (const micros of [2000, 3000, 4000]) writer.addEndToEnd(micros);
  writer.addReceive(2, 20, 60, 0);
  writer.addEndToEnd(-7, 2);
  writer.end();
  reader.poll();
  const span = reader.total();
  assert.equal(span.counters.messages, 5);
  assert.equal(span.counters.redelivered, 1);
  const endToEnd = new Histogram();
  for (const value of [2000, 3000, 4000]) endToEnd.record(value);
  endToEnd.record(-1, 2);
  assert.deepEqual(cells(span.latency.endToEnd), cells(endToEnd));
  assert.equal(span.latency.endToEnd!.negatives, 2);
  assert.equal(span.latency.service, undefined);
});

Deno.test("errors are counted by name, with the messages that failed", () => {
  const { reader, writer } = setup();
  writer.recordError(6, 10);
  writer.recordError(errorNumber("ConnectionClosed"));
  writer.recordError(errorNumber("ConnectionRefused"));
  writer.recordError(errorNumber("no such name"));
  reader.poll();
  const span = reader.total();
  assert.deepEqual([...span.errors], [
    ["ServiceNotReady", 1],
    ["ConnectionRefused", 1],
    ["ConnectionClosed", 1],
    ["Other", 1],
  ]);
  assert.equal(span.counters.failed, 10);
  assert.equal(ERRORS[25], "ProducerFenced");
});

Deno.test("values beyond an hour are saturated and a spread across the ends loses none", () => {
  const { reader, writer } = setup();
  writer.recordReceipt(0, 0, 0, 4e9, 2, 0, 0);
  writer.recordReceipt(0, -100, 100, 0, 201, 0, 0);
  reader.poll();
  const { service, response } = reader.total().latency;
  assert.deepEqual([service!.saturated, service!.total], [2, 203]);
  assert.deepEqual([response!.saturated, response!.negatives, response!.total], [2, 100, 103]);
});

Deno.test("each window has its own stretch, and a reset starts all of them anew", () => {
  const { reader, writer, advance } = setup();
  const panel = reader.window();
  const reporter = reader.window();
  writer.record("missed", 5);
  writer.recordReceipt(0, 0, 0, 100, 10, 10, 10);
  writer.recordLoopLag(700);
  writer.recordLoopLag(300);
  advance(1e6);
  reader.poll();
  const first = panel.take();
  assert.deepEqual([first.counters.messages, first.counters.missed, first.seconds], [10, 5, 1]);
  assert.deepEqual([panel.rateOf(0), panel.lagOf(0), panel.loopLagMicros], [10, 700, 700]);
  writer.recordReceipt(0, 0, 0, 100, 7, 7, 7);
  advance(1e6);
  reader.poll();
  assert.deepEqual([panel.take().counters.messages, panel.loopLagMicros], [7, 0]);
  const both = reporter.take();
  assert.deepEqual([both.counters.messages, both.latency.service!.total, both.seconds], [17, 17, 2]);
  writer.recordReceipt(0, 0, 0, 100, 4, 4, 4);
  reader.reset();
  advance(5e5);
  reader.poll();
  assert.deepEqual([reader.total().counters.messages, reader.total().latency.service!.total], [0, 0]);
  assert.deepEqual([panel.take().counters.messages, reader.elapsed], [0, 0.5]);
  assert.equal(reader.ever("messages"), 21, "what had not been read before the reset too");
  panel.close();
  writer.record("sent", 1);
  reader.poll();
  assert.deepEqual([panel.take().counters.sent, reporter.take().counters.sent], [0, 1]);
});

Deno.test("of two workers the larger lag is shown, whichever is read last", () => {
  const { reader, writers } = setup(2);
  const window = reader.window();
  for (const lags of [[5_000, 2_000], [2_000, 5_000]]) {
    lags.forEach((lag, id) => writers[id]!.recordLoopLag(lag));
    reader.poll();
    window.take();
    assert.equal(window.loopLagMicros, 5_000);
    assert.deepEqual([window.lagOf(0), window.lagOf(1)], lags);
  }
});

Deno.test("every reset begins an epoch, and says when; so does time that begins anew", () => {
  const { reader, writer, advance } = setup();
  const first = reader.since;
  assert.equal(reader.epoch, 0);
  writer.record("messages", 10);
  advance(2e6);
  reader.pause();
  advance(1e6);
  reader.reset();
  assert.deepEqual([reader.epoch, reader.since - first], [1, 3e6], "pauses are part of the wall's time");
  writer.record("messages", 20);
  advance(1e6);
  reader.poll();
  assert.equal(reader.epoch, 1, "more messages than before are no other epoch");
  reader.restartTime();
  assert.deepEqual([reader.epoch, reader.since - first, reader.total().counters.messages], [2, 4e6, 20]);
});

Deno.test("what is counted for life goes on over resets, by worker and in histograms too", () => {
  const { reader, writers } = setup(4);
  const t = 1_800_000_000_000_000;
  for (const [id, messages, micros] of [[0, 10, 100], [1, 20, 200], [1, 5, 900]] as const) {
    writers[id]!.recordReceipt(t, t, t, t + micros, messages, messages, messages);
    writers[id]!.recordError(errorNumber("Timeout"));
    reader.reset();
  }
  writers[0]!.recordReceipt(t, t, t, t + 50, 3, 3, 3);
  reader.poll();
  const { counters, errors, latency, workerMessages } = reader.lifetime(1);
  assert.deepEqual([counters.messages, errors.get("Timeout"), workerMessages], [38, 3, [13, 25]]);
  assert.deepEqual([latency.service!.total, latency.service!.min, latency.service!.max], [38, 50, 900]);
  assert.equal(reader.lifetime().counters.messages, 38, "and asking again adds nothing");
  assert.deepEqual(reader.lifetime(3).workerMessages, [13, 25, 0], "a worker that is there has a count");
  assert.equal(reader.total().counters.messages, 3);
});

Deno.test("pauses don't count as time", () => {
  const { reader, advance } = setup();
  const window = reader.window();
  advance(1e6);
  reader.pause();
  reader.pause();
  advance(10e6);
  assert.equal(reader.elapsed, 1);
  reader.resume();
  advance(2e6);
  assert.equal(reader.elapsed, 3);
  assert.equal(window.take().seconds, 3);
});

Deno.test("totals pass 2^32 although the shared cells have 32 bits", () => {
  const { memory, reader, writer } = setup();
  const u32 = new Uint32Array(memory);
  const f64 = new Float64Array(memory);
  for (let round = 1; round <= 3; round++) {
    writer.recordReceipt(0, 0, 0, 50, 1, 0, 0);
    const phase = u32[PHASE]!;
    u32[cellsAt(phase) + bucketIndex(50)] = 0xffff_ffff;
    f64[sumsAt(phase)] = 0xffff_ffff;
    reader.poll();
    assert.equal(reader.total().counters.messages, round * 0xffff_ffff);
    assert.equal(reader.total().latency.service!.total, round * 0xffff_ffff);
  }
});

Deno.test("a worker caught inside a record is left in peace until it has finished", () => {
  const { reader, writer } = setup();
  writer.begin();
  writer.add("messages", 1);
  reader.poll();
  assert.equal(reader.total().counters.messages, 0);
  writer.add("entries", 1);
  writer.end();
  writer.recordReceipt(0, 0, 0, 1, 5, 0, 0);
  reader.poll();
  assert.deepEqual([reader.total().counters.messages, reader.total().counters.entries], [1, 1]);
  reader.poll();
  assert.deepEqual([reader.total().counters.messages, reader.total().counters.entries], [6, 2]);
  assert.equal(reader.torn, 0);
});

Deno.test("a worker that died inside a record is read, flagged, and its successor goes on", () => {
  const { memory, reader, writer } = setup();
  writer.recordReceipt(0, 0, 0, 1, 5, 0, 0);
  writer.setGauges(17, 99);
  assert.deepEqual([reader.inFlight, reader.behindMicros], [17, 99]);
  writer.begin();
  writer.add("messages", 2);
  reader.poll();
  reader.workerEnded(0, "crashed");
  assert.deepEqual([reader.inFlight, reader.state(0)], [0, "crashed"]);
  reader.poll();
  assert.deepEqual([reader.total().counters.messages, reader.torn], [7, 1]);
  reader.workerStarts(0, 1);
  const successor = new WorkerMetrics(memory, 0);
  assert.equal(new Int32Array(memory)[SEQUENCE]! & 1, 0);
  successor.setState("running");
  successor.recordReceipt(0, 0, 0, 1, 3, 0, 0);
  reader.poll();
  reader.poll();
  const [worker] = reader.workers(reader.window());
  assert.deepEqual([worker!.messages, worker!.restarts, worker!.state], [10, 1, "running"]);
});

Deno.test("a worker that nobody reports dead stops blocking its figures after seconds, not before", () => {
  const { reader, writer, advance } = setup();
  writer.begin();
  writer.add("messages", 1);
  for (let i = 0; i < 100; i++) reader.poll();
  assert.deepEqual([reader.total().counters.messages, reader.torn], [0, 0]);
  advance(6e6);
  reader.poll();
  assert.deepEqual([reader.total().counters.messages, reader.torn], [1, 1]);
});

Deno.test("an untouched histogram is not scanned and a touched one is left clean", () => {
  const { memory, reader, writer } = setup();
  writer.recordReceipt(0, 0, 0, 3_000_000, 1, 0, 0);
  reader.poll();
  const u32 = new Uint32Array(memory);
  for (const phase of [0, 1]) {
    assert.ok(u32.subarray(rangesAt(phase), rangesAt(phase) + 8).every((word) => word === 0));
    assert.ok(u32.subarray(cellsAt(phase), cellsAt(phase) + 4 * 23552).every((word) => word === 0));
  }
});

const RECORDS = 200_000;

Deno.test("no snapshot of workers that write at full speed is ever torn, and nothing is lost", async () => {
  const workers = 2;
  const memory = new SharedArrayBuffer(workers * BLOCK_BYTES + 64);
  const flags = new Int32Array(memory, workers * BLOCK_BYTES, 2);
  const source = `
    import { WorkerMetrics } from ${JSON.stringify(import.meta.resolve("./writer.ts"))};
    import { BLOCK_BYTES } from ${JSON.stringify(import.meta.resolve("./layout.ts"))};
    self.onmessage = ({ data: { memory, id, flagsAt } }) => {
      const flags = new Int32Array(memory, flagsAt, 2);
      const metrics = new WorkerMetrics(memory, id * BLOCK_BYTES);
      Atomics.add(flags, 0, 1);
      while (Atomics.load(flags, 0) < ${workers});
      for (let i = 1; i <= ${RECORDS}; i++) {
        const count = 1 + i % 100;
        const lag = i * 7919 % 5000;
        metrics.recordReceipt(lag, 0, count, 5000 + count, count, count * 10, count * 11);
      }
      Atomics.add(flags, 1, 1);
      self.postMessage("done");
    };`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const threads = Array.from({ length: workers }, () => new Worker(url, { type: "module" }));
  const done = threads.map((thread) => new Promise((resolve) => thread.onmessage = resolve));
  threads.forEach((thread, id) => thread.postMessage({ memory, id, flagsAt: workers * BLOCK_BYTES }));
  const reader = new MetricsReader(memory, 0, workers, "producer");
  const window = reader.window();
  const check = (span: Span): void => {
    const { messages, bytes, wireBytes, entries } = span.counters;
    assert.deepEqual([bytes, wireBytes], [messages * 10, messages * 11]);
    assert.deepEqual([span.latency.service!.total, span.latency.response!.total], [messages, messages]);
    assert.equal(span.batchSize.total, entries);
    let weighted = 0;
    for (const { from, count } of span.batchSize.buckets()) weighted += from * count;
    assert.equal(weighted, messages);
  };
  let polls = 0;
  while (Atomics.load(flags, 1) < workers) {
    reader.poll();
    check(window.take());
    polls++;
    if (polls % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await Promise.all(done);
  for (const thread of threads) thread.terminate();
  URL.revokeObjectURL(url);
  reader.poll();
  reader.poll();
  check(reader.total());
  let expected = 0;
  for (let i = 1; i <= RECORDS; i++) expected += 1 + i % 100;
  assert.equal(reader.total().counters.messages, workers * expected);
  assert.ok(polls > 1);
  assert.equal(reader.torn, 0);
});
