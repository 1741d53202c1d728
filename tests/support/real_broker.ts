/**
 * A real Apache Pulsar 4.2 broker (broker, bookie and metadata in one Java process) on free loopback ports,
 * from the jars of tests/broker/pom.xml. Ready about 5 s after `startBroker`, once the jars are cached.
 */
import { join } from "node:path";
import { BrokerAdmin } from "./broker_admin.ts";
import { brokerArguments, type BrokerPorts, brokerProperties, type BrokerSetup } from "./broker_config.ts";
import { type Certificates, certificates, type ServerCertificate } from "./certificates.ts";
import { resolveJars } from "./maven.ts";
import { freePorts } from "./ports.ts";
import { TiedProcess } from "./process.ts";
import { type BrokerTokens, makeTokens } from "./tokens.ts";

export type BrokerSettings = Readonly<Record<string, string>>;

export interface BrokerOptions {
  /** Listen with TLS too (the plain ports stay), with a right certificate or one that clients must refuse. */
  readonly tls?: true | ServerCertificate;
  /** Demand tokens, of clients and of admin calls. */
  readonly token?: true;
  /** Any broker setting, e.g. `{ maxMessageSize: "1048576" }`; wins over ours. May depend on the ports. */
  readonly extra?: BrokerSettings | ((ports: BrokerPorts) => BrokerSettings);
  /** Heap, and the same again of direct memory; `512m` by default. */
  readonly memory?: string;
}

/** Five seconds on an idle machine; a machine with nothing to spare has been seen to need forty. */
const READY_MILLIS = 180_000;

/** How to reach a running broker; can be handed to another process as JSON. */
export interface BrokerAddress {
  /** `pulsar://127.0.0.1:PORT` */
  readonly serviceUrl: string;
  /** `http://127.0.0.1:PORT` */
  readonly adminUrl: string;
  readonly pid: number;
}

/** Thrown when a broker does not come up; the message holds the end of its log. */
export class BrokerStartError extends Error {
  override readonly name = "BrokerStartError";
  readonly code = "BROKER_START_FAILED";
}

/** The jars, resolved from Maven Central on first use. */
export function brokerJars(): Promise<string> {
  return resolveJars("pulsar-4.2.4", new URL("../broker/pom.xml", import.meta.url));
}

/** Starts a broker of its own for the caller, who has to stop it (or declare it with `await using`). */
export async function startBroker(options: BrokerOptions = {}): Promise<RealBroker> {
  const jars = await brokerJars();
  for (let attempt = 1;; attempt++) {
    const broker = await RealBroker.prepare(jars, options);
    try {
      await broker.start();
      return broker;
    } catch (error) {
      const log = await broker.logTail(400);
      await broker.stop();
      // Someone took one of the ports between choosing and binding it.
      if (attempt < 3 && /Address already in use|BindException/.test(log)) continue;
      throw error;
    }
  }
}

export class RealBroker implements AsyncDisposable {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  /** `pulsar+ssl://localhost:PORT`, with `tls`. */
  readonly serviceUrlTls?: string;
  /** `https://localhost:PORT`, with `tls`. */
  readonly adminUrlTls?: string;
  /** With `tls`. */
  readonly certificates?: Certificates;
  /** With `token`. */
  readonly tokens?: BrokerTokens;
  readonly admin: BrokerAdmin;

  readonly #folder: string;
  readonly #jars: string;
  readonly #ports: BrokerPorts;
  readonly #memory: string;
  #process: TiedProcess | undefined;
  #started = false;

  private constructor(folder: string, jars: string, memory: string, setup: BrokerSetup) {
    const { ports, certificates, tokens } = setup;
    this.#folder = folder;
    this.#jars = jars;
    this.#memory = memory;
    this.#ports = ports;
    this.serviceUrl = `pulsar://127.0.0.1:${ports.pulsar}`;
    this.adminUrl = `http://127.0.0.1:${ports.http}`;
    if (certificates !== undefined) {
      this.serviceUrlTls = `pulsar+ssl://localhost:${ports.pulsarTls}`;
      this.adminUrlTls = `https://localhost:${ports.httpTls}`;
      this.certificates = certificates;
    }
    if (tokens !== undefined) this.tokens = tokens;
    this.admin = new BrokerAdmin(this.adminUrl, tokens?.right);
  }

  /** Makes the data folder and the configuration; starts nothing. */
  static async prepare(jars: string, options: BrokerOptions): Promise<RealBroker> {
    const folder = await Deno.makeTempDir({ prefix: "pll-broker-" });
    try {
      const [pulsar, http, bookie, pulsarTls, httpTls] = freePorts(5);
      const ports = {
        pulsar: pulsar!,
        http: http!,
        bookie: bookie!,
        pulsarTls: pulsarTls!,
        httpTls: httpTls!,
      };
      const { extra = {} } = options;
      const setup: BrokerSetup = {
        ports,
        extra: typeof extra === "function" ? extra(ports) : extra,
        ...(options.tls ? { certificates: certificates(options.tls === true ? "server" : options.tls) } : {}),
        ...(options.token ? { tokens: makeTokens() } : {}),
      };
      const base = await Deno.readTextFile(new URL("../broker/standalone.conf", import.meta.url));
      const own = [...brokerProperties(setup)].map(([name, value]) => `${name}=${value}\n`).join("");
      await Deno.writeTextFile(join(folder, "standalone.conf"), `${base}\n${own}`);
      return new RealBroker(folder, jars, options.memory ?? "512m", setup);
    } catch (error) {
      await Deno.remove(folder, { recursive: true });
      throw error;
    }
  }

  /** Process id of the Java process that runs now, or ran last. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts the process and waits until the broker serves `public/default`. */
  async start(): Promise<void> {
    if (this.#process?.ended === false) {
      throw new BrokerStartError(`the broker already runs as process ${this.pid}`);
    }
    this.#process = TiedProcess.start({
      command: "java",
      args: brokerArguments({
        folder: this.#folder,
        jars: this.#jars,
        memory: this.#memory,
        bookiePort: this.#ports.bookie,
        wipe: !this.#started,
      }),
      cwd: this.#folder,
      log: join(this.#folder, "broker.log"),
      removeCwd: true,
    });
    this.#started = true;
    await this.#ready(READY_MILLIS);
  }

  /** Ends the process, SIGTERM first, and removes its data. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  /** Starts again on the same ports with the data kept, after an orderly stop where it still runs. */
  async restart(): Promise<void> {
    await this.#process?.stop();
    await this.start();
  }

  /** Ends the process at once, as a crash would (SIGKILL); `restart` brings it back with its data. */
  async kill(): Promise<void> {
    await this.#process?.stop("SIGKILL");
  }

  /** The last lines of the broker's own log. */
  async logTail(lines = 40): Promise<string> {
    const text = await Deno.readTextFile(join(this.#folder, "broker.log")).catch(() => "");
    return text.trimEnd().split("\n").slice(-lines).join("\n");
  }

  /** Lets the test runner end although the broker still runs; it dies with this process. */
  unref(): void {
    this.#process?.unref();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #ready(limitMillis: number): Promise<void> {
    const deadline = performance.now() + limitMillis;
    let last: unknown = "no answer yet";
    while (performance.now() < deadline) {
      if (this.#process?.ended !== false) {
        throw new BrokerStartError(`the broker ended before it was ready:\n${await this.logTail()}`);
      }
      try {
        if ((await this.admin.namespaces()).includes("public/default")) return;
      } catch (error) {
        last = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new BrokerStartError(
      `the broker was not ready after ${limitMillis / 1000} s (${last}):\n${await this.logTail()}`,
    );
  }
}
