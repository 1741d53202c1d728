/** `lab broker` as a process of its own, as users start it. */
import { join } from "node:path";
import { CLEAN_ENV, cliCommand, eventually } from "./cli.ts";
import { TiedProcess } from "./process.ts";

export class LabBroker {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly #process: TiedProcess;
  readonly #folder: string;

  private constructor(
    process: TiedProcess,
    folder: string,
    addresses: { readonly serviceUrl: string; readonly adminUrl: string },
  ) {
    this.#process = process;
    this.#folder = folder;
    this.serviceUrl = addresses.serviceUrl;
    this.adminUrl = addresses.adminUrl;
  }

  /** @param args options beside the ports, which are free ones */
  static async start(args: readonly string[] = [], env: Record<string, string> = {}): Promise<LabBroker> {
    const folder = await Deno.makeTempDir({ prefix: "pll-broker-" });
    const log = join(folder, "log");
    const [command, ...rest] = cliCommand("lab", [
      "broker",
      "--port",
      "0",
      "--web-port",
      "0",
      "--json",
      ...args,
    ]);
    const process = TiedProcess.start({
      command: command!,
      args: rest,
      cwd: folder,
      log,
      removeCwd: true,
      env: { ...CLEAN_ENV, ...env },
    });
    const addresses = await eventually("the broker's addresses", async () => {
      const text = await Deno.readTextFile(log).catch(() => "");
      if (process.ended) throw new Error(`lab broker ended: ${text}`);
      const line = text.split("\n").slice(0, -1).find((each) => each.startsWith("{"));
      return line === undefined ? undefined : JSON.parse(line);
    });
    return new LabBroker(process, folder, addresses);
  }

  /** What it said so far. */
  async output(): Promise<string> {
    return await Deno.readTextFile(join(this.#folder, "log"));
  }

  /** Ends it, as a service manager does or as Ctrl-C; resolves to its exit code. */
  async stop(signal: "SIGTERM" | "SIGINT" = "SIGTERM"): Promise<number> {
    const { code } = await this.#process.stop(signal);
    await Deno.remove(this.#folder, { recursive: true }).catch(() => {});
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#process.ended) await this.stop();
  }
}
