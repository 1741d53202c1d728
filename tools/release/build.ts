/**
 * Makes a release's files in dist/release: `deno task release:build [--tag TAG] [--target TRIPLE]…`.
 *
 * Every target is compiled on one machine: Deno brings the runtime of the others.
 */
import { join } from "node:path";
import { sourceTargets, workersOf } from "../bundle.ts";
import { compileFor } from "../compile.ts";
import { buildStamp, type Target } from "../compile_binary.ts";
import { DENO_VERSIONS } from "../deno_versions.ts";
import { output, pack, sha256, sharedFiles, sumsText } from "./archive.ts";
import { installationNotes, manifests } from "./manifests.ts";
import { releaseNotes } from "./notes.ts";
import { PRODUCT, type Release, repositoryOf, versionOf } from "./product.ts";
import { billOfMaterials, type ModuleGraph, shippedPackages } from "./sbom.ts";
import { RELEASE_TARGETS, type ReleaseTarget, targetOf } from "./targets.ts";

/** Data that was made from a package and stands in the sources: the charts of the HTML report. */
const EMBEDDED_PACKAGES = ["uplot"];

export interface BuildOptions {
  readonly root: string;
  /** Where the files go, from the root; emptied first. */
  readonly folder: string;
  readonly targets: readonly ReleaseTarget[];
  readonly repository: string;
  readonly version: string;
  /** Checksums to take for targets that are not built. */
  readonly otherSums?: ReadonlyMap<string, string> | undefined;
  readonly say: (text: string) => void;
}

/** Builds, packs and describes; the working folder must be the root. */
export async function buildRelease(options: BuildOptions): Promise<Release> {
  const { root, folder, targets, repository, version, otherSums, say } = options;
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  const { date = "1980-01-01T00:00:00Z" } = await buildStamp(root);
  const files = await sharedFiles(root);
  const sums = new Map<string, string>();
  let runtime: string = DENO_VERSIONS.run;
  for (const target of targets) {
    const executable = await compileFor(root, target.triple as Target);
    if (target.triple === Deno.build.target) runtime = await runtimeOf(root, executable);
    const archive = await pack({ target, version, executable, files, date, folder });
    const name = archive.slice(folder.length + 1);
    sums.set(name, await sha256(archive));
    const { size } = await Deno.stat(archive);
    say(`packed ${name} (${(size / 2 ** 20).toFixed(0)} MiB)`);
  }
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), sumsText(sums));
  await Deno.writeTextFile(join(folder, "sbom.cdx.json"), await bom(root, version, date, runtime));
  const known = otherSums === undefined ? targets : RELEASE_TARGETS;
  const release: Release = {
    version,
    repository,
    targets: known,
    sums: new Map([...otherSums ?? [], ...sums]),
  };
  for (const [path, text] of Object.entries(await manifests(release))) {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
  return release;
}

async function bom(root: string, version: string, date: string, deno: string): Promise<string> {
  const entries = ["cli/lab.ts", ...workersOf(await sourceTargets(root))];
  const graphs: ModuleGraph[] = [];
  for (const entry of entries) {
    graphs.push(JSON.parse(await output(Deno.execPath(), ["info", "--json", entry], root)));
  }
  const lock = JSON.parse(await Deno.readTextFile(join(root, "deno.lock")));
  const graph = { ...graphs[0]!, modules: graphs.flatMap(({ modules }) => modules) };
  const packages = shippedPackages(graph, EMBEDDED_PACKAGES);
  return `${JSON.stringify(billOfMaterials(graph, lock, packages, { version, deno, date }), null, 2)}\n`;
}

/** The runtime in an executable of this machine: not always the one that is pinned (DENORT_FROM_NPM). */
async function runtimeOf(root: string, executable: string): Promise<string> {
  const text = await output(join(root, executable), ["producer", "--version"]);
  return /^deno (\S+),/m.exec(text)?.[1] ?? DENO_VERSIONS.run;
}

/** @throws {Error} naming an argument that is none of ours */
function parseArguments(args: readonly string[]): { tag?: string; targets: readonly ReleaseTarget[] } {
  const targets: ReleaseTarget[] = [];
  let tag: string | undefined;
  for (let index = 0; index < args.length; index += 2) {
    const [name, value] = [args[index]!, args[index + 1] ?? ""];
    if (name === "--target") targets.push(targetOf(value));
    else if (name === "--tag") tag = value;
    else throw new Error(`unknown argument '${name}'; give --tag TAG and --target TRIPLE`);
  }
  return { ...(tag === undefined ? {} : { tag }), targets: targets.length > 0 ? targets : RELEASE_TARGETS };
}

async function main(args: readonly string[]): Promise<void> {
  const { tag, targets } = parseArguments(args);
  const version = tag === undefined ? PRODUCT.version : versionOf(tag);
  const repository = repositoryOf((name) => Deno.env.get(name));
  const root = join(import.meta.dirname!, "..", "..");
  const folder = join("dist", "release");
  const notes = tag === undefined
    ? undefined
    : releaseNotes(await Deno.readTextFile(join(root, "CHANGELOG.md")), version);
  const release = await buildRelease({ root, folder, targets, repository, version, say: console.log });
  if (notes !== undefined) {
    await Deno.writeTextFile(join(folder, "NOTES.md"), notes + installationNotes(release));
  }
  console.log(`dist/release holds ${targets.length} of ${RELEASE_TARGETS.length} targets of ${version}`);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
