/** Offload and compaction: what goes to cheaper storage, and what is thinned out. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, type Query, RATE, stat } from "./panels.ts";
import { NAMESPACE } from "./topics.ts";

const S = `cluster=~"$cluster",namespace=~"$namespace"`;
const rate = (metric: string): string => `rate(${metric}{${S}}[${RATE}])`;
const top = (expr: string): Query[] => [{ expr: `topk(10, sum by (topic) (${expr}))`, legend: "{{topic}}" }];
/** The broker registers these by themselves, so they keep a prefix that its other metrics lose; latencies are in µs. */
const OFFLOAD = "brk_ledgeroffloader";
const p99 = (metric: string): string => `max(${OFFLOAD}_${metric}{${S},quantile="0.99"})`;

export const offload = dashboard({
  uid: "pulsar-offload",
  title: "Pulsar Offload and Compaction",
  description: "Offload and compaction: what goes to cheaper storage, and what is thinned out.",
  variables: [CLUSTER, NAMESPACE],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Offloaded",
          description: "Size of what is in cheaper storage.",
          unit: "bytes",
          decimals: 1,
          width: 4,
          expr: `sum(pulsar_storage_offloaded_size{${S}})`,
        }),
        stat({
          title: "Offload rate",
          description: "Bytes per second that go to cheaper storage.",
          unit: "binBps",
          decimals: 1,
          width: 4,
          expr: `sum(${OFFLOAD}_offload_rate{${S}})`,
        }),
        stat({
          title: "Offload errors",
          description: "Ledgers that could not be offloaded, and writes that failed, per second.",
          unit: "cps",
          width: 4,
          expr: `sum(${rate(`${OFFLOAD}_offload_error_total`)}) + sum(${
            rate(`${OFFLOAD}_write_storage_error_total`)
          })`,
          failAt: 0.001,
        }),
        stat({
          title: "Compactions",
          description: "Compactions of topics that succeeded since the brokers loaded them.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_compaction_succeed_count{${S}})`,
          spark: false,
        }),
        stat({
          title: "Compactions failed",
          description: "Compactions of topics that failed since the brokers loaded them.",
          unit: "none",
          width: 4,
          expr: `sum(pulsar_compaction_failed_count{${S}})`,
          failAt: 1,
          spark: false,
        }),
        stat({
          title: "Compacted size",
          description: "Size of what compaction has left, one copy counted.",
          unit: "bytes",
          decimals: 1,
          width: 4,
          expr: `sum(pulsar_compaction_compacted_entries_size{${S}})`,
        }),
      ],
    },
    {
      title: "Offload",
      panels: [
        chart({
          title: "Largest offloaded topics",
          description: "Size in cheaper storage, the ten largest topics.",
          unit: "bytes",
          queries: top(`pulsar_storage_offloaded_size{${S}}`),
        }),
        chart({
          title: "Offload and read rate",
          description: "Bytes per second written to cheaper storage, and read from it again.",
          unit: "binBps",
          queries: [
            { expr: `sum(${OFFLOAD}_offload_rate{${S}})`, legend: "written" },
            { expr: `sum(${OFFLOAD}_read_offload_rate{${S}})`, legend: "read" },
          ],
        }),
        chart({
          title: "Errors",
          description:
            "Offloads, writes and reads that failed per second. What is not offloaded fills bookies.",
          unit: "cps",
          queries: [
            { expr: `sum(${rate(`${OFFLOAD}_offload_error_total`)})`, legend: "offload" },
            { expr: `sum(${rate(`${OFFLOAD}_write_storage_error_total`)})`, legend: "write" },
            { expr: `sum(${rate(`${OFFLOAD}_read_offload_error_total`)})`, legend: "read" },
          ],
        }),
        chart({
          title: "Latency, P99",
          description:
            "99th percentile of reading a ledger from bookies, of the index and of data read back.",
          unit: "µs",
          width: 12,
          queries: [
            { expr: p99("read_ledger_latency"), legend: "read from bookies" },
            { expr: p99("read_offload_index_latency"), legend: "read the index back" },
            { expr: p99("read_offload_data_latency"), legend: "read data back" },
          ],
        }),
        chart({
          title: "Deleted",
          description: "Offloaded ledgers deleted per second, by outcome.",
          unit: "cps",
          width: 12,
          queries: [{
            expr: `sum by (status) (${rate(`${OFFLOAD}_delete_offload_ops_total`)})`,
            legend: "{{status}}",
          }],
        }),
      ],
    },
    {
      title: "Compaction",
      panels: [
        chart({
          title: "Compactions",
          description:
            "Compactions that succeeded and failed since the topic was loaded, the ten topics with most.",
          unit: "none",
          queries: [
            { expr: `topk(10, sum by (topic) (pulsar_compaction_succeed_count{${S}}))`, legend: "{{topic}}" },
            {
              expr: `topk(10, sum by (topic) (pulsar_compaction_failed_count{${S}}))`,
              legend: "{{topic}} failed",
            },
          ],
        }),
        chart({
          title: "Duration of the last compaction",
          description: "How long the last compaction took, the ten slowest topics.",
          unit: "ms",
          queries: [{
            expr: `topk(10, max by (topic) (pulsar_compaction_duration_time_in_mills{${S}}))`,
            legend: "{{topic}}",
          }],
        }),
        chart({
          title: "Read and written",
          description: "Bytes per second that compaction reads and writes.",
          unit: "binBps",
          queries: [
            { expr: `sum(pulsar_compaction_read_throughput{${S}})`, legend: "read" },
            { expr: `sum(pulsar_compaction_write_throughput{${S}})`, legend: "written" },
          ],
        }),
        chart({
          title: "Largest compacted topics",
          description: "Size of what compaction has left, the ten largest topics.",
          unit: "bytes",
          queries: top(`pulsar_compaction_compacted_entries_size{${S}}`),
        }),
        chart({
          title: "Entries left",
          description: "Entries that compaction has left, the ten topics with most.",
          unit: "short",
          queries: top(`pulsar_compaction_compacted_entries_count{${S}}`),
        }),
        chart({
          title: "Removed",
          description: "Messages that compaction has dropped because a later one has their key.",
          unit: "short",
          queries: top(`pulsar_compaction_removed_event_count{${S}}`),
        }),
      ],
    },
  ],
});
