/** The lines of the option table that both executables share. */
import { type OptionSpec, type OptionValue, ROLES } from "./option_spec.ts";
import { OUTPUT_OPTIONS } from "./options_output.ts";
import { MAX_INSTANCES, MAX_WORKERS } from "./limits.ts";
import type { CommonConfig } from "./run_config.ts";
import { adminUrl, LONGEST_MILLIS, secretEnvName, serviceUrl, tokenFile, topic } from "./pulsar_values.ts";
import { boolean, choice, count, duration, file, integer, text } from "./value_kinds.ts";

export type CommonTable = {
  readonly [K in Exclude<keyof CommonConfig, "together">]-?: OptionSpec<OptionValue<K>>;
};

const HOUR = 3600e3;
const target = { roles: ROLES, group: "Target" } as const;
const security = { roles: ROLES, group: "Security" } as const;
const load = { roles: ROLES, group: "Load" } as const;
const together = { roles: ROLES, group: "Several processes" } as const;

export const COMMON_OPTIONS: CommonTable = {
  serviceUrl: {
    ...target,
    flag: "service-url",
    short: "u",
    placeholder: "url",
    kind: serviceUrl,
    default: "pulsar://localhost:6650",
    common: 1,
    help: "Broker or proxy to connect to",
    env: [{ name: "PULSAR_SERVICE_URL" }],
  },
  topic: {
    ...target,
    flag: "topic",
    placeholder: "name",
    kind: topic,
    default: "persistent://public/default/pulsar-local-lab",
    common: 2,
    help: "Topic; a bare name means persistent://public/default/NAME",
    env: [{ name: "PULSAR_TOPIC" }],
  },
  partitions: {
    ...target,
    flag: "partitions",
    placeholder: "n",
    kind: count(0, 10_000),
    default: 0,
    help: "Make sure that the topic has this many partitions; 0 leaves it as it is",
    env: [{ name: "PULSAR_TOPIC_PARTITIONS" }],
  },
  partitionDiscoveryMs: {
    ...target,
    flag: "partition-discovery",
    placeholder: "time",
    kind: duration(0, HOUR),
    default: 60e3,
    help: "Time between checks for partitions added to the topic; 0 never checks",
  },
  embedded: {
    ...target,
    flag: "embedded",
    placeholder: "mode",
    preset: "memory",
    kind: choice("memory", "null"),
    common: 5,
    help: "Start a broker inside this process instead; 'null' stores nothing",
  },
  driver: {
    ...target,
    flag: "driver",
    placeholder: "client",
    kind: choice("wire", "native"),
    default: "wire",
    help: "Client: 'wire' is our own, 'native' npm:pulsar-client, from source by 'deno task producer:native'",
  },
  adminUrl: {
    ...target,
    flag: "admin-url",
    placeholder: "url",
    kind: adminUrl,
    help: "Address of the admin API, needed to create partitioned topics and to read the backlog",
  },
  listenerName: {
    ...target,
    flag: "listener-name",
    placeholder: "name",
    kind: text("the name of an advertised listener"),
    help: "Advertised listener to ask the broker for",
  },
  operationTimeoutMs: {
    ...target,
    flag: "operation-timeout",
    placeholder: "time",
    kind: duration(100, HOUR),
    default: 30e3,
    help: "Give up a request to the broker after this time",
  },
  keepAliveMs: {
    ...target,
    flag: "keep-alive",
    placeholder: "time",
    kind: duration(1e3, HOUR),
    default: 30e3,
    help: "Ping the broker after this much silence",
  },

  tokenFile: {
    ...security,
    flag: "token-file",
    placeholder: "file",
    kind: tokenFile,
    secret: true,
    help: "File that holds the authentication token",
  },
  tokenEnv: {
    ...security,
    flag: "token-env",
    placeholder: "name",
    kind: secretEnvName,
    secret: true,
    help: "Environment variable that holds the token; its name begins with PULSAR_ or PLL_",
  },
  tlsCa: {
    ...security,
    flag: "tls-ca",
    placeholder: "file",
    kind: file,
    help: "PEM file of authorities to trust besides the built-in ones (Mozilla's list)",
  },
  tlsCert: {
    ...security,
    flag: "tls-cert",
    placeholder: "file",
    kind: file,
    help: "PEM file of the client certificate, which is the identity where there is no token",
  },
  tlsKey: {
    ...security,
    flag: "tls-key",
    placeholder: "file",
    kind: file,
    help: "PEM file of the client certificate's key",
  },
  tlsVerifyHostname: {
    ...security,
    flag: "tls-verify-hostname",
    kind: boolean,
    default: true,
    help: "Check that the server's certificate carries its name",
  },

  workers: {
    ...load,
    flag: "workers",
    placeholder: "n",
    kind: count(1, MAX_WORKERS),
    default: 5,
    common: 11,
    help: "Worker threads, each with its own connection",
    env: [
      { name: "PRODUCER_NUM_WORKERS", role: "producer" },
      { name: "CONSUMER_NUM_WORKERS", role: "consumer" },
    ],
  },
  durationMs: {
    ...load,
    flag: "duration",
    short: "d",
    placeholder: "time",
    kind: duration(10, LONGEST_MILLIS),
    common: 8,
    help: "Stop after this time, warm-up not counted; messages in flight then have at most 10 s",
  },
  count: {
    ...load,
    flag: "count",
    short: "n",
    placeholder: "n",
    kind: count(1, Number.MAX_SAFE_INTEGER),
    common: 9,
    help:
      "Stop after exactly this many messages, all workers together; a consumer leaves the rest of a batch " +
      "unacknowledged (all of that batch, where the broker has no batch-index acknowledgement)",
  },
  warmupMs: {
    ...load,
    flag: "warmup",
    placeholder: "time",
    kind: duration(0, HOUR),
    default: 0,
    help: "Run this long before measuring",
  },
  verify: {
    ...load,
    flag: "verify",
    placeholder: "mode",
    kind: choice("off", "count", "strict"),
    default: "count",
    help: {
      producer: "Put a verification header into each payload; 'strict' adds a checksum of the body",
      consumer: "Count lost, duplicate, reordered and corrupt messages; 'strict' checks bodies too",
    },
  },
  runId: {
    ...load,
    flag: "run-id",
    placeholder: "id",
    kind: text("1 to 64 letters, digits, '.', '_' or '-'", /^[A-Za-z0-9._-]{1,64}$/),
    help: "Name of this run; processes that belong together share it",
  },
  seed: {
    ...load,
    flag: "seed",
    placeholder: "n",
    kind: integer(0, 2 ** 32 - 1),
    default: 1,
    help: "Seed of all random choices, so that runs repeat",
  },

  instances: {
    ...together,
    flag: "instances",
    placeholder: "n",
    kind: count(1, MAX_INSTANCES),
    default: 1,
    perRole: true,
    help: {
      producer: "Producer processes that divide rate, count, keys and partitions of the run among them",
      consumer: "Consumer processes that divide the messages of the run among them",
    },
  },
  instance: {
    ...together,
    flag: "instance",
    placeholder: "n",
    kind: integer(0, MAX_INSTANCES - 1),
    default: 0,
    perRole: true,
    help: "Number of this process among them, from 0",
    env: [{ name: "JOB_COMPLETION_INDEX" }],
  },
  barrier: {
    ...together,
    flag: "barrier",
    placeholder: "n",
    kind: count(0, 2048),
    default: 0,
    help: "Start when n processes of the run, producers and consumers, are ready; 0 starts at once",
  },
  barrierTimeoutMs: {
    ...together,
    flag: "barrier-timeout",
    placeholder: "time",
    kind: duration(1e3, HOUR),
    default: 300e3,
    help: "Give up when not all of them are ready after this time",
  },

  ...OUTPUT_OPTIONS,
};
