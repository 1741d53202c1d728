/** The pods of a load as processes on one machine, each with the environment, arguments and file that the Job gives. */
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Manifest } from "../../cli/lab/cluster/resources.ts";
import { cliCommand } from "./cli.ts";
import { TiedProcess } from "./process.ts";

const ROOT = join(import.meta.dirname!, "../..");

interface PodContainer {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[];
}

export interface Addresses {
  readonly serviceUrl: string;
  readonly adminUrl: string;
}

/** Plays the Job controller and the kubelet: starts the command of a pod with what Kubernetes would put around it. */
export class Pods implements AsyncDisposable {
  readonly #folder: string;
  readonly #container: PodContainer;
  readonly #running = new Map<string, TiedProcess>();
  readonly #run: string;
  readonly #broker: Addresses;

  constructor(folder: string, manifests: readonly Manifest[], broker: Addresses) {
    this.#folder = folder;
    this.#broker = broker;
    const [config, job] = manifests as unknown as [
      { data: Record<string, string> },
      { metadata: { name: string }; spec: { template: { spec: { containers: PodContainer[] } } } },
    ];
    this.#container = job.spec.template.spec.containers[0]!;
    this.#run = job.metadata.name;
    for (const [name, text] of Object.entries(config.data)) {
      Deno.writeTextFileSync(join(folder, name), name === "run.yaml" ? aimed(text, broker) : text);
    }
  }

  /** @param attempt pods that take a place anew have another name and log */
  start(index: number, attempt = 0): void {
    const name = `${index}.${attempt}`;
    // Read before the pod has written anything.
    Deno.writeTextFileSync(this.#log(name), "");
    const env: Record<string, string> = { JOB_COMPLETION_INDEX: String(index), NO_COLOR: "1" };
    for (const { name, value } of this.#container.env) env[name] = value ?? this.#run;
    if (env.PLL_SERVICE_URL !== undefined) {
      [env.PLL_SERVICE_URL, env.PLL_ADMIN_URL] = [this.#broker.serviceUrl, this.#broker.adminUrl];
    }
    // One port cannot be everybody's, and strangers shall not be heard.
    if (env.PLL_METRICS_PORT !== undefined) {
      [env.PLL_METRICS_PORT, env.PLL_METRICS_HOST] = ["0", "127.0.0.1"];
    }
    // The folder that the kubelet would mount.
    const here = (text: string): string => text.replace("/etc/pulsar-local-lab", this.#folder);
    if (env.PLL_CONFIG !== undefined) env.PLL_CONFIG = here(env.PLL_CONFIG);
    const [command, ...args] = cliCommand("lab", this.#container.args.map(here));
    const process = TiedProcess.start({
      command: command!,
      args,
      cwd: ROOT,
      log: this.#log(name),
      env,
    });
    this.#running.set(name, process);
  }

  #log(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  logOf(index: number, attempt = 0): string {
    return Deno.readTextFileSync(this.#log(`${index}.${attempt}`));
  }

  async kill(index: number): Promise<void> {
    await this.#running.get(`${index}.0`)!.stop("SIGKILL");
  }

  /** As Kubernetes ends a pod. */
  async end(index: number, attempt: number): Promise<number> {
    return (await this.#running.get(`${index}.${attempt}`)!.stop("SIGTERM", 30_000)).code;
  }

  async wait(index: number, attempt = 0): Promise<number> {
    return (await this.#running.get(`${index}.${attempt}`)!.wait()).code;
  }

  /** What `kubectl logs` of all pods gives. */
  logs(): string {
    return [...this.#running.keys()].map((name) => Deno.readTextFileSync(this.#log(name))).join("");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#running.values()) if (!process.ended) await process.stop("SIGKILL");
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** The configuration for pods that are all on one machine: the broker is elsewhere, and one port cannot be everybody's. */
function aimed(text: string, { serviceUrl, adminUrl }: Addresses): string {
  return stringify({ ...parse(text), serviceUrl, adminUrl, metricsPort: 0, metricsHost: "127.0.0.1" });
}

export async function waitFor(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited a minute for ${what}`);
}
