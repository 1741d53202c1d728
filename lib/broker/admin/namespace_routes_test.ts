import assert from "node:assert/strict";
import { TestClient } from "../broker_test_support.ts";
import { type Call, withAdmin } from "./admin_test_support.ts";

const N = "namespaces/public/n";

/** Status and reason or text of an answer. */
async function say(call: Call, method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const { status, text } = await call(method, path, body);
  const isJson = /^[[{"0-9tfn]/.test(text);
  const value: unknown = isJson ? JSON.parse(text) : text;
  return [status, (value as { reason?: string } | null)?.reason ?? value];
}

Deno.test("tenants and namespaces are created once, listed, and deleted when they are empty", () =>
  withAdmin(async (call) => {
    assert.deepEqual(await say(call, "GET", "tenants"), [200, ["public"]]);
    assert.deepEqual(await say(call, "PUT", "namespaces/acme/n"), [404, "Tenant does not exist"]);
    assert.deepEqual(await say(call, "PUT", "tenants/acme", {}), [204, ""]);
    assert.deepEqual(await say(call, "PUT", "tenants/acme", {}), [409, "Tenant already exist"]);
    assert.deepEqual(await say(call, "PUT", "namespaces/acme/n"), [204, ""]);
    assert.deepEqual(await say(call, "PUT", "namespaces/acme/n"), [409, "Namespace already exists"]);
    assert.equal((await say(call, "PUT", "namespaces/acme/b%20ad"))[0], 412);
    assert.deepEqual(await say(call, "GET", "namespaces/acme"), [200, ["acme/n"]]);
    assert.deepEqual(await say(call, "DELETE", "tenants/acme"), [
      409,
      "The tenant still has active namespaces",
    ]);
    await call("PUT", "persistent/acme/n/t");
    assert.deepEqual(await say(call, "GET", "namespaces/acme/n/topics"), [200, ["persistent://acme/n/t"]]);
    assert.deepEqual(await say(call, "DELETE", "namespaces/acme/n"), [
      409,
      "Cannot delete non empty namespace",
    ]);
    assert.equal((await say(call, "DELETE", "namespaces/acme/n?force=true"))[0], 405);
    await call("DELETE", "persistent/acme/n/t");
    assert.deepEqual(await say(call, "DELETE", "namespaces/acme/n"), [204, ""]);
    assert.deepEqual(await say(call, "DELETE", "namespaces/acme/n"), [404, "Namespace does not exist"]);
    assert.deepEqual(await say(call, "DELETE", "tenants/acme"), [204, ""]);
    assert.deepEqual(await say(call, "GET", "namespaces/acme"), [404, "Tenant not found"]);
  }));

Deno.test("a namespace comes to be with its first topic too", () =>
  withAdmin(async (call, broker) => {
    const client = await TestClient.connect(broker.serviceUrl);
    await client.producer("persistent://acme/n/t");
    assert.deepEqual(await say(call, "GET", "namespaces/acme"), [200, ["acme/n"]]);
    assert.deepEqual(await say(call, "POST", "namespaces/acme/n/messageTTL", 5), [204, ""]);
    await client.close();
  }));

Deno.test("policies are set, read and taken back one by one", () =>
  withAdmin(async (call) => {
    await call("PUT", N);
    const retention = { retentionTimeInMinutes: 10, retentionSizeInMB: 20 };
    for (
      const [path, value] of [["deduplication", true], ["messageTTL", 0], ["retention", retention]] as const
    ) {
      assert.deepEqual(await say(call, "GET", `${N}/${path}`), [200, ""]);
      assert.deepEqual(await say(call, "POST", `${N}/${path}`, value), [204, ""]);
      assert.deepEqual(await say(call, "GET", `${N}/${path}`), [200, value]);
      assert.deepEqual(await say(call, "DELETE", `${N}/${path}`), [204, ""]);
      assert.deepEqual(await say(call, "GET", `${N}/${path}`), [200, ""]);
    }
    const size = { limitSize: 1000, policy: "producer_exception" };
    const age = { limitTime: 10, policy: "consumer_backlog_eviction" };
    assert.deepEqual(await say(call, "POST", `${N}/backlogQuota`, size), [204, ""]);
    assert.deepEqual(await say(call, "POST", `${N}/backlogQuota?backlogQuotaType=message_age`, age), [
      204,
      "",
    ]);
    assert.deepEqual(await say(call, "GET", `${N}/backlogQuotaMap`), [200, {
      destination_storage: { limit: 1000, limitTime: 0, ...size },
      message_age: { limit: 0, limitSize: 0, ...age },
    }]);
    assert.deepEqual(await say(call, "DELETE", `${N}/backlogQuota`), [204, ""]);
    assert.deepEqual(await say(call, "GET", `${N}/backlogQuotaMap`), [200, {
      message_age: { limit: 0, limitSize: 0, ...age },
    }]);
  }));

Deno.test("a namespace is created with policies and bundles", () =>
  withAdmin(async (call) => {
    const policies = {
      bundles: { numBundles: 3 },
      deduplicationEnabled: true,
      message_ttl_in_seconds: 60,
      retention_policies: { retentionTimeInMinutes: 5, retentionSizeInMB: 6 },
      backlog_quota_map: { destination_storage: { limitSize: 5, policy: "producer_request_hold" } },
    };
    assert.equal((await call("PUT", N, policies)).status, 204);
    const [, got] = await say(call, "GET", N);
    assert.deepEqual(got, {
      ...policies,
      replication_clusters: ["embedded"],
      bundles: { boundaries: ["0x00000000", "0x55555555", "0xaaaaaaaa", "0xffffffff"], numBundles: 3 },
      backlog_quota_map: {
        destination_storage: { limit: 5, limitSize: 5, limitTime: 0, policy: "producer_request_hold" },
      },
      deleted: false,
    });
  }));

Deno.test("policies that cannot be are refused with the value, and change nothing", () =>
  withAdmin(async (call) => {
    await call("PUT", N);
    await call("POST", `${N}/retention`, { retentionTimeInMinutes: 10, retentionSizeInMB: 1 });
    const cases: [string, unknown, number, RegExp][] = [
      ["deduplication", "x", 400, /'x' is neither true nor false/],
      ["messageTTL", -1, 412, /must >= 0/],
      ["messageTTL", 1.5, 400, /'1.5' is no whole number/],
      ["retention", { retentionTimeInMinutes: 0, retentionSizeInMB: 2 }, 400, /Setting a single/],
      ["retention", { retentionTimeInMinutes: -2, retentionSizeInMB: 2 }, 400, /time limit must be >= -1/],
      ["retention", { retentionTimeInMinutes: 1, retentionSizeInMB: "2" }, 400, /retentionSizeInMB: '2'/],
      ["backlogQuota", { limitSize: 5 }, 400, /attribute policy is missing/],
      [
        "backlogQuota",
        { limitSize: 5, policy: "nonsense" },
        400,
        /'nonsense', expected one of producer_request_hold/,
      ],
      [
        "backlogQuota",
        { limitSize: 2 ** 20, policy: "producer_exception" },
        412,
        /exceeds configured retention/,
      ],
      [
        "backlogQuota?backlogQuotaType=xx",
        { limitSize: 5, policy: "producer_exception" },
        404,
        /'xx' is no type/,
      ],
    ];
    for (const [path, body, status, reason] of cases) {
      const [got, text] = await say(call, "POST", `${N}/${path}`, body);
      assert.equal(got, status, `${path} ${JSON.stringify(body)}`);
      assert.match(String(text), reason);
    }
    assert.equal((await call("POST", `${N}/deduplication`)).status, 400);
    assert.equal((await call("POST", "namespaces/public/none/messageTTL", 1)).status, 404);
    const [, policies] = await say(call, "GET", N);
    assert.deepEqual((policies as Record<string, unknown>)["backlog_quota_map"], {});
    await call("DELETE", `${N}/retention`);
    await call("POST", `${N}/backlogQuota`, { limitSize: 2 ** 21, policy: "producer_exception" });
    const smaller = { retentionTimeInMinutes: 1, retentionSizeInMB: 2 };
    const [status, reason] = await say(call, "POST", `${N}/retention`, smaller);
    assert.deepEqual([status, reason], [
      412,
      "Retention Quota must exceed configured backlog quota for namespace.",
    ]);
  }));

Deno.test("unloading a namespace or one of its bundles closes the clients of its topics only", () =>
  withAdmin(async (call, broker) => {
    await call("PUT", N);
    const clients: TestClient[] = [];
    for (const [index, topic] of ["persistent://public/n/a", "persistent://public/n/b", "other"].entries()) {
      const client = await TestClient.connect(broker.serviceUrl);
      await client.producer(topic, { producerName: `p${index}` });
      await client.subscribe(topic, "s");
      clients.push(client);
    }
    const [a, b, other] = clients as [TestClient, TestClient, TestClient];
    assert.equal((await call("PUT", "namespaces/public/none/unload")).status, 404);
    assert.equal((await call("PUT", `${N}/0x00000001_0x40000000/unload`)).status, 412);
    assert.equal((await call("PUT", `${N}/unload`)).status, 204);
    for (const client of [a, b]) {
      await client.take("closeProducer");
      await client.take("closeConsumer");
    }
    await other.settle();
    assert.deepEqual(other.waiting, []);
    // CRC-32 of the two names: 0xfc565f2a and 0x655f0e90, by Python's zlib.
    for (const client of [a, b]) await client.producer(`persistent://public/n/${client === a ? "a" : "b"}`);
    assert.equal((await call("PUT", `${N}/0x40000000_0x80000000/unload`)).status, 204);
    await b.take("closeProducer");
    await a.settle();
    assert.deepEqual(a.waiting, []);
    await Promise.all(clients.map((client) => client.close()));
  }));
