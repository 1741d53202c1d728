/**
 * A load as Kubernetes objects: one Indexed Job (or a CronJob that makes them), whose pods know by their index what is
 * theirs. Pure.
 */
import { FINAL_EXIT_CODES } from "../../../lib/report/result/exit_codes.ts";
import { MANAGED_BY, NAMESPACE, RELEASE } from "./names.ts";
import { METRICS_PORT } from "./pods_config.ts";
import type { Manifest } from "./resources.ts";

export interface LoadSpec {
  /** Name of the objects; of a Job also that of the run. */
  readonly name: string;
  readonly image: string;
  readonly pods: number;
  /** Arguments of `lab` in each of them. @param path of the file */
  args(path: string): readonly string[];
  /** What the pods read. */
  readonly file: { readonly name: string; readonly text: string };
  /** Environment of the pods. @param path of the file */
  env(path: string): Readonly<Record<string, string>>;
  readonly cpu: { readonly request: string; readonly limit: string };
  readonly memory: string;
  /** The Job is ended after this time, whatever it does. */
  readonly deadlineSeconds: number;
  /** In cron's form: a CronJob instead of a Job. */
  readonly schedule?: string | undefined;
  /** Secret of the namespace whose key `token` authenticates the pods. */
  readonly tokenSecret?: string | undefined;
}

const CONFIG_FOLDER = "/etc/pulsar-local-lab";
const TOKEN_FOLDER = "/var/run/secrets/pulsar-local-lab";
/** The user of the image. */
const USER = 65532;

export function loadManifests(spec: LoadSpec): Manifest[] {
  const labels = labelsOf(spec);
  const metadata = { name: spec.name, namespace: NAMESPACE, labels };
  const config: Manifest = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, name: `${spec.name}-run` },
    data: { [spec.file.name]: spec.file.text },
  };
  if (spec.schedule === undefined) {
    return [config, { apiVersion: "batch/v1", kind: "Job", metadata, spec: jobSpec(spec) }];
  }
  return [config, {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata,
    spec: {
      schedule: spec.schedule,
      // Two loads at once would measure each other.
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 300,
      successfulJobsHistoryLimit: 7,
      failedJobsHistoryLimit: 7,
      jobTemplate: { metadata: { labels }, spec: jobSpec(spec) },
    },
  }];
}

function labelsOf({ name }: LoadSpec): Record<string, string> {
  return {
    "app.kubernetes.io/name": "load",
    "app.kubernetes.io/part-of": "pulsar-local-lab",
    "app.kubernetes.io/instance": name,
    ...MANAGED_BY,
    cluster: RELEASE,
  };
}

function jobSpec(spec: LoadSpec): Record<string, unknown> {
  const { pods } = spec;
  return {
    completionMode: "Indexed",
    completions: pods,
    // All at once: they wait for each other.
    parallelism: pods,
    backoffLimitPerIndex: 3,
    maxFailedIndexes: pods,
    podFailurePolicy: {
      rules: [
        // Moved away from its node: that is no failure of the pod.
        { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
        {
          action: "FailIndex",
          onExitCodes: { containerName: "load", operator: "In", values: FINAL_EXIT_CODES },
        },
      ],
    },
    activeDeadlineSeconds: spec.deadlineSeconds,
    ttlSecondsAfterFinished: 7 * 24 * 3600,
    template: { metadata: { labels: labelsOf(spec) }, spec: podSpec(spec) },
  };
}

function podSpec(spec: LoadSpec): Record<string, unknown> {
  return {
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // Longer than a run waits for what is in flight.
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: [{
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: { "app.kubernetes.io/instance": spec.name } },
    }],
    containers: [container(spec)],
    volumes: [
      { name: "config", configMap: { name: `${spec.name}-run` } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      ...(spec.tokenSecret === undefined
        ? []
        : [{ name: "token", secret: { secretName: spec.tokenSecret, defaultMode: 0o440 } }]),
    ],
  };
}

function container(spec: LoadSpec): Record<string, unknown> {
  const token = spec.tokenSecret === undefined;
  const path = `${CONFIG_FOLDER}/${spec.file.name}`;
  return {
    name: "load",
    image: spec.image,
    imagePullPolicy: "IfNotPresent",
    args: spec.args(path),
    env: [
      // The name of the Job is that of the run: a CronJob gives each of its Jobs another one.
      {
        name: "PLL_RUN_ID",
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
      },
      ...Object.entries(spec.env(path)).map(([name, value]) => ({
        name,
        value,
      })),
      ...(token ? [] : [{ name: "PLL_TOKEN_FILE", value: `${TOKEN_FOLDER}/token` }]),
    ],
    ports: [{ name: "metrics", containerPort: METRICS_PORT, protocol: "TCP" }],
    // The same where there is room: a pod that is throttled, or takes what others need, measures Kubernetes.
    resources: {
      requests: { cpu: spec.cpu.request, memory: spec.memory },
      limits: { cpu: spec.cpu.limit, memory: spec.memory },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "config", mountPath: CONFIG_FOLDER, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      ...(token ? [] : [{ name: "token", mountPath: TOKEN_FOLDER, readOnly: true }]),
    ],
  };
}
