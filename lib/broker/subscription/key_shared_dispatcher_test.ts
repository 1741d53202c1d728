import assert from "node:assert/strict";
import type { Command } from "../../wire/command.ts";
import { stickySlot } from "../../wire/hash.ts";
import { type Delivery, errorOf, plain, TestClient, withBroker } from "../broker_test_support.ts";

const KEY_SHARED = 3;

/** Publishes `rounds` messages for each of `keys` keys, texts `key/round`. */
async function publishKeys(client: TestClient, keys: number, rounds: number, first = 0): Promise<void> {
  let sequenceId = first * keys;
  for (let round = first; round < first + rounds; round++) {
    for (let key = 0; key < keys; key++) {
      client.publish({ texts: [`k${key}/${round}`], key: `k${key}`, sequenceId: sequenceId++ });
    }
  }
  for (let left = keys * rounds; left > 0; left--) await client.take("sendReceipt");
}

function consumersByKey(deliveries: readonly Delivery[]): Map<string, Set<number>> {
  const map = new Map<string, Set<number>>();
  for (const { texts, body } of deliveries) {
    const key = texts[0]!.split("/")[0]!;
    map.set(key, (map.get(key) ?? new Set()).add(Number(body.consumerId)));
  }
  return map;
}

function assertOrdered(deliveries: readonly Delivery[]): void {
  const last = new Map<string, number>();
  for (const { texts } of deliveries) {
    const [key, round] = texts[0]!.split("/");
    assert.ok(Number(round) > (last.get(key!) ?? -1), `'${texts[0]}' came after round ${last.get(key!)}`);
    last.set(key!, Number(round));
  }
}

Deno.test(
  "one key goes to one consumer, in order, and all consumers get keys",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    for (const consumerId of [1, 2, 3]) await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId });
    await publishKeys(client, 40, 5);
    const got = await client.deliveries(200);
    const owners = consumersByKey(got);
    assert.ok([...owners.values()].every((ids) => ids.size === 1));
    assert.equal(new Set([...owners.values()].flatMap((ids) => [...ids])).size, 3);
    assertOrdered(got);
    await client.close();
  }),
);

Deno.test(
  "the ordering key beats the partition key",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    const split = stickySlot("same");
    const ranges = [{ start: 0, end: split - 1 }, { start: split, end: split }];
    for (const [index, range] of ranges.entries()) {
      const keySharedMeta = { keySharedMode: 1, hashRanges: [range] };
      await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId: index + 1, keySharedMeta });
    }
    for (let index = 0; index < 5; index++) {
      client.publish({ texts: [`${index}`], key: `other-${index}`, orderingKey: "same", sequenceId: index });
    }
    const got = await client.deliveries(5);
    assert.ok(got.every(({ body }) => body.consumerId === 2));
    await client.close();
  }),
);

Deno.test(
  "a key stays with its consumer until that acknowledged, though a newcomer took over its range",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 1 });
    await publishKeys(client, 40, 1);
    const before = await client.deliveries(40);
    await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 2 });
    await publishKeys(client, 40, 1, 1);
    await client.settle();
    // Keys that stayed with consumer 1 go on at once; those that moved wait for the acknowledgements.
    const atOnce: Delivery[] = [];
    while (client.waiting.includes("message")) atOnce.push(await client.delivery());
    assert.ok(atOnce.length > 0 && atOnce.length < 40);
    assert.ok(atOnce.every(({ body }) => body.consumerId === 1));
    client.ack(before);
    const moved = await client.deliveries(40 - atOnce.length);
    assert.ok(moved.every(({ body }) => body.consumerId === 2));
    assertOrdered([...before, ...atOnce, ...moved]);
    await client.close();
  }),
);

Deno.test(
  "what a leaving consumer held goes on in order, before later entries of the same keys",
  withBroker(plain, async (broker) => {
    const [producer, leaving, staying] = await Promise.all([0, 1, 2].map(() => TestClient.connect(broker)));
    await producer!.producer("t");
    await leaving!.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 1 }, 1000);
    await staying!.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 2 }, 1000);
    await publishKeys(producer!, 20, 3);
    await leaving!.settle();
    await staying!.settle();
    const held = leaving!.waiting.filter((name) => name === "message").length;
    assert.ok(held > 0 && held < 60);
    const own = await staying!.deliveries(60 - held);
    await leaving!.close();
    await publishKeys(producer!, 20, 2, 3);
    const rest = await staying!.deliveries(held + 40);
    assertOrdered([...own, ...rest]);
    await Promise.all([producer!.close(), staying!.close()]);
  }),
);

Deno.test(
  "a consumer without permits holds up its own keys only",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t");
    await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 1 }, 0);
    await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 2 });
    await publishKeys(client, 40, 3);
    await client.settle();
    const free: Delivery[] = [];
    while (client.waiting.includes("message")) free.push(await client.delivery());
    assert.ok(free.length > 0 && free.every(({ body }) => body.consumerId === 2));
    client.send("flow", { consumerId: 1, messagePermits: 1000 });
    const late = await client.deliveries(120 - free.length);
    assert.ok(late.every(({ body }) => body.consumerId === 1));
    assertOrdered([...free, ...late]);
    assert.ok(late.every(({ body }) => (body.redeliveryCount ?? 0) === 0));
    await client.close();
  }),
);

Deno.test(
  "sticky ranges that overlap, are empty or out of bounds are refused with ConsumerAssignError",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const attach = (consumerId: number, ...hashRanges: { start: number; end: number }[]): Promise<Command> =>
      client.subscribe("t", "s", {
        subType: KEY_SHARED,
        consumerId,
        keySharedMeta: { keySharedMode: 1, hashRanges },
      }, 0);
    assert.equal((await attach(1, { start: 0, end: 100 })).name, "success");
    assert.equal(errorOf(await attach(2, { start: 100, end: 200 })), "ConsumerAssignError");
    assert.equal(errorOf(await attach(3)), "ConsumerAssignError");
    assert.equal(errorOf(await attach(4, { start: 200, end: 65_536 })), "ConsumerAssignError");
    assert.equal((await attach(5, { start: 101, end: 65_535 })).name, "success");
    assert.equal(
      errorOf(await client.subscribe("t", "s", { subType: KEY_SHARED, consumerId: 6 }, 0)),
      "ConsumerBusy",
    );
    await client.close();
  }),
);
