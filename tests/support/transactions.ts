/** Transactions, which the load tool does not make: pulsar-perf's own, with a topic that is written in each. */
import { temporaryIn } from "./broker_config.ts";
import { join } from "node:path";
import { pulsarPerfClassPath } from "../bench/peers/pulsar_perf.ts";
import { TiedProcess } from "./process.ts";

/** A running `pulsar-perf transaction`. */
export class Transactions {
  readonly #process: TiedProcess;
  readonly #folder: string;

  private constructor(process: TiedProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
  }

  /** Begins and commits some transactions per second, one message in each, until it is stopped. */
  static async start(serviceUrl: string, topic: string): Promise<Transactions> {
    const classPath = await pulsarPerfClassPath();
    const folder = await Deno.makeTempDir({ prefix: "pll-transactions-" });
    await Deno.writeTextFile(join(folder, "client.conf"), "");
    const process = TiedProcess.start({
      command: "java",
      args: [
        ...[
          temporaryIn(folder),
          "-Xmx1g",
          "-cp",
          classPath,
          "org.apache.pulsar.testclient.PulsarPerfTestTool",
          "client.conf",
        ],
        ...["transaction", "-u", serviceUrl, "--topics-p", topic, "--topics-c", `${topic}-in`],
        ...["-txnRate", "20", "-nmp", "1", "-nmc", "0", "-threads", "1", "-time", "0"],
      ],
      cwd: folder,
      log: join(folder, "log"),
      removeCwd: true,
    });
    return new Transactions(process, folder);
  }

  /** @throws {Error} with the end of its log when it has ended */
  async assertRunning(): Promise<void> {
    if (!this.#process.ended) return;
    const log = await Deno.readTextFile(join(this.#folder, "log")).catch(() => "");
    throw new Error(`pulsar-perf transaction has ended:\n${log.trimEnd().split("\n").slice(-20).join("\n")}`);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}
