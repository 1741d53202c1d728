/** Bookies and ZooKeeper: where messages and metadata are kept. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, RATE, stat } from "./panels.ts";
import { zookeeperRow } from "./zookeeper_row.ts";

const K = `cluster=~"$cluster",instance=~"$bookie"`;
const Z = `cluster=~"$cluster"`;
const rate = (metric: string, more = ""): string => `rate(${metric}{${K}${more}}[${RATE}])`;
const byBookie = (expr: string): string => `sum by (instance) (${expr})`;
const p99 = (metric: string): string =>
  `max by (instance) (${metric}{${K},success="true",quantile="0.99"} >= 0)`;

const READ_QUANTILES = ["0.5", "0.99", "0.999"];

export const bookkeeper = dashboard({
  uid: "pulsar-bookkeeper",
  title: "Pulsar BookKeeper",
  description:
    "Bookies and ZooKeeper: where messages and metadata are kept, how fast, and how much room is left.",
  variables: [
    CLUSTER,
    {
      name: "bookie",
      label: "Bookie",
      description: "Bookies to look at",
      from: `bookie_SERVER_STATUS{cluster=~"$cluster"}`,
      ofLabel: "instance",
    },
  ],
  rows: [
    {
      title: "State",
      panels: [
        stat({
          title: "Writable",
          description: "Bookies that take new entries.",
          unit: "none",
          expr: `sum(bookie_SERVER_STATUS{${K}} == bool 1)`,
          atLeast: 1,
          spark: false,
        }),
        stat({
          title: "Read-only",
          description: "Bookies that only serve reads, most often because a disk is full.",
          unit: "none",
          expr: `sum(bookie_SERVER_STATUS{${K}} == bool 0)`,
          warnAt: 1,
          failAt: 1,
          spark: false,
        }),
        stat({
          title: "Ledgers",
          description: "Ledgers stored, each copy counted.",
          unit: "short",
          expr: `sum(bookie_ledgers_count{${K}})`,
        }),
        stat({
          title: "Entries",
          description: "Entries on disk, each copy counted.",
          unit: "short",
          expr: `sum(bookie_entries_count{${K}})`,
        }),
        stat({
          title: "Stored per second",
          description: "Bytes that bookies store per second, each copy counted.",
          unit: "binBps",
          decimals: 1,
          expr: `sum(${rate("bookie_WRITE_BYTES")})`,
        }),
        stat({
          title: "Add latency, P99",
          description: "99th percentile of storing an entry, the slowest bookie.",
          unit: "ms",
          expr: `max(${p99("bookkeeper_server_ADD_ENTRY")})`,
          warnAt: 50,
          failAt: 200,
        }),
        stat({
          title: "Fullest ledger disk",
          description: "Use of the fullest ledger directory. At 95 % a bookie turns read-only.",
          unit: "percent",
          decimals: 0,
          expr: `max({__name__=~"bookie_ledger_dir_.+_usage",${K}})`,
          warnAt: 80,
          failAt: 90,
        }),
        stat({
          title: "Under-replicated",
          description:
            "Ledgers with fewer copies than their write quorum, as the auditor's last check found.",
          unit: "none",
          expr: `max(replication_auditor_NUM_LEDGERS_HAVING_LESS_THAN_WQ_REPLICAS_OF_AN_ENTRY{${Z}})`,
          warnAt: 1,
          failAt: 10,
          spark: false,
        }),
      ],
    },
    {
      title: "Requests",
      panels: [
        chart({
          title: "Entries",
          description:
            "Entries stored and read per second. Reads are of consumers that the broker's cache did not serve.",
          unit: "cps",
          queries: [
            {
              expr: byBookie(rate("bookkeeper_server_ADD_ENTRY_count", `,success="true"`)),
              legend: "{{instance}} stored",
            },
            {
              expr: byBookie(rate("bookkeeper_server_READ_ENTRY_count", `,success="true"`)),
              legend: "{{instance}} read",
            },
          ],
        }),
        chart({
          title: "Throughput",
          description: "Bytes stored and read per second.",
          unit: "binBps",
          queries: [
            { expr: byBookie(rate("bookie_WRITE_BYTES")), legend: "{{instance}} stored" },
            { expr: byBookie(rate("bookie_READ_BYTES")), legend: "{{instance}} read" },
          ],
        }),
        chart({
          title: "Failed and rejected",
          description: "Requests per second that failed, or were turned away because queues are full.",
          unit: "cps",
          queries: [
            {
              expr: byBookie(rate("bookkeeper_server_ADD_ENTRY_count", `,success="false"`)),
              legend: "{{instance}} adds failed",
            },
            {
              expr: byBookie(rate("bookkeeper_server_READ_ENTRY_count", `,success="false"`)),
              legend: "{{instance}} reads failed",
            },
            {
              expr: byBookie(rate("bookkeeper_server_ADD_ENTRY_REJECTED")),
              legend: "{{instance}} adds rejected",
            },
            {
              expr: byBookie(rate("bookkeeper_server_READ_ENTRY_REJECTED")),
              legend: "{{instance}} reads rejected",
            },
          ],
        }),
      ],
    },
    {
      title: "Latency",
      panels: [
        chart({
          title: "Store an entry",
          description: "From the arrival of an entry at a bookie to the answer.",
          unit: "ms",
          warnAt: 100,
          queries: ["0.5", "0.99", "0.999"].map((quantile) => ({
            expr:
              `max by (instance) (bookkeeper_server_ADD_ENTRY{${K},success="true",quantile="${quantile}"} >= 0)`,
            legend: `{{instance}} P${Number(quantile) * 100}`,
          })),
        }),
        chart({
          title: "Within the journal, P99",
          description:
            "Waiting in the queue, writing, and the sync to disk. The sync is the floor of every publish.",
          unit: "ms",
          warnAt: 50,
          queries: [
            { expr: p99("bookie_journal_JOURNAL_QUEUE_LATENCY"), legend: "{{instance}} queue" },
            { expr: p99("bookie_journal_JOURNAL_FLUSH_LATENCY"), legend: "{{instance}} write" },
            { expr: p99("bookie_journal_JOURNAL_SYNC"), legend: "{{instance}} sync" },
          ],
        }),
        chart({
          title: "Read an entry",
          description:
            "What half, 99 % and 99.9 % of the reads stay within: from the write cache, the read-ahead cache or the disk. There is no mean: the bookie cuts each read to whole milliseconds before it adds it up.",
          unit: "ms",
          queries: READ_QUANTILES.map((quantile) => ({
            expr:
              `max by (instance) (bookkeeper_server_READ_ENTRY{${K},success="true",quantile="${quantile}"})`,
            legend: `{{instance}} ${quantile}`,
          })),
        }),
      ],
    },
    {
      title: "Journal and ledger storage",
      panels: [
        chart({
          title: "Journal queues",
          description: "Entries that wait to be written to the journal, and writes that wait for their sync.",
          unit: "none",
          queries: [
            { expr: byBookie(`bookie_journal_JOURNAL_QUEUE_SIZE{${K}}`), legend: "{{instance}} entries" },
            {
              expr: byBookie(`bookie_journal_JOURNAL_FORCE_WRITE_QUEUE_SIZE{${K}}`),
              legend: "{{instance}} syncs",
            },
            {
              expr: byBookie(`bookkeeper_server_ADD_ENTRY_IN_PROGRESS{${K}}`),
              legend: "{{instance}} adds in progress",
            },
          ],
        }),
        chart({
          title: "Write cache",
          description: "Entries not yet in an entry log. At the limit writes are delayed.",
          unit: "bytes",
          dashed: ["limit"],
          queries: [
            { expr: byBookie(`bookie_write_cache_size{${K}}`), legend: "{{instance}}" },
            { expr: `max(bookie_write_cache_max_size{${K}})`, legend: "limit" },
          ],
        }),
        chart({
          title: "Flush and delayed writes",
          description:
            "Share of time spent flushing the write cache, and writes per second that had to wait for it.",
          unit: "short",
          queries: [
            {
              expr: `${byBookie(rate("bookie_flush_sum", `,success="true"`))} / 1000`,
              legend: "{{instance}} share of time in flush",
            },
            {
              expr: byBookie(rate("bookie_throttled_write_count", `,success="true"`)),
              legend: "{{instance}} delayed writes per second",
            },
          ],
        }),
        chart({
          width: 6,
          title: "Reads from caches and disk",
          description:
            "Reads per second answered by the write cache, by the read-ahead cache, and not by it (from disk).",
          unit: "cps",
          queries: [
            { expr: byBookie(rate("bookie_write_cache_hits")), legend: "{{instance}} write cache" },
            { expr: byBookie(rate("bookie_read_cache_hits")), legend: "{{instance}} read-ahead cache" },
            { expr: byBookie(rate("bookie_read_cache_misses")), legend: "{{instance}} disk" },
          ],
        }),
        chart({
          title: "Ledger disk",
          description: "Use of each ledger directory's disk. Above 95 % a bookie turns read-only.",
          unit: "percent",
          width: 6,
          max: 100,
          warnAt: 85,
          failAt: 95,
          queries: [{ expr: `{__name__=~"bookie_ledger_dir_.+_usage",${K}}`, legend: "{{instance}}" }],
        }),
        chart({
          width: 6,
          title: "Entry log space",
          description:
            "Space of entry logs that hold live data, and space won back by deletion and by compaction since the start.",
          unit: "bytes",
          queries: [
            { expr: byBookie(`bookie_ACTIVE_ENTRY_LOG_SPACE_BYTES{${K}}`), legend: "{{instance}} in use" },
            {
              expr: byBookie(`bookie_RECLAIMED_DELETION_SPACE_BYTES{${K}}`),
              legend: "{{instance}} won by deletion",
            },
            {
              expr: byBookie(`bookie_RECLAIMED_COMPACTION_SPACE_BYTES{${K}}`),
              legend: "{{instance}} won by compaction",
            },
          ],
        }),
        chart({
          width: 6,
          title: "Replication",
          description:
            "Ledgers with fewer copies than they should have or with none, as the last check found, and those found since the start when a bookie was lost.",
          unit: "none",
          queries: [
            {
              expr: `max(replication_auditor_NUM_LEDGERS_HAVING_LESS_THAN_WQ_REPLICAS_OF_AN_ENTRY{${Z}})`,
              legend: "fewer copies",
            },
            {
              expr: `max(replication_auditor_NUM_LEDGERS_HAVING_NO_REPLICA_OF_AN_ENTRY{${Z}})`,
              legend: "no copy",
            },
            {
              expr: `sum(replication_auditor_NUM_UNDER_REPLICATED_LEDGERS_sum{${Z},success="true"})`,
              legend: "found when bookies were lost",
            },
            {
              expr: `sum(replication_replication_worker_NUM_FULL_OR_PARTIAL_LEDGERS_REPLICATED{${Z}})`,
              legend: "copied again",
            },
          ],
        }),
      ],
    },
    {
      title: "Reading and compaction",
      panels: [
        chart({
          title: "Read-ahead cache",
          description: "Size of the cache that a read of one entry fills with those behind it.",
          unit: "bytes",
          queries: [
            { expr: byBookie(`bookie_read_cache_size{${K}}`), legend: "{{instance}}" },
          ],
        }),
        chart({
          title: "Hits of the read-ahead cache",
          description: "Share of the reads beyond the write cache that the read-ahead cache answers.",
          unit: "percentunit",
          max: 1,
          queries: [{
            expr: `${byBookie(rate("bookie_read_cache_hits"))} / (${
              byBookie(rate("bookie_read_cache_hits"))
            } + ${byBookie(rate("bookie_read_cache_misses"))}) >= 0`,
            legend: "{{instance}}",
          }],
        }),
        chart({
          title: "Add to the journal",
          description: "From the arrival of an entry at the journal until it is on disk.",
          unit: "ms",
          warnAt: 100,
          queries: READ_QUANTILES.map((quantile) => ({
            expr:
              `max by (instance) (bookie_journal_JOURNAL_ADD_ENTRY{${K},success="true",quantile="${quantile}"} >= 0)`,
            legend: `{{instance}} ${quantile}`,
          })),
        }),
      ],
    },
    zookeeperRow,
  ],
});
