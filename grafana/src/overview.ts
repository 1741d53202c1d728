/** Is the cluster well, and what is it doing? */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, OF_SUBSCRIPTION, type PanelSource, RATE, stat, table } from "./panels.ts";

const C = `cluster=~"$cluster"`;
const byNamespace = (expr: string): string => `sum by (namespace) (${expr})`;

/** The ten topics with most of something, partitions added up where the brokers tell them apart. */
function list(title: string, what: string, unit: string, column: string, expr: string): PanelSource {
  return table({
    title,
    description: `${what}, the ten topics with most. A click leads to the topic.`,
    width: 8,
    keys: { namespace: "Namespace", topic: "Topic" },
    sortBy: column,
    links: {
      Topic:
        "/d/pulsar-topics?${__url_time_range}&${cluster:queryparam}&var-namespace=${__data.fields.Namespace}&var-topic=${__value.raw}",
    },
    columns: [{ name: column, unit, expr: `topk(10, sum by (namespace, topic) (${expr}))` }],
  });
}

const subscriptionsBehind = table({
  title: "Subscriptions furthest behind",
  description:
    "Entries not acknowledged, the ten subscriptions with most. A click leads to the topic's consumers.",
  width: 8,
  keys: { topic: "Topic", subscription: "Subscription" },
  sortBy: "Backlog",
  links: {
    Topic: "/d/pulsar-consumers?${__url_time_range}&${cluster:queryparam}&var-topic=${__value.raw}",
  },
  columns: [{
    name: "Backlog",
    unit: "short",
    expr: `topk(10, sum by (topic, subscription) (pulsar_subscription_back_log{${C}}))`,
  }],
});

export const overview = dashboard({
  uid: "pulsar-overview",
  title: "Pulsar Overview",
  description: "Is the cluster well, and what is it doing? Start here.",
  variables: [CLUSTER],
  rows: [
    {
      title: "Alerts",
      panels: [
        table({
          title: "Alerts",
          description: "Alerts that are pending or fire now; docs/runbooks has a page for each.",
          width: 24,
          height: 6,
          keys: { alertname: "Alert", severity: "Severity", alertstate: "State" },
          sortBy: "Count",
          columns: [{
            name: "Count",
            unit: "none",
            expr:
              `count by (alertname, severity, alertstate) (ALERTS{alertname!="Watchdog",cluster=~"$cluster|"}) or on() label_replace(label_replace(label_replace(vector(0), "alertname", "none", "", ""), "severity", "-", "", ""), "alertstate", "-", "", "")`,
          }],
        }),
      ],
    },
    {
      title: "Health",
      panels: [
        stat({
          title: "Brokers",
          next: "pulsar-broker",
          description: "Brokers that answer Prometheus.",
          unit: "none",
          expr: `count(pulsar_broker_topics_count{${C}})`,
          atLeast: 1,
          spark: false,
        }),
        stat({
          title: "Writable bookies",
          next: "pulsar-bookkeeper",
          description: "Bookies that take new entries. There must be as many as an ensemble has.",
          unit: "none",
          expr: `sum(bookie_SERVER_STATUS{${C}} == bool 1)`,
          atLeast: 1,
          spark: false,
        }),
        stat({
          title: "ZooKeeper servers",
          next: "pulsar-bookkeeper",
          description: "ZooKeeper servers that answer Prometheus.",
          unit: "none",
          expr: `count(znode_count{${C}})`,
          atLeast: 1,
          spark: false,
        }),
        stat({
          title: "Targets down",
          description: "Processes that Prometheus should reach and cannot.",
          unit: "none",
          expr: `sum(up{${C}} == bool 0)`,
          warnAt: 1,
          failAt: 1,
          spark: false,
        }),
        stat({
          title: "Alerts firing",
          description: "Alerts that fire now; the table above names them.",
          unit: "none",
          expr: `count(ALERTS{alertstate="firing",alertname!="Watchdog",cluster=~"$cluster|"}) or vector(0)`,
          warnAt: 1,
          failAt: 5,
          spark: false,
        }),
        stat({
          title: "Version",
          description: "Pulsar version of the brokers; more than one during an upgrade.",
          unit: "none",
          expr: `count by (version) (pulsar_version_info{${C}})`,
          textOf: "version",
        }),
        stat({
          title: "Under-replicated",
          next: "pulsar-bookkeeper",
          description:
            "Ledgers with fewer copies than their write quorum, as the last check of the auditor found.",
          unit: "none",
          expr: `max(replication_auditor_NUM_LEDGERS_HAVING_LESS_THAN_WQ_REPLICAS_OF_AN_ENTRY{${C}})`,
          warnAt: 1,
          failAt: 10,
          spark: false,
        }),
        stat({
          title: "Fullest ledger disk",
          next: "pulsar-bookkeeper",
          description:
            "Use of the fullest ledger directory of all bookies. At 95 % a bookie turns read-only.",
          unit: "percent",
          expr: `max({__name__=~"bookie_ledger_dir_.+_usage",${C}})`,
          warnAt: 80,
          failAt: 90,
          decimals: 0,
        }),
      ],
    },
    {
      title: "Traffic",
      panels: [
        stat({
          title: "Messages in",
          next: "pulsar-topics",
          description: "Messages published per second.",
          unit: "cps",
          expr: `sum(rate(pulsar_in_messages_total{${C}}[${RATE}]))`,
        }),
        stat({
          title: "Messages out",
          next: "pulsar-consumers",
          description: "Messages sent to consumers per second, each subscription counted.",
          unit: "cps",
          expr: `sum(rate(pulsar_out_messages_total{${C},${OF_SUBSCRIPTION}}[${RATE}]))`,
        }),
        stat({
          title: "Bytes in",
          next: "pulsar-topics",
          description: "Bytes published per second, as they came over the wire.",
          unit: "binBps",
          expr: `sum(rate(pulsar_in_bytes_total{${C}}[${RATE}]))`,
          decimals: 1,
        }),
        stat({
          title: "Bytes out",
          next: "pulsar-consumers",
          description: "Bytes sent to consumers per second.",
          unit: "binBps",
          expr: `sum(rate(pulsar_out_bytes_total{${C},${OF_SUBSCRIPTION}}[${RATE}]))`,
          decimals: 1,
        }),
        stat({
          title: "Backlog",
          next: "pulsar-consumers",
          description: "Entries (a batch is one) that some subscription has not acknowledged.",
          unit: "short",
          expr: `sum(pulsar_msg_backlog{${C}})`,
        }),
        stat({
          title: "Stored",
          next: "pulsar-topics",
          description: "Size of all topics, one copy counted.",
          unit: "bytes",
          expr: `sum(pulsar_storage_logical_size{${C}})`,
          decimals: 1,
        }),
        stat({
          title: "Topics",
          next: "pulsar-topics",
          description: "Topics loaded, the system's own included.",
          unit: "none",
          expr: `sum(pulsar_broker_topics_count{${C}})`,
        }),
        stat({
          title: "Producers / consumers",
          next: "pulsar-consumers",
          description: "Producers and consumers connected, together.",
          unit: "none",
          expr: `sum(pulsar_broker_producers_count{${C}}) + sum(pulsar_broker_consumers_count{${C}})`,
        }),
        chart({
          title: "Messages",
          description: "Messages per second into and out of all brokers.",
          unit: "cps",
          queries: [
            { expr: `sum(rate(pulsar_in_messages_total{${C}}[${RATE}]))`, legend: "in" },
            { expr: `sum(rate(pulsar_out_messages_total{${C},${OF_SUBSCRIPTION}}[${RATE}]))`, legend: "out" },
          ],
        }),
        chart({
          title: "Throughput",
          description: "Bytes per second into and out of all brokers.",
          unit: "binBps",
          queries: [
            { expr: `sum(rate(pulsar_in_bytes_total{${C}}[${RATE}]))`, legend: "in" },
            { expr: `sum(rate(pulsar_out_bytes_total{${C},${OF_SUBSCRIPTION}}[${RATE}]))`, legend: "out" },
          ],
        }),
        chart({
          title: "Backlog by namespace",
          description: "Entries not acknowledged. Growing means that consumers are slower than producers.",
          unit: "short",
          queries: [{ expr: byNamespace(`pulsar_msg_backlog{${C}}`), legend: "{{namespace}}" }],
        }),
      ],
    },
    {
      title: "Latency and saturation",
      panels: [
        chart({
          title: "Publish latency",
          description:
            "From a message's arrival at a broker to its receipt: the slowest broker's percentiles.",
          unit: "ms",
          warnAt: 100,
          queries: ["0.5", "0.99", "0.999"].map((quantile) => ({
            expr: `max(pulsar_broker_publish_latency{${C},quantile="${quantile}"})`,
            legend: `P${Number(quantile) * 100}`,
          })),
        }),
        chart({
          title: "Bookie latency, P99",
          description: "Time to store an entry, and within it the sync of the journal: the slowest bookie.",
          unit: "ms",
          warnAt: 100,
          queries: [
            {
              expr: `max(bookkeeper_server_ADD_ENTRY{${C},success="true",quantile="0.99"})`,
              legend: "store an entry",
            },
            {
              expr: `max(bookie_journal_JOURNAL_SYNC{${C},success="true",quantile="0.99"})`,
              legend: "sync the journal",
            },
          ],
        }),
        chart({
          title: "Metadata latency",
          description: "99th percentile of the brokers' metadata operations, and of writes inside ZooKeeper.",
          unit: "ms",
          warnAt: 200,
          queries: [
            {
              expr:
                `histogram_quantile(0.99, sum by (le) (rate(pulsar_metadata_store_ops_latency_ms_bucket{${C}}[${RATE}])))`,
              legend: "broker operations",
            },
            { expr: `max(updatelatency{${C},quantile="0.99"})`, legend: "ZooKeeper writes" },
          ],
        }),
        chart({
          title: "CPU",
          description: "Cores in use by each process.",
          unit: "none",
          decimals: 2,
          queries: [{
            expr: `sum by (job, instance) (rate(process_cpu_seconds_total{${C}}[${RATE}]))`,
            legend: "{{job}} {{instance}}",
          }],
        }),
        chart({
          title: "Heap",
          description: "Share of the Java heap in use. Saw-teeth are normal; a high plateau is not.",
          unit: "percentunit",
          max: 1,
          warnAt: 0.9,
          queries: [{
            expr:
              `sum by (job, instance) (jvm_memory_bytes_used{${C},area="heap"}) / sum by (job, instance) (jvm_memory_bytes_max{${C},area="heap"})`,
            legend: "{{job}} {{instance}}",
          }],
        }),
        chart({
          title: "Direct memory",
          description: "Share of the memory outside the heap in use: messages in flight and caches.",
          unit: "percentunit",
          max: 1,
          warnAt: 0.9,
          queries: [{
            expr:
              `sum by (job, instance) (jvm_memory_direct_bytes_used{${C}}) / sum by (job, instance) (jvm_memory_direct_bytes_max{${C}})`,
            legend: "{{job}} {{instance}}",
          }],
        }),
      ],
    },
    {
      title: "Top topics",
      panels: [
        list(
          "Largest backlogs",
          "Entries that the slowest subscription has not acknowledged",
          "short",
          "Backlog",
          `pulsar_msg_backlog{${C}}`,
        ),
        list(
          "Largest topics",
          "Size, one copy counted",
          "bytes",
          "Stored",
          `pulsar_storage_logical_size{${C}}`,
        ),
        list(
          "Most messages in",
          "Messages published per second",
          "cps",
          "Messages in",
          `rate(pulsar_in_messages_total{${C}}[${RATE}])`,
        ),
        list(
          "Most messages out",
          "Messages sent to consumers per second",
          "cps",
          "Messages out",
          `rate(pulsar_out_messages_total{${C},${OF_SUBSCRIPTION}}[${RATE}])`,
        ),
        list(
          "Most subscriptions",
          "Subscriptions of a topic",
          "none",
          "Subscriptions",
          `pulsar_subscriptions_count{${C}}`,
        ),
        subscriptionsBehind,
      ],
    },
    {
      title: "Namespaces",
      panels: [
        table({
          title: "Namespaces",
          description: "What each namespace does now. A click leads to its topics.",
          height: 6,
          keys: { namespace: "Namespace" },
          sortBy: "Messages in",
          links: {
            Namespace:
              "/d/pulsar-topics?${__url_time_range}&${cluster:queryparam}&var-namespace=${__value.raw}",
          },
          columns: [
            { name: "Topics", unit: "none", expr: byNamespace(`pulsar_topics_count{${C}}`) },
            {
              name: "Messages in",
              unit: "cps",
              expr: byNamespace(`rate(pulsar_in_messages_total{${C}}[${RATE}])`),
            },
            {
              name: "Messages out",
              unit: "cps",
              expr: byNamespace(`rate(pulsar_out_messages_total{${C},${OF_SUBSCRIPTION}}[${RATE}])`),
            },
            { name: "Backlog", unit: "short", expr: byNamespace(`pulsar_msg_backlog{${C}}`) },
            {
              name: "Stored",
              unit: "bytes",
              decimals: 1,
              expr: byNamespace(`pulsar_storage_logical_size{${C}}`),
            },
          ],
        }),
      ],
    },
  ],
});
