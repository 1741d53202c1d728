import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { factsOf } from "./facts.ts";
import { isOmbWorkload } from "./omb.ts";
import { PULSAR_DRIVER, read, scenarioOf, translated, workload } from "./omb_test_support.ts";

Deno.test("a scenario file is not taken for a workload, nor is a comment that names a key", () => {
  assert.equal(
    isOmbWorkload("topics:\n  load: { count: 3, partitions: 2 }\nproducers:\n  a: { rate: 1k }\n"),
    false,
  );
  assert.equal(isOmbWorkload("# producerRate: 3\nduration: 1m\n"), false);
  assert.equal(isOmbWorkload(""), false);
  assert.equal(isOmbWorkload(workload()), true);
  assert.equal(isOmbWorkload('{ "topics": 1, "messageSize": 100 }'), true);
  assert.equal(isOmbWorkload("topics: [\nproducerRate: 3"), true);
});

Deno.test("without a driver, OMB's own settings hold and the target is left open", () => {
  const made = translated(workload());
  assert.deepEqual(scenarioOf(made), {
    description: "small",
    warmup: "1m",
    duration: "5m",
    topics: { load: { count: 1, partitions: 0, persistent: true, name: "test-{n:7}-{run}" } },
    producers: {
      publish: {
        topics: "load",
        perTopic: 1,
        rate: 1000,
        catchUp: "full",
        size: "1KiB",
        payload: "random",
        maxInFlight: 262_144,
        batchBytes: "1MiB",
        batchMessages: 1024,
        batchDelay: "1ms",
      },
    },
    subscriptions: { sub: { topics: "load", type: "failover", consumers: 1, receiverQueue: 10_000 } },
  });
  assert.equal(made.notes.length, 1);
  assert.match(made.notes[0]!, /^payloadFile is not read/);
});

Deno.test("a driver file gives the target, the namespace with its policies, batches and the receiver queue", () => {
  const made = translated(
    workload(),
    PULSAR_DRIVER.replace("deduplicationEnabled: false", "deduplicationEnabled: true"),
  );
  const { serviceUrl, adminUrl, namespaces, topics, producers } = scenarioOf(made);
  assert.equal(serviceUrl, "pulsar://localhost:6650");
  assert.equal(adminUrl, "http://localhost:8080");
  assert.equal(namespaces["benchmark/ns"].deduplication, true);
  assert.equal(topics.load.namespace, "benchmark/ns");
  assert.equal(producers.publish.batchBytes, "128KiB");
  assert.equal(producers.publish.batchMessages, 128);
  const { scenario } = read(made);
  assert.equal(scenario.topics[0]!.topics[0], "persistent://benchmark/ns/test-0000000-run-1");
  assert.equal(scenario.namespaces[0]!.deduplication, true);
  assert.equal(scenario.subscriptions[0]!.config.subscriptionType, "failover");
  for (const key of ["ioThreads", "connectionsPerBroker", "clusterName", "ensembleSize", "namespacePrefix"]) {
    assert.ok(made.notes.some((note) => note.includes(key)), key);
  }
});

Deno.test("values of the command line take the place of those of either file", () => {
  const made = translated(workload(), PULSAR_DRIVER, {
    topics: "10",
    producerRate: "50k",
    testDurationMinutes: "0.1",
    warmupDurationMinutes: "0.05",
    "consumer.subscriptionType": "Key_Shared",
    "client.serviceUrl": "pulsar://other:6650",
  });
  const { scenario } = read(made);
  assert.equal(scenario.topics[0]!.topics.length, 10);
  assert.equal(scenario.durationMs, 6000);
  assert.equal(scenario.warmupMs, 3000);
  assert.equal(scenario.producers[0]!.config.rate, 50_000);
  assert.equal(scenario.producers[0]!.config.serviceUrl, "pulsar://other:6650");
  assert.equal(scenario.subscriptions[0]!.config.subscriptionType, "key-shared");
});

Deno.test("settings of a driver work without a driver file, and an empty value takes a setting away", () => {
  const made = translated(workload({ consumerPerSubscription: 2 }), undefined, {
    "consumer.subscriptionType": "Shared",
    payloadFile: "",
  });
  assert.equal(scenarioOf(made).subscriptions.sub.type, "shared");
  assert.deepEqual(made.notes, []);
});

Deno.test("OMB's minute of warm-up is shortened for a test that is not longer, and that is said", () => {
  const made = translated(workload(), undefined, { testDurationMinutes: "0.5" });
  assert.equal(scenarioOf(made).warmup, "15s");
  assert.ok(made.notes.some((note) => note.startsWith("warmupDurationMinutes")));
  assert.equal(scenarioOf(translated(workload({ warmupDurationMinutes: 0 }))).warmup, undefined);
});

Deno.test("a rate of 0 is a search, and a test of 0 minutes lasts until it is stopped", () => {
  const made = translated(workload({ producerRate: 0, testDurationMinutes: 0 }));
  const { producers, duration } = scenarioOf(made);
  assert.equal(producers.publish.rate, "max");
  assert.equal(producers.publish.catchUp, undefined);
  assert.equal(duration, undefined);
  assert.equal(scenarioOf(translated(workload({ producerRate: undefined }))).producers.publish.rate, "max");
});

Deno.test("random payloads are as compressible as OMB makes them", () => {
  const random = { payloadFile: undefined, useRandomizedPayloads: true, randomizedPayloadPoolSize: 100 };
  const share = (ratio: number): unknown =>
    scenarioOf(translated(workload({ ...random, randomBytesRatio: ratio }))).producers.publish
      .compressibility;
  assert.equal(share(0.5), 50);
  assert.equal(share(0.3), 70);
  assert.equal(share(0), 100);
  assert.equal(share(1), undefined);
});

Deno.test("keys are as many as OMB has, and choose the partition", () => {
  for (const [word, kind] of [["KEY_ROUND_ROBIN", "round-robin"], ["RANDOM_NANO", "random"]] as const) {
    const made = translated(workload({ keyDistributor: word, partitionsPerTopic: 4 }));
    const { config } = read(made).scenario.producers[0]!;
    assert.equal(config.keys, kind);
    assert.equal(config.keyCount, 10_000);
    assert.equal(config.routing, "key-hash");
    assert.ok(made.notes.some((note) => note.startsWith("keyDistributor")));
  }
  const { config } = read(translated(workload({ keyDistributor: "RANDOM_NANO" }))).scenario.producers[0]!;
  assert.equal(config.routing, "round-robin");
  assert.equal(
    read(translated(workload({ keyDistributor: "NO_KEY" }))).scenario.producers[0]!.config.keys,
    "none",
  );
});

Deno.test("what is on its way is limited by the client's memory and by the queues of all producers", () => {
  const window = (driver: string, values = {}): number =>
    scenarioOf(
      translated(workload({ topics: 2, partitionsPerTopic: 3, producersPerTopic: 4, ...values }), driver),
    )
      .producers.publish.maxInFlight;
  assert.equal(window("client: { clientMemoryLimitMB: 1 }"), 1024);
  assert.equal(window("client: { clientMemoryLimitMB: 1 }\nproducer: { pendingQueueSize: 10 }"), 240);
  assert.equal(window("client: { clientMemoryLimitMB: 0 }"), 10_000_000);
  assert.equal(window("client: { clientMemoryLimitMB: 1 }", { messageSize: "8MiB" }), 1);
});

Deno.test("batches off leaves all their settings out", () => {
  const { publish } =
    scenarioOf(translated(workload(), "producer: { batchingEnabled: false, batchingMaxBytes: 2048 }"))
      .producers;
  assert.equal(publish.batching, false);
  assert.equal(publish.batchBytes, undefined);
});

Deno.test("several subscriptions share the backlog, and the load lasts as long as it takes to grow", () => {
  const made = translated(
    workload({ subscriptionsPerTopic: 3, consumerBacklogSizeGB: 3, producerRate: 1024 }),
  );
  const { scenario } = read(made);
  assert.deepEqual(scenario.subscriptions.map(({ name }) => name), ["sub-0", "sub-1", "sub-2"]);
  assert.ok(scenario.subscriptions.every(({ config }) => config.count === undefined));
  assert.deepEqual(scenario.steps.map(({ action }) => action), [{
    kind: "hold",
    subscriptions: ["sub-0", "sub-1", "sub-2"],
    messages: undefined,
    bytes: 1024 ** 3,
  }]);
  // 1 GiB for each and a receiver queue of 10,000 messages, at 1 MiB/s; and five minutes.
  assert.equal(scenario.durationMs, (1024 + 10) * 1000 + 300_000);
  assert.ok(made.notes.some((note) => note.startsWith("consumerBacklogSizeGB: the load lasts")));
});

Deno.test("a workload may have no subscriptions, or topics that store nothing", () => {
  const { scenario } = read(
    translated(workload({ subscriptionsPerTopic: 0 }), "client: { topicType: non_persistent }"),
  );
  assert.deepEqual(scenario.subscriptions, []);
  assert.equal(scenario.topics[0]!.topics[0], "non-persistent://public/default/test-0000000-run-1");
});

Deno.test("TLS and authentication become the lab's settings", () => {
  const tls = (authentication: string): Record<string, unknown> =>
    scenarioOf(translated(
      workload(),
      "client:\n  serviceUrl: pulsar+ssl://h:6651\n  tlsTrustCertsFilePath: /ca.pem\n" +
        `  tlsEnableHostnameVerification: false\n  authentication: { ${authentication} }`,
    ));
  const prefix = "org.apache.pulsar.client.impl.auth.Authentication";
  const token = tls(`plugin: ${prefix}Token, data: "file:///run/token"`);
  assert.equal(token.tlsCa, "/ca.pem");
  assert.equal(token.tlsVerifyHostname, false);
  assert.equal(token.tokenFile, "/run/token");
  const cert = tls(`plugin: ${prefix}Tls, data: "tlsCertFile:/c.pem,tlsKeyFile:/k.pem"`);
  assert.deepEqual([cert.tlsCert, cert.tlsKey], ["/c.pem", "/k.pem"]);
});

Deno.test("what a result says about the workload is kept", () => {
  const text = workload({
    topics: 2,
    partitionsPerTopic: 3,
    producersPerTopic: 4,
    consumerPerSubscription: 5,
  });
  assert.deepEqual(translated(text, PULSAR_DRIVER).facts, {
    workload: "small",
    driver: "Pulsar",
    messageSize: 1024,
    topics: 2,
    partitions: 3,
    producersPerTopic: 4,
    consumersPerTopic: 5,
    subscriptionsPerTopic: 1,
  });
  assert.equal(translated(workload({ name: undefined })).facts.workload, "workload");
});

const TOP_KEYS = new Set(
  "description serviceUrl adminUrl warmup duration namespaces topics producers subscriptions steps".split(
    " ",
  ),
);

Deno.test("whatever valid values a workload has, the scenario is YAML that the reader of scenarios takes", () => {
  const values = fc.record({
    name: fc.string({ unit: "grapheme", minLength: 1 }).map((text) => JSON.stringify(text)),
    topics: fc.integer({ min: 1, max: 50 }),
    partitionsPerTopic: fc.integer({ min: 1, max: 10_000 }),
    messageSize: fc.integer({ min: 32, max: 64 * 1024 ** 2 }),
    subscriptionsPerTopic: fc.integer({ min: 0, max: 5 }),
    producersPerTopic: fc.integer({ min: 1, max: 8 }),
    consumerPerSubscription: fc.integer({ min: 1, max: 64 }),
    producerRate: fc.integer({ min: 1, max: 1e8 }),
    keyDistributor: fc.constantFrom("NO_KEY", "KEY_ROUND_ROBIN", "RANDOM_NANO"),
    useRandomizedPayloads: fc.boolean(),
    randomBytesRatio: fc.integer({ min: 0, max: 1000 }).map((share) => share / 1000),
    randomizedPayloadPoolSize: fc.integer({ min: 1, max: 1000 }),
    testDurationMinutes: fc.integer({ min: 2, max: 1000 }),
  });
  fc.assert(
    fc.property(values, fc.boolean(), (given, withDriver) => {
      const made = translated(workload(given), withDriver ? PULSAR_DRIVER : undefined);
      for (const key of Object.keys(parse(made.scenario))) assert.ok(TOP_KEYS.has(key), key);
      assert.equal(read(made).scenario.description, JSON.parse(given.name));
    }),
    { numRuns: 60 },
  );
});

Deno.test("of a scenario that is no workload, a result says what its groups are", () => {
  const text = workload({
    topics: 2,
    partitionsPerTopic: 3,
    producersPerTopic: 4,
    consumerPerSubscription: 5,
  });
  const made = translated(text);
  assert.deepEqual(factsOf(read(made).scenario), { ...made.facts, workload: "workload" });
});
