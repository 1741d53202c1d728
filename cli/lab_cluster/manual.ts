/** What help and completions say about the commands that have to do with a cluster. */
import type { CompletionProgram } from "../completion_spec.ts";

export const CLUSTER_EXAMPLES =
  `  lab up                                     a monitored Pulsar in Minikube; 'lab doctor' looks first
  lab port-forward                           Pulsar at pulsar://localhost:6650 until Ctrl-C
  lab open grafana                           dashboards
  lab load --pods 4 --consumers 2 -r 100k -d 1m
`;

const context = { flags: ["--context"], help: "context of the kubeconfig", value: { name: "name" } } as const;
const dryRun = { flags: ["--dry-run"], help: "print instead of doing" } as const;
const option = (flag: string, help: string, name: string): CompletionProgram["options"][number] => ({
  flags: [flag],
  help,
  value: { name },
});

export const CLUSTER_COMPLETIONS: NonNullable<CompletionProgram["commands"]> = [
  {
    name: "up",
    help: "Make a monitored Pulsar in Minikube",
    options: [
      context,
      option("--cpus", "CPUs for Minikube", "n"),
      option("--memory", "memory for Minikube", "size"),
      option("--disk", "disk for Minikube", "size"),
      option("--driver", "Minikube driver", "name"),
      { flags: ["--chart"], help: "folder or archive of the chart", value: { name: "path", files: true } },
      { flags: ["--no-persistence"], help: "no volumes" },
      { flags: ["--manager"], help: "Pulsar Manager too" },
      { flags: ["--no-monitoring"], help: "neither Prometheus nor Grafana" },
      option("--timeout", "how long pods may take", "time"),
      dryRun,
    ],
  },
  {
    name: "down",
    help: "Remove what 'lab up' made",
    options: [
      context,
      { flags: ["--keep-data"], help: "leave the volumes" },
      { flags: ["--stop"], help: "stop Minikube too" },
      { flags: ["--delete"], help: "delete the Minikube cluster" },
      dryRun,
    ],
  },
  { name: "status", help: "What is installed and ready", options: [context] },
  { name: "doctor", help: "What is missing for 'lab up'", options: [context] },
  {
    name: "credentials",
    help: "Who may log in where",
    options: [context, { flags: ["--show"], help: "print passwords too" }],
  },
  {
    name: "open",
    help: "Open a web interface",
    options: [context, option("--port", "local port", "port"), {
      flags: ["--no-browser"],
      help: "only print the address",
    }],
    arguments: { words: ["grafana", "prometheus", "manager"] },
  },
  {
    name: "port-forward",
    help: "Keep Pulsar reachable on this machine",
    options: [
      context,
      option("--port", "local port of the broker", "port"),
      option("--admin-port", "local port of the admin API", "port"),
      option("--address", "address to listen on", "address"),
    ],
  },
  {
    name: "load",
    help: "Load from many pods at once",
    options: [
      option("--pods", "producers", "n"),
      option("--consumers", "consumers", "n"),
      option("--consumer-set", "option of the consumers", "name=value"),
      option("--image", "image of the pods", "name"),
      option("--name", "name of the Job and the run", "name"),
      option("--cpu", "CPUs of a pod", "quantity"),
      option("--pod-memory", "memory of a pod", "quantity"),
      option("--token-secret", "Secret with the token", "name"),
      option("--schedule", "make a CronJob", "cron"),
      { flags: ["--merged"], help: "write the joined results", value: { name: "file", files: true } },
      context,
      dryRun,
    ],
  },
];
