/** Functions, a source and a sink in the worker of a real broker, from tests/functions/StageFunctions.java. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { cachedFolder } from "./cache.ts";
import { run } from "./process.ts";
import { brokerJars } from "./real_broker.ts";

const SOURCE = new URL("../functions/StageFunctions.java", import.meta.url);
const JAR = "functions.jar";
/** The worker starts after the broker answers; until it has found its leader it refuses. */
const READY_MS = 90_000;
/** Not there yet: the worker fails before its own web resources are set up, and refuses until it leads. */
const NOT_READY: readonly number[] = [500, 503];

type Kind = "function" | "source" | "sink";

/** What runs, in the order of the messages: a source, two functions that read its topic, and a sink behind one. */
function components(namespace: string): readonly (readonly [Kind, string, Record<string, unknown>])[] {
  const readings = `persistent://${namespace}/readings`;
  const checked = `persistent://${namespace}/readings-checked`;
  return [
    ["source", "meter", { className: "StageFunctions$Meter", topicName: readings }],
    ["function", "check", {
      className: "StageFunctions$Echo",
      runtime: "JAVA",
      inputs: [readings],
      output: checked,
    }],
    ["function", "bill", { className: "StageFunctions$Fails", runtime: "JAVA", inputs: [readings] }],
    ["sink", "archive", { className: "StageFunctions$Archive", inputs: [checked] }],
  ];
}

/** The folder with the jar; compiled once for each source. */
export async function functionsFolder(): Promise<string> {
  const jars = await brokerJars();
  const source = await Deno.readTextFile(SOURCE);
  const hash = createHash("sha256").update(source).update(jars).digest("hex").slice(0, 8);
  return await cachedFolder(`functions-${hash}`, async (folder) => {
    const classes = await Deno.makeTempDir({ prefix: "pll-classes-" });
    try {
      // The broker may run on an older Java than the compiler's; 17 is the oldest of 4.2.
      for (
        const [command, ...args] of [
          [
            "javac",
            "--release",
            "17",
            "-cp",
            join(jars, "*"),
            "-d",
            classes,
            decodeURIComponent(SOURCE.pathname),
          ],
          ["jar", "--create", "--file", join(folder, JAR), "-C", classes, "."],
        ] as const
      ) {
        const { code, output } = await run(command, args);
        if (code !== 0) throw new Error(`${command} cannot make ${JAR} (exit code ${code}): ${output}`);
      }
    } finally {
      await Deno.remove(classes, { recursive: true });
    }
  });
}

/** Those that run; they end with their broker. */
export class Functions {
  readonly #adminUrl: string;
  readonly #namespace: string;

  private constructor(adminUrl: string, namespace: string) {
    this.#adminUrl = adminUrl;
    this.#namespace = namespace;
  }

  /**
   * Hands all to the worker of a broker with `functionsWorkerEnabled`.
   *
   * @param namespace e.g. `shop/web`
   * @throws {Error} when the worker refuses one, or is not ready in time
   */
  static async start(adminUrl: string, namespace: string): Promise<Functions> {
    const jar = new Blob([await Deno.readFile(join(await functionsFolder(), JAR))]);
    const started = new Functions(adminUrl, namespace);
    const [tenant, own] = namespace.split("/");
    for (const [kind, name, more] of components(namespace)) {
      const config = { tenant, namespace: own, name, parallelism: 1, ...more };
      await started.#register(kind, name, JSON.stringify(config), jar);
    }
    return started;
  }

  /** @throws {Error} with what the worker says of one that does not run */
  async assertRunning(): Promise<void> {
    for (const [kind, name] of components(this.#namespace)) {
      const response = await fetch(`${this.#url(kind, name)}/status`);
      const text = await response.text();
      const running = response.ok ? (JSON.parse(text) as { numRunning: number }).numRunning : 0;
      if (running !== 1) throw new Error(`${kind} '${name}' does not run: ${response.status} ${text}`);
    }
  }

  async #register(kind: Kind, name: string, config: string, jar: Blob): Promise<void> {
    const deadline = performance.now() + READY_MS;
    for (;;) {
      const form = new FormData();
      form.set("data", jar, JAR);
      form.set(`${kind}Config`, new Blob([config], { type: "application/json" }));
      const response = await fetch(this.#url(kind, name), { method: "POST", body: form });
      const text = await response.text();
      if (response.ok) return;
      if (!NOT_READY.includes(response.status) || performance.now() > deadline) {
        throw new Error(
          `the worker does not take ${kind} '${name}': ${response.status} ${text.slice(0, 1000)}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  #url(kind: Kind, name: string): string {
    return `${this.#adminUrl}/admin/v3/${kind}s/${this.#namespace}/${name}`;
  }
}
