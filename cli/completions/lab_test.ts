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
  const valueOf = (name: string, flag: string) =>
    command(name).options.find(({ flags }) => flags.includes(flag))!;
  const { name, files } = valueOf("merge", "--output").value!;
  assert.deepEqual([name, files], ["file", true]);
  assert.deepEqual(valueOf("up", "--chart").value, { name: "path", files: true });
  assert.deepEqual(valueOf("compare", "--fail-if").value, {
    name: "rule",
    words: ["rate"],
    arePrefixes: true,
  });
  assert.equal(valueOf("compare", "--fail-if").isRepeatable, true);
  assert.equal(valueOf("merge", "--no-color").value, undefined);
  assert.deepEqual(command("report").arguments, { files: true });
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
