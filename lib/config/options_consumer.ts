/** The lines of the option table that only the consumer has. */
import { SUBSCRIPTION_TYPES } from "../wire/enums.ts";
import type { OptionSpec, OptionValue } from "./option_spec.ts";
import type { CommonConfig, ConsumerConfig, Role } from "./run_config.ts";
import { position } from "./pulsar_values.ts";
import { boolean, choice, count, duration, percent, text } from "./value_kinds.ts";

export type ConsumerTable = {
  readonly [K in Exclude<keyof ConsumerConfig, keyof CommonConfig | "role" | "rate">]-?: OptionSpec<
    OptionValue<K>
  >;
};

const DAY = 86400e3;
const roles: readonly Role[] = ["consumer"];
const subscription = { roles, group: "Subscription" } as const;
const acknowledgement = { roles, group: "Acknowledgement" } as const;

export const CONSUMER_OPTIONS: ConsumerTable = {
  subscription: {
    ...subscription,
    flag: "subscription",
    placeholder: "name",
    kind: text("a name without blanks", /^\S+$/),
    default: "pulsar-local-lab",
    common: 3,
    help: "Name of the subscription",
  },
  subscriptionType: {
    ...subscription,
    flag: "subscription-type",
    placeholder: "type",
    kind: choice(...SUBSCRIPTION_TYPES),
    default: "shared",
    common: 4,
    help: "How the subscription's consumers share messages",
    env: [{ name: "CONSUMER_SUBSCRIPTION_TYPE" }],
  },
  durable: {
    ...subscription,
    flag: "durable",
    kind: boolean,
    default: true,
    help: "Keep the subscription when its consumer is gone; without, it is exclusive: a reader",
  },
  initialPosition: {
    ...subscription,
    flag: "initial-position",
    placeholder: "where",
    kind: choice("latest", "earliest"),
    default: "latest",
    help: "Where a new subscription begins",
  },
  seek: {
    ...subscription,
    flag: "seek",
    placeholder: "where",
    kind: position,
    help: "Move the subscription first: 'earliest', 'latest', or a time such as '2026-01-31T12:00:00Z'",
  },
  receiverQueue: {
    ...subscription,
    flag: "receiver-queue",
    placeholder: "n",
    kind: count(1, 1e6),
    default: 1000,
    help: "Messages that the broker may send ahead to each consumer",
  },
  idleMs: {
    ...subscription,
    flag: "idle",
    placeholder: "time",
    kind: duration(0, DAY),
    default: 0,
    common: 10,
    help: "Stop when connected and nothing has arrived for this long; 0 waits for ever",
  },
  unsubscribe: {
    ...subscription,
    flag: "unsubscribe",
    kind: boolean,
    default: false,
    help: "Delete the subscription at the end",
  },

  ack: {
    ...acknowledgement,
    flag: "ack",
    placeholder: "how",
    kind: choice("individual", "cumulative", "none"),
    default: "individual",
    help: "How messages are acknowledged",
  },
  ackGroupMs: {
    ...acknowledgement,
    flag: "ack-group-time",
    placeholder: "time",
    kind: duration(0, 60e3),
    default: 100,
    help: "Collect acknowledgements for this long; 0 sends each at once",
  },
  ackGroupMax: {
    ...acknowledgement,
    flag: "ack-group-max",
    placeholder: "n",
    kind: count(1, 1e6),
    default: 1000,
    help: "Most acknowledgements to collect",
  },
  batchIndexAck: {
    ...acknowledgement,
    flag: "batch-index-ack",
    kind: boolean,
    default: false,
    help: "Refuse (--nack-percent) single messages of a batch and acknowledge the rest of it",
  },
  nackPercent: {
    ...acknowledgement,
    flag: "nack-percent",
    placeholder: "percent",
    kind: percent,
    default: 0,
    help: "Share of messages to refuse (acknowledge negatively), to exercise redelivery",
  },
  nackDelayMs: {
    ...acknowledgement,
    flag: "nack-delay",
    placeholder: "time",
    kind: duration(0, DAY),
    default: 1000,
    help: "Time before redelivery of a refused message is requested",
  },
  unackedTimeoutMs: {
    ...acknowledgement,
    flag: "unacked-timeout",
    placeholder: "time",
    kind: duration(0, DAY),
    default: 0,
    help: "Request redelivery of messages that are unacknowledged this long; 0 never does",
  },
};
