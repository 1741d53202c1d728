/** Transactions: how many, how long, how they end, and what their coordinators write. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, RATE, stat } from "./panels.ts";

const X = `cluster=~"$cluster"`;
const rate = (metric: string): string => `rate(pulsar_txn_${metric}{${X}}[${RATE}])`;
const byCoordinator = (expr: string): string => `sum by (coordinator_id) (${expr})`;

/** End of the metric's name, and how it is called in the legend. */
const LATENCY: readonly (readonly [string, string])[] = [
  ["le_10", "≤ 10 ms"],
  ["le_20", "≤ 20 ms"],
  ["le_50", "≤ 50 ms"],
  ["le_100", "≤ 100 ms"],
  ["le_500", "≤ 500 ms"],
  ["le_1000", "≤ 1 s"],
  ["le_5000", "≤ 5 s"],
  ["le_15000", "≤ 15 s"],
  ["le_30000", "≤ 30 s"],
  ["le_60000", "≤ 1 min"],
  ["le_300000", "≤ 5 min"],
  ["le_1500000", "≤ 25 min"],
  ["le_3000000", "≤ 50 min"],
  ["le_overflow", "> 50 min"],
];

export const transactions = dashboard({
  uid: "pulsar-transactions",
  title: "Pulsar Transactions",
  description: "Transactions: how many, how long, how they end, and what their coordinators write.",
  variables: [CLUSTER],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Active",
          description: "Transactions that are open now.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_txn_active_count{${X}})`,
        }),
        stat({
          title: "Begun",
          description: "Transactions begun per second.",
          unit: "cps",
          width: 4,
          expr: `sum(${rate("created_total")})`,
        }),
        stat({
          title: "Committed",
          description: "Transactions committed per second.",
          unit: "cps",
          width: 4,
          expr: `sum(${rate("committed_total")})`,
        }),
        stat({
          title: "Aborted",
          description: "Transactions aborted per second, by clients and for a time-out.",
          unit: "cps",
          width: 4,
          expr: `sum(${rate("aborted_total")})`,
          warnAt: 0.001,
        }),
        stat({
          title: "Timed out",
          description:
            "Transactions per second that nobody ended in time. A client has gone, or is too slow.",
          unit: "cps",
          width: 4,
          expr: `sum(${rate("timeout_total")})`,
          failAt: 0.001,
        }),
        stat({
          title: "Coordinators",
          description: "Transaction coordinators that brokers run.",
          unit: "none",
          width: 4,
          expr: `count(count by (coordinator_id) (pulsar_txn_active_count{${X}}))`,
          atLeast: 1,
          spark: false,
        }),
      ],
    },
    {
      title: "Coordinators",
      panels: [
        chart({
          title: "How they end",
          description: "Transactions begun, committed, aborted and timed out per second.",
          unit: "cps",
          queries: [
            { expr: `sum(${rate("created_total")})`, legend: "begun" },
            { expr: `sum(${rate("committed_total")})`, legend: "committed" },
            { expr: `sum(${rate("aborted_total")})`, legend: "aborted" },
            { expr: `sum(${rate("timeout_total")})`, legend: "timed out" },
          ],
        }),
        chart({
          title: "Active by coordinator",
          description: "Open transactions, the ten busiest coordinators. Growing: clients do not end theirs.",
          unit: "none",
          queries: [{
            expr: `topk(10, ${byCoordinator(`pulsar_txn_active_count{${X}}`)})`,
            legend: "{{coordinator_id}}",
          }],
        }),
        chart({
          title: "Written to the log",
          description: "Entries per second that coordinators write to their logs, one for each step.",
          unit: "cps",
          queries: [{
            expr: `topk(10, ${byCoordinator(rate("append_log_total"))})`,
            legend: "{{coordinator_id}}",
          }],
        }),
        chart({
          title: "Time from begin to commit",
          description: "Share of the transactions by the time they took, as of the last minutes.",
          unit: "short",
          width: 12,
          percentStack: true,
          bars: true,
          queries: LATENCY.map(([suffix, legend]) => ({
            expr: `sum(pulsar_txn_execution_latency_${suffix}{${X}})`,
            legend,
          })),
        }),
        chart({
          title: "Topics",
          description:
            "Transactions that topics' buffers hold open, and those committed and aborted since they were loaded.",
          unit: "short",
          width: 12,
          queries: [
            { expr: `sum(pulsar_txn_tb_active_total{${X}})`, legend: "open" },
            { expr: `sum(pulsar_txn_tb_committed_total{${X}})`, legend: "committed" },
            { expr: `sum(pulsar_txn_tb_aborted_total{${X}})`, legend: "aborted" },
          ],
        }),
      ],
    },
  ],
});
