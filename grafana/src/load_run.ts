/** A load run: what the tool sees side by side with what the brokers see. */
import { CLUSTER, dashboard } from "./dashboard.ts";
import { chart, heat, OF_SUBSCRIPTION, RATE, stat } from "./panels.ts";

const L = `cluster=~"$cluster",instance=~"$instance"`;
const P = `${L},role="producer"`;
const Q = `${L},role="consumer"`;
const B = `cluster=~"$cluster",topic=~"$topic"`;
const sum = (metric: string, labels: string): string => `sum(rate(${metric}{${labels}}[${RATE}]))`;
const quantile = (q: number, metric: string, ...by: readonly string[]): string =>
  `histogram_quantile(${q}, sum by (${[...by, "le"].join(", ")}) (rate(${metric}_bucket{${L}}[${RATE}])))`;
const percentiles = (
  metric: string,
  name: string,
  qs: readonly number[],
): { expr: string; legend: string }[] =>
  qs.map((q) => ({ expr: quantile(q, metric), legend: `${name} P${q * 100}` }));

export const loadRun = dashboard({
  uid: "pulsar-load-run",
  title: "Pulsar Load Run",
  description:
    "A load run: what producers and consumers of the load tool see, side by side with what the brokers see.",
  from: "now-15m",
  refresh: "5s",
  variables: [
    CLUSTER,
    {
      name: "run",
      label: "Run",
      description: "Runs, by their --run-id",
      from: `pulsar_lab_run_info{cluster=~"$cluster"}`,
    },
    {
      name: "instance",
      label: "Instance",
      description: "Producers and consumers of the run",
      from: `pulsar_lab_run_info{cluster=~"$cluster",run=~"$run"}`,
    },
    {
      name: "topic",
      label: "Topic",
      description: "The brokers' side: topics to compare with",
      from: `pulsar_msg_backlog{cluster=~"$cluster"}`,
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Sent",
          description: "Messages that the brokers acknowledged per second.",
          unit: "cps",
          expr: sum("pulsar_lab_messages_total", P),
        }),
        stat({
          title: "Received",
          description: "Messages that consumers received per second.",
          unit: "cps",
          expr: sum("pulsar_lab_messages_total", Q),
        }),
        stat({
          title: "Response time, P99",
          description: "From the intended send time to the acknowledgement: what a user would have waited.",
          unit: "s",
          expr: quantile(0.99, "pulsar_lab_response_seconds"),
          warnAt: 0.1,
          failAt: 1,
        }),
        stat({
          title: "End to end, P99",
          description: "From send to receive, between processes.",
          unit: "s",
          expr: quantile(0.99, "pulsar_lab_end_to_end_seconds"),
          warnAt: 0.1,
          failAt: 1,
        }),
        stat({
          title: "Behind schedule",
          description: "How late the oldest message is that should have been sent.",
          unit: "s",
          expr: `max(pulsar_lab_behind_schedule_seconds{${P}})`,
          warnAt: 0.1,
          failAt: 1,
        }),
        stat({
          title: "Errors",
          description: "Errors and failed messages of all instances since their start.",
          unit: "none",
          expr: `(sum(pulsar_lab_errors_total{${L}}) or vector(0)) + sum(pulsar_lab_failed_total{${L}})`,
          warnAt: 1,
          failAt: 1,
          spark: false,
        }),
        stat({
          title: "Lost",
          description: "Messages missing so far. A gap closes when a late one arrives.",
          unit: "none",
          expr: `sum(pulsar_lab_verify_lost{${Q}})`,
          warnAt: 1,
          failAt: 1,
          spark: false,
        }),
        stat({
          title: "Thresholds broken",
          description: "Limits given with --threshold that do not hold now.",
          unit: "none",
          expr: `count(pulsar_lab_threshold_ok{${L}} == 0) or vector(0)`,
          warnAt: 1,
          failAt: 1,
          spark: false,
        }),
      ],
    },
    {
      title: "Tool and brokers side by side",
      panels: [
        chart({
          title: "Rate",
          description:
            "Messages per second: asked for, sent, received, and what the brokers count for the chosen topics. The lines should lie on each other.",
          unit: "cps",
          dashed: ["asked for"],
          queries: [
            { expr: `sum(pulsar_lab_target_rate{${P}})`, legend: "asked for" },
            { expr: sum("pulsar_lab_messages_total", P), legend: "sent" },
            { expr: sum("pulsar_lab_messages_total", Q), legend: "received" },
            { expr: sum("pulsar_in_messages_total", B), legend: "brokers in" },
            { expr: sum("pulsar_out_messages_total", `${B},${OF_SUBSCRIPTION}`), legend: "brokers out" },
          ],
        }),
        chart({
          title: "Latency, P99",
          description:
            "Response time contains waiting behind the schedule, service time does not; the brokers' publish latency is the part inside them.",
          unit: "s",
          queries: [
            { expr: quantile(0.99, "pulsar_lab_response_seconds"), legend: "response" },
            { expr: quantile(0.99, "pulsar_lab_service_seconds"), legend: "service" },
            {
              expr: `max(pulsar_broker_publish_latency{cluster=~"$cluster",quantile="0.99"}) / 1000`,
              legend: "inside brokers",
            },
            {
              expr:
                `max(bookkeeper_server_ADD_ENTRY{cluster=~"$cluster",success="true",quantile="0.99"}) / 1000`,
              legend: "inside bookies",
            },
          ],
        }),
        chart({
          title: "Throughput",
          description:
            "Payload bytes, bytes on the wire (after compression, with headers), and what the brokers count.",
          unit: "binBps",
          queries: [
            { expr: sum("pulsar_lab_bytes_total", P), legend: "payload sent" },
            { expr: sum("pulsar_lab_wire_bytes_total", P), legend: "on the wire" },
            { expr: sum("pulsar_in_bytes_total", B), legend: "brokers in" },
          ],
        }),
      ],
    },
    {
      title: "Latency",
      panels: [
        chart({
          title: "Response time",
          description: "From the intended send time to the acknowledgement.",
          unit: "s",
          queries: percentiles("pulsar_lab_response_seconds", "response", [0.5, 0.95, 0.99, 0.999]),
        }),
        chart({
          title: "End to end",
          description:
            "From send to receive, by consumer; a backlog shows here, up to a minute. Between machines it holds the difference of their clocks.",
          unit: "s",
          logarithmic: true,
          min: "auto",
          queries: [0.5, 0.99].map((q) => ({
            expr: quantile(q, "pulsar_lab_end_to_end_seconds", "instance"),
            legend: `{{instance}} P${q * 100}`,
          })),
        }),
        heat({
          title: "Response time, all of it",
          description:
            "How many messages fell into which bucket. A second band is a second population, a stripe is a stall.",
          unit: "s",
          expr: `sum by (le) (increase(pulsar_lab_response_seconds_bucket{${P}}[${RATE}]))`,
        }),
      ],
    },
    {
      title: "Where is the bottleneck?",
      panels: [
        chart({
          title: "Behind schedule and event-loop lag",
          description:
            "Lag without back-pressure: the client is too slow. Back-pressure without lag: the cluster is.",
          unit: "s",
          queries: [
            {
              expr: `max by (instance) (pulsar_lab_behind_schedule_seconds{${P}})`,
              legend: "{{instance}} behind schedule",
            },
            {
              expr: `max by (instance) (pulsar_lab_loop_lag_seconds{${L}})`,
              legend: "{{instance}} event-loop lag",
            },
          ],
        }),
        chart({
          title: "Back-pressure",
          description: "Share of time that a worker waits because too many messages are unacknowledged.",
          unit: "percentunit",
          queries: [{
            expr:
              `sum by (instance) (rate(pulsar_lab_backpressure_seconds_total{${P}}[${RATE}])) / sum by (instance) (pulsar_lab_workers{${P},state=~"running|draining"} > 0)`,
            legend: "{{instance}}",
          }],
        }),
        chart({
          title: "In flight",
          description: "Messages sent and not yet acknowledged.",
          unit: "short",
          queries: [{ expr: `sum by (instance) (pulsar_lab_in_flight{${P}})`, legend: "{{instance}}" }],
        }),
        chart({
          title: "CPU of brokers and bookies",
          description: "Cores in use. At the limit of the machine the cluster is the bottleneck.",
          unit: "none",
          decimals: 2,
          queries: [{
            expr: `sum by (job, instance) (rate(process_cpu_seconds_total{cluster=~"$cluster"}[${RATE}]))`,
            legend: "{{job}} {{instance}}",
          }],
        }),
        chart({
          title: "Backlog",
          description:
            "What the brokers hold for subscriptions of the chosen topics, in entries, and what the tool knows of its own.",
          unit: "short",
          queries: [
            { expr: `sum(pulsar_msg_backlog{${B}})`, legend: "brokers" },
            { expr: `sum(pulsar_lab_backlog{${Q}})`, legend: "tool" },
          ],
        }),
        chart({
          title: "Messages per batch",
          description: "Mean over the window. Larger batches cost less CPU and wait longer.",
          unit: "none",
          decimals: 1,
          queries: [{
            expr:
              `sum by (role) (rate(pulsar_lab_batch_size_sum{${L}}[${RATE}])) / sum by (role) (rate(pulsar_lab_batch_size_count{${L}}[${RATE}])) >= 0`,
            legend: "{{role}}",
          }],
        }),
      ],
    },
    {
      title: "Correctness",
      panels: [
        chart({
          title: "Verification",
          description: "Messages missing now, and per second: twice, out of order, damaged, of another run.",
          unit: "short",
          queries: [
            { expr: `sum(pulsar_lab_verify_lost{${Q}})`, legend: "missing" },
            { expr: sum("pulsar_lab_verify_duplicates_total", Q), legend: "twice" },
            { expr: sum("pulsar_lab_verify_out_of_order_total", Q), legend: "out of order" },
            { expr: sum("pulsar_lab_verify_corrupt_total", Q), legend: "damaged" },
            { expr: sum("pulsar_lab_verify_foreign_total", Q), legend: "of another run" },
          ],
        }),
        chart({
          title: "Errors",
          description: "Errors per second by code, schedule slots given up, and reconnects.",
          unit: "cps",
          queries: [
            {
              expr:
                `sum by (code) (rate(pulsar_lab_errors_total{${L}}[${RATE}])) or on() label_replace(vector(0), "code", "no errors", "", "")`,
              legend: "{{code}}",
            },
            { expr: sum("pulsar_lab_missed_total", P), legend: "slots given up" },
            { expr: sum("pulsar_lab_reconnects_total", L), legend: "reconnects" },
          ],
        }),
        chart({
          title: "Redelivered and refused",
          description: "Messages per second that came again, and negative acknowledgements of the consumers.",
          unit: "cps",
          queries: [
            { expr: sum("pulsar_lab_redelivered_total", Q), legend: "redelivered" },
            { expr: sum("pulsar_lab_nacked_total", Q), legend: "negative acknowledgements" },
          ],
        }),
        chart({
          title: "Rate of each worker",
          description: "Uneven workers point to an uneven machine or to uneven partitions.",
          unit: "cps",
          width: 12,
          queries: [{
            expr: `sum by (instance, group, worker) (rate(pulsar_lab_worker_messages_total{${L}}[${RATE}]))`,
            legend: "{{instance}} {{group}} worker {{worker}}",
          }],
        }),
        chart({
          title: "Workers",
          description: "Workers by state; crashed ones are replaced.",
          unit: "none",
          width: 12,
          stack: true,
          queries: [{
            expr: `sum by (role, state) (pulsar_lab_workers{${L}}) > 0`,
            legend: "{{role}} {{state}}",
          }],
        }),
      ],
    },
    {
      title: "Groups of a scenario",
      panels: [
        chart({
          title: "Messages by group",
          description:
            "Acknowledged or received per second; a run that is no scenario has one line for each role.",
          unit: "cps",
          width: 12,
          queries: [{
            expr: `sum by (role, group) (rate(pulsar_lab_messages_total{${L}}[${RATE}]))`,
            legend: "{{role}} {{group}}",
          }],
        }),
        chart({
          title: "P99 by group",
          description: "Response time of producers, end-to-end time of consumers.",
          unit: "s",
          width: 12,
          queries: ["response", "end_to_end"].map((time) => ({
            expr: quantile(0.99, `pulsar_lab_${time}_seconds`, "role", "group"),
            legend: "{{role}} {{group}}",
          })),
        }),
      ],
    },
  ],
});
