import assert from "node:assert/strict";
import { Admin, AdminError, type AdminOptions } from "./admin.ts";
import { InvalidNameError } from "./errors.ts";

interface Call {
  readonly method: string;
  readonly url: string;
  readonly body: string | undefined;
  readonly authorization: string | null;
}

type Answer = Response | Error;

/** An admin interface that gives the answers one after the other. */
function stage(
  answers: readonly Answer[],
  options: Partial<AdminOptions> = {},
): { admin: Admin; calls: Call[] } {
  const calls: Call[] = [];
  const left = [...answers];
  const ask = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    calls.push({
      method: init.method!,
      url: String(input),
      body: init.body as string | undefined,
      authorization: new Headers(init.headers).get("authorization"),
    });
    const answer = left.shift();
    assert.ok(answer !== undefined, `nobody expected ${init.method} ${input}`);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { admin: new Admin({ url: "http://host:8080/", fetch: ask as typeof fetch, ...options }), calls };
}

const json = (value: unknown, status = 200): Response => Response.json(value, { status });
const empty = (status = 204): Response => new Response(null, { status });
const lines = (calls: readonly Call[]): string[] =>
  calls.map(({ method, url, body }) =>
    `${method} ${url.replace("http://host:8080/admin/v2", "")}${body === undefined ? "" : ` ${body}`}`
  );

const T = "/persistent/public/default/t";

Deno.test("topics are made, enlarged and deleted by the calls of the admin interface", async () => {
  const { admin, calls } = stage([
    empty(),
    empty(),
    json({ partitions: 2 }),
    json({ partitions: 2 }),
    empty(),
    json({ partitions: 0 }),
    empty(),
    json({ partitions: 3 }),
    empty(),
    json({ partitions: 0 }),
    empty(),
  ]);
  await admin.createTopic("t", 0);
  await admin.createTopic("a/b/t x".replace(" ", ""), 4);
  await admin.ensurePartitions("t", 2);
  await admin.ensurePartitions("t", 5);
  await admin.ensurePartitions("t", 5);
  await admin.deleteTopic("t");
  await admin.terminate("t");
  assert.deepEqual(lines(calls), [
    `PUT ${T}`,
    "PUT /persistent/a/b/tx/partitions 4",
    `GET ${T}/partitions`,
    `GET ${T}/partitions`,
    `POST ${T}/partitions 5`,
    `GET ${T}/partitions`,
    `PUT ${T}/partitions 5`,
    `GET ${T}/partitions`,
    `DELETE ${T}/partitions?force=true`,
    `GET ${T}/partitions`,
    `POST ${T}/terminate`,
  ]);
});

Deno.test("topics move, end and forget what is old by the calls of the admin interface", async () => {
  const { admin, calls } = stage([
    empty(),
    empty(),
    empty(),
    empty(),
    empty(),
    json({ partitions: 2 }),
    empty(),
  ]);
  await admin.unload("t");
  await admin.unloadNamespace("public/default");
  await admin.unloadNamespace("public/default", "0x00000000_0x40000000");
  await admin.expireMessages("t", "a/b", 5);
  await admin.deleteSubscription("t", "a/b");
  await admin.terminate("t");
  assert.deepEqual(lines(calls), [
    `PUT ${T}/unload`,
    "PUT /namespaces/public/default/unload",
    "PUT /namespaces/public/default/0x00000000_0x40000000/unload",
    `POST ${T}/subscription/a%2Fb/expireMessages/5`,
    `DELETE ${T}/subscription/a%2Fb?force=true`,
    `GET ${T}/partitions`,
    `POST ${T}/terminate/partitions`,
  ]);
});

Deno.test("a namespace is created where it is missing, and given the policies that are named and no others", async () => {
  const exists = json({ reason: "Namespace already exists" }, 409);
  const { admin, calls } = stage([exists, empty(), empty(), empty(), empty(), empty()]);
  await admin.ensureNamespace("a/b", {
    deduplication: true,
    retention: { minutes: 10, megabytes: -1 },
    backlogQuota: { bytes: 1000, policy: "producer_exception" },
    ttlSeconds: 60,
  });
  await admin.ensureNamespace("a/c", { bundles: 4 });
  assert.deepEqual(lines(calls), [
    "PUT /namespaces/a/b",
    "POST /namespaces/a/b/deduplication true",
    'POST /namespaces/a/b/retention {"retentionTimeInMinutes":10,"retentionSizeInMB":-1}',
    'POST /namespaces/a/b/backlogQuota?backlogQuotaType=destination_storage {"limitSize":1000,"limitTime":-1,"policy":"producer_exception"}',
    "POST /namespaces/a/b/messageTTL 60",
    'PUT /namespaces/a/c {"bundles":{"numBundles":4}}',
  ]);
  const refusing = stage([json({ reason: "no such tenant" }, 404)]);
  await assert.rejects(refusing.admin.ensureNamespace("x/y"), /no such tenant/);
});

Deno.test("partitions cannot be taken away", async () => {
  const { admin } = stage([json({ partitions: 4 })]);
  await assert.rejects(admin.ensurePartitions("t", 2), (error) => {
    assert.ok(error instanceof AdminError && error.status === 409);
    assert.match(
      error.message,
      /topic 't' has 4 partitions, '2' were asked for: partitions cannot be removed/,
    );
    return true;
  });
});

Deno.test("a topic that does not exist has no partitions, and deleting it is no error", async () => {
  const missing = (): Response => json({ reason: "Topic not found" }, 404);
  const { admin } = stage([missing(), missing(), missing()]);
  assert.equal(await admin.partitions("t"), 0);
  await admin.deleteTopic("t");
  const refusing = stage([json({ partitions: 0 }), json({ reason: "busy" }, 412)]);
  await assert.rejects(refusing.admin.deleteTopic("t"), /HTTP 412: busy/);
  const failing = stage([json({ reason: "oops" }, 500)]);
  await assert.rejects(
    failing.admin.partitions("t"),
    (error) => error instanceof AdminError && error.isRetryable,
  );
});

Deno.test("subscriptions are made at either end, with any name", async () => {
  const { admin, calls } = stage([empty(), empty(), json(["s"])]);
  await admin.createSubscription("t", "a/b", "earliest");
  await admin.createSubscription("t", "s", "latest");
  assert.deepEqual(await admin.subscriptions("t"), ["s"]);
  assert.deepEqual(lines(calls), [
    `PUT ${T}/subscription/a%2Fb "earliest"`,
    `PUT ${T}/subscription/s "latest"`,
    `GET ${T}/subscriptions`,
  ]);
});

Deno.test("statistics are those of the topic, or of all its partitions", async () => {
  const { admin, calls } = stage([
    json({ partitions: 0 }),
    json({ msgInCounter: 1 }),
    json({ partitions: 2 }),
    json({ msgInCounter: 2 }),
  ]);
  assert.equal((await admin.stats("t")).msgInCounter, 1);
  assert.equal((await admin.stats("t")).msgInCounter, 2);
  assert.deepEqual(lines(calls).filter((line) => line.includes("stats")), [
    `GET ${T}/stats`,
    `GET ${T}/partitioned-stats`,
  ]);
});

Deno.test("the token goes along, also to the broker that a redirect names", async () => {
  const redirect = (location: string): Response => new Response(null, { status: 307, headers: { location } });
  const { admin, calls } = stage(
    [
      redirect("http://other:8080/admin/v2/x"),
      empty(),
      redirect("ftp://elsewhere/"),
      redirect("https://safe/"),
    ],
    { token: () => Promise.resolve("secret") },
  );
  await admin.unload("t");
  assert.deepEqual(calls.map(({ url }) => new URL(url).host), ["host:8080", "other:8080"]);
  assert.deepEqual(calls.map(({ authorization }) => authorization), ["Bearer secret", "Bearer secret"]);
  await assert.rejects(admin.unload("t"), /HTTP 307/);
  const loop = stage(Array.from({ length: 6 }, () => redirect("/again")));
  await assert.rejects(loop.admin.unload("t"), /HTTP 307/);
  assert.equal(loop.calls.length, 6);
  const downgrade = stage([redirect("http://open/")], { url: "https://host:8443" });
  await assert.rejects(downgrade.admin.unload("t"), /HTTP 307/);
  assert.equal(downgrade.calls.length, 1, "a token does not leave TLS");
});

for (
  const [answer, reason, code] of [
    [json({ reason: "Topic exists\nat java" }, 409), /HTTP 409: Topic exists$/, "HTTP 409"],
    [json({ reason: "x" }, 401), /HTTP 401: the token is missing, wrong or lacks permission/, "HTTP 401"],
    [
      new Response("<html>", { status: 503, statusText: "Service Unavailable" }),
      /HTTP 503: Service Unavailable/,
      "HTTP 503",
    ],
    [json({}, 500), /no reason given/, "HTTP 500"],
    [
      new TypeError("connection refused"),
      /admin interface http:\/\/host:8080 cannot be reached/,
      "Unreachable",
    ],
  ] as const
) {
  Deno.test(`an admin interface that answers ${code} is quoted`, async () => {
    const { admin } = stage([answer as Answer]);
    await assert.rejects(admin.createTopic("t", 0), (error) => {
      assert.ok(error instanceof AdminError);
      assert.match(error.message, reason);
      assert.equal(error.code, code);
      return true;
    });
  });
}

Deno.test("something else than JSON is quoted in part", async () => {
  const { admin } = stage([new Response("<html>a web page</html>")]);
  await assert.rejects(admin.subscriptions("t"), /answered '<html>a web page<\/html>', expected JSON/);
});

Deno.test("an admin interface that does not answer is given up", async () => {
  const ask = (_: unknown, { signal }: RequestInit): Promise<Response> =>
    new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason)));
  const admin = new Admin({ url: "http://host:8080", timeoutMs: 5, fetch: ask as typeof fetch });
  await assert.rejects(admin.subscriptions("t"), /cannot be reached: no answer within 0.005 s/);
});

Deno.test("an admin URL that is none is named", () => {
  for (const url of ["pulsar://host:6650", "host:8080", "http://host/path"]) {
    assert.throws(() => new Admin({ url }), (error) => {
      assert.ok(error instanceof InvalidNameError && error.message.includes(`'${url}'`));
      return true;
    });
  }
});
