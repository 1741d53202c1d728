import assert from "node:assert/strict";
import { SHELLS } from "./spec.ts";
import { completionScript } from "./completions.ts";
import { completionsOf } from "./lab.ts";
import { labProgram, runLab } from "../lab/command.ts";

const program = labProgram(() => {});
const completions = completionsOf(program, {
  file: { files: true },
  path: { files: true },
  results: { files: true },
  rule: { words: ["rate"], arePrefixes: true },
});
const command = (name: string) => completions.commands!.find((one) => one.name === name)!;

Deno.test("every option of every command of lab is completed, and no hidden command is", () => {
  const visible = program.commands.filter((one) => one.name() !== "pod");
  for (const { name, options } of visible.map((one) => ({ name: one.name(), options: one.options }))) {
    const offered = command(name).options.flatMap(({ flags }) => flags);
    for (const { long } of options) assert.ok(offered.includes(long!), `${name} ${long}`);
    assert.ok(offered.includes("--help"), name);
  }
  assert.equal(command("pod"), undefined);
  for (const name of ["compare", "merge"]) {
    assert.ok(command(name).options.some(({ flags }) => flags.includes("--no-color")), name);
  }
});

Deno.test("values are files, words or names as their commands know them", () => {
  const optionOf = (name: string, flag: string) =>
    command(name).options.find(({ flags }) => flags.includes(flag))!;
  /** What is said of a value, without what is not. */
  const said = (name: string, flag: string): string => {
    const { isOptional: _, ...value } = optionOf(name, flag).value!;
    return JSON.stringify(value);
  };
  assert.equal(said("merge", "--output"), '{"name":"file","files":true}');
  assert.equal(said("up", "--chart"), '{"name":"path","files":true}');
  assert.equal(said("compare", "--fail-if"), '{"name":"rule","words":["rate"],"arePrefixes":true}');
  assert.equal(optionOf("compare", "--fail-if").isRepeatable, true);
  assert.equal(optionOf("merge", "--no-color").value, undefined);
  assert.equal(command("report").arguments?.files, true);
  assert.equal(command("demo").arguments, undefined);
});

Deno.test("every shell gets a script that names all commands", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, completions);
    for (const { name } of completions.commands!) assert.ok(script.includes(name), `${shell} ${name}`);
  }
});

Deno.test("what Helm, kubectl or Minikube would take for an option is refused with exit code 2", async () => {
  const load = ["load", "--pods", "1", "--dry-run", "-d", "1s"];
  for (
    const args of [
      ["up", "--dry-run", "--chart", "--post-renderer=X"],
      ["up", "--dry-run", "--driver", "--force"],
      ["up", "--dry-run", "--timeout", "-1m"],
      ["up", "--dry-run", "--context", "--kubeconfig=x"],
      [...load, "--schedule", "every night"],
      [...load, "--token-secret", "-x"],
      [...load, "--image", "--privileged"],
      [...load, "--cpu", "many"],
      [...load, "--pod-memory", "1GB"],
    ]
  ) {
    assert.equal(await runLab(args), 2, args.join(" "));
  }
});
