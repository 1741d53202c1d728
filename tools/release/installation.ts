/** What a user does with a release, tried on this machine: install it from a server, run it, and be safe from a damaged one. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { archiveName, type Release } from "./product.ts";
import type { ReleaseTarget } from "./targets.ts";

interface Ran {
  readonly code: number;
  readonly text: string;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: cwd, NO_PROXY: "127.0.0.1", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** Serves the release's files at loopback for as long as `use` takes; `change` may damage a file on its way. */
async function serving(
  folder: string,
  change: (name: string, bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const name = new URL(request.url).pathname.slice(1);
    try {
      return new Response(change(name, await Deno.readFile(join(folder, name))));
    } catch {
      return new Response("not found", { status: 404 });
    }
  });
  await use(`http://127.0.0.1:${server.addr.port}`);
}

/**
 * Installs and runs the release that is in `folder`, below an empty folder `work`.
 *
 * @throws {AssertionError} with what was printed, at the first thing that is not as it must be
 */
export async function tryInstallation(
  folder: string,
  work: string,
  release: Release,
  target: ReleaseTarget,
  say: (text: string) => void,
): Promise<void> {
  const script = resolve(folder, "install.sh");
  const empty = resolve(work, "empty");
  await Deno.mkdir(empty, { recursive: true });
  const install = (url: string, prefix: string): Promise<Ran> =>
    run("sh", [script], empty, { BASE_URL: url, PREFIX: prefix });

  const prefix = resolve(work, "prefix");
  await serving(folder, (_, bytes) => bytes, async (url) => {
    const { code, text } = await install(url, prefix);
    assert.equal(code, 0, text);
    assert.match(text, new RegExp(`installed lab ${release.version.replaceAll(".", "\\.")} `), text);
  });
  say("install.sh: installs what has the right checksum");

  const archive = archiveName(target, release.version);
  const damaged = resolve(work, "damaged");
  const damage = (name: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
    if (name === archive) bytes[bytes.length - 1]! ^= 1;
    return bytes;
  };
  await serving(folder, damage, async (url) => {
    const { code, text } = await install(url, damaged);
    assert.notEqual(code, 0, text);
    assert.match(text, /SHA256SUMS says [0-9a-f]{64}: not installed/, text);
    await assert.rejects(Deno.stat(damaged), Deno.errors.NotFound, "nothing is installed");
  });
  say("install.sh: installs nothing when one bit differs");

  const bin = join(prefix, "bin");
  for (const name of ["lab", "producer", "consumer"]) {
    const { code, text } = await run(join(bin, name), ["--version"], empty, {});
    assert.equal(code, 0, text);
    assert.ok(text.startsWith(`${name} ${release.version} (`), text);
  }
  const sent = await run(
    join(bin, "producer"),
    ["--embedded=null", "--count", "10000", "--ui", "none"],
    empty,
    {},
  );
  assert.equal(sent.code, 0, sent.text);
  assert.match(sent.text, /✓/, sent.text);
  const demo = await run(join(bin, "lab"), ["demo", "--duration", "2s", "--ui", "none"], empty, {});
  assert.equal(demo.code, 0, demo.text);
  assert.match(demo.text, /✓/, demo.text);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(empty)), [], "a run leaves no files behind");
  say(
    "installed: all three names, a producer with 10,000 messages, a demo of 2 s; in an empty folder that stays empty",
  );

  for (const name of ["lab", "producer", "consumer"]) {
    const { code, text } = await run(
      "bash",
      ["-n", join(prefix, "share/bash-completion/completions", name)],
      empty,
      {},
    );
    assert.equal(code, 0, text);
  }
  say("installed: completions, read by bash");
}
