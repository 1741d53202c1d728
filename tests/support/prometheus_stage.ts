/**
 * Everything that dashboards and alerts look at, for real: ZooKeeper, a bookie, a broker and a proxy as separate processes,
 * the load tool's producers and consumers, functions and connectors, and Prometheus with the project's configurations.
 */
import { join } from "node:path";
import { stringify } from "yaml";
import { type BookieCluster, clusterPrograms, startBookieCluster } from "./bookie_cluster.ts";
import type { Entry } from "./cli.ts";
import { Functions, functionsFolder } from "./functions.ts";
import { freePorts } from "./ports.ts";
import { Prometheus } from "./prometheus.ts";
import { type PodPort, runnableConfig } from "./prometheus_config.ts";
import { LoadProcess } from "./prometheus_load.ts";
import { pulsarPerfClassPath } from "../bench/peers/pulsar_perf.ts";
import { proxyJars, PulsarProxy } from "./proxy.ts";
import { Transactions } from "./transactions.ts";

export interface Stage {
  readonly cluster: BookieCluster;
  /** With `prometheus.yml`, `prometheus-ha.yml` and `prometheus-upgrade.yml`. */
  readonly minikube: Prometheus;
  readonly ha: Prometheus;
  readonly upgrade: Prometheus;
  /** When the first process of the load was started, when all ran, and now; seconds since the epoch. */
  readonly from: number;
  readonly loadFrom: number;
  readonly to: number;
}

export interface StageOptions {
  /** How long the load runs before it is looked at. */
  readonly seconds: number;
  /** Messages per second of the busiest producer. */
  readonly rate: number;
}

const IMAGE = "registry.example/apachepulsar/pulsar-all:4.2.4";
/** Of the proxy. */
const OLDER_IMAGE = "registry.example/apachepulsar/pulsar-all:4.0.8";
const NAMESPACE = "shop/web";
const ORDERS = `persistent://${NAMESPACE}/orders`;
const CLICKS = `persistent://${NAMESPACE}/clicks`;
/** Its messages are also sent to the cluster `west`. */
const REPLICATED = "shop/geo";
const TRANSACTIONAL = `persistent://${NAMESPACE}/payments`;
const INVOICES = `persistent://${REPLICATED}/invoices`;
const SCENARIO = {
  topics: { invoices: { namespace: REPLICATED } },
  producers: { billing: { rate: 40, workers: 1 } },
  steps: [{ at: "2s", name: "more invoices", rate: "billing 50" }],
};

/**
 * What the stage sets differently from our values. Consumers' own metrics, which our values switch off and the chart
 * has on, double what is not asked of subscriptions alone; functions are off in both.
 */
const BROKER = {
  managedLedgerCacheSizeMB: 8,
  exposeConsumerLevelMetricsInPrometheus: true,
  functionsWorkerEnabled: true,
};

/** Downloads and compiles what the stage needs and this machine does not have yet. */
export async function prepareStage(): Promise<void> {
  await clusterPrograms();
  await pulsarPerfClassPath();
  await proxyJars();
  await functionsFolder();
}

/** Sets the stage, calls `use`, and clears it however that ends. */
export async function withStage(
  options: StageOptions,
  use: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const cluster = stack.use(await startBookieCluster(BROKER));
  await prepare(cluster);
  const folder = await Deno.makeTempDir({ prefix: "pll-load-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const from = Date.now() / 1000;
  const starting = PulsarProxy.start(cluster);
  // Also when what starts beside it fails.
  stack.defer(async () => await (await starting.catch(() => undefined))?.stop());
  const functions = await Functions.start(cluster.adminUrl, NAMESPACE);
  const proxy = await starting;
  const load = new Load(cluster, proxy.serviceUrl, folder, options);
  stack.defer(() => load.stop());
  await load.start();
  const pods = [...chartPods(cluster, proxy), ...load.pods];
  const start = async (name: string): Promise<Prometheus> => {
    const [port] = freePorts(1);
    return stack.use(
      await Prometheus.start(
        await runnableConfig(name, pods, `127.0.0.1:${port}`, load.outsideFile()),
        port,
      ),
    );
  };
  const minikube = await start("prometheus.yml");
  const ha = await start("prometheus-ha.yml");
  const upgrade = await start("prometheus-upgrade.yml");
  const loadFrom = Date.now() / 1000;
  await load.perform(() => minikube.write("targets/load.yml", load.outsideFile()));
  await functions.assertRunning();
  await use({ cluster, minikube, ha, upgrade, from, loadFrom, to: Date.now() / 1000 });
}

/**
 * A namespace with a backlog quota, so that there is one to be near; and one that is replicated. The other cluster is
 * this one under a second name: a replicated message is marked and not replicated again, and a second cluster of
 * three Java processes is more than two cores carry.
 */
async function prepare({ admin, adminUrl, serviceUrl }: BookieCluster): Promise<void> {
  await admin.call("PUT", "clusters/west", { serviceUrl: adminUrl, brokerServiceUrl: serviceUrl });
  await admin.call("PUT", "tenants/shop", { allowedClusters: ["lab", "west"] });
  await admin.createNamespace(NAMESPACE);
  await admin.call("POST", `namespaces/${NAMESPACE}/replication`, ["lab"]);
  await admin.createNamespace(REPLICATED);
  await admin.call("POST", `namespaces/${REPLICATED}/replication`, ["lab", "west"]);
  await admin.call("POST", `namespaces/${NAMESPACE}/backlogQuota?backlogQuotaType=destination_storage`, {
    limitSize: 2_000_000_000,
    limitTime: -1,
    policy: "producer_request_hold",
  });
}

/** Pods as the chart makes them, and some that must not be scraped. */
function chartPods({ targets }: BookieCluster, proxy: PulsarProxy): PodPort[] {
  const pod = (component: string, name: string, address: string, more: Partial<PodPort> = {}): PodPort => ({
    address,
    pod: `pulsar-${name}`,
    portName: "http",
    labels: {
      app: "pulsar",
      release: "pulsar",
      cluster: "lab",
      component,
      "controller-revision-hash": `pulsar-${component}-5d8f7c9b6`,
    },
    image: IMAGE,
    ...more,
  });
  return [
    pod("broker", "broker-0", targets.broker),
    pod("bookie", "bookie-0", targets.bookie),
    pod("zookeeper", "zookeeper-0", targets.zookeeper),
    pod("proxy", "proxy-0", proxy.target, { portName: "sts-http", image: OLDER_IMAGE }),
    // The port that serves entries, a finished job, the toolset, and somebody else's application.
    pod("bookie", "bookie-0", "127.0.0.1:3181", { portName: "bookie" }),
    pod("pulsar-init", "pulsar-init-x", "127.0.0.1:1", { phase: "Succeeded" }),
    pod("broker", "broker-1", "127.0.0.1:2", { phase: "Pending" }),
    pod("toolset", "toolset-0", "127.0.0.1:3"),
    pod("broker", "other-0", "127.0.0.1:4", { labels: { app: "shop", component: "broker" } }),
    pod("broker", "elsewhere-0", "127.0.0.1:5", { namespace: "elsewhere" }),
  ];
}

/**
 * Three producers, one of them of a replicated topic, transactions, and three consumers: one keeps up and refuses some,
 * one is slow, one comes late and reads it all. Two of them come through the proxy.
 */
class Load {
  readonly pods: PodPort[] = [];
  readonly #cluster: BookieCluster;
  readonly #proxyUrl: string;
  readonly #folder: string;
  readonly #options: StageOptions;
  readonly #running: LoadProcess[] = [];
  /** Those that Prometheus knows from `targets/load.yml` instead of from Kubernetes. */
  readonly #outside: LoadProcess[] = [];
  #transactions: Transactions | undefined;

  constructor(cluster: BookieCluster, proxyUrl: string, folder: string, options: StageOptions) {
    this.#cluster = cluster;
    this.#proxyUrl = proxyUrl;
    this.#folder = folder;
    this.#options = options;
  }

  /** Text of `targets/load.yml`, as in the example beside it. */
  outsideFile(): string {
    const addresses = this.#outside.map(({ address }) => `"${address}"`).join(", ");
    return `- targets: [${addresses}]\n  labels:\n    cluster: lab\n`;
  }

  async start(): Promise<void> {
    const { rate } = this.#options;
    this.#consumer("consumer-billing", ORDERS, "billing", "shared", ["--nack-percent", "1"]);
    this.#outside.push(
      this.#consumer("consumer-analytics", CLICKS, "analytics", "failover", [
        ...["--rate", String(Math.round(rate / 4))],
        ...["--receiver-queue", "200"],
      ]),
    );
    await Promise.all(this.#running.map((process) => process.ready()));
    this.#producer("producer-orders", ORDERS, rate, ["--threshold", "service.p99<30s"]);
    await this.#scenario();
    this.#producer("producer-clicks", CLICKS, rate / 2, ["--compression", "lz4", "--size", "512"]);
    await Promise.all(this.#running.map((process) => process.ready()));
    this.#transactions = await Transactions.start(this.#cluster.serviceUrl, TRANSACTIONAL);
    for (const process of this.#running) {
      if (this.#outside.includes(process)) continue;
      this.pods.push({
        address: process.address,
        pod: process.name,
        portName: "metrics",
        labels: { "app.kubernetes.io/part-of": "pulsar-local-lab", cluster: "lab" },
        image: "pulsar-local-lab:0.1.0",
      });
    }
  }

  /** Lets the load run, with a reader of everything in the middle and a topic that moves now and then. */
  async perform(onOutsideChanged: () => Promise<void>): Promise<void> {
    const part = (share: number): Promise<void> =>
      new Promise((resolve) => setTimeout(resolve, this.#options.seconds * share * 1000));
    await part(0.45);
    const audit = this.#consumer("consumer-audit", ORDERS, "audit", "exclusive", [
      ...["--initial-position", "earliest"],
      ...["--service-url", this.#proxyUrl],
    ]);
    await audit.ready();
    this.#outside.push(audit);
    await onOutsideChanged();
    await this.#cluster.admin.compact(INVOICES);
    // Often: how long a topic took to load is told to the first scrape afterwards only, whoever's that is.
    for (let moves = 0; moves < 10; moves++) {
      await part(0.05);
      await this.#cluster.admin.unload(CLICKS);
    }
    await part(0.05);
    for (const process of this.#running) await process.assertRunning();
    await this.#transactions?.assertRunning();
  }

  async stop(): Promise<void> {
    await this.#transactions?.stop();
    await Promise.all(this.#running.splice(0).map((process) => process.stop()));
  }

  #consumer(
    name: string,
    topic: string,
    subscription: string,
    type: string,
    more: readonly string[],
  ): LoadProcess {
    return this.#run(name, "consumer", [
      ...["--topic", topic, "--subscription", subscription, "--subscription-type", type],
      ...["--admin-url", this.#cluster.adminUrl],
      ...more,
    ]);
  }

  #producer(name: string, topic: string, rate: number, more: readonly string[]): LoadProcess {
    return this.#run(name, "producer", ["--topic", topic, "--rate", String(rate), ...more]);
  }

  /** Invoices come from a scenario of one group and one step. */
  async #scenario(): Promise<void> {
    const file = join(this.#folder, "invoices.yaml");
    await Deno.writeTextFile(file, stringify(SCENARIO));
    this.#run("producer-invoices", "lab", ["run", file, "--service-url", this.#proxyUrl]);
  }

  #run(name: string, entry: Entry, options: readonly string[]): LoadProcess {
    const process = new LoadProcess(this.#folder, name, entry, [
      ...options,
      ...(options.includes("--service-url") ? [] : ["--service-url", this.#cluster.serviceUrl]),
      ...["--run-id", "friday", "--duration", "10m"],
      ...(entry === "lab" ? [] : ["--workers", "1"]),
    ]);
    this.#running.push(process);
    return process;
  }
}
