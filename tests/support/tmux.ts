/** A terminal of a chosen size that a test can type into, look at, resize, and take away. */
import { eventually } from "./cli.ts";
import { run } from "./process.ts";

export interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  /** Environment of the shell in it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One tmux server with one session, which runs a plain shell. */
export class Tmux implements AsyncDisposable {
  /** Holds the server's socket, which tmux itself leaves behind. */
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start({ columns, rows, env = {} }: TmuxOptions): Promise<Tmux> {
    const tmux = new Tmux(await Deno.makeTempDir({ prefix: "pll-tmux-" }));
    const settings = { CI: "", NO_COLOR: "", COLORTERM: "truecolor", LC_ALL: "C.UTF-8", ...env };
    try {
      await tmux.#call(
        ...["-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows)],
        ...Object.entries(settings).flatMap(([name, value]) => ["-e", `${name}=${value}`]),
        "sh",
      );
      await tmux.#call("set-option", "-g", "status", "off");
      // Assembled by the shell, so that the command line itself is not what is found.
      await tmux.type("echo shell-is''-ready");
      await tmux.waitFor(/shell-is-ready$/m);
      return tmux;
    } catch (error) {
      await tmux[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #call(...args: readonly string[]): Promise<string> {
    const { code, output } = await run("tmux", ["-S", `${this.#folder}/socket`, ...args]);
    if (code !== 0) throw new Error(`tmux ${args[0]} failed with code ${code}: ${output}`);
    return output;
  }

  /** Starts a command; when it has ended, the shell says `exit=CODE`. */
  async run(command: readonly string[], redirections = ""): Promise<void> {
    const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    // The clear keeps the long command line from being what the tests find.
    await this.type(`clear; ${line} ${redirections}; echo exit=$?`);
  }

  async type(line: string): Promise<void> {
    await this.#call("send-keys", "-l", line);
    await this.keys("Enter");
  }

  /** Keys by tmux's names: `Down`, `C-c`, `q`. */
  async keys(...names: readonly string[]): Promise<void> {
    await this.#call("send-keys", ...names);
  }

  /** What is on the screen; with `colors`, with its escape sequences. */
  async screen(options: { readonly colors?: boolean } = {}): Promise<string> {
    return await this.#call("capture-pane", "-p", ...(options.colors ? ["-e"] : []));
  }

  /** Waits until the screen shows something, and returns the screen. */
  async waitFor(pattern: RegExp, limitMs = 60_000): Promise<string> {
    let last = "";
    try {
      return await eventually(String(pattern), async () => {
        last = await this.screen();
        return pattern.test(last) ? last : undefined;
      }, limitMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}; the screen shows:\n${last}`, { cause: error });
    }
  }

  /** Waits for the end of what `run` started; returns its exit code and the screen after it. */
  async exit(limitMs?: number): Promise<{ code: number; screen: string }> {
    const screen = await this.waitFor(/^exit=\d+$/m, limitMs);
    return { code: Number(/^exit=(\d+)$/m.exec(screen)![1]), screen };
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#call("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Process id of the newest process that the shell has started. */
  async child(): Promise<number> {
    const shell = (await this.#call("display-message", "-p", "#{pane_pid}")).trim();
    const { output } = await run("ps", ["--ppid", shell, "-o", "pid="]);
    const pids = output.trim().split(/\s+/).filter((text) => text !== "").map(Number);
    if (pids.length === 0) throw new Error("the shell has no child");
    return Math.max(...pids);
  }

  /** Whether the terminal is as a program has to leave it: main screen, cursor shown, echo on. */
  async isRestored(): Promise<boolean> {
    const flags = await this.#call("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}");
    await this.type("stty -a | grep -qw -- -echo && echo echo-off || echo echo-on");
    const screen = await this.waitFor(/^echo-(on|off)$/m);
    return flags.trim() === "0 1 1" && /^echo-on$/m.test(screen);
  }

  /** Takes the terminal away, as closing its window does. */
  async hangUp(): Promise<void> {
    await this.#call("kill-session");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run("tmux", ["-S", `${this.#folder}/socket`, "kill-server"]);
    await Deno.remove(this.#folder, { recursive: true });
  }
}
