/** Real load for dashboards: the executables themselves, each with its metrics endpoint. */
import { join } from "node:path";
import { cliCommand, type Entry } from "./cli.ts";
import { freePorts } from "./ports.ts";
import { TiedProcess } from "./process.ts";

const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** One running producer, consumer or scenario. */
export class LoadProcess {
  /** Name of the pod it stands for. */
  readonly name: string;
  /** `host:port` of its metrics. */
  readonly address: string;
  readonly #process: TiedProcess;
  readonly #log: string;

  constructor(folder: string, name: string, entry: Entry, args: readonly string[]) {
    const [port] = freePorts(1);
    this.name = name;
    this.address = `127.0.0.1:${port}`;
    this.#log = join(folder, `${name}.log`);
    const [command, ...rest] = cliCommand(entry, [
      ...args,
      ...["--metrics-port", String(port), "--ui", "plain"],
    ]);
    this.#process = TiedProcess.start({
      command: command!,
      args: rest,
      cwd: ROOT,
      log: this.#log,
    });
  }

  /** Waits until its page shows a run. */
  async ready(): Promise<void> {
    for (let attempt = 0; attempt < 600 && !this.#process.ended; attempt++) {
      try {
        const text = await (await fetch(`http://${this.address}/metrics`)).text();
        if (text.includes("pulsar_lab_messages")) return;
      } catch (error) {
        // It does not listen yet.
        if (!(error instanceof TypeError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${this.name} did not start:\n${await this.logTail()}`);
  }

  /** @throws {Error} with the end of its log when it has ended */
  async assertRunning(): Promise<void> {
    if (this.#process.ended) throw new Error(`${this.name} has ended:\n${await this.logTail()}`);
  }

  async logTail(): Promise<string> {
    const text = await Deno.readTextFile(this.#log).catch(() => "");
    return text.trimEnd().split("\n").slice(-20).join("\n");
  }

  async stop(): Promise<void> {
    await this.#process.stop("SIGTERM", 15_000);
  }
}
