/** What `deno task compile` relies on, proven on a small program that uses all of it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  Compiler,
  FROM_NPM_VARIABLE,
  type Program,
  RuntimeUnavailableError,
  type Target,
} from "../../tools/compile_binary.ts";
import { run } from "../support/process.ts";

const PROGRAM: Program = {
  name: "sample",
  entry: "cli/sample.ts",
  permissions: "sample",
  include: ["lib/worker.ts"],
};

const SOURCES: Readonly<Record<string, string>> = {
  "deno.json": `{
    "unstable": ["raw-imports"],
    "permissions": { "sample": { "env": ["PLL_SAMPLE"], "sys": ["hostname"] } }
  }`,
  "lib/profile.yaml": "workers: 5\n",
  // A module with one function, `f`, that returns 42.
  "lib/worker.ts": `
    const wasm = Uint8Array.from(
      atob("AGFzbQEAAAABBQFgAAF/AwIBAAcFAQFmAAAKBgEEAEEqCw=="), (character) => character.charCodeAt(0));
    self.onmessage = ({ data }) => {
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
      Atomics.store(new Int32Array(data), 0, exports.f());
      self.postMessage("stored");
    };`,
  "cli/sample.ts": `
    import profile from "../lib/profile.yaml" with { type: "text" };
    const denied = (action) => { try { action(); return "allowed"; } catch (error) { return error.name; } };
    const shared = new SharedArrayBuffer(4);
    const worker = new Worker(new URL("../lib/worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = () => {
      console.log(JSON.stringify({
        shared: Atomics.load(new Int32Array(shared), 0),
        profile,
        args: Deno.args,
        variable: Deno.env.get("PLL_SAMPLE"),
        stamp: globalThis[Symbol.for("pulsar-local-lab.build")],
        otherVariable: denied(() => Deno.env.get("HOME")),
        run: denied(() => new Deno.Command("/bin/true").outputSync()),
        read: denied(() => Deno.readTextFileSync("/etc/hostname")),
      }));
      worker.terminate();
    };
    worker.postMessage(shared);`,
};

/** Hands the sample project to `use` and removes it afterwards. */
async function withProject(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "pll-compile-" });
  try {
    for (const [path, text] of Object.entries(SOURCES)) {
      await Deno.mkdir(join(root, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(root, path), text);
    }
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("a compiled program runs from an empty folder with its worker, data, WebAssembly and shared memory", () =>
  withProject(async (root) => {
    const compiler = new Compiler(root, Deno.build.target as Target, {
      commit: "1a2b3c4",
      date: "2026-08-20",
    });
    const binary = await compiler.compile(PROGRAM, join(root, "out"));
    await Deno.rename(binary, join(root, "sample"));
    for (const part of ["cli", "lib", "dist", "deno.json"]) {
      await Deno.remove(join(root, part), { recursive: true });
    }
    const cwd = join(root, "out");

    const { code, output } = await run(join(root, "sample"), ["--flag", "value"], {
      cwd,
      clearEnv: true,
      env: { PLL_SAMPLE: "seen" },
    });

    assert.equal(code, 0, output);
    assert.deepEqual(JSON.parse(output), {
      shared: 42,
      profile: "workers: 5\n",
      args: ["--flag", "value"],
      variable: "seen",
      stamp: { commit: "1a2b3c4", date: "2026-08-20" },
      otherVariable: "NotCapable",
      run: "NotCapable",
      read: "NotCapable",
    });
  }));

/** First bytes of an executable, and where its processor stands. */
const FOREIGN: readonly { target: Target; magic: string; machineAt?: number; machine?: number }[] = [
  { target: "aarch64-unknown-linux-gnu", magic: "\x7fELF", machineAt: 18, machine: 183 },
  { target: "x86_64-pc-windows-msvc", magic: "MZ" },
  { target: "aarch64-apple-darwin", magic: "\xcf\xfa\xed\xfe", machineAt: 4, machine: 0x0c },
];

for (const { target, magic, machineAt, machine } of FOREIGN) {
  Deno.test(`for ${target}, either its executable is built or the reason is said`, () =>
    withProject(async (root) => {
      try {
        const path = await new Compiler(root, target, {}).compile(PROGRAM, join(root, "out"));
        const bytes = await Deno.readFile(path);
        assert.equal(new TextDecoder("latin1").decode(bytes.subarray(0, magic.length)), magic);
        if (machineAt !== undefined) assert.equal(bytes[machineAt], machine);
      } catch (error) {
        if (!(error instanceof RuntimeUnavailableError)) throw error;
        const reason = Deno.env.get(FROM_NPM_VARIABLE) === "1"
          ? new RegExp(`${target}.*; denort\\.sh: no source for target '${target}'`)
          : new RegExp(`'${target}' cannot be downloaded .*${FROM_NPM_VARIABLE}=1`);
        assert.match(error.message, reason);
      }
    }));
}
