/** `lab open` and `lab port-forward`: ways in from outside, kept until Ctrl-C. */
import { refused } from "./answers.ts";
import { chooseContext } from "./cluster.ts";
import { freeLocalPort, keepForwarding } from "./forward.ts";
import { type Target, TARGETS } from "./names.ts";
import { kubectlGet } from "./steps.ts";
import type { LabWorld } from "./world.ts";

export interface OpenOptions {
  readonly context?: string | undefined;
  readonly what: keyof typeof TARGETS;
  readonly port?: number | undefined;
  readonly browser: boolean;
}

/** Opens a page once it is reachable. */
export async function labOpen(world: LabWorld, options: OpenOptions): Promise<void> {
  const target: Target = TARGETS[options.what];
  const context = await readyContext(world, options.context, target);
  const port = options.port ?? freeLocalPort(target.ports[0]![0]);
  const url = `http://localhost:${port}`;
  await untilInterrupt((signal) =>
    keepForwarding({
      tools: world.tools,
      context,
      target,
      localPorts: [port],
      address: "127.0.0.1",
      signal,
      say: (text) => world.say(text),
      onReady: () => {
        world.print(`${target.title} at ${url}\n`);
        if (options.browser && !openBrowser(url)) world.say("no browser could be started");
      },
    })
  );
}

export interface ForwardingOptions {
  readonly context?: string | undefined;
  readonly port: number;
  readonly adminPort: number;
  readonly address: string;
}

/** Keeps the proxy's two ports reachable. */
export async function labPortForward(world: LabWorld, options: ForwardingOptions): Promise<void> {
  const context = await readyContext(world, options.context, TARGETS.broker);
  const { address, port, adminPort } = options;
  const host = address === "127.0.0.1" || address === "0.0.0.0" ? "localhost" : address;
  await untilInterrupt((signal) =>
    keepForwarding({
      tools: world.tools,
      context,
      target: TARGETS.broker,
      localPorts: [port, adminPort],
      address,
      signal,
      say: (text) => world.say(text),
      onReady: () =>
        world.print(`service URL pulsar://${host}:${port}\nadmin URL   http://${host}:${adminPort}\n`),
    })
  );
}

/** @throws {LabError} when the service is not there */
async function readyContext({ tools }: LabWorld, asked: string | undefined, target: Target): Promise<string> {
  const { name } = await chooseContext(tools, asked);
  const found = await tools.ask(kubectlGet(name, target.service, "-o", "name"));
  if (found.code === 0) return name;
  const absent = `${target.title} is not installed in context '${name}': see 'lab status'`;
  throw refused(name, found, `reading ${target.service}`, absent);
}

/** Runs until it ends by itself or the user has had enough. */
async function untilInterrupt(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  try {
    await run(controller.signal);
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
  }
}

const BROWSERS: Partial<Record<typeof Deno.build.os, readonly string[]>> = {
  linux: ["xdg-open"],
  darwin: ["open"],
  windows: ["rundll32", "url.dll,FileProtocolHandler"],
};

/** False where there is no way to. */
function openBrowser(url: string): boolean {
  const [program, ...args] = BROWSERS[Deno.build.os] ?? [];
  if (program === undefined) return false;
  try {
    const child = new Deno.Command(program, {
      args: [...args, url],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    child.unref();
    return true;
  } catch {
    return false;
  }
}
