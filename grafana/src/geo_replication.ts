/** Geo-replication: what goes to other clusters, and what waits. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, type Query, stat, table } from "./panels.ts";
import { NAMESPACE } from "./topics.ts";

const R = `cluster=~"$cluster",namespace=~"$namespace",remote_cluster=~"$remote"`;
const byRemote = (expr: string): string => `sum by (remote_cluster) (${expr})`;
const perRemote = (metric: string): Query[] => [{
  expr: byRemote(`${metric}{${R}}`),
  legend: "to {{remote_cluster}}",
}];
const byTopic = (expr: string): string => `sum by (namespace, topic, remote_cluster) (${expr})`;

export const geoReplication = dashboard({
  uid: "pulsar-geo-replication",
  title: "Pulsar Geo-Replication",
  description: "Geo-replication: what goes to other clusters, how fast, and what waits.",
  variables: [
    CLUSTER,
    { ...NAMESPACE, from: `pulsar_replication_backlog{cluster=~"$cluster"}` },
    {
      name: "remote",
      label: "Remote cluster",
      description: "Clusters that messages are sent to",
      from: `pulsar_replication_backlog{cluster=~"$cluster"}`,
      ofLabel: "remote_cluster",
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Sent",
          description: "Messages sent to other clusters per second.",
          unit: "cps",
          width: 4,
          expr: `sum(pulsar_replication_rate_out{${R}})`,
        }),
        stat({
          title: "Throughput",
          description: "Bytes sent to other clusters per second.",
          unit: "binBps",
          decimals: 1,
          width: 4,
          expr: `sum(pulsar_replication_throughput_out{${R}})`,
        }),
        stat({
          title: "Backlog",
          description: "Entries that other clusters do not have yet.",
          unit: "short",
          width: 4,
          expr: `sum(pulsar_replication_backlog{${R}})`,
          warnAt: 10_000,
          failAt: 1_000_000,
        }),
        stat({
          title: "Longest delay",
          description: "Age of the oldest message that another cluster does not have yet.",
          unit: "s",
          width: 4,
          expr: `max(pulsar_replication_delay_in_seconds{${R}})`,
          warnAt: 60,
          failAt: 600,
        }),
        stat({
          title: "Connected",
          description: "Replicators (one for each topic and remote cluster) that are connected.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_replication_connected_count{${R}})`,
          spark: false,
        }),
        stat({
          title: "Not connected",
          description: "Replicators that are not connected. Their backlog grows until they are.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_replication_disconnected_count{${R}})`,
          failAt: 1,
          spark: false,
        }),
      ],
    },
    {
      title: "By remote cluster",
      panels: [
        chart({
          title: "Messages sent",
          description: "Messages sent per second to each remote cluster.",
          unit: "cps",
          queries: perRemote("pulsar_replication_rate_out"),
        }),
        chart({
          title: "Throughput",
          description: "Bytes sent per second to each remote cluster.",
          unit: "binBps",
          queries: perRemote("pulsar_replication_throughput_out"),
        }),
        chart({
          title: "Backlog",
          description:
            "Entries that each remote cluster does not have yet. Growing: the link or the other side is too slow.",
          unit: "short",
          queries: perRemote("pulsar_replication_backlog"),
        }),
        chart({
          title: "Delay",
          description: "Age of the oldest message that a remote cluster does not have yet.",
          unit: "s",
          warnAt: 60,
          queries: [{
            expr: `max by (remote_cluster) (pulsar_replication_delay_in_seconds{${R}})`,
            legend: "to {{remote_cluster}}",
          }],
        }),
        chart({
          title: "Connections",
          description: "Replicators that are connected and that are not.",
          unit: "none",
          queries: [
            { expr: byRemote(`pulsar_replication_connected_count{${R}}`), legend: "to {{remote_cluster}}" },
            {
              expr: byRemote(`pulsar_replication_disconnected_count{${R}}`),
              legend: "to {{remote_cluster}}, not connected",
            },
          ],
        }),
        chart({
          title: "Received and expired",
          description:
            "Messages per second that came from a remote cluster, and that expired before they were sent to it.",
          unit: "cps",
          queries: [
            { expr: byRemote(`pulsar_replication_rate_in{${R}}`), legend: "from {{remote_cluster}}" },
            {
              expr: byRemote(`pulsar_replication_rate_expired{${R}}`),
              legend: "to {{remote_cluster}}, expired",
            },
          ],
        }),
      ],
    },
    {
      title: "Topics",
      panels: [
        table({
          title: "Replicated topics, by backlog",
          description: "The topics with the most entries that another cluster does not have yet.",
          keys: { namespace: "Namespace", topic: "Topic", remote_cluster: "Remote cluster" },
          sortBy: "Backlog",
          columns: [
            {
              name: "Backlog",
              unit: "short",
              expr: `topk(50, ${byTopic(`pulsar_replication_backlog{${R}}`)})`,
            },
            { name: "Sent", unit: "cps", expr: byTopic(`pulsar_replication_rate_out{${R}}`) },
            {
              name: "Throughput",
              unit: "binBps",
              decimals: 1,
              expr: byTopic(`pulsar_replication_throughput_out{${R}}`),
            },
            { name: "Connected", unit: "none", expr: byTopic(`pulsar_replication_connected_count{${R}}`) },
          ],
        }),
      ],
    },
  ],
});
