/** The programs of the lab as they are on this machine: how they are started, and what the real ones take. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { commandsOf, globalFlags } from "../../cli/lab/cluster/grammar_test_support.ts";
import { ProgramTools } from "../../cli/lab/cluster/tools.ts";
import { kubernetesPrograms } from "../support/kubectl.ts";
import { run } from "../support/process.ts";
import { testUnless } from "../support/shared_broker.ts";

/** A folder that is the whole PATH, with a `kubectl` in it, until it is disposed of. */
async function onlyKubectl(script: string): Promise<AsyncDisposable> {
  const folder = await Deno.makeTempDir({ prefix: "pll-programs-" });
  const path = Deno.env.get("PATH") ?? "";
  await Deno.writeTextFile(join(folder, "kubectl"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  Deno.env.set("PATH", folder);
  return {
    async [Symbol.asyncDispose]() {
      Deno.env.set("PATH", path);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("a program gets arguments and input as they are, and its output and exit code come back", async () => {
  await using _ = await onlyKubectl('while read -r line; do echo "got $line"; done; echo "$2" >&2; exit 7');
  const answer = await new ProgramTools(() => {}).ask({
    tool: "kubectl",
    args: ["apply", "two words"],
    input: "a\nb\n",
  });
  assert.deepEqual(answer, { code: 7, stdout: "got a\ngot b\n", stderr: "two words\n" });
});

Deno.test("a program that does not read its input is no error of its own", async () => {
  await using _ = await onlyKubectl("exit 0");
  const { code } = await new ProgramTools(() => {}).ask({
    tool: "kubectl",
    args: ["apply"],
    input: "x".repeat(1_000_000),
  });
  assert.equal(code, 0);
});

Deno.test("a program that stays is stopped, and one that is not there is named with where to get it", async () => {
  await using _ = await onlyKubectl("trap 'exit 143' TERM; echo up; while :; do :; done");
  const running = new ProgramTools(() => {}).start({ tool: "kubectl", args: [] });
  for await (const line of running.lines) {
    assert.equal(line, "up");
    running.stop();
  }
  assert.notEqual(await running.ended, 0);
  await assert.rejects(
    new ProgramTools(() => {}).ask({ tool: "helm", args: ["version"] }),
    /^LabError: 'helm' is not installed: see https:/,
  );
});

/** Flags by name, `true` when they take a value, from the text of `--help`. */
function flagsOf(help: string): Map<string, boolean> {
  const flags = new Map<string, boolean>();
  for (const line of help.split("\n")) {
    // kubectl: `    -n, --namespace='':` · helm: `  -n, --namespace string   namespace …`
    const kubectl = /^ +(?:-\w, )?--([\w-]+)=(.*):$/.exec(line);
    if (kubectl !== null) {
      flags.set(kubectl[1]!, !/^(true|false)$/.test(kubectl[2]!));
      continue;
    }
    const helm = /^ +(?:-\w, )?--([\w-]+)(?: (\S+))?(?: {2,}|$)/.exec(line);
    // `WaitStrategy[=watcher]` may stand alone.
    if (helm !== null) flags.set(helm[1]!, helm[2] !== undefined && !helm[2].includes("[="));
  }
  return flags;
}

const programs = await kubernetesPrograms();
const reason = typeof programs === "string" ? programs : undefined;

for (const [tool, globalHelp] of [["helm", ["--help"]], ["kubectl", ["options"]]] as const) {
  const program = typeof programs === "string" ? tool : programs[tool];
  testUnless(reason)(`the real ${tool} takes the same flags as its stand-in`, async () => {
    const globals = flagsOf((await run(program, globalHelp)).output);
    for (const [command, grammar] of Object.entries(commandsOf(tool))) {
      const { output } = await run(program, [...command.split(" "), "--help"]);
      const flags = new Map([...globals, ...flagsOf(output)]);
      for (const [flag, kind] of Object.entries({ ...grammar.flags, ...globalFlags(tool) })) {
        // Helm's manual repeats global flags where they matter; version has none.
        assert.ok(flags.has(flag), `${tool} ${command} --${flag}`);
        assert.equal(flags.get(flag), kind === "value", `${tool} ${command} --${flag}`);
      }
    }
  });
}
