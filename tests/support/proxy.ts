/**
 * A real Pulsar proxy before a broker, as a process of its own. It is of 4.0.8, the newest that Maven Central has.
 */
import { join } from "node:path";
import { javaFlags } from "./broker_config.ts";
import { propertiesText } from "./bookie_settings.ts";
import type { Java } from "./java.ts";
import { resolveJars } from "./maven.ts";
import { freePorts } from "./ports.ts";
import { TiedProcess } from "./process.ts";

/** Ten times what it takes on a machine that has much else to do. */
const READY_MS = 90_000;

/** The jars, resolved from Maven Central on first use. */
export function proxyJars(): Promise<string> {
  return resolveJars("pulsar-proxy-4.0.8", new URL("../proxy/pom.xml", import.meta.url));
}

export interface ProxiedBroker {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly java: Java;
}

export class PulsarProxy {
  /** Of the proxy: what clients are given in place of the broker's. */
  readonly serviceUrl: string;
  /** `host:port` of the metrics page, under `/metrics`. */
  readonly target: string;
  readonly #process: TiedProcess;
  readonly #folder: string;

  private constructor(serviceUrl: string, target: string, process: TiedProcess, folder: string) {
    this.serviceUrl = serviceUrl;
    this.target = target;
    this.#process = process;
    this.#folder = folder;
  }

  /** Starts one that passes everything to a broker; the caller has to stop it. */
  static async start({ serviceUrl, adminUrl, java }: ProxiedBroker): Promise<PulsarProxy> {
    const jars = await proxyJars();
    const [pulsar, http] = freePorts(2);
    const folder = await Deno.makeTempDir({ prefix: "pll-proxy-" });
    const settings = {
      brokerServiceURL: serviceUrl,
      brokerWebServiceURL: adminUrl,
      // Loopback addresses and other ports than 6650 are forbidden otherwise.
      brokerProxyAllowedIPAddresses: "127.0.0.1",
      brokerProxyAllowedTargetPorts: new URL(serviceUrl).port,
      clusterName: "lab",
      bindAddress: "127.0.0.1",
      advertisedAddress: "127.0.0.1",
      servicePort: pulsar!,
      webServicePort: http!,
    };
    await Deno.writeTextFile(join(folder, "proxy.conf"), propertiesText(settings));
    const process = TiedProcess.start({
      command: java.command,
      args: [
        ...java.flags,
        ...["-Xmx128m", "-XX:MaxDirectMemorySize=128m", ...javaFlags(folder), "-cp", join(jars, "*")],
        ...["org.apache.pulsar.proxy.server.ProxyServiceStarter", "--config", "proxy.conf"],
      ],
      cwd: folder,
      log: join(folder, "log"),
      removeCwd: true,
    });
    const proxy = new PulsarProxy(`pulsar://127.0.0.1:${pulsar}`, `127.0.0.1:${http}`, process, folder);
    try {
      await proxy.#ready();
    } catch (error) {
      await proxy.stop();
      throw error;
    }
    return proxy;
  }

  async stop(): Promise<void> {
    await this.#process.stop("SIGTERM", 5000);
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async #ready(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    while (performance.now() < deadline && !this.#process.ended) {
      try {
        const response = await fetch(`http://${this.target}/metrics/`);
        await response.body?.cancel();
        if (response.ok) return;
      } catch (error) {
        // It does not listen yet.
        if (!(error instanceof TypeError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await Deno.readTextFile(join(this.#folder, "log")).catch(() => "");
    throw new Error(`the proxy did not become ready:\n${log.trimEnd().split("\n").slice(-20).join("\n")}`);
  }
}
