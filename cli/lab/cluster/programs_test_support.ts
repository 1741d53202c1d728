/** Plays minikube, helm and kubectl: refuses what the real ones would, and answers as a test says. */
import { misuse } from "./grammar_test_support.ts";
import { type Command, notInstalled, ProgramTools, type StartedProgram, type ToolName } from "./tools.ts";

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
  readonly input?: string | undefined;
  /** What the real program would not have taken. */
  readonly problem?: string | undefined;
}

export const ALL_PROGRAMS: readonly ToolName[] = ["minikube", "helm", "kubectl"];

export class ScriptedPrograms {
  readonly calls: Call[] = [];
  readonly #answers: readonly Scripted[];
  readonly #installed: readonly ToolName[];
  readonly #isHelm3: boolean;

  /** The n-th call that fits gets the n-th answer that fits, later ones the last; no fitting answer is an empty one. */
  constructor(answers: readonly Scripted[], installed: readonly ToolName[] = ALL_PROGRAMS) {
    this.#answers = answers;
    this.#installed = installed;
    this.#isHelm3 = answers.some(({ stdout }) => stdout?.startsWith("v3."));
  }

  /** @param show gets the output of commands that change something */
  tools(show: (text: string) => void = () => {}): ProgramTools {
    return new ProgramTools(show, (command) => this.#start(command));
  }

  #start({ tool, args, input }: Command): StartedProgram {
    if (!this.#installed.includes(tool)) throw notInstalled(tool);
    const line = [tool, ...args].join(" ");
    const fitting = this.#answers.filter(({ match }) => new RegExp(match).test(line));
    const fits = ({ line }: Call): boolean => fitting.some(({ match }) => new RegExp(match).test(line));
    const answer = fitting[Math.min(this.calls.filter(fits).length, fitting.length - 1)];
    const problem = misuse(tool, [...args], this.#isHelm3);
    this.calls.push({ line, input, problem });
    return started(problem === undefined ? answer : { match: "", stderr: `Error: ${problem}`, code: 64 });
  }
}

function started(
  { stdout = "", stderr = "", code = 0, stays = false }: Partial<Scripted> = {},
): StartedProgram {
  const stopped = Promise.withResolvers<{ code: number }>();
  if (!stays) stopped.resolve({ code });
  const stream = (text: string): ReadableStream<Uint8Array> =>
    new ReadableStream({
      async start(controller) {
        if (text !== "") controller.enqueue(new TextEncoder().encode(text));
        await stopped.promise;
        controller.close();
      },
    });
  return {
    stdout: stream(stdout),
    stderr: stream(stderr),
    stdin: new WritableStream(),
    status: stopped.promise,
    kill: () => stopped.resolve({ code: 143 }),
  };
}
