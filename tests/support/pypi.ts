/** Programs that PyPI has where nothing else does: downloaded once with pip, unpacked into the cache of the tests. */
import { join } from "node:path";
import { cachedFolder } from "./cache.ts";
import { run } from "./process.ts";

/** A package cannot be had; the message holds the end of pip's output. */
export class PypiError extends Error {
  override readonly name = "PypiError";
  readonly code = "PYPI_FAILED";
}

/**
 * The folder with the content of a wheel.
 *
 * @param name the package; @param version exactly
 * @throws {PypiError} when there is no Python with pip, or no such wheel for this machine
 */
export async function unpackedWheel(name: string, version: string): Promise<string> {
  return await cachedFolder(`${name}-${version}`, async (folder) => {
    const fetched = await pip(["download", "--no-deps", "--quiet", "--dest", folder, `${name}==${version}`]);
    if (fetched.code !== 0) {
      throw new PypiError(`pip could not download ${name} ${version}: ${fetched.output.slice(-1000)}`);
    }
    const [wheel] = [...Deno.readDirSync(folder)].map((entry) => entry.name);
    const unpacked = await run("python3", ["-m", "zipfile", "-e", join(folder, wheel!), folder]);
    if (unpacked.code !== 0) throw new PypiError(`'${wheel}' could not be unpacked: ${unpacked.output}`);
    await Deno.remove(join(folder, wheel!));
  });
}

/** pip of an environment of its own: Debian's Python comes without. */
async function pip(args: readonly string[]): Promise<{ code: number; output: string }> {
  try {
    const bare = await run("python3", ["-m", "pip", "--version"]);
    if (bare.code === 0) return await run("python3", ["-m", "pip", ...args]);
    const venv = await Deno.makeTempDir({ prefix: "pll-venv-" });
    try {
      const made = await run("python3", ["-m", "venv", venv]);
      return made.code === 0 ? await run(join(venv, "bin", "python"), ["-m", "pip", ...args]) : made;
    } finally {
      await Deno.remove(venv, { recursive: true });
    }
  } catch (cause) {
    throw new PypiError(`python3 cannot be started: ${(cause as Error).message}`, { cause });
  }
}
