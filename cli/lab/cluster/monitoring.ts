/** Prometheus and Grafana with the project's own configuration, rules and dashboards. */
import { MANAGED_BY } from "./names.ts";
import { type Manifest, parseManifests, readFolder, readResource } from "./resources.ts";

function configMap(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels: MANAGED_BY }, data };
}

/** Kubernetes refuses larger ones. */
export const CONFIG_MAP_LIMIT = 1024 * 1024;

/**
 * Everything to apply, ConfigMaps first. Pods carry a hash of what they read, so that changed rules and dashboards
 * restart them and unchanged ones do not.
 */
export async function monitoringManifests(): Promise<Manifest[]> {
  const configs = [
    configMap("pll-prometheus", { "prometheus.yml": readResource("prometheus/prometheus.yml") }),
    configMap("pll-prometheus-rules", readFolder("prometheus/rules", ".yml")),
    configMap("pll-grafana-dashboards", readFolder("grafana/dashboards", ".json")),
  ];
  const hash = await hashOf(JSON.stringify(configs));
  const servers = ["prometheus", "grafana"].flatMap((name) =>
    parseManifests(readResource(`k8s/monitoring/${name}.yaml`))
  );
  return [...configs, ...servers.map((manifest) => withHash(manifest, hash))];
}

interface PodTemplate {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

function withHash(manifest: Manifest, hash: string): Manifest {
  if (manifest.kind !== "Deployment") return manifest;
  const spec = manifest.spec as { readonly template: PodTemplate };
  const { metadata } = spec.template;
  const annotations = { ...metadata.annotations, "pulsar-local-lab/config": hash };
  return {
    ...manifest,
    spec: { ...spec, template: { ...spec.template, metadata: { ...metadata, annotations } } },
  };
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 16);
}

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789";

/** Administrator of Grafana with a new password of some 139 bits. */
export function grafanaSecret(
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): Manifest {
  // 224 = 4 × 56 letters: bytes beyond are drawn again, so that no letter is more likely.
  const letters: string[] = [];
  while (letters.length < 24) {
    for (const byte of random(new Uint8Array(32))) {
      if (byte < 224 && letters.length < 24) letters.push(LETTERS[byte % LETTERS.length]!);
    }
  }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "pll-grafana", labels: MANAGED_BY },
    type: "Opaque",
    stringData: { user: "admin", password: letters.join("") },
  };
}
