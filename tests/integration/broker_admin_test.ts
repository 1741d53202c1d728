/** The admin interface of the embedded broker against that of a real one: the same calls, the same answers. */
import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../lib/broker/mod.ts";
import { TestClient } from "../../lib/broker/broker_test_support.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const real = reason === undefined ? await sharedBroker() : undefined;
const test = testUnless(reason);

interface Broker {
  readonly serviceUrl: string;
  readonly adminUrl: string;
}
type Step = readonly [method: string, path: string, body?: unknown];

/** Status of the answer, with its content where that is the caller's own data. */
async function ask({ adminUrl }: Broker, [method, path, body]: Step): Promise<readonly [number, unknown]> {
  const response = await fetch(`${adminUrl}/admin/v2/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok || method !== "GET" || path.includes("tats")) return [response.status, undefined];
  return [response.status, text === "" ? "" : JSON.parse(text)];
}

/** A namespace of this run's own. */
const NAMESPACE = `public/admin-${Deno.pid}-${Date.now().toString(36)}`;
const N = `namespaces/${NAMESPACE}`;
const T = `persistent/${NAMESPACE}`;
const retention = (minutes: number, megabytes: number): unknown => ({
  retentionTimeInMinutes: minutes,
  retentionSizeInMB: megabytes,
});
const quota = (policy: string, limits: Readonly<Record<string, number>>): unknown => ({ ...limits, policy });
const policyCalls = (name: string, ...values: readonly unknown[]): Step[] => [
  ["GET", `${N}/${name}`],
  ...values.flatMap((value): Step[] => [["POST", `${N}/${name}`, value], ["GET", `${N}/${name}`]]),
  ["DELETE", `${N}/${name}`],
  ["GET", `${N}/${name}`],
];

const STEPS: readonly Step[] = [
  ["GET", "tenants/none"],
  ["GET", "namespaces/none"],
  ["PUT", "namespaces/none/x"],
  ["GET", `${N}`],
  ["POST", `${N}/messageTTL`, 5],
  ["PUT", N],
  ["PUT", N],
  ["PUT", "namespaces/public/b%20ad"],
  ["GET", `${N}/topics`],
  ["GET", `${N}/bundles`],
  ...policyCalls("deduplication", true, false),
  ["POST", `${N}/deduplication`],
  ["POST", `${N}/deduplication`, "x"],
  ...policyCalls("messageTTL", 30, -1, 0, "x"),
  ...policyCalls("retention", retention(10, 20), retention(0, 20), retention(-2, 1), retention(-1, -1), {}),
  ...policyCalls("backlogQuotaMap").slice(0, 1),
  ["POST", `${N}/backlogQuota`, quota("producer_exception", { limitSize: 1000 })],
  ["POST", `${N}/backlogQuota`, quota("producer_request_hold", { limit: 2000 })],
  ["POST", `${N}/backlogQuota`, quota("nonsense", { limitSize: 5 })],
  ["POST", `${N}/backlogQuota`, { limitSize: 5 }],
  [
    "POST",
    `${N}/backlogQuota?backlogQuotaType=message_age`,
    quota("consumer_backlog_eviction", {
      limitTime: 10,
    }),
  ],
  ["POST", `${N}/backlogQuota?backlogQuotaType=xx`, quota("consumer_backlog_eviction", { limitTime: 10 })],
  ["GET", `${N}/backlogQuotaMap`],
  ["DELETE", `${N}/backlogQuota`],
  ["DELETE", `${N}/backlogQuota?backlogQuotaType=message_age`],
  ["GET", `${N}/backlogQuotaMap`],
  ["POST", `${N}/retention`, retention(10, 1)],
  ["POST", `${N}/backlogQuota`, quota("producer_exception", { limitSize: 2 ** 20 })],
  ["POST", `${N}/backlogQuota`, quota("producer_exception", { limitSize: 2 ** 20 - 1 })],
  ["DELETE", `${N}/retention`],
  ["POST", `${N}/backlogQuota`, quota("producer_exception", { limitSize: 2 ** 21 })],
  ["POST", `${N}/retention`, retention(10, 2)],
  ["POST", `${N}/retention`, retention(10, 1)],
  ["DELETE", `${N}/backlogQuota`],

  ["PUT", `${T}/t`],
  ["PUT", `${T}/t`],
  ["PUT", `${T}/p/partitions`, 2],
  ["PUT", `${T}/p/partitions`, 2],
  ["PUT", `${T}/p`],
  ["PUT", `${T}/t/partitions`, 2],
  ["PUT", `${T}/q/partitions`, 0],
  ["PUT", `${T}/q/partitions`, "x"],
  ["POST", `${T}/p/partitions`, 3],
  ["POST", `${T}/p/partitions`, 3],
  ["POST", `${T}/p/partitions`, 1],
  ["POST", `${T}/t/partitions`, 3],
  ["GET", `${T}/p/partitions`],
  ["GET", `${T}/t/partitions`],
  ["GET", `${T}/none/partitions`],
  ["GET", `${N}/topics`],
  ["GET", T],
  ["GET", `${T}/partitioned`],
  ["GET", "persistent/public/no-such-namespace"],

  ["PUT", `${T}/t/unload`],
  ["PUT", `${T}/p/unload`],
  ["PUT", `${T}/none/unload`],
  ["PUT", `${N}/unload`],
  ["PUT", `${N}/0x00000000_0x40000000/unload`],
  ["PUT", `${N}/0x00000001_0x40000000/unload`],
  ["PUT", "namespaces/public/no-such-namespace/unload"],

  ["PUT", `${T}/t/subscription/s`, "earliest"],
  ["PUT", `${T}/t/subscription/s`, "earliest"],
  ["PUT", `${T}/t/subscription/x`, "nonsense"],
  ["PUT", `${T}/p/subscription/s`, "latest"],
  ["GET", `${T}/t/subscriptions`],
  ["GET", `${T}/p/subscriptions`],
  ["POST", `${T}/t/subscription/s/expireMessages/1`],
  ["POST", `${T}/t/subscription/none/expireMessages/1`],
  ["POST", `${T}/t/subscription/s/expireMessages/x`],
  ["POST", `${T}/t/all_subscription/expireMessages/1`],
  ["POST", `${T}/t/subscription/s/resetcursor/0`],
  ["POST", `${T}/t/subscription/none/resetcursor/0`],
  ["POST", `${T}/t/subscription/s/skip_all`],
  ["POST", `${T}/t/subscription/none/skip_all`],
  ["GET", `${T}/t/subscription/s`],
  ["DELETE", `${T}/t/subscription/s`],
  ["DELETE", `${T}/t/subscription/s`],
  ["DELETE", `${T}/p/subscription/s`],
  ["DELETE", `${T}/p/subscription/s`],

  ["GET", `${T}/t/stats`],
  ["GET", `${T}/p/stats`],
  ["GET", `${T}/t/partitioned-stats`],
  ["GET", `${T}/p/partitioned-stats`],
  ["GET", `${T}/p/internalStats`],
  ["POST", `${T}/p/terminate`],
  ["POST", `${T}/t/terminate/partitions`],
  ["POST", `${T}/t/terminate`],
  ["POST", `${T}/t/terminate`],
  ["POST", `${T}/p/terminate/partitions`],

  ["DELETE", `${T}/p`],
  ["DELETE", N],
  ["DELETE", `${N}?force=true`],
  ["DELETE", `${T}/t/partitions`],
  ["DELETE", `${T}/p/partitions`],
  ["DELETE", `${T}/p/partitions`],
  ["DELETE", `${T}/t`],
  ["DELETE", `${T}/t`],
  ["DELETE", N],
  ["DELETE", N],
];

test("each call of the admin interface is answered as by a real broker", async () => {
  const embedded = await EmbeddedBroker.start();
  try {
    for (const step of STEPS) {
      const expected = await ask(real!, step);
      const got = await ask(embedded, step);
      assert.deepEqual(got, expected, `${step[0]} ${step[1]} ${JSON.stringify(step[2])}`);
    }
  } finally {
    await embedded.stop();
  }
});

/** What a client is sent, in an order that does not depend on the broker. */
async function sent(client: TestClient, count: number): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const { name, body } = await client.takeAny();
    if (name === "ping") continue;
    const { producerId, consumerId } = body as { producerId?: unknown; consumerId?: unknown };
    names.push(`${name} ${producerId ?? consumerId}`);
  }
  return names.sort();
}

async function attach(client: TestClient, topic: string, id: number): Promise<void> {
  await client.request("lookup", { topic });
  assert.equal((await client.producer(topic, { producerId: id, producerName: "p" })).name, "producerSuccess");
}

test("what an admin does reaches clients as from a real broker: unload, expiry, delete, terminate", async () => {
  const embedded = await EmbeddedBroker.start();
  try {
    for (const broker of [real!, embedded]) {
      const name = `${NAMESPACE}-effects`;
      const [topic, path] = [`persistent://${name}/t`, `persistent/${name}/t`];
      await ask(broker, ["PUT", `namespaces/${name}`]);
      await ask(broker, ["PUT", path]);
      const status = async (...step: Step): Promise<number> => (await ask(broker, step))[0];
      const client = await TestClient.connect(broker.serviceUrl);
      await attach(client, topic, 1);
      await client.subscribe(topic, "s", { consumerId: 1 }, 2);
      await client.subscribe(topic, "reader", { consumerId: 2, durable: false }, 0);
      for (let index = 0; index < 6; index++) {
        const publishTime = Date.now() - (index < 3 ? 3_600_000 : 0);
        client.publish({ texts: [`${index}`], sequenceId: index, publishTime });
        await client.take("sendReceipt");
      }
      await client.deliveries(2);
      assert.equal(await status("POST", `${path}/subscription/s/expireMessages/100`), 204);
      client.send("flow", { consumerId: 1, messagePermits: 1 });
      assert.deepEqual(await client.texts(1), ["3"], "what was old is skipped, held or not");

      assert.equal(await status("PUT", `${path}/unload`), 204);
      assert.deepEqual(await sent(client, 3), ["closeConsumer 1", "closeConsumer 2", "closeProducer 1"]);
      await attach(client, topic, 1);
      await client.subscribe(topic, "s", { consumerId: 1 }, 10);
      assert.deepEqual(await client.texts(3), ["3", "4", "5"], "what was not acknowledged is still there");
      assert.deepEqual((await ask(broker, ["GET", `${path}/subscriptions`]))[1], ["s"]);

      assert.equal(await status("PUT", `namespaces/${name}/unload`), 204);
      assert.deepEqual(await sent(client, 2), ["closeConsumer 1", "closeProducer 1"]);
      await attach(client, topic, 1);
      await client.subscribe(topic, "s", { consumerId: 1 }, 0);
      assert.equal(await status("DELETE", `${path}/subscription/s`), 412);
      assert.equal(await status("DELETE", path), 412);
      assert.equal(await status("DELETE", `${path}/subscription/s?force=true`), 204);
      assert.deepEqual(await sent(client, 1), ["closeConsumer 1"]);
      assert.equal(await status("POST", `${path}/terminate`), 200);
      assert.deepEqual(await sent(client, 1), ["closeProducer 1"]);
      assert.equal(await status("DELETE", `${path}?force=true`), 204);
      assert.equal(await status("DELETE", `namespaces/${name}`), 204);
      await client.close();
    }
  } finally {
    await embedded.stop();
  }
});
