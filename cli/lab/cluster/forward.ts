/**
 * Port forwarding that stays: kubectl's ends whenever the pod behind it does, and sometimes goes on without
 * forwarding anything. It is started again, ever later while it fails.
 */
import { LabError } from "../../lab_error.ts";
import type { Target } from "./names.ts";
import { kubectl } from "./steps.ts";
import type { RunningTool, Tools } from "./tools.ts";
import { sleep } from "../../../lib/transport/timing.ts";

export interface ForwardOptions {
  readonly tools: Tools;
  readonly context: string;
  readonly target: Target;
  /** Local ports instead of the usual ones, in the target's order. */
  readonly localPorts?: readonly number[];
  /** Address to listen on. */
  readonly address: string;
  readonly signal: AbortSignal;
  say(text: string): void;
  /** The first time that everything is forwarded. */
  onReady?(): void;
  readonly delay?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now?: () => number;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** Having stood this long, it was no failed start. */
const STEADY_MS = 10_000;
/** What kubectl says when a forwarding goes on that forwards nothing. */
const BROKEN = /lost connection to pod|error forwarding port|unable to (?:do port forwarding|forward)/i;
/** What trying again does not mend. */
const HOPELESS =
  /address already in use|unable to listen on|services? ".*" not found|context ".*" does not exist/i;

/**
 * Forwards until `signal` aborts.
 *
 * @throws {LabError} when it can never work: the port is taken, the service is not there
 */
export async function keepForwarding(options: ForwardOptions): Promise<void> {
  const { target, signal, say, delay = sleep, now = () => performance.now() } = options;
  let wait = FIRST_DELAY_MS;
  let isFirst = true;
  while (!signal.aborted) {
    const since = now();
    const reason = await forwardOnce(options, () => {
      say(isFirst ? `forwarding ${target.title}` : `forwarding ${target.title} again`);
      if (isFirst) options.onReady?.();
      isFirst = false;
    });
    if (signal.aborted) return;
    if (HOPELESS.test(reason)) {
      throw new LabError("NotInstalled", `${target.title} cannot be forwarded: ${reason}`);
    }
    if (now() - since >= STEADY_MS) wait = FIRST_DELAY_MS;
    say(`${target.title}: ${reason}; trying again in ${wait / 1000} s`);
    await delay(wait, signal);
    wait = Math.min(2 * wait, LONGEST_DELAY_MS);
  }
}

/** One kubectl, to its end; returns why it ended. */
async function forwardOnce(options: ForwardOptions, onUp: () => void): Promise<string> {
  const { tools, context, target, address, signal } = options;
  const ports = target.ports.map(([local, remote], index) =>
    `${options.localPorts?.[index] ?? local}:${remote}`
  );
  const running: RunningTool = tools.start(
    kubectl(context, "port-forward", `--address=${address}`, target.service, ...ports),
  );
  const stop = (): void => running.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  let reason = "";
  const up = new Set<string>();
  let isUp = false;
  try {
    for await (const line of running.lines) {
      const port = /^Forwarding from \S*?:(\d+) ->/.exec(line)?.[1];
      if (port !== undefined) {
        up.add(port);
        if (!isUp && up.size === ports.length) {
          isUp = true;
          onUp();
        }
      } else if (!/^Handling connection/.test(line) && line.trim() !== "") {
        reason = line.trim().replace(/^error: /i, "");
        if (BROKEN.test(line)) running.stop();
      }
    }
    const code = await running.ended;
    return reason || `kubectl ended with exit code ${code}`;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** A port that nobody listens on: the one wished for, or any. */
export function freeLocalPort(wished: number): number {
  for (const port of [wished, 0]) {
    try {
      const listener = Deno.listen({ hostname: "127.0.0.1", port });
      const { port: got } = listener.addr as Deno.NetAddr;
      listener.close();
      return got;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new LabError("Usage", `no port is free on 127.0.0.1`);
}
