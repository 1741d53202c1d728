/**
 * `deno compile` for one program and one target, with the runtime from wherever it can be had.
 */
import { join } from "node:path";
import { bundle, BundleError } from "./bundle.ts";
import { DENO_VERSIONS } from "./deno_versions.ts";
import { RELEASE_TARGETS } from "./release/targets.ts";

/** Everything that is compiled for. */
export const TARGETS = RELEASE_TARGETS.map(({ triple }) => triple);
export type Target = typeof RELEASE_TARGETS[number]["triple"];

export interface Program {
  readonly name: string;
  /** Entry module, from the project's root. */
  readonly entry: string;
  /** Set of permissions in the project's deno.json; `--no-prompt` is always there. */
  readonly permissions: string;
  /** Files and folders that it reads at run time; workers are found by themselves. */
  readonly include: readonly string[];
}

export interface BuildStamp {
  readonly commit?: string;
  readonly date?: string;
}

/**
 * Environment variable that allows to compile with an older Deno whose runtime npm has. It is a choice: the executable
 * then holds another Deno than the one that the project is pinned to.
 */
export const FROM_NPM_VARIABLE = "DENORT_FROM_NPM";

/** Thrown when a target's runtime cannot be had: not a fault of the program, other targets may work. */
export class RuntimeUnavailableError extends Error {
  override readonly name = "RuntimeUnavailableError";
  readonly code = "RUNTIME_UNAVAILABLE";
}

/** Thrown when a program cannot be built for any other reason; the message holds what was printed. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  readonly code = "COMPILE_FAILED";
}

/** Commit and date of the project at `root`; empty where there is no Git repository. */
export async function buildStamp(root: string): Promise<BuildStamp> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    const { success, stdout } = await new Deno.Command("git", {
      args,
      cwd: root,
      stdout: "piped",
      stderr: "null",
    })
      .output().catch(() => ({ success: false, stdout: new Uint8Array() }));
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  };
  const head = await git("log", "-1", "--format=%h %cI");
  if (head === undefined) return {};
  const [commit, date] = head.split(" ");
  const dirty = await git("status", "--porcelain", "--untracked-files=no");
  return { commit: dirty ? `${commit}-dirty` : commit!, date: date! };
}

/**
 * How far each thread's space for new objects may grow, MiB. What is made for an entry is garbage a moment later and
 * cheap to collect: a larger space (V8's choice is 16) was no faster, and ten workers hold that much more garbage.
 *
 * And by how much of what is live the rest may grow before it is collected, per cent: V8 lets it grow to a multiple, which
 * cost a process of 20,000 producers and consumers 300 MiB and saved no time.
 */
export const V8_FLAGS = "--v8-flags=--max-semi-space-size=1,--heap-growing-percent=60";

/**
 * Compiles programs for one target. The runtime comes from `DENORT_BIN` (host target only: Deno takes it for any), else
 * from Deno's download host, else, where `DENORT_FROM_NPM=1` allows it, from npm.
 */
export class Compiler {
  readonly #root: string;
  readonly #target: Target;
  readonly #stamp: BuildStamp;
  #runtime: string | undefined;
  /** Whether the runtime is that of the older version, which then has to compile too. */
  #fromNpm = false;

  /** @param root folder with deno.json */
  constructor(root: string, target: Target, stamp: BuildStamp) {
    this.#root = root;
    this.#target = target;
    this.#stamp = stamp;
    if (target === Deno.build.target) this.#runtime = Deno.env.get("DENORT_BIN") || undefined;
  }

  /**
   * Builds `<folder>/<name>`, with `.exe` for Windows.
   *
   * @throws {RuntimeUnavailableError | CompileError}
   */
  async compile(program: Program, folder: string): Promise<string> {
    const output = join(folder, program.name + (this.#target.includes("windows") ? ".exe" : ""));
    const build = await this.#prepare(program);
    const first = await this.#run(program, build, output);
    if (first.success) return output;
    const unreachable = this.#runtime === undefined ? unreachableRuntime(first.output) : undefined;
    if (unreachable === undefined) {
      throw new CompileError(`${program.name} (${this.#target}): ${first.output}`);
    }
    this.#runtime = await this.#runtimeFromNpm(unreachable);
    this.#fromNpm = true;
    const second = await this.#run(program, build, output);
    if (!second.success) throw new CompileError(`${program.name} (${this.#target}): ${second.output}`);
    return output;
  }

  /**
   * Writes what is compiled to an ignored folder: the bundle, a start module that hands the stamp over and then becomes
   * the program, and a configuration with the permissions alone. With the project's own, all packages of the lock file
   * would be embedded.
   */
  async #prepare(program: Program): Promise<string> {
    const build = join("dist", "build", program.name);
    await Deno.mkdir(join(this.#root, build), { recursive: true });
    try {
      await bundle(this.#root, program.entry, join(build, "code"));
    } catch (error) {
      if (error instanceof BundleError) throw new CompileError(error.message, { cause: error });
      throw error;
    }
    const { permissions } = JSON.parse(await Deno.readTextFile(join(this.#root, "deno.json")));
    const config = { permissions: { [program.permissions]: permissions[program.permissions] } };
    await Deno.writeTextFile(join(this.#root, build, "deno.json"), JSON.stringify(config));
    await Deno.writeTextFile(
      join(this.#root, build, "start.js"),
      `Reflect.set(globalThis, Symbol.for("pulsar-local-lab.build"), ${JSON.stringify(this.#stamp)});\n` +
        `await import(${JSON.stringify(`./code/${program.entry.replace(/\.ts$/, ".js")}`)});\n`,
    );
    return build;
  }

  async #run(program: Program, build: string, output: string): Promise<{ success: boolean; output: string }> {
    // Deno takes even an empty DENORT_BIN for the name of a file.
    const { DENORT_BIN: _, ...env } = Deno.env.toObject();
    const [deno, ...before] = this.#fromNpm
      ? ["npx", "-y", `deno@${DENO_VERSIONS.compile}`]
      : [Deno.execPath()];
    // The older version does not read NODE_EXTRA_CA_CERTS when it fetches packages.
    if (this.#fromNpm) env.DENO_TLS_CA_STORE ??= "mozilla,system";
    const { success, stdout, stderr } = await new Deno.Command(deno!, {
      args: [
        ...before,
        "compile",
        "--no-check",
        "--no-prompt",
        // Kept in the executable too: programs that it may run and that are not installed are no news at each start.
        "--quiet",
        V8_FLAGS,
        `-P=${program.permissions}`,
        "--config",
        join(build, "deno.json"),
        ...[join(build, "code"), ...program.include].flatMap((path) => ["--include", path]),
        "--target",
        this.#target,
        "--output",
        output,
        join(build, "start.js"),
      ],
      cwd: this.#root,
      clearEnv: true,
      env: { ...env, NO_COLOR: "1", ...(this.#runtime === undefined ? {} : { DENORT_BIN: this.#runtime }) },
    }).output();
    return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  }

  async #runtimeFromNpm(reason: string): Promise<string> {
    if (Deno.env.get(FROM_NPM_VARIABLE) !== "1") {
      throw new RuntimeUnavailableError(
        `the runtime of Deno ${Deno.version.deno} for '${this.#target}' cannot be downloaded (${reason}); ` +
          `${FROM_NPM_VARIABLE}=1 compiles with Deno ${DENO_VERSIONS.compile}, whose runtime comes from npm, ` +
          `and DENORT_BIN names a runtime of your own`,
      );
    }
    const script = new URL("./denort.sh", import.meta.url).pathname;
    const { success, stdout, stderr } = await new Deno.Command("bash", { args: [script, this.#target] })
      .output();
    if (success) return new TextDecoder().decode(stdout).trim();
    throw new RuntimeUnavailableError(`${reason}; ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/** The one line of `deno compile`'s output that says that the runtime could not be downloaded. */
function unreachableRuntime(output: string): string | undefined {
  if (!output.includes("Setting up base binary")) return undefined;
  const cause = output.split("\n").find((line) =>
    /dl\.deno\.land|error sending|download/i.test(line) && /\d: /.test(line)
  );
  return cause?.replace(/^\s*\d+: /, "").trim() ?? "Deno's runtime could not be downloaded";
}
