/** Archives of a release, packed by the programs that pack them; and what a load may not do any more. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pack, type Packing, sha256, sumsText } from "../../tools/release/archive.ts";
import { targetOf } from "../../tools/release/targets.ts";
import { run } from "../support/process.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const FILES = new Map([["share/zsh/site-functions/_lab", new TextEncoder().encode("#compdef lab\n")]]);

const noTar = await missingPrograms("tar", "gzip", "sha256sum");
const noZip = await missingPrograms("zip", "python3");

/** Packs a small file instead of an executable; hands the archive's path to `use`. */
async function packed(
  triple: string,
  use: (archive: string, again: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "pll-pack-" });
  try {
    const executable = join(folder, "executable");
    await Deno.writeTextFile(executable, "bytes");
    const packing: Packing = {
      target: targetOf(triple),
      version: "1.2.3",
      executable,
      files: FILES,
      date: "2026-08-20T10:00:00Z",
      folder,
    };
    await use(await pack(packing), () => pack(packing));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

testUnless(noTar)(
  "an archive for Linux holds the executable once, with two links to it",
  () =>
    packed("x86_64-unknown-linux-gnu", async (archive) => {
      assert.match(archive, /pulsar-local-lab-1\.2\.3-linux-x64\.tar\.gz$/);
      const { code, output } = await run("tar", ["-tvzf", archive]);
      assert.equal(code, 0, output);
      const lines = output.trim().split("\n");
      assert.ok(lines.some((line) => /^-rwxr-xr-x 0\/0 .* 5 .*\/bin\/lab$/.test(line)), output);
      for (const name of ["producer", "consumer"]) {
        assert.ok(lines.some((line) => line.startsWith("l") && line.endsWith(`/bin/${name} -> lab`)), output);
      }
      assert.ok(lines.some((line) => line.endsWith("/share/zsh/site-functions/_lab")), output);
    }),
);

testUnless(noZip)(
  "an archive for Windows is a zip file with lab.exe",
  () =>
    packed("aarch64-pc-windows-msvc", async (archive) => {
      assert.match(archive, /pulsar-local-lab-1\.2\.3-windows-arm64\.zip$/);
      const { code, output } = await run("python3", ["-m", "zipfile", "--list", archive]);
      assert.equal(code, 0, output);
      assert.match(output, /pulsar-local-lab-1\.2\.3-windows-arm64\/bin\/lab\.exe +2026-08-20 10:00:00/);
    }),
);

for (const triple of ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"]) {
  testUnless(noTar ?? noZip)(
    `packed again, an archive for ${triple} is the same, byte by byte`,
    () =>
      packed(triple, async (archive, again) => {
        const first = await sha256(archive);
        assert.equal(await sha256(await again()), first);
      }),
  );
}

testUnless(noTar)(
  "SHA256SUMS is what sha256sum checks",
  () =>
    packed("x86_64-unknown-linux-gnu", async (archive) => {
      const name = archive.split("/").at(-1)!;
      const sums = new Map([[name, await sha256(archive)]]);
      const folder = join(archive, "..");
      await Deno.writeTextFile(join(folder, "SHA256SUMS"), sumsText(sums));
      const { code, output } = await run("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: folder });
      assert.equal(code, 0, output);
      assert.equal(output, `${name}: OK\n`);
    }),
);

Deno.test("a load gives up what lab may start, before it is loaded", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pll-role-" });
  try {
    const program = join(folder, "program.ts");
    await Deno.writeTextFile(
      program,
      `import { runRole } from ${JSON.stringify(new URL("../../cli/role.ts", import.meta.url).href)};
      const state = () => Deno.permissions.querySync({ name: "run", command: "kubectl" }).state;
      const before = state();
      const code = await runRole("producer", ["--list-profiles"]);
      console.log(before, code, state());`,
    );
    const options = [
      "run",
      "--quiet",
      "--no-check",
      "--no-prompt",
      "--config",
      join(ROOT, "deno.json"),
      "-P=lab",
    ];
    const { code, output } = await run(Deno.execPath(), [...options, program]);
    assert.equal(code, 0, output);
    assert.match(output, /^granted 0 prompt$/m);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
