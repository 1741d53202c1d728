/** Sessions without a terminal, a process or a keyboard (test support). */
import type { Role } from "../../lib/config/run_config.ts";
import type { EndSignal, TerminalHost } from "../../lib/tui/terminal_host.ts";
import { loadConfig } from "../load_config.ts";
import { makePlan, type Plan } from "./plan.ts";
import type { OutputStream, SessionIo } from "./io.ts";

export class FakeStream implements OutputStream {
  text = "";
  /** What writing fails with. */
  failure: Error | undefined;
  /** One for the whole stream: a sign of several bytes may stand in two writes. */
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  write(bytes: Uint8Array): Promise<number> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    // Few bytes at a time, as pipes may do.
    const part = bytes.subarray(0, 100);
    this.text += this.#decoder.decode(part, { stream: true });
    return Promise.resolve(part.length);
  }

  isTerminal(): boolean {
    return false;
  }
}

export class FakeTerminal implements TerminalHost {
  /** With a keyboard: see `press`. */
  inputIsTerminal = false;
  readonly console = { log() {}, info() {}, warn() {}, error() {}, debug() {} };
  readonly exits: number[] = [];
  /** Everything that was written. */
  text = "";
  readonly #handlers = new Map<string, Set<() => void>>();
  readonly #decoder = new TextDecoder();
  #keys = Promise.withResolvers<string>();

  write(bytes: Uint8Array): number {
    this.text += this.#decoder.decode(bytes, { stream: true });
    return bytes.length;
  }
  async read(buffer: Uint8Array): Promise<number | null> {
    const { read } = new TextEncoder().encodeInto(await this.#keys.promise, buffer);
    this.#keys = Promise.withResolvers();
    return read;
  }
  setRaw(): void {}
  size(): { columns: number; rows: number } {
    return { columns: 120, rows: 40 };
  }
  onSignal(signal: EndSignal | "SIGCONT", handler: () => void): () => void {
    const handlers = this.#handlers.get(signal) ?? new Set();
    this.#handlers.set(signal, handlers.add(handler));
    return () => handlers.delete(handler);
  }
  onEvent(): () => void {
    return () => {};
  }
  exit(code: number): void {
    this.exits.push(code);
  }

  /** Types, and lets whoever reads keys work on it. */
  async press(keys: string): Promise<void> {
    this.#keys.resolve(keys);
    await new Promise((resolve) => setTimeout(resolve));
  }
  send(signal: EndSignal): void {
    for (const handler of [...this.#handlers.get(signal) ?? []]) handler();
  }
  /** Handlers that are still there. */
  get listening(): number {
    return [...this.#handlers.values()].reduce((sum, { size }) => sum + size, 0);
  }
}

export function fakeIo(): SessionIo & {
  readonly terminal: FakeTerminal;
  readonly stdout: FakeStream;
  readonly stderr: FakeStream;
} {
  return {
    env: () => undefined,
    terminal: new FakeTerminal(),
    stdout: new FakeStream(),
    stderr: new FakeStream(),
  };
}

/** The plan of a command line, for a broker at `serviceUrl`. */
export function planFor(role: Role, serviceUrl: string, ...argv: readonly string[]): Plan {
  const loaded = loadConfig(role, ["-u", serviceUrl, ...argv], {}, () => "", { runId: "test" });
  if (loaded.kind !== "run") throw new Error(loaded.text);
  return makePlan(loaded.config, loaded.sources, undefined);
}
