/** Whole runs whose workers share one thread, over the stand-in of the addon. A process has that thread only once. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertIntact, beginBoth, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";

Deno.test("workers in one thread are added, replaced and taken away, and no message is lost or sent twice", async () => {
  const standIn = join(import.meta.dirname!, "../../driver/native/stand_in_test_support.ts");
  Deno.env.set("PLL_NATIVE_ADDON", standIn);
  try {
    await using lab = await Lab.open();
    const native = { driver: "native", workers: "1" } as const;
    const producer = lab.producer({ ...native, rate: "1000", maxInFlight: "50" });
    const consumer = lab.consumer({ ...native });
    await beginBoth(producer, consumer);
    const sent = (): number => producer.reader.total().counters.messages;
    await until(() => sent() > 300, LONG, producer);
    await Promise.all([producer.resize(4), consumer.resize(3)]);
    await producer.reconfigure({ compression: "lz4" });
    await Promise.all([producer.resize(2), consumer.resize(1)]);
    const before = sent();
    await until(() => sent() > before + 300, LONG, producer);
    void producer.finish("quit");
    const outcome = await lab.finish(producer, consumer);
    const { messages } = outcome.sent.snapshot.total.counters;
    assert.ok(messages > before + 300, `${messages} messages, ${before} before the last change`);
    assert.equal(messagesOf(outcome.sent), messages);
    assert.ok(outcome.sent.streams.length >= 6, "every worker has streams of its own");
    assert.ok(outcome.sent.snapshot.workers.every(({ state }) => state === "stopped"));
    // What a consumer had not read when it left goes to another one.
    assertIntact(outcome.received, messages, { outOfOrder: "any" });
    await assert.rejects(
      lab.producer({ ...native }).connect(),
      /can be loaded only once: start another process/,
    );
  } finally {
    Deno.env.delete("PLL_NATIVE_ADDON");
  }
});
