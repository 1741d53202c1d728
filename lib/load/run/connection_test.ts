import assert from "node:assert/strict";
import { beginBoth, Lab, LONG, until } from "./load_run_test_support.ts";

Deno.test("a producer whose broker is gone for good says what has no receipt, and since when it is not connected", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ workers: "2", rate: "500", durationMs: "2s", batching: "false" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 50, LONG, producer);
  await lab.broker.stop();
  const { delivery, snapshot, failure } = await producer.done;
  assert.equal(failure, undefined);
  assert.ok(delivery.unacknowledged > 0);
  assert.equal(delivery.unacknowledged, snapshot.total.counters.failed);
  const { down, of, seconds, code } = delivery.disconnected!;
  assert.deepEqual([down, of], [2, 2]);
  assert.ok(seconds > 0 && seconds <= 2, `lost at ${seconds} s`);
  assert.match(code, /^Connection/);
  assert.ok((snapshot.total.errors.get("Unacknowledged") ?? 0) > 0, "the kind of failure has a name");
});

Deno.test("a consumer that loses its broker is not idle meanwhile, and ends its time without a connection", async () => {
  await using lab = await Lab.open();
  const consumer = lab.consumer({ workers: "2", idleMs: "400ms", durationMs: "3s" });
  await consumer.connect();
  consumer.begin();
  await lab.broker.stop();
  const { reason, delivery } = await consumer.done;
  assert.equal(reason, "duration", "not 'idle'");
  assert.equal(delivery.unacknowledged, 0);
  assert.equal(delivery.disconnected?.down, 2);
});

Deno.test("a run that has its connections back at the end misses none", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "2000", count: "6000" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  await until(() => producer.reader.total().counters.messages > 500, LONG, producer);
  await lab.broker.hooks.dropConnections();
  const { sent, received } = await lab.finish(producer, consumer);
  assert.deepEqual(sent.delivery, { messages: 6000, planned: 6000, unacknowledged: 0 });
  assert.equal(received.delivery.disconnected, undefined);
});

Deno.test("a reset hides nothing of what the verdict is about", async () => {
  await using lab = await Lab.open();
  const producer = lab.producer({ rate: "3000", count: "3000" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 300, LONG, producer);
  producer.reset();
  const { snapshot, delivery } = await producer.done;
  assert.ok(snapshot.total.counters.messages < 3000);
  assert.deepEqual(delivery, { messages: 3000, planned: 3000, unacknowledged: 0 });
});
