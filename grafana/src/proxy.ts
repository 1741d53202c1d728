/** Proxies: who comes through them, what they turn away, and what it costs. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, type PanelSource, type Query, RATE, stat } from "./panels.ts";

const P = `cluster=~"$cluster",instance=~"$proxy"`;
const rate = (metric: string): string => `rate(${metric}{${P}}[${RATE}])`;
const byProxy = (expr: string): string => `sum by (instance) (${expr})`;
const perProxy = (expr: string): Query[] => [{ expr: byProxy(expr), legend: "{{instance}}" }];

/** Of metrics that every Java process has: "All" of the variable stands for any instance, not for proxies alone. */
const ofProxies = (expr: string): string => `${expr} and on (instance) pulsar_proxy_active_connections{${P}}`;
/** By default a proxy on Linux lets the kernel pass on what follows the first commands of a connection. */
const UNCOUNTED =
  "With zero copy, a proxy's default on Linux, all but the start of each connection goes uncounted.";

const LOOKUPS = [
  ["lookup", "topic lookups"],
  ["partitions_metadata", "partitions"],
  ["get_topics_of_namespace", "topics of a namespace"],
  ["get_schema", "schemas"],
] as const;
/** Requests for schemas are counted, but never turned away. */
const lookups = (rejected: "" | "rejected_"): Query[] =>
  LOOKUPS.filter(([kind]) => rejected === "" || kind !== "get_schema").map(([kind, legend]) => ({
    expr: `sum(${rate(`pulsar_proxy_${rejected}${kind}_requests_total`)})`,
    legend,
  }));
const figure = (title: string, description: string, unit: string, expr: string): PanelSource =>
  stat({ title, description, unit, expr });

export const proxy = dashboard({
  uid: "pulsar-proxy",
  title: "Pulsar Proxy",
  description: "Proxies: who comes through them, what they turn away, and what it costs.",
  variables: [
    CLUSTER,
    {
      name: "proxy",
      label: "Proxy",
      description: "Proxies to look at",
      from: `pulsar_proxy_active_connections{cluster=~"$cluster"}`,
      ofLabel: "instance",
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Proxies",
          description: "Proxies that answer Prometheus.",
          unit: "none",
          expr: `count(pulsar_proxy_active_connections{${P}})`,
          atLeast: 1,
          spark: false,
        }),
        figure(
          "Connections",
          "Connections of clients that are open now.",
          "none",
          `sum(pulsar_proxy_active_connections{${P}})`,
        ),
        figure(
          "New connections",
          "Connections opened per second. Many of them mean clients that do not keep theirs.",
          "cps",
          `sum(${rate("pulsar_proxy_new_connections_total")})`,
        ),
        stat({
          title: "Rejected connections",
          description:
            "Connections turned away per second, because maxConcurrentInboundConnections is reached.",
          unit: "cps",
          expr: `sum(${rate("pulsar_proxy_rejected_connections_total")})`,
          failAt: 0.001,
        }),
        figure(
          "Operations",
          `Operations of the binary protocol that went through, per second. ${UNCOUNTED}`,
          "ops",
          `sum(${rate("pulsar_proxy_binary_ops_total")})`,
        ),
        stat({
          title: "Bytes",
          description: `Bytes of the binary protocol per second, both directions. ${UNCOUNTED}`,
          unit: "binBps",
          decimals: 1,
          expr: `sum(${rate("pulsar_proxy_binary_bytes_total")})`,
        }),
        figure(
          "Topic lookups",
          "Lookups that proxies answered for clients, per second.",
          "reqps",
          `sum(${rate("pulsar_proxy_lookup_requests_total")})`,
        ),
        stat({
          title: "Rejected lookups",
          description: "Lookups turned away per second, because maxConcurrentLookupRequests is reached.",
          unit: "reqps",
          expr: `sum(${rate("pulsar_proxy_rejected_lookup_requests_total")})`,
          failAt: 0.001,
        }),
      ],
    },
    {
      title: "Connections and traffic",
      panels: [
        chart({
          title: "Connections",
          description: "Open connections of clients, by proxy. Uneven proxies mean an uneven load balancer.",
          unit: "none",
          stack: true,
          queries: perProxy(`pulsar_proxy_active_connections{${P}}`),
        }),
        chart({
          title: "New and rejected",
          description: "Connections opened and turned away per second.",
          unit: "cps",
          queries: [
            { expr: byProxy(rate("pulsar_proxy_new_connections_total")), legend: "{{instance}} new" },
            {
              expr: byProxy(rate("pulsar_proxy_rejected_connections_total")),
              legend: "{{instance}} rejected",
            },
          ],
        }),
        chart({
          title: "Operations",
          description: `Operations of the binary protocol per second, by proxy. ${UNCOUNTED}`,
          unit: "ops",
          queries: perProxy(rate("pulsar_proxy_binary_ops_total")),
        }),
        chart({
          title: "Throughput",
          description: `Bytes of the binary protocol per second, both directions, by proxy. ${UNCOUNTED}`,
          unit: "binBps",
          queries: perProxy(rate("pulsar_proxy_binary_bytes_total")),
        }),
        chart({
          title: "Lookups",
          description: "What clients asked before they connected to a broker, per second.",
          unit: "reqps",
          queries: lookups(""),
        }),
        chart({
          title: "Rejected lookups",
          description: "Questions turned away per second. Clients try again, so connecting becomes slow.",
          unit: "reqps",
          queries: lookups("rejected_"),
        }),
      ],
    },
    {
      title: "Process",
      panels: [
        chart({
          title: "CPU",
          description: "Cores in use by each proxy.",
          unit: "none",
          decimals: 2,
          queries: [{ expr: ofProxies(byProxy(rate("process_cpu_seconds_total"))), legend: "{{instance}}" }],
        }),
        chart({
          title: "Heap",
          description: "Share of the Java heap in use.",
          unit: "percentunit",
          max: 1,
          warnAt: 0.9,
          queries: [{
            expr: ofProxies(
              `${byProxy(`jvm_memory_bytes_used{${P},area="heap"}`)} / ${
                byProxy(`jvm_memory_bytes_max{${P},area="heap"}`)
              }`,
            ),
            legend: "{{instance}}",
          }],
        }),
        chart({
          title: "Direct memory",
          description: "Share of the memory outside the heap in use: bytes on their way through.",
          unit: "percentunit",
          max: 1,
          warnAt: 0.9,
          queries: [{
            expr: ofProxies(
              `${byProxy(`jvm_memory_direct_bytes_used{${P}}`)} / ${
                byProxy(`jvm_memory_direct_bytes_max{${P}}`)
              }`,
            ),
            legend: "{{instance}}",
          }],
        }),
      ],
    },
  ],
});
