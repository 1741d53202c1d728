import assert from "node:assert/strict";
import { ENV_PERMISSIONS } from "../lib/config/options.ts";
import { parseTargets, PROGRAMS } from "./compile.ts";
import { TARGETS, V8_FLAGS } from "./compile_binary.ts";

const HOST = "x86_64-unknown-linux-gnu";

Deno.test("without arguments the executable is built for this machine", () => {
  assert.deepEqual(parseTargets([], HOST), [HOST]);
});

Deno.test("targets can be chosen", () => {
  assert.deepEqual(parseTargets(["--target", "aarch64-apple-darwin"], HOST), ["aarch64-apple-darwin"]);
  assert.deepEqual(parseTargets(["--all-targets"], HOST), [...TARGETS]);
});

Deno.test("an unknown target, argument or host is named", () => {
  assert.throws(() => parseTargets(["--target", "riscv64"], HOST), /'riscv64'.*x86_64-unknown-linux-gnu/);
  assert.throws(() => parseTargets(["--target"], HOST), /unknown target ''/);
  assert.throws(() => parseTargets(["producer"], HOST), /'producer'/);
  assert.throws(() => parseTargets([], "powerpc"), /'powerpc'/);
});

interface PermissionSet {
  readonly [kind: string]: boolean | readonly string[];
}

interface Project {
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  readonly permissions: Readonly<Record<string, PermissionSet>>;
}

const project: Project = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));

/** The command of a task, with what it has from the task `program`. */
function commandOf(task: string): string {
  return project.tasks[task]!.command.replace("deno task --quiet program", project.tasks.program!.command);
}

const LAB_PROGRAMS = ["minikube", "helm", "kubectl", "xdg-open", "open", "rundll32"];

Deno.test("no program may load native code or import from the network, and only lab may start others: those it names", () => {
  for (const { name, permissions } of PROGRAMS) {
    const { read, write, net, env, sys, run, ...others } = project.permissions[permissions]!;
    assert.deepEqual([read, write, net], [true, true, true], "hosts and files are named by the user");
    assert.deepEqual(others, {}, name);
    assert.deepEqual(run, name === "lab" ? LAB_PROGRAMS : undefined, name);
    assert.deepEqual(env, ENV_PERMISSIONS, `${name} lists its variables: those of lib/config/options.ts`);
    assert.deepEqual(sys, ["hostname", "osRelease", "systemMemoryInfo"], `${name} may describe its machine`);
  }
});

Deno.test("a load has what the executable has, but for the programs that it gives up to start", () => {
  const { run: _, ...others } = project.permissions.lab!;
  assert.deepEqual(project.permissions.load, others);
});

Deno.test("run from source, a program has the permissions of its executable and does not ask for more", () => {
  for (const { name, permissions } of PROGRAMS) {
    const command = commandOf(name);
    assert.match(command, new RegExp(` -P=${permissions} cli/${name}\\.ts$`));
    assert.ok(command.includes(" --no-prompt "), name);
    assert.doesNotMatch(command, /--allow|-A/);
  }
});

Deno.test("the demo reaches this machine's loopback and the project's folder, and starts nothing", () => {
  assert.match(commandOf("demo"), / --no-prompt .* -P=demo cli\/lab\.ts demo$/);
  const { env, sys, ...others } = project.permissions.demo!;
  assert.deepEqual([env, sys], [project.permissions.load!.env, project.permissions.load!.sys]);
  assert.deepEqual(others, { read: ["."], write: ["."], net: ["127.0.0.1", "localhost"] });
});

Deno.test("every environment variable that a product file reads by name is one that the programs may read", () => {
  const covered = (name: string): boolean =>
    ENV_PERMISSIONS.some((known) =>
      known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : known === name
    );
  const read = [...productSources()].flatMap(([file, source]) =>
    [...source.matchAll(/\benv(?:\.get)?\(\s*"([A-Z][A-Z0-9_]*)"/g)].map((match) => ({
      file,
      name: match[1]!,
    }))
  );
  assert.ok(read.some(({ name }) => name === "COLORTERM"), "the pattern still finds what the panels read");
  assert.deepEqual(read.filter(({ name }) => !covered(name)), []);
});

Deno.test("run from source, the programs have V8's flags of the executables", () => {
  for (const name of ["demo", "lab", "producer", "consumer"]) {
    assert.ok(commandOf(name).includes(` ${V8_FLAGS} `), name);
  }
});

function* productSources(
  folder = new URL("../", import.meta.url),
  names = ["lib", "cli"],
): Generator<[string, string]> {
  for (const name of names) {
    const inside = new URL(`${name}/`, folder);
    for (const entry of Deno.readDirSync(inside)) {
      if (entry.isDirectory) yield* productSources(inside, [entry.name]);
      else if (entry.name.endsWith(".ts") && !/_test(_support)?\.ts$/.test(entry.name)) {
        yield [entry.name, Deno.readTextFileSync(new URL(entry.name, inside))];
      }
    }
  }
}
