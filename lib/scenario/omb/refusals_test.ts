import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError } from "../../config/source.ts";
import { refusals, translated, workload } from "./omb_test_support.ts";

/** What a workload is refused for, when one of its values is this. */
const OF_WORKLOADS: readonly (readonly [Record<string, string | number | boolean | undefined>, RegExp])[] = [
  [{ topics: 0 }, /^workload\.yaml:2:9: 'topics': '0' is not valid: expected a whole number from 1 to 1m$/],
  [{ topics: "many" }, /'topics': 'many' is not valid/],
  [{ topics: "[1, 2]" }, /:2:9: 'topics' needs one value$/],
  [{ topics: undefined }, /^workload\.yaml:1:1: 'topics' is missing: it has no default$/],
  [{ testDurationMinutes: undefined }, /:1:1: 'testDurationMinutes' is missing/],
  [{ topcs: 3 }, /:12:8: unknown key 'topcs' \(did you mean 'topics'\?\)$/],
  [{ messageSize: 0 }, /'messageSize': '0' is not valid: expected a size from 1B to 64MiB/],
  [{ producersPerTopic: 0 }, /'producersPerTopic': '0' is not valid/],
  [{ producersPerTopic: 100_000, topics: 100 }, /'producersPerTopic' makes 10,000,000 producers/],
  [{ producerRate: -1 }, /'producerRate': '-1' is not valid/],
  [{ producerRate: 0.0001 }, /'producerRate': '0.0001' is not valid: expected 0, or at least 0.001/],
  [
    { keyDistributor: "KEY_ROUNDROBBIN" },
    /expected one of NO_KEY, KEY_ROUND_ROBIN, RANDOM_NANO \(did you mean 'KEY_ROUND_ROBIN'\?\)$/,
  ],
  [{ useRandomizedPayloads: true }, /'randomizedPayloadPoolSize' must be at least 1/],
  [{ randomBytesRatio: 1.5 }, /'randomBytesRatio': '1.5' is not valid: expected a share from 0 to 1$/],
  [{ backlogDrainRatio: 2 }, /'backlogDrainRatio': '2' is not valid/],
  [{ consumerBacklogSizeGB: 1, producerRate: 0 }, /'consumerBacklogSizeGB' needs a producerRate/],
  [{ consumerBacklogSizeGB: 1, subscriptionsPerTopic: 0 }, /'consumerBacklogSizeGB' needs a subscription/],
  [{ consumerPerSubscription: 65 }, /65 consumers of one partition on a failover subscription/],
  [{ warmupDurationMinutes: 5 }, /'warmupDurationMinutes' must be less than testDurationMinutes/],
  [
    { testDurationMinutes: 1e-6 },
    /'testDurationMinutes': '0.000001' is not valid: expected minutes from 0.001 to 525600, or 0$/,
  ],
];

for (const [values, expected] of OF_WORKLOADS) {
  const given = Object.entries(values).map(([key, value]) => `${key}: ${value ?? "nothing"}`).join(", ");
  Deno.test(`a workload with ${given} is refused with the reason`, () => {
    const found = refusals(workload(values));
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, expected);
  });
}

const TOKEN = "org.apache.pulsar.client.impl.auth.AuthenticationToken";
const OF_DRIVERS: readonly (readonly [string, RegExp])[] = [
  [
    "driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver\ntopicConfig: |\n  a=b",
    /^driver\.yaml:1:14: 'driverClass': 'io\.open.*' drives another system: this lab loads Pulsar/,
  ],
  ["client: { serviceUri: x }", /unknown key 'client\.serviceUri' \(did you mean 'client\.serviceUrl'\?\)$/],
  ["client: { serviceUrl: http://h:8080 }", /'client\.serviceUrl': 'http:\/\/h:8080' is not valid/],
  ["client: { httpUrl: ftp://h }", /'client\.httpUrl': 'ftp:\/\/h' is not valid/],
  ["client: 5", /^driver\.yaml:1:9: 'client' must hold settings/],
  ["client: { namespacePrefix: nowhere }", /'nowhere' is no namespace: expected 'tenant\/namespace'$/],
  [
    "client: { topicType: transient }",
    /'client\.topicType': 'transient' is not valid: expected one of persistent, non_persistent/,
  ],
  ["client: { persistence: { deduplicationEnabled: true } }", /needs client\.namespacePrefix/],
  ["client: { persistence: { writeQuorum: two } }", /'client\.persistence\.writeQuorum': 'two' is not valid/],
  [
    "client: { serviceUrl: 'pulsar+ssl://h', tlsAllowInsecureConnection: true }",
    /'client\.tlsAllowInsecureConnection: true' cannot be given/,
  ],
  [`client: { authentication: { plugin: ${TOKEN} } }`, /'client\.authentication\.data' must be 'file:/],
  [
    "client: { authentication: { plugin: org.example.Magic } }",
    /'org\.example\.Magic' cannot be given: expected/,
  ],
  [
    "client: { authentication: { plugin: org.apache.pulsar.client.impl.auth.AuthenticationTls, data: x } }",
    /must be 'tlsCertFile:PATH,tlsKeyFile:PATH'$/,
  ],
  [
    "producer: { blockIfQueueFull: false }",
    /'producer\.blockIfQueueFull: false' cannot be given: a producer here waits/,
  ],
  ["producer: { batchingMaxBytes: 100MB }", /'producer\.batchingMaxBytes': '100MB' is not valid/],
  [
    "consumer: { receiverQueueSize: 0 }",
    /'consumer\.receiverQueueSize': '0' is not valid: expected a whole number from 1 to 1m$/,
  ],
  ["consumer: { subscriptionType: Exclusive }", /an exclusive subscription .* takes one consumer, not 2$/],
  ["consumer: { subscriptionType: Fanout }", /'Fanout' is not valid: expected one of/],
];

for (const [driver, expected] of OF_DRIVERS) {
  Deno.test(`a driver file with ${driver.split("\n")[0]} is refused with the reason`, () => {
    const found = refusals(workload({ consumerPerSubscription: 2 }), driver);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, expected);
  });
}

Deno.test("a backlog on topics that store nothing is refused", () => {
  const found = refusals(workload({ consumerBacklogSizeGB: 1 }), "client: { topicType: non_persistent }");
  assert.match(found.join("\n"), /'consumerBacklogSizeGB' needs client\.topicType: persistent/);
});

Deno.test("every mistake of both files and the command line is told at once", () => {
  const found = refusals(workload({ messageSize: 0, extra: 1 }), "consumer: { queue: 3 }", {
    topics: "x",
    typo: "1",
  });
  assert.equal(found.length, 5);
  assert.ok(
    found.some((line) => line === "--set: 'topics': 'x' is not valid: expected a whole number from 1 to 1m"),
  );
  assert.ok(found.some((line) => line.startsWith("--set: unknown key 'typo'")));
});

Deno.test("mistakes on the command line alone are usage errors", () => {
  assert.throws(
    () => translated(workload(), undefined, { topics: "x" }),
    (error) => error instanceof ConfigError && error.fromFlags,
  );
});

Deno.test("a token that stands in a driver file is refused without being repeated", () => {
  for (const data of ["token:eyJhbGciOi.secret.sig", "eyJhbGciOi.secret.sig", "file:relative-secret"]) {
    const found = refusals(workload(), `client: { authentication: { plugin: ${TOKEN}, data: "${data}" } }`);
    assert.equal(found.length, 1);
    assert.ok(!found[0]!.includes("secret"), found[0]);
  }
  const found = refusals(workload(), undefined, {
    "client.authentication.plugin": TOKEN,
    "client.authentication.data": "token:secret",
  });
  assert.ok(!found.join().includes("secret"));
});

Deno.test("a text that is no YAML is refused with the place alone, and one that is too deep too", () => {
  assert.match(refusals("topics: 1\n\tproducerRate: 2").join("\n"), /^workload\.yaml:2:1: /);
  assert.match(refusals("producerRate: " + "[".repeat(5000)).join("\n"), /nested over 100 deep/);
  assert.match(refusals(workload(), "- a list").join("\n"), /^driver\.yaml:1:1: expected settings/);
});

Deno.test("whatever text is given, it is translated or refused with places", () => {
  const lines = fc.array(
    fc.tuple(
      fc.constantFrom("topics", "producerRate", "messageSize", "client", "name", "x", "*a", "&a [", "- "),
      fc.constantFrom("1", "0", "{}", "[1", "*a", "&b {c: *b}", "null", "'", "1e9", "{ serviceUrl: 1 }"),
    ).map(([key, value]) => `${key}: ${value}`),
  ).map((all) => all.join("\n"));
  fc.assert(
    fc.property(fc.oneof(lines, fc.string({ unit: "binary" })), lines, (text, driver) => {
      for (const message of refusals(text, driver)) {
        assert.match(message, /^(workload|driver)\.yaml:\d+:\d+: ./);
      }
    }),
    { numRuns: 300 },
  );
});
