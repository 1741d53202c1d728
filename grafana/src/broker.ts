/** Brokers from the inside: traffic, publishing, connections, lookups, cache, metadata, load. */
import { CLUSTER, dashboard, type Variable } from "./dashboard.ts";
import { chart, OF_SUBSCRIPTION, type Query, RATE } from "./panels.ts";

/** The chosen brokers, as a selector of their metrics. */
export const B = `cluster=~"$cluster",instance=~"$broker"`;
const rate = (metric: string, more = ""): string => `rate(${metric}{${B}${more}}[${RATE}])`;
export const byBroker = (expr: string): string => `sum by (instance) (${expr})`;
/** One curve for each broker. */
export const perBroker = (expr: string): Query[] => [{ expr: byBroker(expr), legend: "{{instance}}" }];

export const BROKER: Variable = {
  name: "broker",
  label: "Broker",
  description: "Brokers to look at",
  from: `pulsar_version_info{cluster=~"$cluster"}`,
  ofLabel: "instance",
};

export const broker = dashboard({
  uid: "pulsar-broker",
  title: "Pulsar Broker",
  description:
    "Brokers from the inside: traffic, publishing, connections, lookups, cache, metadata and load.",
  variables: [CLUSTER, BROKER],
  rows: [
    {
      title: "Traffic",
      panels: [
        chart({
          title: "Messages in",
          description: "Messages published per second, by broker. Uneven brokers mean uneven bundles.",
          unit: "cps",
          stack: true,
          queries: perBroker(rate("pulsar_in_messages_total")),
        }),
        chart({
          title: "Messages out",
          description: "Messages sent to consumers per second, by broker.",
          unit: "cps",
          stack: true,
          queries: perBroker(rate("pulsar_out_messages_total", `,${OF_SUBSCRIPTION}`)),
        }),
        chart({
          title: "Throughput",
          description: "Bytes per second in and out, by broker.",
          unit: "binBps",
          queries: [
            { expr: byBroker(rate("pulsar_in_bytes_total")), legend: "{{instance}} in" },
            {
              expr: byBroker(rate("pulsar_out_bytes_total", `,${OF_SUBSCRIPTION}`)),
              legend: "{{instance}} out",
            },
          ],
        }),
      ],
    },
    {
      title: "Publishing",
      panels: [
        chart({
          title: "Publish latency",
          description: "From a message's arrival at the broker to its receipt, by broker.",
          unit: "ms",
          warnAt: 100,
          queries: ["0.5", "0.95", "0.99", "0.999"].map((quantile) => ({
            expr: `max by (instance) (pulsar_broker_publish_latency{${B},quantile="${quantile}"})`,
            legend: `{{instance}} P${Number(quantile) * 100}`,
          })),
        }),
        chart({
          title: "Entries written",
          description: "Entries (batches) that the managed ledgers added per second, and those that failed.",
          unit: "cps",
          queries: [
            { expr: byBroker(`pulsar_ml_AddEntryMessagesRate{${B}}`), legend: "{{instance}} added" },
            { expr: byBroker(`pulsar_ml_AddEntryErrors{${B}}`), legend: "{{instance}} failed" },
          ],
        }),
        chart({
          title: "Publishes held back",
          description:
            "Times a publish rate limit was reached per second, and connections that are not read from. Above zero, producers wait for the broker.",
          unit: "short",
          queries: [
            {
              expr: byBroker(rate("pulsar_publish_rate_limit_times")),
              legend: "{{instance}} limits reached per second",
            },
            {
              expr: byBroker(`pulsar_broker_throttled_connections{${B}}`),
              legend: "{{instance}} throttled connections",
            },
          ],
        }),
      ],
    },
    {
      title: "Connections and lookups",
      panels: [
        chart({
          title: "Connections",
          description: "Open connections of clients and other brokers.",
          unit: "none",
          queries: perBroker(`pulsar_active_connections{${B}}`),
        }),
        chart({
          title: "Connections made and lost",
          description:
            "Connections opened, closed and failed per second. Much coming and going costs lookups.",
          unit: "cps",
          queries: [
            { expr: byBroker(rate("pulsar_connection_created_total_count")), legend: "{{instance}} opened" },
            { expr: byBroker(rate("pulsar_connection_closed_total_count")), legend: "{{instance}} closed" },
            { expr: byBroker(rate("pulsar_connection_create_fail_count")), legend: "{{instance}} failed" },
          ],
        }),
        chart({
          title: "Topic lookups",
          description: "Lookups answered, redirected to another broker and failed, per second.",
          unit: "cps",
          queries: [
            { expr: byBroker(rate("pulsar_broker_lookup_answers_total")), legend: "{{instance}} answered" },
            {
              expr: byBroker(rate("pulsar_broker_lookup_redirects_total")),
              legend: "{{instance}} redirected",
            },
            { expr: byBroker(rate("pulsar_broker_lookup_failures_total")), legend: "{{instance}} failed" },
          ],
        }),
        chart({
          title: "Time of a lookup and of loading a topic",
          description:
            "Mean over the window. Loading opens ledgers and cursors, so metadata latency shows here.",
          unit: "s",
          queries: [
            {
              expr: `${byBroker(rate("pulsar_broker_lookup_sum"))} / ${
                byBroker(rate("pulsar_broker_lookup_count"))
              } >= 0`,
              legend: "{{instance}} lookup",
            },
            {
              expr: `max by (instance) (pulsar_topic_load_times{${B},quantile="0.99"} / 1000 >= 0)`,
              legend: "{{instance}} load P99",
            },
          ],
        }),
        chart({
          title: "Pending",
          description: "Lookups and topic loads that wait for their turn.",
          unit: "none",
          queries: [
            { expr: byBroker(`pulsar_broker_lookup_pending_requests{${B}}`), legend: "{{instance}} lookups" },
            {
              expr: byBroker(`pulsar_broker_topic_load_pending_requests{${B}}`),
              legend: "{{instance}} topic loads",
            },
          ],
        }),
        chart({
          title: "Topics, producers, consumers",
          description: "What each broker serves.",
          unit: "none",
          queries: [
            { expr: byBroker(`pulsar_broker_topics_count{${B}}`), legend: "{{instance}} topics" },
            { expr: byBroker(`pulsar_broker_producers_count{${B}}`), legend: "{{instance}} producers" },
            { expr: byBroker(`pulsar_broker_consumers_count{${B}}`), legend: "{{instance}} consumers" },
            {
              expr: byBroker(`pulsar_broker_subscriptions_count{${B}}`),
              legend: "{{instance}} subscriptions",
            },
          ],
        }),
      ],
    },
    {
      title: "Entry cache",
      panels: [
        chart({
          title: "Reads: cache or bookies",
          description:
            "Bytes per second served from the broker's cache and read from bookies. Consumers that keep up are served from the cache.",
          unit: "binBps",
          queries: [
            { expr: byBroker(`pulsar_ml_cache_hits_throughput{${B}}`), legend: "{{instance}} from cache" },
            {
              expr: byBroker(`pulsar_ml_cache_misses_throughput{${B}}`),
              legend: "{{instance}} from bookies",
            },
          ],
        }),
        chart({
          title: "Entry cache",
          description: "Size of the cache in direct memory.",
          unit: "bytes",
          queries: perBroker(`pulsar_ml_cache_used_size{${B}}`),
        }),
        chart({
          title: "Entries in and out of the cache",
          description: "Entries put in and pushed out per second.",
          unit: "cps",
          queries: [
            { expr: byBroker(rate("pulsar_ml_cache_inserted_entries_total")), legend: "{{instance}} put in" },
            {
              expr: byBroker(rate("pulsar_ml_cache_evicted_entries_total")),
              legend: "{{instance}} pushed out",
            },
          ],
        }),
      ],
    },
    {
      title: "Metadata",
      panels: [
        chart({
          title: "Metadata operations",
          description: "Operations per second by kind. Load tests that create topics show up as puts.",
          unit: "cps",
          queries: [{
            expr: `sum by (type, status) (${rate("pulsar_metadata_store_ops_latency_ms_count")})`,
            legend: "{{type}} {{status}}",
          }],
        }),
        chart({
          title: "Metadata latency",
          description: "Percentiles of all operations that succeeded.",
          unit: "ms",
          warnAt: 200,
          queries: [0.5, 0.99].map((quantile) => ({
            expr: `histogram_quantile(${quantile}, sum by (instance, le) (${
              rate("pulsar_metadata_store_ops_latency_ms_bucket", `,status="success"`)
            }))`,
            legend: `{{instance}} P${quantile * 100}`,
          })),
        }),
        chart({
          title: "Metadata written",
          description: "Bytes written to the metadata store per second.",
          unit: "binBps",
          queries: perBroker(rate("pulsar_metadata_store_put_bytes_total")),
        }),
      ],
    },
    {
      title: "Load and HTTP",
      panels: [
        chart({
          title: "Load as the load manager sees it",
          description: "Use in percent that decides where bundles go; the highest of the five counts.",
          unit: "percent",
          queries: [
            { expr: `max by (instance) (pulsar_lb_cpu_usage{${B}})`, legend: "{{instance}} CPU" },
            { expr: `max by (instance) (pulsar_lb_memory_usage{${B}})`, legend: "{{instance}} heap" },
            {
              expr: `max by (instance) (pulsar_lb_directMemory_usage{${B}})`,
              legend: "{{instance}} direct memory",
            },
            {
              expr: `max by (instance) (pulsar_lb_bandwidth_in_usage{${B}})`,
              legend: "{{instance}} network in",
            },
            {
              expr: `max by (instance) (pulsar_lb_bandwidth_out_usage{${B}})`,
              legend: "{{instance}} network out",
            },
          ],
        }),
        chart({
          title: "HTTP answers",
          description: "Answers of the admin API per second, by class. 5xx should not happen.",
          unit: "reqps",
          stack: true,
          queries: [{ expr: `sum by (code) (${rate("jetty_responses_total")})`, legend: "{{code}}" }],
        }),
        chart({
          title: "HTTP threads",
          description: "Busy threads of the admin API against their number.",
          unit: "none",
          dashed: ["limit"],
          queries: [
            { expr: byBroker(`pulsar_web_executor_active_threads{${B}}`), legend: "{{instance}} busy" },
            { expr: `max(pulsar_web_executor_max_threads{${B}})`, legend: "limit" },
          ],
        }),
      ],
    },
  ],
});
