/** What things are called in the cluster. prometheus/prometheus.yml and k8s/ go by the same names. */

export const NAMESPACE = "pulsar";
export const RELEASE = "pulsar";
export const MINIKUBE_PROFILE = "minikube";

export const CHART = { name: "pulsar", repo: "https://pulsar.apache.org/charts", version: "4.7.0" } as const;

/** Label of everything that the lab makes besides the chart, and the mark of its namespace and release. */
export const MANAGED_BY = { "app.kubernetes.io/managed-by": "pulsar-local-lab" } as const;

/** The same as `helm upgrade --labels` and `kubectl -l` take it; Helm puts it on the Secrets it keeps releases in. */
export const RELEASE_LABELS = Object.entries(MANAGED_BY).map(([key, value]) => `${key}=${value}`).join(",");

export interface Target {
  readonly title: string;
  /** `svc/NAME`. */
  readonly service: string;
  /** Local port wished for, and the service's. */
  readonly ports: readonly (readonly [local: number, remote: number])[];
}

/** What can be reached from outside by port forwarding. */
export const TARGETS = {
  broker: { title: "Pulsar", service: "svc/pulsar-proxy", ports: [[6650, 6650], [8080, 80]] },
  grafana: { title: "Grafana", service: "svc/pll-grafana", ports: [[3000, 3000]] },
  prometheus: { title: "Prometheus", service: "svc/pll-prometheus", ports: [[9090, 9090]] },
  manager: { title: "Pulsar Manager", service: "svc/pulsar-pulsar-manager", ports: [[9527, 9527]] },
} as const satisfies Record<string, Target>;

/** Those that have pages to look at. */
export const WEB_TARGETS: readonly (keyof typeof TARGETS)[] = ["grafana", "prometheus", "manager"];
