/** Where subscriptions stand: seek, readers, last message, end of the topic. */
import assert from "node:assert/strict";
import { U64_MAX } from "../../wire/protobuf.ts";
import { errorOf, numbers, plain, TestClient, withBroker } from "../broker_test_support.ts";

const SHARED = 1;

Deno.test(
  "seeking to an id sends the consumer away and starts again there",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    await client.publishAll(numbers(5));
    const got = await client.deliveries(5);
    client.ack(got);
    const answer = await client.request("seek", { consumerId: 1, messageId: got[2]!.body.messageId });
    assert.equal(answer.name, "success");
    assert.equal((await client.take("closeConsumer")).requestId, U64_MAX);
    await client.subscribe("t", "s");
    assert.deepEqual(await client.texts(3), ["2", "3", "4"]);
    await client.close();
  }),
);

Deno.test(
  "seeking to earliest, to latest and to a publish time",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    for (let index = 0; index < 6; index++) {
      client.publish({ texts: [`${index}`], sequenceId: index, publishTime: 1000 + index * 10 });
    }
    await client.deliveries(6);
    const restart = async (where: object): Promise<void> => {
      await client.request("seek", { consumerId: 1, ...where });
      await client.take("closeConsumer");
      await client.subscribe("t", "s");
    };
    await restart({ messageId: { ledgerId: U64_MAX, entryId: U64_MAX } });
    assert.deepEqual(await client.texts(6), numbers(6));
    await restart({ messagePublishTime: 1025 });
    assert.deepEqual(await client.texts(3), ["3", "4", "5"]);
    const latest = 0x7fff_ffff_ffff_ffffn;
    await restart({ messageId: { ledgerId: latest, entryId: latest } });
    client.publish({ texts: ["6"], sequenceId: 6 });
    assert.deepEqual(await client.texts(1), ["6"]);
    await client.close();
  }),
);

Deno.test(
  "unsubscribing deletes the subscription, but not under other consumers",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "s", { subType: SHARED });
    await client.subscribe("t", "s", { subType: SHARED, consumerId: 2 });
    assert.equal(errorOf(await client.request("unsubscribe", { consumerId: 1 })), "MetadataError");
    await client.request("closeConsumer", { consumerId: 2 });
    assert.equal((await client.request("unsubscribe", { consumerId: 1 })).name, "success");
    assert.deepEqual((await broker.stats("t")).subscriptions, {});
    await client.close();
  }),
);

Deno.test(
  "the last message id is -1 of an empty topic, then the last entry's, with the batch index of a batch",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    const last = async (): Promise<{ entryId: unknown; batchIndex?: number }> => {
      const { body } = await client.request("getLastMessageId", { consumerId: 1 });
      return (body as unknown as { lastMessageId: { entryId: unknown; batchIndex?: number } }).lastMessageId;
    };
    assert.equal((await last()).entryId, U64_MAX);
    await client.publishAll(["a"]);
    assert.deepEqual([(await last()).entryId, (await last()).batchIndex], [0, undefined]);
    client.publish({ texts: ["b", "c"], sequenceId: 1 });
    await client.take("sendReceipt");
    assert.deepEqual([(await last()).entryId, (await last()).batchIndex], [1, 1]);
    client.publish({ texts: ["d"], sequenceId: 3, isBatch: true });
    await client.take("sendReceipt");
    assert.deepEqual([(await last()).entryId, (await last()).batchIndex], [2, 0]);
    await client.close();
  }),
);

Deno.test(
  "consumers of a terminated topic are told once they have acknowledged everything",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    await client.publishAll(["a"]);
    const got = await client.deliveries(1);
    await broker.terminate("t");
    await client.settle();
    assert.ok(!client.waiting.includes("reachedEndOfTopic"));
    client.ack(got);
    assert.equal((await client.take("reachedEndOfTopic")).consumerId, 1);
    await client.close();
  }),
);

Deno.test(
  "a reader starts with the message it names, which its client drops when it has read it, and leaves nothing behind",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "keeper");
    await client.publishAll(numbers(4));
    const got = await client.deliveries(4);
    const read = async (startMessageId: object): Promise<string> => {
      const options = { durable: false, consumerId: 2, startMessageId: startMessageId as never };
      await client.subscribe("t", "reader", options);
      const text = (await client.delivery()).texts[0]!;
      await client.request("closeConsumer", { consumerId: 2 });
      while (client.waiting.includes("message")) await client.delivery();
      return text;
    };
    const { messageId } = got[1]!.body;
    assert.equal(await read(messageId), "1");
    assert.equal(
      await read({ ledgerId: messageId.ledgerId, entryId: U64_MAX }),
      "0",
      "before the first entry",
    );
    assert.equal(await read({ ...got[1]!.body.messageId, batchIndex: 0 }), "1");
    assert.equal(await read({ ledgerId: U64_MAX, entryId: U64_MAX }), "0");
    assert.deepEqual(Object.keys((await broker.stats("t")).subscriptions), ["keeper"]);
    await client.close();
  }),
);

Deno.test(
  "seeking into a batch delivers it with what is left from there",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    client.publish({ texts: ["a", "b", "c"], sequenceId: 0 });
    const { body: { messageId } } = await client.delivery();
    await client.request("seek", { consumerId: 1, messageId: { ...messageId, ackSet: [0b110n] } });
    await client.take("closeConsumer");
    await client.subscribe("t", "s", {}, 10);
    assert.deepEqual((await client.delivery()).body.ackSet, [0b110]);
    const stats = (await broker.stats("t")).subscriptions["s"]!;
    assert.deepEqual([stats.unackedMessages, stats.consumers[0]!.availablePermits], [2, 8]);
    await client.close();
  }),
);

Deno.test(
  "a cumulative acknowledgement into a batch leaves the rest of it",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s");
    client.publish({ texts: ["a"], sequenceId: 0 });
    client.publish({ texts: ["b", "c", "d"], sequenceId: 1 });
    const [, batch] = await client.deliveries(2);
    const messageId = [{ ...batch!.body.messageId, ackSet: [0b100n], batchSize: 3 }];
    await client.request("ack", { consumerId: 1, ackType: 1, messageId });
    const stats = (await broker.stats("t")).subscriptions["s"]!;
    assert.deepEqual([stats.msgBacklog, stats.unackedMessages], [1, 1]);
    client.send("redeliver", { consumerId: 1 });
    assert.deepEqual((await client.delivery()).body.ackSet, [0b100]);
    await client.close();
  }),
);

Deno.test(
  "all consumers of a sought subscription are sent away, the others stay",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("t", "s", { subType: SHARED, consumerId: 1 });
    await client.subscribe("t", "s", { subType: SHARED, consumerId: 2 });
    await client.subscribe("t", "other", { consumerId: 3 });
    await client.request("seek", { consumerId: 1, messagePublishTime: 0 });
    const closed = [await client.take("closeConsumer"), await client.take("closeConsumer")];
    assert.deepEqual(closed.map(({ consumerId }) => consumerId), [1, 2]);
    await client.settle();
    assert.deepEqual(client.waiting, []);
    assert.equal((await broker.stats("t")).subscriptions["other"]!.consumers.length, 1);
    assert.equal(errorOf(await client.request("seek", { consumerId: 3 })), "MetadataError");
    await client.close();
  }),
);
