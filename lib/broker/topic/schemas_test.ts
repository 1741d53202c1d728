import assert from "node:assert/strict";
import type { Command } from "../../wire/command.ts";
import type { Schema } from "../../wire/messages.ts";
import { EmbeddedBroker } from "../embedded_broker.ts";
import { errorOf, plain, TestClient, withBroker } from "../broker_test_support.ts";

const STRING = 1;
const JSON_TYPE = 2;
const AVRO = 4;
const AUTO_CONSUME = 21;

function schema(type: number, data: string): Schema {
  return {
    name: "s",
    type,
    schemaData: new TextEncoder().encode(data),
    properties: [{ key: "a", value: "b" }],
  };
}

/** The version that an answer carries, as a number; undefined for the empty one. */
function versionOf({ body }: Command): number | undefined {
  const { schemaVersion } = body as { schemaVersion?: Uint8Array };
  assert.ok(schemaVersion !== undefined, "the answer carries no schema version");
  if (schemaVersion.length === 0) return undefined;
  assert.equal(schemaVersion.length, 8);
  return Number(new DataView(schemaVersion.buffer, schemaVersion.byteOffset).getBigUint64(0));
}

Deno.test(
  "a producer's answer carries the version of its schema, an empty one when it has none",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    const create = async (producerId: number, given?: Schema): Promise<number | undefined> =>
      versionOf(
        await client.producer("t", { producerId, ...(given === undefined ? {} : { schema: given }) }),
      );
    assert.equal(await create(1), undefined);
    assert.equal(await create(2, schema(AVRO, "one")), 0);
    assert.equal(await create(3, schema(AVRO, "two")), 1);
    assert.equal(await create(4, schema(AVRO, "one")), 0);
    assert.equal(await create(5, schema(AUTO_CONSUME, "")), undefined);
    // The same producer asks again.
    assert.equal(await create(3, schema(AVRO, "two")), 1);
    await client.close();
  }),
);

Deno.test(
  "a schema is found by its version, the latest without one, and partitions share theirs",
  withBroker(plain, async (broker) => {
    await broker.createPartitionedTopic("p", 2);
    const client = await TestClient.connect(broker);
    const first = schema(JSON_TYPE, "1");
    assert.equal(
      versionOf(await client.request("getOrCreateSchema", { topic: "p-partition-0", schema: first })),
      0,
    );
    const second = schema(JSON_TYPE, "2");
    assert.equal(versionOf(await client.request("getOrCreateSchema", { topic: "p", schema: second })), 1);
    for (const topic of ["p", "p-partition-1"]) {
      const latest = await client.request("getSchema", { topic });
      assert.deepEqual((latest.body as { schema?: Schema }).schema, second);
      assert.equal(versionOf(latest), 1);
      const schemaVersion = new Uint8Array(8);
      const old = await client.request("getSchema", { topic, schemaVersion });
      assert.deepEqual((old.body as { schema?: Schema }).schema, first);
    }
    await client.close();
  }),
);

Deno.test(
  "what cannot be found is answered, and so is a schema for a topic that does not exist",
  withBroker(plain, async (broker) => {
    await broker.createTopic("t");
    const client = await TestClient.connect(broker);
    const failureOf = async (answer: Promise<Command>): Promise<number | undefined> =>
      ((await answer).body as { errorCode?: number }).errorCode;
    const notFound = 11;
    assert.equal(await failureOf(client.request("getSchema", { topic: "t" })), notFound);
    assert.equal(await failureOf(client.request("getSchema", { topic: "nowhere" })), notFound);
    const given = schema(STRING, "");
    assert.equal(
      await failureOf(client.request("getOrCreateSchema", { topic: "u", schema: given })),
      notFound,
    );
    await client.request("getOrCreateSchema", { topic: "t", schema: given });
    for (const bytes of [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 0, 0, 0, 0], [0]]) {
      const schemaVersion = Uint8Array.from(bytes);
      assert.equal(await failureOf(client.request("getSchema", { topic: "t", schemaVersion })), notFound);
    }
    const invalidName = 17;
    assert.equal(await failureOf(client.request("getSchema", { topic: "a/b" })), invalidName);
    await client.close();
  }),
);

Deno.test(
  "a schema of another type is refused, to producers and consumers alike",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.producer("t", { schema: schema(AVRO, "x") });
    const refused = await client.producer("t", { producerId: 2, schema: schema(JSON_TYPE, "x") });
    assert.equal(errorOf(refused), "IncompatibleSchema");
    assert.match((refused.body as { message: string }).message, /one of type Avro, the new one is Json/);
    assert.equal(
      errorOf(await client.subscribe("t", "s", { schema: schema(STRING, "") }, 0)),
      "IncompatibleSchema",
    );
    assert.equal((await client.subscribe("t", "s", { schema: schema(AVRO, "y") }, 0)).name, "success");
    // A consumer's schema is compared, not kept.
    assert.equal(versionOf(await client.request("getSchema", { topic: "t" })), 0);
    await client.close();
  }),
);

Deno.test(
  "a consumer's schema becomes that of an unused topic; a topic in use without one refuses it",
  withBroker(plain, async (broker) => {
    const client = await TestClient.connect(broker);
    await client.subscribe("new", "s", { schema: schema(AVRO, "x") }, 0);
    assert.equal(versionOf(await client.request("getSchema", { topic: "new" })), 0);
    await client.producer("used");
    const refused = await client.subscribe("used", "s", { consumerId: 2, schema: schema(AVRO, "x") }, 0);
    assert.equal(errorOf(refused), "IncompatibleSchema");
    const reads = await client.subscribe("used", "s", { consumerId: 2, schema: schema(AUTO_CONSUME, "") }, 0);
    assert.equal(reads.name, "success");
    await client.close();
  }),
);

Deno.test(
  "schemas take of the broker's memory, which a deleted topic gives back",
  withBroker(
    () => new EmbeddedBroker({ maxBacklogBytes: 1024 * 1024, maxMessageSize: 256 * 1024 }),
    async (broker) => {
      const client = await TestClient.connect(broker);
      await broker.createTopic("t");
      const before = (await broker.brokerStats()).backlogBytes;
      let answer: Command;
      let count = 0;
      do {
        const given = schema(AVRO, `${count++}`.padEnd(100_000));
        answer = await client.request("getOrCreateSchema", { topic: "t", schema: given });
        assert.ok(count < 20, "schemas are stored without end");
      } while ((answer.body as { errorCode?: number }).errorCode === undefined);
      assert.match((answer.body as { errorMessage: string }).errorMessage, /no room for a schema/);
      await broker.deleteTopic("t");
      await broker.createTopic("t");
      assert.equal((await broker.brokerStats()).backlogBytes, before);
      await client.close();
    },
  ),
);
