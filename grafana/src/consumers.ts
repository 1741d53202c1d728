/** Subscriptions and their consumers: who is behind, and why. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, OF_SUBSCRIPTION, RATE, stat, table } from "./panels.ts";
import { NAMESPACE, TOPIC } from "./topics.ts";

const S = `cluster=~"$cluster",namespace=~"$namespace",topic=~"$topic",subscription=~"$subscription"`;
const OUT = `${S},${OF_SUBSCRIPTION}`;
const LEGEND = "{{subscription}} on {{topic}}";
const by = (expr: string): string => `sum by (topic, subscription) (${expr})`;
const top = (expr: string): { expr: string; legend: string }[] => [{
  expr: `topk(10, ${by(expr)})`,
  legend: LEGEND,
}];
const sinceAck = `time() - (pulsar_subscription_last_acked_timestamp{${S}} > 0) / 1000`;

export const consumers = dashboard({
  uid: "pulsar-consumers",
  title: "Pulsar Consumers",
  description: "Subscriptions and their consumers: who is behind, and why.",
  variables: [
    CLUSTER,
    NAMESPACE,
    TOPIC,
    {
      name: "subscription",
      label: "Subscription",
      description: "Subscriptions of the chosen topics. All leaves out the system's own, which begin with __",
      all: "([^_]|_[^_]).*",
      from: `pulsar_subscription_back_log{cluster=~"$cluster",namespace=~"$namespace",topic=~"$topic"}`,
    },
  ],
  rows: [
    {
      title: "Chosen subscriptions",
      panels: [
        stat({
          title: "Subscriptions",
          description: "Subscriptions that the variables choose.",
          unit: "none",
          expr: `count(pulsar_subscription_back_log{${S}})`,
          spark: false,
        }),
        stat({
          title: "Consumers",
          description: "Consumers connected to them.",
          unit: "none",
          expr: `sum(pulsar_subscription_consumers_count{${S}})`,
        }),
        stat({
          title: "Without consumers",
          description: "Subscriptions with a backlog that nobody reads; the system's own not counted.",
          unit: "none",
          expr:
            `count(pulsar_subscription_consumers_count{${S},subscription!~"__.*"} == 0 and pulsar_subscription_back_log{${S}} > 0) or vector(0)`,
          warnAt: 1,
          spark: false,
        }),
        stat({
          title: "Blocked",
          description: "Subscriptions that get nothing because too much is unacknowledged.",
          unit: "none",
          expr: `sum(pulsar_subscription_blocked_on_unacked_messages{${S}})`,
          warnAt: 1,
          failAt: 1,
          spark: false,
        }),
        stat({
          title: "Backlog",
          description: "Entries (a batch is one) not acknowledged.",
          unit: "short",
          expr: `sum(pulsar_subscription_back_log{${S}})`,
        }),
        stat({
          title: "Messages out",
          description: "Messages sent to consumers per second.",
          unit: "cps",
          expr: `sum(rate(pulsar_out_messages_total{${OUT}}[${RATE}]))`,
        }),
        stat({
          title: "Acknowledged",
          description:
            "Acknowledgements per second, which brokers count for Shared and Key_Shared subscriptions only.",
          unit: "cps",
          expr: `sum(pulsar_subscription_msg_ack_rate{${S}})`,
        }),
        stat({
          title: "Redelivered",
          description: "Messages sent again per second.",
          unit: "cps",
          decimals: 1,
          expr: `sum(pulsar_subscription_msg_rate_redeliver{${S}})`,
          warnAt: 1,
        }),
        table({
          title: "Subscriptions",
          description:
            "The 50 subscriptions that are furthest behind. Last ack tells a stuck one from a slow one.",
          keys: { topic: "Topic", subscription: "Subscription" },
          sortBy: "Backlog",
          links: {
            Topic:
              "/d/pulsar-topics?${__url_time_range}&${cluster:queryparam}&${namespace:queryparam}&var-topic=${__value.raw}",
          },
          columns: [
            { name: "Backlog", unit: "short", expr: `topk(50, ${by(`pulsar_subscription_back_log{${S}}`)})` },
            { name: "Consumers", unit: "none", expr: by(`pulsar_subscription_consumers_count{${S}}`) },
            {
              name: "Messages out",
              unit: "cps",
              expr: by(`rate(pulsar_out_messages_total{${OUT}}[${RATE}])`),
            },
            {
              name: "Bytes out",
              unit: "binBps",
              decimals: 1,
              expr: by(`rate(pulsar_out_bytes_total{${OUT}}[${RATE}])`),
            },
            {
              name: "Redelivered",
              unit: "cps",
              decimals: 1,
              warnAt: 1,
              expr: by(`pulsar_subscription_msg_rate_redeliver{${S}}`),
            },
            { name: "Unacknowledged", unit: "short", expr: by(`pulsar_subscription_unacked_messages{${S}}`) },
            {
              name: "Last ack",
              unit: "s",
              decimals: 0,
              warnAt: 600,
              expr: `max by (topic, subscription) (${sinceAck})`,
            },
          ],
        }),
      ],
    },
    {
      title: "Keeping up (ten largest)",
      panels: [
        chart({
          title: "Backlog",
          description: "Entries not acknowledged. Growing means that consumers are slower than producers.",
          unit: "short",
          queries: top(`pulsar_subscription_back_log{${S}}`),
        }),
        chart({
          title: "Messages out",
          description: "Messages sent to consumers per second.",
          unit: "cps",
          queries: top(`rate(pulsar_out_messages_total{${OUT}}[${RATE}])`),
        }),
        chart({
          title: "Throughput",
          description: "Bytes sent to consumers per second.",
          unit: "binBps",
          queries: top(`rate(pulsar_out_bytes_total{${OUT}}[${RATE}])`),
        }),
        chart({
          title: "Acknowledgements",
          description:
            "Acknowledgements per second. Brokers count them for Shared and Key_Shared subscriptions only; far below messages out, consumers do not keep up.",
          unit: "cps",
          queries: top(`pulsar_subscription_msg_ack_rate{${S}}`),
        }),
        chart({
          title: "Since the last acknowledgement",
          description: "Seconds since a consumer acknowledged anything.",
          unit: "s",
          warnAt: 600,
          queries: [{ expr: `topk(10, max by (topic, subscription) (${sinceAck}))`, legend: LEGEND }],
        }),
        chart({
          title: "Consumers",
          description: "Consumers connected to each subscription.",
          unit: "none",
          queries: top(`pulsar_subscription_consumers_count{${S}}`),
        }),
      ],
    },
    {
      title: "Trouble (ten largest)",
      panels: [
        chart({
          width: 6,
          title: "Unacknowledged",
          description:
            "Messages sent and not acknowledged (Shared and Key_Shared). At the limit the subscription is blocked.",
          unit: "short",
          queries: top(`pulsar_subscription_unacked_messages{${S}}`),
        }),
        chart({
          width: 6,
          title: "Redelivered",
          description:
            "Messages sent again per second: negative acknowledgements, timeouts, lost connections.",
          unit: "cps",
          queries: top(`pulsar_subscription_msg_rate_redeliver{${S}}`),
        }),
        chart({
          width: 6,
          title: "Held back, dropped, expired",
          description:
            "Per second: dispatches held by a dispatch rate, messages dropped (non-persistent topics), messages past their time to live.",
          unit: "cps",
          queries: [
            {
              expr:
                `sum by (reason) (rate(pulsar_subscription_dispatch_throttled_msg_events{${S}}[${RATE}]))`,
              legend: "held by the {{reason}}'s rate",
            },
            { expr: `sum(pulsar_subscription_msg_drop_rate{${S}})`, legend: "dropped" },
            { expr: `sum(pulsar_subscription_msg_rate_expired{${S}})`, legend: "expired" },
          ],
        }),
        chart({
          width: 6,
          title: "Delayed and waiting for replay",
          description: "Messages that are to be delivered later, and messages that wait to be sent again.",
          unit: "short",
          queries: [
            { expr: `sum(pulsar_subscription_delayed{${S}})`, legend: "delayed" },
            { expr: `sum(pulsar_subscription_in_replay{${S}})`, legend: "waiting for replay" },
          ],
        }),
      ],
    },
  ],
});
