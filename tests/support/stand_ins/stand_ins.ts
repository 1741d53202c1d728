/** Programs in a folder of their own that play minikube, helm and kubectl: see main.ts. */
import { join } from "node:path";

/** How a call is answered. */
export interface Scripted {
  /** Pattern of the whole call, `kubectl --context minikube …`. */
  readonly match: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number;
  /** Runs until it is stopped. */
  readonly stays?: boolean;
}

export interface Call {
  /** Program and arguments, joined by blanks. */
  readonly line: string;
  readonly input?: string;
  /** What the real program would not have taken. */
  readonly problem?: string;
}

/** Puts the stand-ins first on the PATH of this process until it is disposed of. */
export class StandIns implements AsyncDisposable {
  readonly #folder: string;
  readonly #path: string;

  private constructor(folder: string, path: string) {
    this.#folder = folder;
    this.#path = path;
  }

  /** @param tools those that are installed; of the others there is none on the PATH */
  static async create(
    answers: readonly Scripted[],
    tools = ["minikube", "helm", "kubectl"],
  ): Promise<StandIns> {
    const folder = await Deno.makeTempDir({ prefix: "pll-stand-ins-" });
    const main = join(import.meta.dirname!, "main.ts");
    const config = join(import.meta.dirname!, "../../../deno.json");
    for (const tool of tools) {
      const command =
        `exec '${Deno.execPath()}' run --quiet --no-check --config '${config}' -A '${main}' '${folder}'`;
      await Deno.writeTextFile(join(folder, tool), `#!/bin/sh\n${command} ${tool} "$@"\n`, { mode: 0o755 });
    }
    await Deno.writeTextFile(join(folder, "answers.json"), JSON.stringify(answers));
    const path = Deno.env.get("PATH") ?? "";
    // Nothing else: a real client of this machine must not be found.
    Deno.env.set("PATH", folder);
    return new StandIns(folder, path);
  }

  get calls(): readonly Call[] {
    try {
      const text = Deno.readTextFileSync(join(this.#folder, "calls.jsonl"));
      return text.trim().split("\n").map((line) => JSON.parse(line) as Call);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    Deno.env.set("PATH", this.#path);
    await Deno.remove(this.#folder, { recursive: true });
  }
}
