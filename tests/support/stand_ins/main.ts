/**
 * Plays minikube, helm or kubectl: `main.ts FOLDER TOOL ARGUMENT…`. It refuses arguments that the real one would
 * refuse, notes the call down in FOLDER/calls.jsonl, and answers as FOLDER/answers.json says.
 */
import { join } from "node:path";
import type { Scripted } from "./stand_ins.ts";
import { misuse } from "./grammar.ts";

const [folder, tool, ...args] = Deno.args as [string, string, ...string[]];
const answers = JSON.parse(Deno.readTextFileSync(join(folder, "answers.json"))) as Scripted[];
const line = `${tool} ${args.join(" ")}`;
const isHelm3 = answers.some(({ stdout }) => stdout?.startsWith("v3."));
const problem = misuse(tool, args, isHelm3);
const input = args.includes("-") ? await new Response(Deno.stdin.readable).text() : undefined;
const used = join(folder, "calls.jsonl");
const earlier = existing(used).split("\n").filter((text) => text !== "").map((text) =>
  JSON.parse(text) as { line: string }
);
Deno.writeTextFileSync(used, JSON.stringify({ line, input, problem }) + "\n", { append: true });
if (problem !== undefined) {
  console.error(`Error: ${problem}`);
  Deno.exit(64);
}
const fitting = answers.filter(({ match }) => new RegExp(match).test(line));
// The n-th call that fits gets the n-th answer, later ones the last.
const calls = earlier.filter((call) => fitting.some(({ match }) => new RegExp(match).test(call.line))).length;
const answer = fitting[Math.min(calls, fitting.length - 1)];
for (const text of answer?.stdout === undefined ? [] : [answer.stdout]) Deno.stdout.writeSync(bytes(text));
if (answer?.stderr !== undefined) Deno.stderr.writeSync(bytes(answer.stderr));
if (answer?.stays) {
  Deno.addSignalListener("SIGTERM", () => Deno.exit(143));
  await new Promise((resolve) => setTimeout(resolve, 60_000));
}
Deno.exit(answer?.code ?? 0);

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function existing(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
