/** Load balancing: which broker has which bundles, and how often they move and split. */
import { B, BROKER, byBroker, perBroker } from "./broker.ts";
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, stat, table } from "./panels.ts";

const byBundle = (metric: string): string => `sum by (instance, bundle) (pulsar_bundle_${metric}{${B}})`;

export const loadBalancing = dashboard({
  uid: "pulsar-load-balancing",
  title: "Pulsar Load Balancing",
  description:
    "Load balancing: which broker has which bundles, and how often they move and split. Needs exposeBundlesMetricsInPrometheus, which the chart sets.",
  variables: [CLUSTER, BROKER],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Brokers",
          description: "Brokers that share the load.",
          unit: "none",
          width: 4,
          expr: `count(pulsar_broker_topics_count{${B}})`,
          atLeast: 1,
          spark: false,
        }),
        stat({
          title: "Bundles",
          description: "Bundles of namespaces that brokers own now.",
          unit: "none",
          width: 4,
          expr: `count(pulsar_bundle_topics_count{${B}})`,
        }),
        stat({
          title: "Busiest broker",
          description:
            "Share of all incoming messages that the busiest broker takes. With n brokers, 1/n is even.",
          unit: "percentunit",
          decimals: 0,
          width: 4,
          expr: `max(${byBroker(`pulsar_bundle_msg_rate_in{${B}}`)}) / sum(pulsar_bundle_msg_rate_in{${B}})`,
        }),
        stat({
          title: "Unloads",
          description: "Bundles that the load manager has moved away from a busy broker since the start.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_lb_unload_bundle_total{${B}}) or vector(0)`,
        }),
        stat({
          title: "Splits",
          description: "Bundles that the load manager has split since the start.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_lb_bundles_split_total{${B}}) or vector(0)`,
        }),
        stat({
          title: "Highest load",
          description: "The highest of CPU, direct memory and network in percent, the busiest broker.",
          unit: "percent",
          decimals: 0,
          width: 4,
          expr: `max({__name__=~"pulsar_lb_(cpu|directMemory|bandwidth_in|bandwidth_out)_usage",${B}})`,
          warnAt: 85,
        }),
      ],
    },
    {
      title: "Brokers",
      panels: [
        chart({
          title: "Bundles by broker",
          description: "Bundles that each broker owns. A step is a bundle that moved or split.",
          unit: "none",
          stack: true,
          queries: [{
            expr: `count by (instance) (pulsar_bundle_topics_count{${B}})`,
            legend: "{{instance}}",
          }],
        }),
        chart({
          title: "Messages in by broker",
          description: "Messages per second that each broker's bundles take.",
          unit: "cps",
          stack: true,
          queries: perBroker(`pulsar_bundle_msg_rate_in{${B}}`),
        }),
        chart({
          title: "Messages out by broker",
          description: "Messages per second that each broker's bundles send to consumers.",
          unit: "cps",
          stack: true,
          queries: perBroker(`pulsar_bundle_msg_rate_out{${B}}`),
        }),
        chart({
          title: "Unloads",
          description: "Bundles moved away since the start, and how often brokers were found too busy.",
          unit: "none",
          queries: [
            { expr: byBroker(`pulsar_lb_unload_bundle_total{${B}}`), legend: "{{instance}} bundles" },
            { expr: byBroker(`pulsar_lb_unload_broker_total{${B}}`), legend: "{{instance}} times" },
          ],
        }),
        chart({
          title: "Splits",
          description: "Bundles split since the start: they had too many topics, sessions or messages.",
          unit: "none",
          queries: perBroker(`pulsar_lb_bundles_split_total{${B}}`),
        }),
        chart({
          title: "Time to assign a bundle",
          description: "Half and 99 % of the assignments of bundles to brokers stay within.",
          unit: "ms",
          queries: ["0.5", "0.99"].map((quantile) => ({
            expr:
              `max by (instance) (pulsar_broker_load_manager_bundle_assigment{${B},quantile="${quantile}"} >= 0)`,
            legend: `{{instance}} P${Number(quantile) * 100}`,
          })),
        }),
      ],
    },
    {
      title: "Bundles",
      panels: [
        table({
          title: "Busiest bundles",
          description: "The bundles with the most incoming messages, and whose they are.",
          keys: { bundle: "Bundle", instance: "Broker" },
          sortBy: "Messages in",
          columns: [
            { name: "Messages in", unit: "cps", expr: `topk(50, ${byBundle("msg_rate_in")})` },
            { name: "Messages out", unit: "cps", expr: byBundle("msg_rate_out") },
            { name: "Bytes in", unit: "binBps", decimals: 1, expr: byBundle("msg_throughput_in") },
            { name: "Bytes out", unit: "binBps", decimals: 1, expr: byBundle("msg_throughput_out") },
            { name: "Topics", unit: "none", expr: byBundle("topics_count") },
            { name: "Producers", unit: "none", expr: byBundle("producer_count") },
            { name: "Consumers", unit: "none", expr: byBundle("consumer_count") },
          ],
        }),
      ],
    },
  ],
});
