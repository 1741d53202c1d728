/** Jars from Maven Central, resolved once for each POM. */
import { createHash } from "node:crypto";
import { cachedFolder } from "./cache.ts";
import { run } from "./process.ts";

/** Thrown when Maven cannot resolve a POM; the message holds the end of its output. */
export class MavenError extends Error {
  override readonly name = "MavenError";
  readonly code = "MAVEN_FAILED";
}

/**
 * The folder that holds all runtime jars of a POM.
 *
 * @param name short name of the set, e.g. `pulsar-4.2.4`
 * @param pom file of the POM; a changed POM gets a new folder
 */
export async function resolveJars(name: string, pom: URL): Promise<string> {
  const text = await Deno.readTextFile(pom);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  return await cachedFolder(`${name}-${hash}`, async (folder) => {
    const { code, output } = await run("mvn", [
      "--batch-mode",
      "--quiet",
      "--file",
      decodeURIComponent(pom.pathname),
      "dependency:copy-dependencies",
      "-DincludeScope=runtime",
      `-DoutputDirectory=${folder}`,
    ]);
    if (code !== 0) {
      throw new MavenError(
        `mvn could not resolve '${pom.pathname}' (exit code ${code}): ${output.slice(-2000)}`,
      );
    }
  });
}
