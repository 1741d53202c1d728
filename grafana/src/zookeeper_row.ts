/** What ZooKeeper says of itself, as a row of the dashboard of bookies. */
import type { Row } from "./dashboard.ts";
import { chart, RATE } from "./panels.ts";

const Z = `cluster=~"$cluster"`;

export const zookeeperRow: Row = {
  title: "ZooKeeper",
  panels: [
    chart({
      title: "Request latency, P99",
      description: "Reads and writes inside ZooKeeper.",
      unit: "ms",
      warnAt: 100,
      queries: [
        {
          expr: `max by (instance) (readlatency{${Z},quantile="0.99"} >= 0)`,
          legend: "{{instance}} read",
        },
        {
          expr: `max by (instance) (updatelatency{${Z},quantile="0.99"} >= 0)`,
          legend: "{{instance}} write",
        },
      ],
    }),
    chart({
      title: "Sync of the log",
      description: "Mean time of an fsync of ZooKeeper's log: the floor of every write.",
      unit: "ms",
      warnAt: 50,
      queries: [{
        expr: `rate(fsynctime_sum{${Z}}[${RATE}]) / rate(fsynctime_count{${Z}}[${RATE}]) >= 0`,
        legend: "{{instance}}",
      }],
    }),
    chart({
      title: "Requests",
      description: "Packets received per second, and requests that wait.",
      unit: "short",
      queries: [
        {
          expr: `sum by (instance) (rate(packets_received{${Z}}[${RATE}]))`,
          legend: "{{instance}} per second",
        },
        { expr: `sum by (instance) (outstanding_requests{${Z}})`, legend: "{{instance}} waiting" },
      ],
    }),
    chart({
      title: "Nodes and watches",
      description: "Size of the tree. Topics, subscriptions and ledgers are nodes.",
      unit: "short",
      queries: [
        { expr: `sum by (instance) (znode_count{${Z}})`, legend: "{{instance}} nodes" },
        { expr: `sum by (instance) (ephemerals_count{${Z}})`, legend: "{{instance}} ephemeral" },
        { expr: `sum by (instance) (watch_count{${Z}})`, legend: "{{instance}} watches" },
      ],
    }),
    chart({
      title: "Data size",
      description: "Size of the tree in memory.",
      unit: "bytes",
      queries: [{ expr: `sum by (instance) (approximate_data_size{${Z}})`, legend: "{{instance}}" }],
    }),
    chart({
      title: "Sessions and connections",
      description: "Each broker and bookie holds a session; losing one restarts it.",
      unit: "none",
      queries: [
        { expr: `sum by (instance) (num_alive_connections{${Z}})`, legend: "{{instance}} connections" },
        { expr: `sum by (instance) (global_sessions{${Z}})`, legend: "{{instance}} sessions" },
      ],
    }),
  ],
};
