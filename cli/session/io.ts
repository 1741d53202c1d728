/** What a session needs from the process: streams, the terminal, signals. Injected, so that tests have their own. */
import { denoTerminalHost, type TerminalHost } from "../../lib/tui/terminal_host.ts";
import type { Environment } from "../../lib/tui/theme.ts";

export interface OutputStream {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

export interface SessionIo {
  readonly env: Environment;
  /** Where progress is shown, and where keys and signals come from. */
  readonly terminal: TerminalHost;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
}

export function denoSessionIo(): SessionIo {
  return {
    env: (name) => Deno.env.get(name),
    terminal: denoTerminalHost(),
    stdout: Deno.stdout,
    stderr: Deno.stderr,
  };
}

/**
 * Writes all of a text.
 *
 * @throws {Deno.errors.WriteZero} when the stream takes nothing: trying again would never end
 */
export async function writeText(stream: OutputStream, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    const taken = await stream.write(rest);
    if (taken === 0) throw new Deno.errors.WriteZero("the output stream takes no more bytes");
    rest = rest.subarray(taken);
  }
}
