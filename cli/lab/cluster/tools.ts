/** The programs that the lab is made with: minikube, helm, kubectl. */
import { LabError } from "../../lab_error.ts";

export type ToolName = "minikube" | "helm" | "kubectl";

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly tool: ToolName;
  readonly args: readonly string[];
  /** Text for standard input. */
  readonly input?: string;
}

/** A program that runs until it is stopped. */
export interface RunningTool {
  readonly lines: AsyncIterable<string>;
  readonly ended: Promise<number>;
  stop(): void;
}

export interface Tools {
  /**
   * Runs a command whose output is wanted, whatever its exit code.
   *
   * @throws {LabError} when the program is not installed
   */
  ask(command: Command): Promise<Answer>;
  /**
   * Runs a command that changes something; its output is shown as it comes.
   *
   * @throws {LabError} when it fails, with the last thing it said
   */
  change(command: Command): Promise<void>;
  /** Starts a command that keeps running. */
  start(command: Command): RunningTool;
}

const HOMES: Readonly<Record<ToolName, string>> = {
  minikube: "https://minikube.sigs.k8s.io/docs/start",
  helm: "https://helm.sh/docs/intro/install",
  kubectl: "https://kubernetes.io/docs/tasks/tools",
};

/** The command as one would type it. */
export function commandText({ tool, args }: Command): string {
  return [tool, ...args.map(quoted)].join(" ");
}

/** What a program is asked to do: its first words that are neither flags nor their values. */
function verbOf({ args }: Command): string {
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    if (!word.startsWith("-")) return word;
    if (!word.includes("=")) index++;
  }
  return "";
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What is needed of a program that was started; a `Deno.ChildProcess` is one. */
export interface StartedProgram {
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /** Read only where the command has input. */
  readonly stdin: WritableStream<Uint8Array>;
  readonly status: Promise<{ readonly code: number }>;
  kill(signal: "SIGTERM"): void;
}

/** @throws {LabError} when the program is not installed */
export type StartProgram = (command: Command) => StartedProgram;

/** The tools as programs of this machine. */
export class ProgramTools implements Tools {
  readonly #show: (text: string) => void;
  readonly #startProgram: StartProgram;

  /**
   * @param show gets the output of commands that change something, line by line
   * @param startProgram given by tests to start none
   */
  constructor(show: (text: string) => void, startProgram: StartProgram = startInstalled) {
    this.#show = show;
    this.#startProgram = startProgram;
  }

  async ask(command: Command): Promise<Answer> {
    const child = this.#startProgram(command);
    const [stdout, stderr, { code }] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
      feed(child, command.input),
    ]);
    return { code, stdout, stderr };
  }

  async change(command: Command): Promise<void> {
    const child = this.#startProgram(command);
    let lastError = "";
    let last = "";
    const [{ code }] = await Promise.all([
      child.status,
      eachLine(child.stdout, (line) => {
        last = line;
        this.#show(line);
      }),
      eachLine(child.stderr, (line) => {
        // Helm and kubectl begin the line that counts with "Error"; what follows it is advice.
        if (line.trim() !== "" && !/^error/i.test(lastError)) lastError = line;
        this.#show(line);
      }),
      feed(child, command.input),
    ]);
    if (code === 0) return;
    const reason = (lastError || last).trim() || `exit code ${code}`;
    throw new LabError("Command", `${command.tool} ${verbOf(command)} failed: ${reason}`);
  }

  start(command: Command): RunningTool {
    const child = this.#startProgram(command);
    const lines = merged([child.stdout, child.stderr]);
    void feed(child, command.input);
    return {
      lines,
      ended: child.status.then(({ code }) => code),
      stop: () => {
        try {
          child.kill("SIGTERM");
        } catch {
          // It has ended by itself.
        }
      },
    };
  }
}

/** Starts a program that is on the PATH. */
function startInstalled({ tool, args, input }: Command): StartedProgram {
  try {
    return new Deno.Command(tool, {
      args: [...args],
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    // A program that was not there when this one started counts as not permitted.
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotCapable)) throw cause;
    throw notInstalled(tool, cause);
  }
}

/** The error of a program that is not there, with where to get it. */
export function notInstalled(tool: ToolName, cause?: unknown): LabError {
  return new LabError("MissingProgram", `'${tool}' is not installed: see ${HOMES[tool]}`, { cause });
}

async function feed(child: StartedProgram, input: string | undefined): Promise<void> {
  if (input === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  } catch {
    // It did not read to the end: its exit code tells why.
  }
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop()!;
    for (const line of lines) take(line);
  }
  if (rest !== "") take(rest);
}

function merged(streams: readonly ReadableStream<Uint8Array>[]): AsyncIterable<string> {
  return new ReadableStream<string>({
    async start(controller) {
      await Promise.all(streams.map((stream) => eachLine(stream, (line) => controller.enqueue(line))));
      controller.close();
    },
  });
}
