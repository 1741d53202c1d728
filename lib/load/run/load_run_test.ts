import assert from "node:assert/strict";
import {
  assertIntact,
  beginBoth,
  delay,
  Lab,
  LONG,
  messagesOf,
  type Settings,
  settled,
  until,
} from "./load_run_test_support.ts";

Deno.test("a planned number of messages is sent exactly, however many workers share it", async () => {
  await using lab = await Lab.open();
  for (
    const settings of [{ workers: "5", count: "3" }, { workers: "3", count: "20001", batchMessages: "700" }]
  ) {
    const topic = `count-${settings.count}`;
    const producer = lab.producer({ ...settings, topic });
    const consumer = lab.consumer({ topic });
    await beginBoth(producer, consumer);
    const { sent, received } = await lab.finish(producer, consumer);
    assert.equal(sent.reason, "count");
    const count = Number(settings.count);
    const { messages, sent: handed, failed, missed } = sent.snapshot.total.counters;
    assert.deepEqual({ messages, handed, failed, missed }, {
      messages: count,
      handed: count,
      failed: 0,
      missed: 0,
    });
    assertIntact(received, count);
    assert.equal(received.snapshot.total.counters.sent, count, "acknowledged");
    assert.deepEqual(sent.notes, []);
  }
});

Deno.test("a planned time at a rate gives exactly the messages that are due in it, short times too", async () => {
  await using lab = await Lab.open();
  for (const [durationMs, rate, due] of [[1000, 3000, 3000], [150, 1000, 150], [20, 500, 10]] as const) {
    const topic = `time-${durationMs}`;
    const producer = lab.producer({ topic, durationMs: `${durationMs}ms`, rate: String(rate) });
    await producer.connect();
    producer.begin();
    const outcome = await producer.done;
    const { messages, missed } = outcome.snapshot.total.counters;
    assert.equal(outcome.reason, "duration");
    assert.equal(messages + missed, due);
    assert.equal(messagesOf(outcome), messages);
    assert.equal(outcome.snapshot.targetRate, rate, "the rate that the figures are held against");
    assert.ok(Math.abs(outcome.snapshot.elapsed - durationMs / 1000) < 1e-5);
  }
});

Deno.test("batches that wait long to fill lose nothing, whatever is late is given up or not", async () => {
  await using lab = await Lab.open();
  for (const catchUp of ["none", "bounded"]) {
    const producer = lab.producer({
      topic: catchUp,
      rate: "500",
      durationMs: "900ms",
      batchDelayMs: "300ms",
      catchUp,
    });
    await producer.connect();
    producer.begin();
    const { snapshot } = await producer.done;
    const { messages, missed, entries } = snapshot.total.counters;
    assert.equal(messages + missed, 450);
    // A machine that is held up may be late on top of that; losing all that waits would be nearly all of them.
    assert.ok(missed <= 300, `${missed} of 450 missed`);
    assert.ok(entries <= 20, `${entries} batches`);
  }
});

Deno.test("stages are followed to their end, and give the messages that they ask for", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ stages: "200ms:1000,ramp:200ms:3000,burst:200ms:2000:50ms/50ms" });
  await producer.connect();
  producer.begin();
  assert.equal(producer.stage?.count, 3);
  const { reason, snapshot } = await producer.done;
  assert.equal(reason, "stages");
  const { messages, missed } = snapshot.total.counters;
  assert.equal(messages + missed, 200 + 400 + 200);
});

Deno.test("a pause sends nothing, its time does not count, and nothing is made up for afterwards", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "2000", durationMs: "600ms" });
  const consumer = lab.consumer({ idleMs: "0" });
  await beginBoth(producer, consumer);
  await until(() => producer.reader.total().counters.messages > 200, LONG, producer);
  producer.pause();
  assert.equal(producer.schedule.rateAt(), 0);
  consumer.pause();
  assert.equal(producer.phase, "paused");
  const { seconds } = producer.reader.total();
  // What a worker had in hand is still sent; a pause that does not hold would send 2,000 messages a second.
  const paused = await settled(producer, 300);
  assert.equal(paused.seconds, seconds);
  producer.resume();
  consumer.resume();
  assert.equal(producer.phase, "running");
  const { sent, received } = await lab.finish(producer, consumer);
  const { messages, missed } = sent.snapshot.total.counters;
  // A thread that is held up at a switch shifts it a little; making up for the pause would be 600 messages or more.
  assert.ok(Math.abs(messages + missed - 1200) <= 400, `${messages} + ${missed} messages of 1200`);
  assertIntact(received, messages);
});

Deno.test("a new rate holds at once, for the rest of the planned time, through pause and resume", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "1000", durationMs: "3s", warmupMs: "100ms" });
  await producer.connect();
  const asksFor = (rate: number): Promise<void> => until(() => producer.schedule.rateAt() === rate);
  producer.begin();
  assert.equal(producer.phase, "warmup");
  producer.setRate(500);
  await until(() => producer.phase === "running");
  await asksFor(500);
  assert.equal(producer.schedule.rateAt(), 500, "what was asked for in the warm-up");
  await until(() => producer.reader.total().counters.messages > 50, LONG, producer);
  producer.setRate(4000);
  await asksFor(4000);
  assert.equal(producer.schedule.rateAt(), 4000);
  producer.pause();
  producer.setRate(2000);
  assert.equal(producer.schedule.rateAt(), 0);
  producer.resume();
  await asksFor(2000);
  assert.equal(producer.schedule.rateAt(), 2000, "and not the configured one");
  const { reason, snapshot } = await producer.done;
  assert.equal(reason, "duration");
  assert.equal(snapshot.targetRate, 2000);
});

Deno.test("a rate from outside shifts the present stage alone, and not the end of the run", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ stages: "100ms:1000,2s:500" });
  await producer.connect();
  producer.begin();
  producer.setRate(300);
  const late = producer.elapsed;
  await until(() => producer.elapsed > 0.15);
  assert.equal(producer.schedule.rateAt(), 500, "the second stage is what it was");
  const { snapshot } = await producer.done;
  assert.ok(Math.abs(snapshot.elapsed - 2.1) < 1e-3);
  // Until the shift came, the first stage asked for what was planned.
  const before = Math.min(0.1, late) * (1000 - 300);
  const { asked = NaN } = snapshot;
  assert.ok(asked > 30 + 1000 - 2 && asked < 30 + before + 1000 + 2, `${asked} asked for`);
});

Deno.test("figures that start anew change nothing about the end of the run", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ count: "6000", rate: "5000" });
  const consumer = lab.consumer({ count: "6000" });
  await beginBoth(producer, consumer);
  await until(() => producer.reader.total().counters.messages > 500, LONG, producer);
  // Often, so that messages come in the very moment of a reset too.
  for (let i = 0; i < 40; i++) {
    producer.reset();
    consumer.reset();
    await delay(5);
  }
  const [sent, received] = await Promise.all([producer.done, consumer.done]);
  assert.equal(messagesOf(sent), 6000);
  assert.ok(sent.snapshot.total.counters.messages < 6000);
  assert.ok(sent.snapshot.elapsed > sent.snapshot.total.seconds);
  assert.equal(received.reason, "count");
  assert.equal(received.snapshot.integrity!.verified, 6000);
});

Deno.test("the warm-up is left out of the figures, but not out of the verification", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "2000", durationMs: "200ms", warmupMs: "150ms" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  const warm = producer.view().snapshot();
  assert.deepEqual([warm.phase, warm.measured], ["warmup", false]);
  const { sent, received } = await lab.finish(producer, consumer);
  assert.equal(sent.snapshot.measured, true);
  assert.ok(sent.snapshot.epoch > warm.epoch, "what was counted in the warm-up is of another epoch");
  assert.ok(sent.snapshot.since > warm.since && sent.snapshot.since < sent.snapshot.at);
  const { messages, missed } = sent.snapshot.total.counters;
  assert.equal(messages + missed, 400);
  assert.ok(messagesOf(sent) > messages, "the streams hold the warm-up too");
  assertIntact(received, messagesOf(sent));
});

const KINDS: Readonly<Record<string, Settings>> = {
  "a range of sizes": { size: "100-2KiB", payload: "random", compressibility: "50", compression: "lz4" },
  "a list of sizes": { size: "40,1KiB,8KiB", payload: "pattern", compression: "zstd" },
  "routing by key": { keys: "zipf", keyCount: "100", routing: "key-hash", compression: "snappy" },
  "single messages with keys and properties": {
    batching: "false",
    keys: "round-robin",
    keyCount: "7",
    properties: "color=red",
    verify: "strict",
  },
  "one partition for each worker": { payload: "template", template: '{"n":{{seq}}}', routing: "single" },
};
for (const [name, kind] of Object.entries(KINDS)) {
  Deno.test(`messages of all kinds arrive whole through several partitions: ${name}`, async () => {
    await using lab = await Lab.open();
    const producer = lab.producer({ count: "2000", batchMessages: "50", partitions: "4", ...kind });
    const subscriptionType = kind.routing === "key-hash" ? "key-shared" : "shared";
    const consumer = lab.consumer({ subscriptionType });
    await producer.connect();
    await beginBoth(producer, consumer);
    const { received } = await lab.finish(producer, consumer);
    assertIntact(received, 2000);
    const { partitions } = await lab.broker.partitionedStats("tested");
    const used = Object.values(partitions).filter(({ msgInCounter }) => msgInCounter > 1);
    assert.equal(used.length, kind.routing === "single" ? 2 : 4);
  });
}

Deno.test("payloads of a file are sent line by line", async () => {
  await using lab = await Lab.open();
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "first line\nsecond line\n");
  try {
    const producer = lab.producer({ count: "100", payloadFile: file });
    const consumer = lab.consumer();
    await beginBoth(producer, consumer);
    const { received } = await lab.finish(producer, consumer);
    assertIntact(received, 100);
  } finally {
    await Deno.remove(file);
  }
});
