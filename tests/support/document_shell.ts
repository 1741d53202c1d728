/** A copy of the project in which the commands of the documents are run, as a reader runs them after a download. */
import { dirname, join } from "node:path";
import { CLEAN_ENV, cliCommand, type Entry, eventually } from "./cli.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
/** What no reader has, or what only belongs to this machine. */
const LEFT_OUT = [".git", "dist", "coverage", "node_modules", ".cache"];
const PROGRAMS: readonly Entry[] = ["producer", "consumer", "lab"];

export interface ShellOutcome {
  readonly code: number;
  readonly output: string;
}

export class DocumentShell {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<DocumentShell> {
    const folder = await Deno.makeTempDir({ prefix: "pll-documents-" });
    const entries = [...Deno.readDirSync(ROOT)].map(({ name }) => name).filter((name) =>
      !LEFT_OUT.includes(name)
    );
    const project = join(folder, "project");
    await Deno.mkdir(project);
    const { success, stderr } = await new Deno.Command("cp", { args: ["-r", ...entries, project], cwd: ROOT })
      .output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    await Deno.mkdir(join(folder, "bin"));
    for (const program of PROGRAMS) {
      const command = cliCommand(program, []).map((word) => `'${word}'`).join(" ");
      await Deno.writeTextFile(join(folder, "bin", program), `#!/bin/sh\nexec ${command} "$@"\n`, {
        mode: 0o755,
      });
    }
    return new DocumentShell(folder);
  }

  /** Runs a block; variables that it exports and files that it writes are there for the next one of the document. */
  async run(document: string, text: string): Promise<ShellOutcome> {
    const child = this.#start(document, `set -euo pipefail\n${text}\n`);
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
  }

  /** Runs one command until it has printed a text, then as Ctrl-C does. */
  async runUntil(document: string, command: string, until: string): Promise<ShellOutcome> {
    const child = this.#start(document, `exec ${command}`);
    let output = "";
    const reading = [child.stdout, child.stderr].map(async (stream) => {
      for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
    });
    const ended = child.status;
    try {
      await Promise.race([
        eventually(`'${until}' of: ${command}`, () => output.includes(until) || undefined),
        ended,
      ]);
    } finally {
      try {
        child.kill("SIGINT");
      } catch {
        // It has ended by itself; its output and code tell.
      }
    }
    const { code } = await ended;
    await Promise.all(reading);
    return { code, output };
  }

  #start(document: string, script: string): Deno.ChildProcess {
    const variables = join(this.#folder, `${document.replaceAll("/", "_")}.env`);
    const env = `touch '${variables}'; . '${variables}'; trap 'export -p > "${variables}"' EXIT\n`;
    const path = [join(this.#folder, "bin"), dirname(Deno.execPath()), Deno.env.get("PATH")].join(":");
    return new Deno.Command("bash", {
      args: ["-c", env + script],
      cwd: join(this.#folder, "project"),
      env: { ...CLEAN_ENV, PATH: path },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}
