import assert from "node:assert/strict";
import { HEADER_BYTES, STRICT_HEADER_BYTES } from "../load/header/header.ts";
import type { RawValue } from "./config_file.ts";
import { SMALLEST_VERIFIED } from "./conflicts_producer.ts";
import type { OptionKey } from "./option_spec.ts";
import { optionsFor } from "./options.ts";
import { resolve, type Resolved } from "./resolve.ts";
import type { ConsumerConfig, ProducerConfig, Role } from "./run_config.ts";
import { ConfigError } from "./source.ts";

/** Resolves `flag=value` words as if they stood on the command line, over a profile given as YAML. */
function run(role: Role, words: string, profile = ""): Resolved {
  const flags = new Map<OptionKey, RawValue>();
  for (const word of words.split(" ").filter(Boolean)) {
    const [flag, value = "true"] = word.split(/=(.*)/) as [string, string?];
    const entry = optionsFor(role).find((candidate) => candidate.flag === flag);
    assert.ok(entry !== undefined, `no option '${flag}'`);
    const texts = [...flags.get(entry.key)?.texts ?? [], value];
    flags.set(entry.key, { texts, source: { kind: "flag", flag: `--${flag}` } });
  }
  if (profile !== "") {
    flags.set("profile", { texts: ["p.yaml"], source: { kind: "flag", flag: "--profile" } });
  }
  return resolve({ role, flags, env: {}, readFile: () => profile, runId: "r1" });
}

function producer(words: string, profile = ""): ProducerConfig {
  return run("producer", words, profile).config as ProducerConfig;
}

function consumer(words: string, profile = ""): ConsumerConfig {
  return run("consumer", words, profile).config as ConsumerConfig;
}

function problem(role: Role, words: string, profile = ""): string {
  try {
    run(role, words, profile);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return "";
}

const CONFLICTS: readonly (readonly [Role, string, RegExp])[] = [
  ["producer", "token-file=a token-env=PULSAR_T", /^--token-file and --token-env exclude each other/],
  ["producer", "tls-cert=a service-url=pulsar+ssl://h", /^--tls-cert needs --tls-key$/],
  ["producer", "tls-key=a service-url=pulsar+ssl://h", /^--tls-key needs --tls-cert$/],
  ["producer", "tls-ca=a", /^--tls-ca has no effect on 'pulsar:\/\/localhost:6650': use pulsar\+ssl/],
  ["producer", "embedded=memory service-url=pulsar://h", /^--embedded and --service-url exclude each other/],
  ["producer", "embedded=memory token-file=a", /^--embedded and --token-file exclude each other/],
  ["producer", "quiet ui=full", /^--quiet and --ui exclude each other/],
  ["producer", "json output=-", /^--json and --output both write to standard output$/],
  ["consumer", "csv=a output=a", /^--output and --csv both write to 'a'$/],
  ["producer", "duration=5s warmup=5s", /^--warmup '5s' must be shorter than --duration '5s'$/],
  ["producer", "stage=1s:5 rate=5", /^--stage and --rate exclude each other/],
  ["producer", "stage=1s:5 duration=5s", /^--stage and --duration exclude each other/],
  ["producer", "stage=1s:5 count=5", /^--stage and --count exclude each other/],
  ["producer", "rate=max count=5", /^--count cannot be reached by --rate max/],
  ["producer", "burst=100", /^--burst needs a --rate in messages per second, not 'unlimited'$/],
  ["producer", "burst=100 rate=max", /not 'max'$/],
  [
    "producer",
    "max-in-flight=10 batch-messages=20",
    /^--batch-messages '20' can never fill up with --max-in-flight '10'/,
  ],
  [
    "producer",
    "batch-bytes=6MiB",
    /^--batch-bytes '6MiB' is more than a broker accepts in one message, '5MiB'$/,
  ],
  ["producer", "payload=file", /^--payload file needs --payload-file$/],
  ["producer", "payload=template", /^--payload template needs --template$/],
  ["producer", "payload=json payload-file=a", /^--payload-file has no effect with --payload json$/],
  ["producer", "payload-file=a template=b", /^--payload-file and --template exclude each other/],
  ["producer", "payload=json compressibility=5", /^--compressibility only shapes --payload random$/],
  [
    "producer",
    "size=16 verify=count",
    /^--size '16B' is too small for the verification header, which needs '32B'/,
  ],
  ["producer", "size=32 verify=strict", /which needs '36B'/],
  ["producer", "size=20-4KiB verify=count payload=pattern", /^--size '20B' is too small/],
  ["producer", "keys=zipf", /^--keys zipf needs a --key-count of at least 2$/],
  ["producer", "key-count=5", /^--key-count needs --keys/],
  ["producer", "routing=key-hash partitions=4", /^--routing key-hash needs keys/],
  [
    "producer",
    "routing=key-hash keys=random",
    /^--routing key-hash needs a partitioned topic: --partitions N$/,
  ],
  ["consumer", "rate=max", /^--rate max is for producers/],
  [
    "consumer",
    "subscription-type=exclusive workers=2",
    /^--workers '2' cannot share an exclusive subscription/,
  ],
  ["consumer", "ack=cumulative", /^--ack cumulative is impossible on a shared subscription/],
  ["consumer", "ack=cumulative subscription-type=key-shared", /impossible on a key-shared subscription/],
  [
    "consumer",
    "durable=false subscription-type=shared",
    /^--subscription-type needs a durable subscription: .* use exclusive, not 'shared'$/,
  ],
  ["consumer", "durable=false workers=2", /^--workers '2' cannot share an exclusive subscription/],
  ["consumer", "durable=false seek=earliest", /^--seek needs a durable .* use --initial-position$/],
  ["consumer", "durable=false unsubscribe", /^--unsubscribe needs a durable .* gone with its consumer$/],
  ["consumer", "durable=false nack-percent=5", /^--nack-percent needs a durable .* nothing again/],
  ["consumer", "durable=false batch-index-ack", /^--batch-index-ack needs a durable subscription/],
  ["consumer", "durable=false unacked-timeout=5s", /^--unacked-timeout needs a durable subscription/],
  ["consumer", "seek=earliest initial-position=latest", /^--seek and --initial-position exclude each other/],
  ["consumer", "nack-percent=5 ack=none", /^--nack-percent needs --ack individual, not 'none'$/],
  ["consumer", "batch-index-ack ack=none", /^--batch-index-ack has no effect with --ack none$/],
  ["consumer", "unacked-timeout=10ms", /^--unacked-timeout '10ms' must be 0 or at least '1s'$/],
];

for (const [role, words, expected] of CONFLICTS) {
  Deno.test(`a ${role} with ${words} is refused`, () => {
    assert.match(problem(role, words), expected);
  });
}

Deno.test("what excludes each other in different layers is decided by precedence", () => {
  const staged = "duration: 9s\nproducer: { rate: 9 }\n";
  const config = producer("stage=1s:5", staged);
  assert.deepEqual([config.stages.length, config.rate, config.durationMs], [1, "unlimited", undefined]);
  assert.deepEqual(producer("rate=7", "producer: { stage: 1s:5 }\n").stages, []);
  assert.equal(producer("rate=unlimited", "producer: { rate: 5, burst: 5 }\n").burst, 0);
  const embedded = producer("embedded=null", "serviceUrl: pulsar+ssl://h\ntokenFile: t\n");
  assert.deepEqual([embedded.embedded, embedded.serviceUrl, embedded.tokenFile], [
    "null",
    "pulsar://localhost:6650",
    undefined,
  ]);
});

Deno.test("a conflict within a profile names the profile", () => {
  assert.match(
    problem("producer", "", "producer: { rate: 5, stage: 1s:5 }\n"),
    /^--stage \(profile p\.yaml\) and --rate \(pro/,
  );
});

Deno.test("a file or a template says what the payload is", () => {
  assert.equal(producer("payload-file=a").payload, "file");
  assert.equal(producer("template=hello").payload, "template");
  assert.equal(producer("compressibility=50").payload, "random");
});

Deno.test("small payloads are random bytes rather than JSON, and unverified rather than refused, which is said", () => {
  const small = run("producer", "size=64");
  assert.deepEqual([(small.config as ProducerConfig).payload, small.config.verify], ["random", "count"]);
  assert.deepEqual(small.notices, ["payloads of 64B are too small for JSON: random bytes are sent instead"]);
  const tiny = run("producer", "size=16 payload=pattern");
  assert.equal(tiny.config.verify, "off");
  assert.match(
    tiny.notices[0]!,
    /'16B' is too small for the verification header.*: this run is not verified$/,
  );
  assert.equal(producer("size=16 verify=off payload=pattern").verify, "off");
  assert.deepEqual(run("producer", "").notices, []);
});

Deno.test("the sizes that verification needs are those of its header", () => {
  assert.deepEqual(SMALLEST_VERIFIED, { count: HEADER_BYTES, strict: STRICT_HEADER_BYTES });
});

Deno.test("an exclusive subscription has one worker unless told otherwise", () => {
  assert.equal(consumer("subscription-type=exclusive").workers, 1);
  assert.equal(consumer("subscription-type=exclusive", "workers: 9\n").workers, 1);
});

Deno.test("a subscription that is not durable is exclusive with one worker, unless a higher layer wants another", () => {
  const reader = consumer("durable=false", "workers: 9\nconsumer: { subscriptionType: failover }\n");
  assert.deepEqual([reader.durable, reader.subscriptionType, reader.workers], [false, "exclusive", 1]);
  const kept = "consumer: { unsubscribe: true, nackPercent: 5, seek: earliest }\n";
  const bare = consumer("durable=false initial-position=earliest", kept);
  assert.deepEqual([bare.unsubscribe, bare.nackPercent, bare.seek], [false, 0, undefined]);
  const shared = consumer("subscription-type=shared", "consumer: { durable: false }\n");
  assert.deepEqual([shared.durable, shared.subscriptionType], [true, "shared"]);
  assert.equal(consumer("").durable, true);
});

Deno.test("keys without a count are a thousand", () => {
  assert.equal(producer("keys=random").keyCount, 1000);
  assert.equal(producer("keys=zipf key-count=10").keyCount, 10);
});

Deno.test("the in-flight window and the batch follow the one that was asked for", () => {
  assert.equal(producer("max-in-flight=100").batchMessages, 100);
  assert.equal(producer("batch-messages=50k").maxInFlight, 100_000);
  assert.equal(producer("max-in-flight=10 batch-messages=20 batching=false").batchMessages, 20);
});

Deno.test("settings that fit together are accepted", () => {
  for (
    const words of [
      "service-url=pulsar+ssl://h tls-ca=a tls-cert=b tls-key=c token-file=d",
      "admin-url=https://h tls-ca=a",
      "duration=5s warmup=1s count=10",
      "stage=1s:5 stage=ramp:1s:9 burst=5",
      "rate=5 burst=5",
      "routing=key-hash keys=zipf key-count=5 partitions=3",
      "quiet output=- events=e.jsonl",
      "quiet ui=none",
    ]
  ) assert.equal(problem("producer", words), "", words);
  for (
    const words of ["ack=cumulative subscription-type=failover", "seek=2026-01-01", "rate=10 nack-percent=5"]
  ) {
    assert.equal(problem("consumer", words), "", words);
  }
});

Deno.test("the refused setting is the one of the highest precedence, so that a command line can be blamed", () => {
  const blame = (words: string, profile: string): boolean => {
    try {
      run("consumer", words, profile);
    } catch (error) {
      if (error instanceof ConfigError) return error.fromFlags;
    }
    throw new Error("not refused");
  };
  assert.equal(blame("ack=cumulative", "consumer: { subscriptionType: shared }\n"), true);
  assert.equal(blame("", "consumer: { subscriptionType: shared, ack: cumulative }\n"), false);
});
