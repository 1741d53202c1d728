/** Memory, garbage collection, threads and CPU of all Java processes. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, RATE, stat } from "./panels.ts";

const J = `cluster=~"$cluster",job=~"$job",instance=~"$instance"`;
const LEGEND = "{{job}} {{instance}}";
const by = (expr: string): string => `sum by (job, instance) (${expr})`;
const each = (expr: string): { expr: string; legend: string }[] => [{ expr, legend: LEGEND }];
const ratio = (used: string, max: string): string => `${by(used)} / ${by(max)}`;
const HEAP = ratio(`jvm_memory_bytes_used{${J},area="heap"}`, `jvm_memory_bytes_max{${J},area="heap"}`);
const DIRECT = ratio(`jvm_memory_direct_bytes_used{${J}}`, `jvm_memory_direct_bytes_max{${J}}`);
/** ZGC's cycles run beside the program; all other collections are pauses. */
const PAUSES = `${J},gc!~".*Cycles"`;
const CYCLES = `${J},gc=~".*Cycles"`;
const PAUSED = by(`rate(jvm_gc_collection_seconds_sum{${PAUSES}}[${RATE}])`);

export const jvm = dashboard({
  uid: "pulsar-jvm",
  title: "Pulsar JVM",
  description: "Memory, garbage collection, threads and CPU of brokers, bookies and ZooKeeper.",
  variables: [
    CLUSTER,
    {
      name: "job",
      label: "Component",
      description: "Kind of process, as Prometheus names the job",
      from: `jvm_memory_bytes_used{cluster=~"$cluster"}`,
    },
    {
      name: "instance",
      label: "Instance",
      description: "Processes to look at",
      from: `jvm_memory_bytes_used{cluster=~"$cluster",job=~"$job"}`,
    },
  ],
  rows: [
    {
      title: "At a glance",
      panels: [
        stat({
          title: "Processes",
          description: "Java processes that are scraped.",
          unit: "none",
          expr: `count(process_start_time_seconds{${J}})`,
          spark: false,
          width: 4,
        }),
        stat({
          title: "Youngest process",
          description: "Time since the last start of any of them; small after a crash.",
          unit: "s",
          expr: `min(time() - process_start_time_seconds{${J}})`,
          width: 4,
        }),
        stat({
          title: "Fullest heap",
          description: "Largest share of a heap in use.",
          unit: "percentunit",
          decimals: 0,
          expr: `max(${HEAP})`,
          warnAt: 0.8,
          failAt: 0.9,
          width: 4,
        }),
        stat({
          title: "Fullest direct memory",
          description: "Largest share of direct memory in use.",
          unit: "percentunit",
          decimals: 0,
          expr: `max(${DIRECT})`,
          warnAt: 0.8,
          failAt: 0.9,
          width: 4,
        }),
        stat({
          title: "Longest paused",
          description: "Largest share of time in which a program stood still for its garbage collector.",
          unit: "percentunit",
          decimals: 1,
          expr: `max(${PAUSED})`,
          warnAt: 0.05,
          failAt: 0.1,
          width: 4,
        }),
        stat({
          title: "Deadlocked threads",
          description: "Threads that wait for each other for ever: a bug.",
          unit: "none",
          expr: `sum(jvm_threads_deadlocked{${J}})`,
          warnAt: 1,
          failAt: 1,
          spark: false,
          width: 4,
        }),
      ],
    },
    {
      title: "Memory",
      panels: [
        chart({
          title: "Heap in use",
          description: "Share of the largest heap allowed. Saw-teeth are normal; a high plateau is not.",
          unit: "percentunit",
          max: 1,
          warnAt: 0.9,
          queries: each(HEAP),
        }),
        chart({
          title: "Direct memory",
          description:
            "Share of direct memory in use: messages in flight and caches. When it is full, connections break.",
          unit: "percentunit",
          max: 1,
          warnAt: 0.9,
          queries: each(DIRECT),
        }),
        chart({
          title: "Resident memory",
          description: "What the operating system counts; a container is killed at its limit by this.",
          unit: "bytes",
          queries: each(by(`process_resident_memory_bytes{${J}}`)),
        }),
        chart({
          title: "Heap size",
          description: "Bytes of the heap in use.",
          unit: "bytes",
          queries: each(by(`jvm_memory_bytes_used{${J},area="heap"}`)),
        }),
        chart({
          title: "Heap by pool",
          description: "Where in the heap: the old generation grows when something is kept for ever.",
          unit: "bytes",
          stack: true,
          queries: [{
            expr:
              `sum by (pool) (jvm_memory_pool_bytes_used{${J},pool=~".*(Eden|Survivor|Old|Young|ZHeap|Tenured).*"})`,
            legend: "{{pool}}",
          }],
        }),
        chart({
          title: "Outside the heap",
          description: "Memory of classes and compiled code.",
          unit: "bytes",
          queries: each(by(`jvm_memory_bytes_used{${J},area="nonheap"}`)),
        }),
      ],
    },
    {
      title: "Garbage collection",
      panels: [
        chart({
          title: "Paused for garbage collection",
          description: "Share of time in which the program stood still. Under ZGC it is next to nothing.",
          width: 6,
          unit: "percentunit",
          warnAt: 0.1,
          queries: each(PAUSED),
        }),
        chart({
          title: "Collecting beside the program",
          description:
            "Share of time in which a concurrent collector (ZGC) was at work. It takes CPU, and stops nothing: near 100 % means that the program makes garbage as fast as it is collected.",
          width: 6,
          unit: "percentunit",
          queries: each(`${by(`rate(jvm_gc_collection_seconds_sum{${CYCLES}}[${RATE}])`)} or 0 * ${PAUSED}`),
        }),
        chart({
          title: "Collections",
          description: "Collections per second, by collector.",
          width: 6,
          unit: "cps",
          decimals: 2,
          queries: [{
            expr: `sum by (job, instance, gc) (rate(jvm_gc_collection_seconds_count{${J}}[${RATE}]))`,
            legend: "{{job}} {{instance}} {{gc}}",
          }],
        }),
        chart({
          title: "Mean pause",
          description: "Mean time of a pause. It adds to the latency of whatever was waiting.",
          width: 6,
          unit: "s",
          queries: each(
            `${PAUSED} / ${by(`rate(jvm_gc_collection_seconds_count{${PAUSES}}[${RATE}])`)} >= 0`,
          ),
        }),
      ],
    },
    {
      title: "Process",
      panels: [
        chart({
          title: "CPU",
          description: "Cores in use by each process.",
          unit: "none",
          decimals: 2,
          queries: each(by(`rate(process_cpu_seconds_total{${J}}[${RATE}])`)),
        }),
        chart({
          title: "Threads",
          description: "Threads of each process.",
          unit: "none",
          queries: each(by(`jvm_threads_current{${J}}`)),
        }),
        chart({
          title: "Threads by state",
          description: "Many blocked threads wait for a lock.",
          unit: "none",
          stack: true,
          queries: [{ expr: `sum by (state) (jvm_threads_state{${J}}) > 0`, legend: "{{state}}" }],
        }),
        chart({
          title: "File descriptors",
          description: "Share of the limit in use: connections and ledger files.",
          unit: "percentunit",
          warnAt: 0.85,
          queries: each(ratio(`process_open_fds{${J}}`, `process_max_fds{${J}}`)),
        }),
        chart({
          title: "Classes",
          description: "Classes loaded (not exported by bookies). Growing without end is a leak.",
          unit: "short",
          queries: each(
            `sum by (job, instance) (jvm_classes_currently_loaded{${J}} or jvm_classes_loaded{${J}})`,
          ),
        }),
        chart({
          title: "Buffer pools",
          description: "Direct buffers of the JDK's own kind (not exported by bookies).",
          unit: "bytes",
          queries: [{
            expr: `sum by (job, instance) (jvm_buffer_pool_used_bytes{${J},pool="direct"})`,
            legend: LEGEND,
          }],
        }),
      ],
    },
  ],
});
