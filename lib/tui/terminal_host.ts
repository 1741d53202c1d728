/** What the terminal owner needs from the process; injected, so that tests need no terminal. */

export type EndSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** Ways a process ends or fails without a signal. */
export type EndEvent = "error" | "unhandledrejection" | "unload";

export interface TerminalHost {
  /** Writes some bytes and returns how many; may throw (`WouldBlock` when the terminal is slow). */
  write(bytes: Uint8Array): number;
  /** Waits for input; null at its end. */
  read(buffer: Uint8Array): Promise<number | null>;
  readonly inputIsTerminal: boolean;
  setRaw(raw: boolean): void;
  size(): { columns: number; rows: number };
  /** Returns what removes the listener. Signals that the system does not know are ignored. */
  onSignal(signal: EndSignal | "SIGCONT", handler: () => void): () => void;
  onEvent(event: EndEvent, handler: () => void): () => void;
  exit(code: number): void;
  /** Methods that print: while the screen is owned they are replaced. */
  readonly console: Record<"log" | "info" | "warn" | "error" | "debug", (...data: unknown[]) => void>;
}

const FALLBACK = { columns: 80, rows: 24 };

/** The terminal of this process: drawn on stderr, so that stdout stays free for results; keys from stdin. */
export function denoTerminalHost(): TerminalHost {
  return {
    write: (bytes) => Deno.stderr.writeSync(bytes),
    read: (buffer) => Deno.stdin.read(buffer),
    inputIsTerminal: Deno.stdin.isTerminal(),
    setRaw: (raw) => Deno.stdin.setRaw(raw),
    size() {
      try {
        return Deno.consoleSize();
      } catch {
        return FALLBACK;
      }
    },
    onSignal(signal, handler) {
      try {
        Deno.addSignalListener(signal, handler);
      } catch {
        // Windows knows SIGINT and SIGHUP only.
        return () => {};
      }
      return () => Deno.removeSignalListener(signal, handler);
    },
    onEvent(event, handler) {
      globalThis.addEventListener(event, handler);
      return () => globalThis.removeEventListener(event, handler);
    },
    exit: (code) => Deno.exit(code),
    console: globalThis.console as unknown as TerminalHost["console"],
  };
}
