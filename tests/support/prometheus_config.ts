/**
 * The configurations of prometheus/, made to run here: what Kubernetes would discover is listed instead, with the
 * same meta labels, so that all relabelling is the real one.
 */
import { parse, stringify } from "yaml";

const FOLDER = new URL("../../prometheus/", import.meta.url);

/** A container port of a pod, as Kubernetes discovery with role `pod` presents it. */
export interface PodPort {
  readonly address: string;
  readonly pod: string;
  readonly portName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly namespace?: string;
  readonly phase?: string;
}

interface ScrapeConfig {
  job_name: string;
  scrape_interval?: string;
  scrape_timeout?: string;
  kubernetes_sd_configs?: readonly Record<string, unknown>[];
  static_configs?: { targets: string[]; labels?: Record<string, string> }[];
}

interface Config {
  global: Record<string, unknown>;
  alerting?: { alertmanagers?: ScrapeConfig[] };
  remote_write?: unknown;
  scrape_configs: ScrapeConfig[];
}

/** What the project's `kubernetes_sd_configs` may hold; this Prometheus may be built without Kubernetes. */
const DISCOVERY_KEYS = new Set(["role", "namespaces", "attach_metadata"]);

/** Names of the configurations, e.g. `prometheus-ha.yml`. */
export function configNames(): string[] {
  return [...Deno.readDirSync(FOLDER)].filter(({ isFile, name }) => isFile && name.endsWith(".yml"))
    .map(({ name }) => name).sort();
}

/**
 * The files of a Prometheus that runs with a configuration of the project.
 *
 * @param name e.g. `prometheus.yml`
 * @param pods what Kubernetes would discover
 * @param own address of this Prometheus itself
 * @param loadFile text of `targets/load.yml`, for load tools outside Kubernetes
 * @throws {Error} when a discovery section is not what Prometheus takes
 */
export async function runnableConfig(
  name: string,
  pods: readonly PodPort[],
  own: string,
  loadFile?: string,
): Promise<Map<string, string>> {
  const config = parse(await Deno.readTextFile(new URL(name, FOLDER))) as Config;
  Object.assign(config.global, { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" });
  for (const scrape of config.scrape_configs) {
    delete scrape.scrape_interval;
    delete scrape.scrape_timeout;
    listInstead(scrape, pods);
    if (scrape.job_name === "prometheus") scrape.static_configs = [{ targets: [own] }];
  }
  for (const manager of config.alerting?.alertmanagers ?? []) listInstead(manager, []);
  // Nobody listens there.
  delete config.remote_write;
  const files = new Map([["prometheus.yml", stringify(config)]]);
  if (loadFile !== undefined) files.set("targets/load.yml", loadFile);
  for (const folder of ["rules", "rules-ha", "rules-upgrade"]) {
    for (const { name: file } of Deno.readDirSync(new URL(`${folder}/`, FOLDER))) {
      files.set(`${folder}/${file}`, await Deno.readTextFile(new URL(`${folder}/${file}`, FOLDER)));
    }
  }
  return files;
}

function listInstead(section: ScrapeConfig, pods: readonly PodPort[]): void {
  if (section.kubernetes_sd_configs === undefined) return;
  const namespaces = section.kubernetes_sd_configs.flatMap(checkedNamespaces);
  delete section.kubernetes_sd_configs;
  section.static_configs = pods
    .filter(({ namespace = "pulsar" }) => namespaces.includes(namespace))
    .map((pod) => ({ targets: [pod.address], labels: metaLabels(pod) }));
}

function checkedNamespaces(discovery: Record<string, unknown>): string[] {
  const unknown = Object.keys(discovery).find((key) => !DISCOVERY_KEYS.has(key));
  const names = (discovery.namespaces as { names?: unknown } | undefined)?.names;
  if (unknown !== undefined || discovery.role !== "pod" || !Array.isArray(names)) {
    throw new Error(`not a discovery of pods in named namespaces: ${JSON.stringify(discovery)}`);
  }
  return names.map(String);
}

function metaLabels(pod: PodPort): Record<string, string> {
  const { namespace = "pulsar", phase = "Running" } = pod;
  const labels: Record<string, string> = {
    __meta_kubernetes_namespace: namespace,
    __meta_kubernetes_pod_name: pod.pod,
    __meta_kubernetes_pod_phase: phase,
    __meta_kubernetes_pod_container_port_name: pod.portName,
    __meta_kubernetes_pod_container_image: pod.image,
    __meta_kubernetes_pod_node_name: "node-1",
    __meta_kubernetes_node_label_topology_kubernetes_io_zone: "zone-a",
  };
  for (const [name, value] of Object.entries(pod.labels)) {
    labels[`__meta_kubernetes_pod_label_${name.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`] = value;
  }
  return labels;
}
