/** Functions and connectors: what they take, what they give, and what goes wrong. */
import { CLUSTER, dashboard, type Row } from "./dashboard.ts";
import { chart, type Query, RATE, stat, table } from "./panels.ts";

const F = `cluster=~"$cluster",namespace=~"$namespace"`;
const rate = (metric: string): string => `rate(${metric}{${F}}[${RATE}])`;
const byName = (expr: string): string => `sum by (namespace, name) (${expr})`;
const top = (metric: string): Query[] => [{
  expr: `topk(10, ${byName(rate(metric))})`,
  legend: "{{namespace}} {{name}}",
}];

const KINDS = ["function", "source", "sink"];
/** With a label that tells the kinds apart: without, series of two could have the same labels, which `or` drops. */
const systemExceptions = (kind: string): string =>
  `label_replace(${rate(`pulsar_${kind}_system_exceptions_total`)}, "of", "${kind}", "", "")`;

/** Sources and sinks export the same, under other names. */
function connectors(kind: "source" | "sink", title: string, received: string, written: string): Row {
  const own = `pulsar_${kind}`;
  return {
    title,
    panels: [
      chart({
        title: `${title}: received`,
        description: received,
        unit: "cps",
        queries: top(`${own}_received_total`),
      }),
      chart({
        title: `${title}: written`,
        description: written,
        unit: "cps",
        queries: top(`${own}_written_total`),
      }),
      chart({
        title: `${title}: exceptions`,
        description: `Exceptions per second: of the connector itself, and of the framework around it.`,
        unit: "cps",
        queries: [
          {
            expr: byName(rate(`${own}_${kind}_exceptions_total`)),
            legend: "{{namespace}} {{name}} connector",
          },
          { expr: byName(rate(`${own}_system_exceptions_total`)), legend: "{{namespace}} {{name}} system" },
        ],
      }),
    ],
  };
}

export const functions = dashboard({
  uid: "pulsar-functions",
  title: "Pulsar Functions and Connectors",
  description: "Functions, sources and sinks: what they take, what they give, and what goes wrong.",
  variables: [
    CLUSTER,
    {
      name: "namespace",
      label: "Namespace",
      description: "Namespaces of functions, sources and sinks",
      from: `{__name__=~"pulsar_(function|source|sink)_received_total",cluster=~"$cluster"}`,
    },
  ],
  rows: [
    {
      title: "Now",
      panels: [
        stat({
          title: "Functions",
          description: "Functions that run, each counted once, however many instances it has.",
          unit: "none",
          expr: `count(count by (fqfn) (pulsar_function_received_total{${F}})) or vector(0)`,
        }),
        stat({
          title: "Sources",
          description: "Sources that run, each counted once.",
          unit: "none",
          expr: `count(count by (fqfn) (pulsar_source_received_total{${F}})) or vector(0)`,
        }),
        stat({
          title: "Sinks",
          description: "Sinks that run, each counted once.",
          unit: "none",
          expr: `count(count by (fqfn) (pulsar_sink_received_total{${F}})) or vector(0)`,
        }),
        stat({
          title: "Instances",
          description: "Instances that the workers run.",
          unit: "none",
          expr: `sum(pulsar_function_worker_instance_count{cluster=~"$cluster"})`,
        }),
        stat({
          title: "Received",
          description: "Messages that functions received per second.",
          unit: "cps",
          expr: `sum(${rate("pulsar_function_received_total")})`,
        }),
        stat({
          title: "Processed",
          description: "Messages that functions processed without an exception per second.",
          unit: "cps",
          expr: `sum(${rate("pulsar_function_processed_successfully_total")})`,
        }),
        stat({
          title: "Function exceptions",
          description: "Exceptions per second that functions' own code threw.",
          unit: "cps",
          expr: `sum(${rate("pulsar_function_user_exceptions_total")})`,
          failAt: 0.001,
        }),
        stat({
          title: "System exceptions",
          description: "Exceptions per second of the framework around functions, sources and sinks.",
          unit: "cps",
          expr: `sum(${KINDS.map(systemExceptions).join(" or ")})`,
          failAt: 0.001,
        }),
      ],
    },
    {
      title: "Functions",
      panels: [
        chart({
          title: "Received",
          description: "Messages received per second, the ten busiest functions.",
          unit: "cps",
          queries: top("pulsar_function_received_total"),
        }),
        chart({
          title: "Processed",
          description:
            "Messages processed without an exception per second. Less than received: something fails.",
          unit: "cps",
          queries: top("pulsar_function_processed_successfully_total"),
        }),
        chart({
          title: "Exceptions",
          description: "Exceptions per second: of the function's code, and of the framework around it.",
          unit: "cps",
          queries: [
            {
              expr: byName(rate("pulsar_function_user_exceptions_total")),
              legend: "{{namespace}} {{name}} user",
            },
            {
              expr: byName(rate("pulsar_function_system_exceptions_total")),
              legend: "{{namespace}} {{name}} system",
            },
          ],
        }),
        chart({
          title: "Latency",
          description: "Time that a function takes for a message: half and 99 % stay within.",
          unit: "ms",
          queries: ["0.5", "0.99"].map((quantile) => ({
            expr:
              `max by (namespace, name) (pulsar_function_process_latency_ms{${F},quantile="${quantile}"} >= 0)`,
            legend: `{{namespace}} {{name}} P${Number(quantile) * 100}`,
          })),
        }),
        table({
          title: "List of functions",
          description:
            "Each function with its instances, what it does now, and when it last had something to do.",
          width: 16,
          keys: { namespace: "Namespace", name: "Function" },
          sortBy: "Received",
          columns: [
            {
              name: "Instances",
              unit: "none",
              expr: `count by (namespace, name) (pulsar_function_received_total{${F}})`,
            },
            { name: "Received", unit: "cps", expr: byName(rate("pulsar_function_received_total")) },
            {
              name: "Processed",
              unit: "cps",
              expr: byName(rate("pulsar_function_processed_successfully_total")),
            },
            {
              name: "Exceptions",
              unit: "cps",
              expr: byName(rate("pulsar_function_user_exceptions_total")),
              failAt: 0.001,
            },
            {
              name: "Last called",
              unit: "dateTimeAsIso",
              expr: `max by (namespace, name) (pulsar_function_last_invocation{${F}})`,
            },
          ],
        }),
      ],
    },
    connectors(
      "source",
      "Sources",
      "Records that sources read from outside per second.",
      "Messages that sources wrote to their topics per second.",
    ),
    connectors(
      "sink",
      "Sinks",
      "Messages that sinks received from their topics per second.",
      "Records that sinks wrote outside per second. Less than received: the other side is slow or refuses.",
    ),
  ],
});
