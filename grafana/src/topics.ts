/** Topics: which are busy, how fast they store, how much they hold. */
import { CLUSTER, dashboard, type Variable } from "./dashboard.ts";
import { chart, OF_SUBSCRIPTION, RATE, stat, table } from "./panels.ts";

export const NAMESPACE: Variable = {
  name: "namespace",
  label: "Namespace",
  description: "Pulsar namespaces, as tenant/namespace",
  from: `pulsar_topics_count{cluster=~"$cluster"}`,
};
export const TOPIC: Variable = {
  name: "topic",
  label: "Topic",
  description:
    "Topics; a partition is a topic of its own. All leaves out the system's own, which begin with __",
  from: `pulsar_msg_backlog{cluster=~"$cluster",namespace=~"$namespace"}`,
  all: ".*/([^/_]|_[^/_])[^/]*",
};

const T = `cluster=~"$cluster",namespace=~"$namespace",topic=~"$topic"`;
const rate = (metric: string, more = ""): string => `rate(${metric}{${T}${more}}[${RATE}])`;
const byTopic = (expr: string): string => `sum by (namespace, topic) (${expr})`;
const top = (expr: string): { expr: string; legend: string }[] => [{
  expr: `topk(10, sum by (topic) (${expr}))`,
  legend: "{{topic}}",
}];

/** `le` in ms as the names of the metrics have it, and how it is called in the legend. */
const LATENCY_BUCKETS: readonly (readonly [string, string])[] = [
  ["le_0_5", "≤ 0.5 ms"],
  ["le_1", "≤ 1 ms"],
  ["le_5", "≤ 5 ms"],
  ["le_10", "≤ 10 ms"],
  ["le_20", "≤ 20 ms"],
  ["le_50", "≤ 50 ms"],
  ["le_100", "≤ 100 ms"],
  ["le_200", "≤ 200 ms"],
  ["le_1000", "≤ 1 s"],
  ["overflow", "> 1 s"],
];
const SIZE_BUCKETS: readonly (readonly [string, string])[] = [
  ["le_128", "≤ 128 B"],
  ["le_512", "≤ 512 B"],
  ["le_1_kb", "≤ 1 KiB"],
  ["le_2_kb", "≤ 2 KiB"],
  ["le_4_kb", "≤ 4 KiB"],
  ["le_16_kb", "≤ 16 KiB"],
  ["le_100_kb", "≤ 100 KiB"],
  ["le_1_mb", "≤ 1 MiB"],
  ["le_overflow", "> 1 MiB"],
];
const buckets = (metric: string, names: typeof LATENCY_BUCKETS): { expr: string; legend: string }[] =>
  names.map(([suffix, legend]) => ({ expr: `sum(${metric}_${suffix}{${T}})`, legend }));

/** From green for the first to red for the last. */
const SHADES = [
  "#37872D",
  "#56A64B",
  "#73BF69",
  "#96D98D",
  "#F2CC0C",
  "#FFB357",
  "#FF9830",
  "#FF780A",
  "#F2495C",
  "#C4162A",
];
const slowToRed = (names: typeof LATENCY_BUCKETS): Record<string, string> =>
  Object.fromEntries(names.map(([, legend], index) => [legend, SHADES[index]!]));

export const topics = dashboard({
  uid: "pulsar-topics",
  title: "Pulsar Topics",
  description: "Topics: which are busy, how fast they store, how much they hold.",
  variables: [CLUSTER, NAMESPACE, TOPIC],
  rows: [
    {
      title: "Chosen topics",
      panels: [
        stat({
          title: "Topics",
          description: "Topics that the variables choose.",
          unit: "none",
          expr: `count(pulsar_msg_backlog{${T}})`,
          spark: false,
        }),
        stat({
          title: "Producers",
          description: "Producers connected to them.",
          unit: "none",
          expr: `sum(pulsar_producers_count{${T}})`,
        }),
        stat({
          title: "Consumers",
          description: "Consumers connected to them.",
          unit: "none",
          expr: `sum(pulsar_consumers_count{${T}})`,
        }),
        stat({
          title: "Subscriptions",
          description: "Subscriptions they have, the system's own included.",
          unit: "none",
          expr: `sum(pulsar_subscriptions_count{${T}})`,
        }),
        stat({
          title: "Messages in",
          description: "Messages published per second.",
          unit: "cps",
          expr: `sum(${rate("pulsar_in_messages_total")})`,
        }),
        stat({
          title: "Messages out",
          description: "Messages sent to consumers per second, each subscription counted.",
          unit: "cps",
          expr: `sum(${rate("pulsar_out_messages_total", `,${OF_SUBSCRIPTION}`)})`,
        }),
        stat({
          title: "Backlog",
          description: "Entries (a batch is one) not acknowledged.",
          unit: "short",
          expr: `sum(pulsar_msg_backlog{${T}})`,
        }),
        stat({
          title: "Stored",
          description: "Size of the topics, one copy counted.",
          unit: "bytes",
          decimals: 1,
          expr: `sum(pulsar_storage_logical_size{${T}})`,
        }),
        table({
          title: "Busiest topics",
          description: "The 50 topics with most messages in. A click leads to the consumers of a topic.",
          height: 7,
          keys: { topic: "Topic" },
          sortBy: "Messages in",
          links: {
            Topic:
              "/d/pulsar-consumers?${__url_time_range}&${cluster:queryparam}&${namespace:queryparam}&var-topic=${__value.raw}",
          },
          columns: [
            {
              name: "Messages in",
              unit: "cps",
              expr: `topk(50, sum by (topic) (${rate("pulsar_in_messages_total")}))`,
            },
            {
              name: "Messages out",
              unit: "cps",
              expr: `sum by (topic) (${rate("pulsar_out_messages_total", `,${OF_SUBSCRIPTION}`)})`,
            },
            {
              name: "Bytes in",
              unit: "binBps",
              decimals: 1,
              expr: `sum by (topic) (${rate("pulsar_in_bytes_total")})`,
            },
            { name: "Producers", unit: "none", expr: `sum by (topic) (pulsar_producers_count{${T}})` },
            { name: "Consumers", unit: "none", expr: `sum by (topic) (pulsar_consumers_count{${T}})` },
            { name: "Backlog", unit: "short", expr: `sum by (topic) (pulsar_msg_backlog{${T}})` },
            {
              name: "Oldest",
              unit: "s",
              warnAt: 600,
              failAt: 3600,
              expr: `max by (topic) (clamp_min(pulsar_storage_backlog_age_seconds{${T}}, 0))`,
            },
            {
              name: "Stored",
              unit: "bytes",
              decimals: 1,
              expr: `sum by (topic) (pulsar_storage_logical_size{${T}})`,
            },
          ],
        }),
      ],
    },
    {
      title: "Traffic (ten busiest)",
      panels: [
        chart({
          title: "Messages in",
          description: "Messages published per second.",
          unit: "cps",
          queries: top(rate("pulsar_in_messages_total")),
        }),
        chart({
          title: "Messages out",
          description: "Messages sent to consumers per second, all subscriptions together.",
          unit: "cps",
          queries: top(rate("pulsar_out_messages_total", `,${OF_SUBSCRIPTION}`)),
        }),
        chart({
          title: "Mean message size",
          description: "Bytes of a message as published; compressed batches count as they are.",
          unit: "bytes",
          queries: [{
            expr: `topk(10, ${byTopic(rate("pulsar_in_bytes_total"))} / ${
              byTopic(rate("pulsar_in_messages_total"))
            } >= 0)`,
            legend: "{{topic}}",
          }],
        }),
      ],
    },
    {
      title: "Storage",
      panels: [
        chart({
          title: "Storage write latency by bucket",
          description:
            "Share of entries by the time it took to store them, in the last period of the broker's statistics. Much in the slow buckets means slow bookies.",
          unit: "short",
          percentStack: true,
          bars: true,
          queries: buckets("pulsar_storage_write_latency", LATENCY_BUCKETS),
          colors: slowToRed(LATENCY_BUCKETS),
        }),
        chart({
          title: "Ledger write latency by bucket",
          description:
            "The same within BookKeeper's client alone; the difference is time spent in the broker's queues.",
          unit: "short",
          percentStack: true,
          bars: true,
          queries: buckets("pulsar_storage_ledger_write_latency", LATENCY_BUCKETS),
          colors: slowToRed(LATENCY_BUCKETS),
        }),
        chart({
          title: "Entry size by bucket",
          description: "Share of entries (batches) by size. Larger entries cost less each.",
          unit: "short",
          percentStack: true,
          bars: true,
          queries: buckets("pulsar_entry_size", SIZE_BUCKETS),
          colors: slowToRed(SIZE_BUCKETS.toReversed()),
        }),
        chart({
          title: "Entries written and read",
          description: "Entries per second to and from storage; reads that the cache serves are counted too.",
          unit: "cps",
          queries: [
            { expr: `sum(pulsar_storage_write_rate{${T}})`, legend: "written" },
            { expr: `sum(pulsar_storage_read_rate{${T}})`, legend: "read" },
            { expr: `sum(pulsar_storage_read_cache_misses_rate{${T}})`, legend: "read from bookies" },
          ],
        }),
        chart({
          title: "Stored",
          description: "Size of a topic with all its copies.",
          unit: "bytes",
          queries: top(`pulsar_storage_size{${T}}`),
        }),
        chart({
          title: "Publish rate limit reached",
          description: "Times per second that a publish rate limit of the topic was reached.",
          unit: "cps",
          queries: top(rate("pulsar_publish_rate_limit_times")),
        }),
      ],
    },
    {
      title: "Backlog",
      panels: [
        chart({
          title: "Backlog",
          description: "Entries not acknowledged by the slowest subscription.",
          unit: "short",
          queries: top(`pulsar_msg_backlog{${T}}`),
        }),
        chart({
          title: "Age of the backlog",
          description: "Age of the oldest message that is not acknowledged.",
          unit: "s",
          warnAt: 3600,
          queries: [{
            expr: `topk(10, max by (topic) (clamp_min(pulsar_storage_backlog_age_seconds{${T}}, 0)))`,
            legend: "{{topic}}",
          }],
        }),
        chart({
          title: "Backlog against quota",
          description: "Size of the backlog, and the quota where there is one.",
          unit: "bytes",
          dashed: ["lowest quota"],
          queries: [
            ...top(`pulsar_storage_backlog_size{${T}}`),
            { expr: `min(pulsar_storage_backlog_quota_limit{${T}} > 0)`, legend: "lowest quota" },
          ],
        }),
      ],
    },
  ],
});
