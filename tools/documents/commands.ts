/**
 * The shell commands that the documents print, so that a test can run them.
 *
 * A comment above a block says how. `not run: REASON`: it cannot be run here; `not run below: REASON`: nor can those after it. `until: TEXT`: each of its lines runs until
 * Ctrl-C, which comes when it has printed TEXT. `may exit 99: REASON`: that exit code is right as well, because the outcome
 * depends on the machine.
 */
import { join } from "node:path";

export interface CommandBlock {
  readonly document: string;
  /** Line of the block's first command, from 1. */
  readonly line: number;
  readonly text: string;
  readonly notRun?: string;
  readonly until?: string;
  readonly mayExit?: number;
}

const FENCE = /^```(\w*)$/;
const SHELLS = ["sh", "bash", "shell", "console"];

/** @throws {Error} for a comment about how to run that is not understood, or that has no block below it */
export function commandBlocks(document: string, text: string): CommandBlock[] {
  const blocks: CommandBlock[] = [];
  const lines = text.split("\n");
  let how: Partial<CommandBlock> | undefined;
  let rest: Partial<CommandBlock> = {};
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    const reason = /^<!-- not run below: (\S.*) -->$/.exec(line)?.[1];
    if (reason !== undefined) {
      rest = { notRun: reason };
      continue;
    }
    const where = `${document}:${index + 1}`;
    const said = directive(line, where);
    if (said !== undefined) how = { ...how, ...said };
    const language = FENCE.exec(line)?.[1];
    if (language === undefined) {
      if (how !== undefined && line !== "" && !line.startsWith("<!--")) {
        throw new Error(`${where}: no block of commands follows the comment on how to run it`);
      }
      continue;
    }
    const end = lines.indexOf("```", index + 1);
    if (SHELLS.includes(language)) {
      if (language !== "sh") throw new Error(`${where}: commands are marked \`\`\`sh, not \`\`\`${language}`);
      blocks.push({
        document,
        line: index + 2,
        text: lines.slice(index + 1, end).join("\n"),
        ...rest,
        ...how,
      });
    }
    how = undefined;
    index = end;
  }
  return blocks;
}

function directive(line: string, where: string): Partial<CommandBlock> | undefined {
  const words = /^<!-- ((?:not run|until|may exit|run)\b.*) -->$/.exec(line)?.[1];
  if (words === undefined) return undefined;
  const [, kind, code, rest] = /^(not run|until|may exit)(?: (\d+))?: (\S.*)$/.exec(words) ?? [];
  if (kind === "not run" && rest !== undefined) return { notRun: rest };
  if (kind === "until" && rest !== undefined) return { until: rest };
  if (kind === "may exit" && code !== undefined) return { mayExit: Number(code) };
  throw new Error(
    `${where}: '${words}' is none of 'not run: REASON', 'not run below: REASON', 'until: TEXT', 'may exit CODE: REASON'`,
  );
}

/** The documents with commands for readers: those of the root and everything in docs/. */
export async function documents(): Promise<string[]> {
  return ["README.md", "CONTRIBUTING.md", "BENCHMARKS.md", ...(await markdownFiles("docs")).sort()];
}

/** All Markdown files below a folder. */
export async function markdownFiles(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) found.push(...await markdownFiles(join(folder, name)));
    else if (name.endsWith(".md")) found.push(join(folder, name));
  }
  return found;
}

/** Where the commands of a document are to go instead of to the usual ports of this machine. */
export interface Target {
  readonly serviceUrl: string;
  readonly adminUrl: string;
}

/** The same commands, at a broker of the test's, on free ports of this machine alone, and done in seconds. */
export function shortened(text: string, target: Target): string {
  return text
    .replaceAll("pulsar://localhost:6650", target.serviceUrl)
    .replaceAll("http://localhost:8080", target.adminUrl)
    .replaceAll(/\blab broker(?= )/g, "lab broker --port 0 --web-port 0")
    .replaceAll("--address 0.0.0.0", "--address 127.0.0.1")
    .replaceAll(/(-d|--duration) \d+[smh]\b/g, "$1 1s")
    .replaceAll(/--warmup \d+[smh]\b/g, "--warmup 500ms")
    .replaceAll(/--idle \d+[smh]\b/g, "--idle 4s")
    .replaceAll(/--stage (ramp:|burst:|)\d+[smh]:/g, "--stage $1300ms:")
    .replaceAll(/:\d+s\/\d+s\b/g, ":100ms/100ms")
    .replaceAll(/(-n|--count) \d+m\b/g, "$1 10k");
}
