/**
 * Pulsar as the Helm chart runs it, only small: ZooKeeper, a bookie with auto-recovery and a broker are processes of
 * their own, and each serves its own metrics page. (A standalone broker exports nothing of its bookie.)
 */
import { join } from "node:path";
import { stringify } from "yaml";
import { BrokerAdmin } from "./broker_admin.ts";
import { javaFlags } from "./broker_config.ts";
import {
  bookieProperties,
  brokerProperties,
  CLUSTER,
  type ClusterPorts,
  FUNCTION_WORKER,
  type Properties,
  propertiesText,
  zookeeperProperties,
} from "./bookie_settings.ts";
import { chartJava, type Java } from "./java.ts";
import { resolveJars } from "./maven.ts";
import { freePorts } from "./ports.ts";
import { run, TiedProcess } from "./process.ts";
import { brokerJars } from "./real_broker.ts";

/** A process did not come up; the message holds the end of its log. */
export class ClusterStartError extends Error {
  override readonly name = "ClusterStartError";
  readonly code = "CLUSTER_START_FAILED";
}

interface Jars {
  readonly zookeeper: string;
  readonly bookie: string;
  readonly broker: string;
}

const FUNCTIONS_FILE = "functions_worker.yml";
const START_LIMIT_MS = 90_000;

/** Class paths of the three processes and the Java that runs them; downloads what this machine does not have yet. */
export async function clusterPrograms(): Promise<{ readonly jars: Jars; readonly java: Java }> {
  const [broker, bookie, zookeeper, java] = await Promise.all([
    brokerJars(),
    resolveJars("bookie-4.17.3", new URL("../bookie/pom.xml", import.meta.url)),
    resolveJars("zookeeper-3.9.4", new URL("../bookie/zookeeper.pom.xml", import.meta.url)),
    chartJava(),
  ]);
  return { jars: { broker, bookie, zookeeper }, java };
}

/** Starts all three; the caller has to stop them (or declare the cluster with `await using`). */
export async function startBookieCluster(extra: Properties = {}): Promise<BookieCluster> {
  const { jars, java } = await clusterPrograms();
  const cluster = await BookieCluster.prepare(jars, java, extra);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

export class BookieCluster implements AsyncDisposable {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly admin: BrokerAdmin;
  /** `host:port` of the metrics pages, all under `/metrics`. */
  readonly targets: Readonly<Record<"broker" | "bookie" | "zookeeper", string>>;
  readonly #folder: string;
  readonly #ports: ClusterPorts;
  readonly #jars: Jars;
  /** With the chart's garbage collector, where one can be had that has it. */
  readonly java: Java;
  readonly #processes: TiedProcess[] = [];

  private constructor(folder: string, ports: ClusterPorts, jars: Jars, java: Java) {
    this.#folder = folder;
    this.#ports = ports;
    this.#jars = jars;
    this.java = java;
    this.serviceUrl = `pulsar://127.0.0.1:${ports.pulsar}`;
    this.adminUrl = `http://127.0.0.1:${ports.http}`;
    this.admin = new BrokerAdmin(this.adminUrl);
    this.targets = {
      broker: `127.0.0.1:${ports.http}`,
      bookie: `127.0.0.1:${ports.bookieMetrics}`,
      zookeeper: `127.0.0.1:${ports.zookeeperMetrics}`,
    };
  }

  /** Makes the folder and the configuration; starts nothing. */
  static async prepare(jars: Jars, java: Java, extra: Properties): Promise<BookieCluster> {
    const [zookeeper, zookeeperMetrics, bookie, bookieMetrics, pulsar, http] = freePorts(6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const ports: ClusterPorts = { zookeeper, zookeeperMetrics, bookie, bookieMetrics, pulsar, http };
    const folder = await Deno.makeTempDir({ prefix: "pll-cluster-" });
    const write = (name: string, properties: Properties): Promise<void> =>
      Deno.writeTextFile(join(folder, name), propertiesText(properties));
    await write("zookeeper.conf", zookeeperProperties(ports));
    await write("bookie.conf", bookieProperties(ports));
    await write("broker.conf", brokerProperties(ports, extra));
    await Deno.writeTextFile(join(folder, FUNCTIONS_FILE), stringify(FUNCTION_WORKER));
    return new BookieCluster(folder, ports, jars, java);
  }

  async start(): Promise<void> {
    const { zookeeper, bookie, broker } = this.#jars;
    this.#java("zookeeper", "128m", `${zookeeper}/*`, [
      "org.apache.zookeeper.server.ZooKeeperServerMain",
      "zookeeper.conf",
    ]);
    await this.#answers("zookeeper", `http://${this.targets.zookeeper}/metrics`);
    await this.#initialize();
    this.#java("bookie", "256m", `${broker}/*:${bookie}/*`, [
      "org.apache.bookkeeper.server.Main",
      "--conf",
      "bookie.conf",
    ]);
    await this.#answers("bookie", `http://${this.targets.bookie}/metrics`);
    this.#java("broker", "512m", `${broker}/*`, [
      "org.apache.pulsar.PulsarBrokerStarter",
      "--broker-conf",
      "broker.conf",
      "--functions-worker-conf",
      FUNCTIONS_FILE,
    ]);
    await this.#answers("broker", `${this.adminUrl}/admin/v2/namespaces/public/default`);
  }

  /** Ends all processes, SIGTERM first, and removes their data. */
  async stop(): Promise<void> {
    // Backwards: a broker without its bookie would wait for it.
    for (const process of this.#processes.splice(0).reverse()) await process.stop("SIGTERM", 5000);
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Writes the cluster's metadata, the bookies' included, into ZooKeeper. */
  async #initialize(): Promise<void> {
    const store = `zk:127.0.0.1:${this.#ports.zookeeper}`;
    const { code, output } = await run(this.java.command, [
      "-Xmx128m",
      ...javaFlags(this.#folder),
      "-cp",
      `${this.#jars.broker}/*`,
      "org.apache.pulsar.PulsarClusterMetadataSetup",
      ...["--cluster", CLUSTER],
      ...["--metadata-store", store],
      ...["--configuration-metadata-store", store],
      ...["--web-service-url", this.adminUrl],
      ...["--broker-service-url", this.serviceUrl],
    ], { cwd: this.#folder });
    if (code !== 0) {
      throw new ClusterStartError(`cluster metadata could not be written:\n${output.slice(-2000)}`);
    }
  }

  #java(name: string, memory: string, classPath: string, main: readonly string[]): void {
    this.#processes.push(TiedProcess.start({
      command: this.java.command,
      args: [
        ...this.java.flags,
        `-Xmx${memory}`,
        `-XX:MaxDirectMemorySize=${memory}`,
        ...javaFlags(this.#folder),
        "-cp",
        classPath,
        ...main,
      ],
      cwd: this.#folder,
      log: join(this.#folder, `${name}.log`),
      removeCwd: true,
    }));
  }

  async #answers(name: string, url: string): Promise<void> {
    const process = this.#processes.at(-1)!;
    const deadline = performance.now() + START_LIMIT_MS;
    while (performance.now() < deadline && !process.ended) {
      try {
        const response = await fetch(url);
        await response.body?.cancel();
        if (response.ok) return;
      } catch (error) {
        // It does not listen yet.
        if (!(error instanceof TypeError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await Deno.readTextFile(join(this.#folder, `${name}.log`)).catch(() => "");
    const what = process.ended ? "ended" : `did not answer within ${START_LIMIT_MS / 1000} s`;
    throw new ClusterStartError(
      `the ${name} ${what}:\n${log.trimEnd().split("\n").slice(-40).join("\n")}`,
    );
  }
}
