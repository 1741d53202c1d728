import assert from "node:assert/strict";
import { parseArguments, PROGRAMS } from "./compile.ts";
import { TARGETS, V8_FLAGS } from "./compile_binary.ts";

const HOST = "x86_64-unknown-linux-gnu";

Deno.test("without arguments all programs are built for this machine", () => {
  assert.deepEqual(parseArguments([], HOST), { targets: [HOST], names: [] });
});

Deno.test("targets and programs can be chosen", () => {
  const chosen = parseArguments(["--target", "aarch64-apple-darwin", "producer"], HOST);
  assert.deepEqual(chosen, { targets: ["aarch64-apple-darwin"], names: ["producer"] });
  assert.deepEqual(parseArguments(["--all-targets"], HOST).targets, [...TARGETS]);
});

Deno.test("an unknown target, program or host is named", () => {
  assert.throws(() => parseArguments(["--target", "riscv64"], HOST), /'riscv64'.*x86_64-unknown-linux-gnu/);
  assert.throws(() => parseArguments(["--target"], HOST), /unknown target ''/);
  assert.throws(() => parseArguments(["prodducer"], HOST), /'prodducer'/);
  assert.throws(() => parseArguments([], "powerpc"), /'powerpc'/);
});

Deno.test("no program may load native code or import from the network, and only lab may start others: those it names", () => {
  for (const { name, permissions } of PROGRAMS) {
    const text = permissions.join(" ");
    assert.doesNotMatch(text, /--allow-(all|ffi|import)|(^| )-A/, name);
    const started = /--allow-run(\S*)/.exec(text)?.[1];
    assert.equal(started, name === "lab" ? "=minikube,helm,kubectl,xdg-open,open,rundll32" : undefined, name);
    assert.match(text, /--allow-env=\S/, `${name} lists its variables`);
    assert.match(text, /--allow-sys=\S/, `${name} lists what it asks of the system`);
  }
});

Deno.test("run from source, the programs have V8's flags of the executables", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  for (const name of ["demo", "lab", "producer", "consumer"]) {
    assert.ok(tasks[name].command.includes(` ${V8_FLAGS} `), name);
  }
});
