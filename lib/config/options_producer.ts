/** The lines of the option table that only the producer has, or that it shares under its own meaning. */
import { COMPRESSION_NAMES } from "../wire/enums.ts";
import type { OptionSpec, OptionValue } from "./option_spec.ts";
import type { CommonConfig, ProducerConfig, Role } from "./run_config.ts";
import { payloadSize, properties, rate, stage } from "./pulsar_values.ts";
import { boolean, bytes, choice, count, duration, file, listOf, percent, text } from "./value_kinds.ts";

export type ProducerTable = {
  readonly [K in Exclude<keyof ProducerConfig, keyof CommonConfig | "role" | "keyFirst">]: OptionSpec<
    OptionValue<K>
  >;
};

const roles: readonly Role[] = ["producer"];
const load = { roles, group: "Load" } as const;
const batching = { roles, group: "Batching" } as const;
const payload = { roles, group: "Payload" } as const;

export const PRODUCER_OPTIONS: ProducerTable = {
  rate: {
    group: "Load",
    roles: ["producer", "consumer"],
    flag: "rate",
    short: "r",
    placeholder: "rate",
    kind: rate,
    default: "unlimited",
    perRole: true,
    common: 7,
    help: {
      producer:
        "Messages per second of all workers, 'unlimited', or 'max' to search what the cluster sustains",
      consumer: "Be a slow consumer: at most this many messages per second, all workers together",
    },
  },
  stages: {
    ...load,
    flag: "stage",
    placeholder: "stage",
    kind: listOf(stage),
    default: [],
    help: "Load in stages, in turn: 'TIME:RATE', 'ramp:TIME:RATE', 'burst:TIME:RATE:ON/OFF'; may be repeated",
  },
  burst: {
    ...load,
    flag: "burst",
    placeholder: "n",
    kind: count(0, 1e9),
    default: 0,
    help: "Send this many messages at once, then wait, at the same mean rate; 0 spaces messages evenly",
  },
  catchUp: {
    ...load,
    flag: "catch-up",
    placeholder: "how",
    kind: choice("none", "bounded", "full"),
    default: "bounded",
    help: "What to do about messages that are late: drop them, send some, send all",
  },
  maxInFlight: {
    ...load,
    flag: "max-in-flight",
    placeholder: "n",
    kind: count(1, 10e6),
    default: 10_000,
    help: "Messages a worker may have unacknowledged before it waits",
  },
  producerName: {
    ...load,
    flag: "producer-name",
    placeholder: "name",
    kind: text("a name without blanks", /^\S+$/),
    help: "Name of the producers, followed by the worker's number",
  },
  routing: {
    ...load,
    flag: "routing",
    placeholder: "how",
    kind: choice("round-robin", "key-hash", "single"),
    default: "round-robin",
    help: "How messages are spread over partitions",
  },

  batching: { ...batching, flag: "batching", kind: boolean, default: true, help: "Send messages in batches" },
  batchMessages: {
    ...batching,
    flag: "batch-messages",
    placeholder: "n",
    kind: count(1, 100_000),
    default: 1000,
    help: "Most messages in a batch",
  },
  batchBytes: {
    ...batching,
    flag: "batch-bytes",
    placeholder: "size",
    kind: bytes(1024, 64 * 1024 ** 2),
    default: 1024 ** 2,
    help: "Most bytes in a batch, before compression",
  },
  batchDelayMs: {
    ...batching,
    flag: "batch-delay",
    placeholder: "time",
    kind: duration(0, 60e3),
    default: 1,
    help: "Longest wait for a batch to fill",
  },
  compression: {
    ...batching,
    flag: "compression",
    placeholder: "codec",
    kind: choice(...COMPRESSION_NAMES),
    default: "none",
    common: 13,
    help: "Compress batches",
  },

  size: {
    ...payload,
    flag: "size",
    short: "s",
    placeholder: "size",
    kind: payloadSize,
    default: { kind: "fixed", bytes: 1024 },
    common: 12,
    help: "Bytes of a payload: '1KiB', a range '100-4KiB', or a list '100,1KiB,8KiB'",
  },
  payload: {
    ...payload,
    flag: "payload",
    placeholder: "kind",
    kind: choice("json", "random", "pattern", "sequential", "file", "template"),
    default: "json",
    help: "What payloads are made of",
  },
  compressibility: {
    ...payload,
    flag: "compressibility",
    placeholder: "percent",
    kind: percent,
    default: 0,
    help: "Share of a random payload that compression can remove",
  },
  payloadFile: {
    ...payload,
    flag: "payload-file",
    placeholder: "file",
    kind: file,
    help: "File with one payload a line",
  },
  template: {
    ...payload,
    flag: "template",
    placeholder: "text",
    kind: text("a text with placeholders"),
    help: "Text with placeholders to fill for each message",
  },
  keys: {
    ...payload,
    flag: "keys",
    placeholder: "kind",
    kind: choice("none", "round-robin", "random", "zipf"),
    default: "none",
    help: "How message keys are chosen",
  },
  keyCount: {
    ...payload,
    flag: "key-count",
    placeholder: "n",
    kind: count(0, 100e6),
    default: 0,
    help: "Number of different keys",
  },
  properties: {
    ...payload,
    flag: "property",
    placeholder: "key=value",
    kind: properties,
    default: {},
    help: "Property of every message; may be repeated",
  },
};
