/** Child processes that cannot outlive the test that started them. */

/** Runs a command to its end; output is standard output and error, in that order. */
export async function run(
  command: string,
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    stdin: "null",
    ...options,
    args: [...args],
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}

/** Whether a program can be started at all. */
export async function installed(command: string, probe = "--version"): Promise<boolean> {
  try {
    const { code } = await run(command, [probe]);
    return code === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether a process runs; one that has ended but was not reaped yet does not count. */
export async function alive(pid: number): Promise<boolean> {
  const { code, output } = await run("ps", ["-p", String(pid), "-o", "stat="]);
  return code === 0 && !output.startsWith("Z");
}

/** Where a process works. Deno itself lets nobody read below /proc who may not do everything. */
export async function workingFolder(pid: number): Promise<string> {
  const { code, output } = await run("readlink", [`/proc/${pid}/cwd`]);
  if (code !== 0) throw new Error(`process ${pid} has no working folder: ${output}`);
  return output.trim();
}

export interface TiedOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory; also what is removed when this process dies first, if `removeCwd`. */
  readonly cwd: string;
  /** File that gets standard output and error, appended. */
  readonly log: string;
  readonly removeCwd?: boolean;
  readonly env?: Record<string, string>;
}

/**
 * Ctrl-C reaches the whole foreground group, and the guard has to survive it to do its work. A line on the pipe
 * means that the child ended under our eyes. The wait is bounded because an unreaped child never seems gone.
 */
const GUARD = `trap "" INT TERM HUP
read -r line && exit 0
for i in 1 2 3 4 5 6 7 8 9 10; do kill -9 "$1" 2>/dev/null || break; sleep 0.1; done
[ -z "$2" ] || rm -rf "$2" || { sleep 1; rm -rf "$2"; }`;

/**
 * A child whose life is tied to ours: a guard process reads a pipe that only we hold open, so however we end
 * (also by SIGKILL, or when a test file's isolate is dropped), the guard kills the child and cleans up.
 */
export class TiedProcess {
  readonly #child: Deno.ChildProcess;
  readonly #guard: Deno.ChildProcess;
  readonly #guardInput: WritableStream<Uint8Array>;
  #ended = false;

  private constructor(child: Deno.ChildProcess, guard: Deno.ChildProcess) {
    this.#child = child;
    this.#guard = guard;
    this.#guardInput = guard.stdin;
    child.status.then(() => (this.#ended = true));
  }

  static start(options: TiedOptions): TiedProcess {
    const child = new Deno.Command("sh", {
      // `exec` keeps the pid, so signals reach the program itself.
      args: [
        "-c",
        'log=$1; shift; exec "$@" >>"$log" 2>&1',
        "sh",
        options.log,
        options.command,
        ...options.args,
      ],
      cwd: options.cwd,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      ...(options.env === undefined ? {} : { env: options.env }),
    }).spawn();
    const guard = new Deno.Command("sh", {
      args: ["-c", GUARD, "sh", String(child.pid), options.removeCwd === true ? options.cwd : ""],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new TiedProcess(child, guard);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Whether the child has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Resolves when the child has ended and the guard is gone. */
  async wait(): Promise<Deno.CommandStatus> {
    const status = await this.#child.status;
    await this.#dismissGuard();
    return status;
  }

  /** Sends a signal; SIGKILL follows when the child has not ended `graceMillis` later. */
  async stop(signal: Deno.Signal = "SIGTERM", graceMillis = 15_000): Promise<Deno.CommandStatus> {
    this.#signal(signal);
    const timer = setTimeout(() => this.#signal("SIGKILL"), graceMillis);
    try {
      return await this.wait();
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets the test runner end although the child still runs; the guard then ends it. */
  unref(): void {
    this.#child.unref();
    this.#guard.unref();
  }

  #signal(signal: Deno.Signal): void {
    if (this.#ended) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      // It may end between the check and the signal; `kill` then throws a TypeError.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #dismissGuard(): Promise<void> {
    if (this.#guardInput.locked) return void await this.#guard.status;
    const writer = this.#guardInput.getWriter();
    await writer.write(new TextEncoder().encode("done\n"));
    await writer.close();
    await this.#guard.status;
  }
}
