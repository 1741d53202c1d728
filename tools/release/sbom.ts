/**
 * The bill of materials, CycloneDX 1.6 as JSON, of what an executable holds: the npm packages that the program reaches,
 * with the checksums of deno.lock, and the runtime.
 */
import { PRODUCT } from "./product.ts";

export const CYCLONEDX_VERSION = "1.6";

/** The part of deno.lock that is read here: packages by `name@version`, with a tail of peers. */
export interface LockFile {
  readonly npm: Readonly<
    Record<string, { readonly integrity: string; readonly dependencies?: readonly string[] }>
  >;
}

/** The part of `deno info --json` that is read here. */
export interface ModuleGraph {
  readonly modules: readonly { readonly kind?: string; readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<
    Record<
      string,
      { readonly name: string; readonly version: string; readonly dependencies: readonly string[] }
    >
  >;
}

/** The packages that a program's modules reach, and what those need, as keys of the lock file, sorted. */
export function shippedPackages(graph: ModuleGraph, embedded: readonly string[]): string[] {
  const waiting = graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (const name of embedded) {
    const key = Object.entries(graph.npmPackages).find(([, one]) => one.name === name)?.[0];
    if (key === undefined) throw new Error(`no package '${name}' in deno.lock`);
    waiting.push(key);
  }
  const found = new Set<string>();
  while (waiting.length > 0) {
    const key = waiting.pop()!;
    if (found.has(key)) continue;
    found.add(key);
    waiting.push(...graph.npmPackages[key]!.dependencies);
  }
  return [...found].sort();
}

export interface BomFacts {
  readonly version: string;
  readonly deno: string;
  /** Time of the commit, ISO 8601: the same sources give the same document. */
  readonly date: string;
}

export function billOfMaterials(
  graph: ModuleGraph,
  lock: LockFile,
  packages: readonly string[],
  facts: BomFacts,
): unknown {
  const root = { type: "application", "bom-ref": PRODUCT.name, name: PRODUCT.name, version: facts.version };
  const components = packages.map((key) => component(key, graph, lock));
  const runtime = {
    type: "platform",
    "bom-ref": "deno",
    name: "deno",
    version: facts.deno,
    purl: `pkg:github/denoland/deno@v${facts.deno}`,
    licenses: [{ license: { id: "MIT" } }],
  };
  return {
    bomFormat: "CycloneDX",
    specVersion: CYCLONEDX_VERSION,
    version: 1,
    metadata: {
      timestamp: facts.date,
      component: { ...root, licenses: [{ license: { id: PRODUCT.license } }] },
    },
    components: [runtime, ...components],
    dependencies: [
      { ref: PRODUCT.name, dependsOn: ["deno", ...components.map((one) => one["bom-ref"])] },
      ...packages.map((key) => ({
        ref: purl(key, graph),
        dependsOn: graph.npmPackages[key]!.dependencies.map((other) => purl(other, graph)),
      })),
    ],
  };
}

function component(key: string, graph: ModuleGraph, lock: LockFile) {
  const { name, version } = graph.npmPackages[key]!;
  const integrity = lock.npm[key]?.integrity;
  if (integrity === undefined) throw new Error(`deno.lock has no checksum of '${key}'`);
  const [algorithm, sum] = integrity.split("-", 2);
  if (algorithm !== "sha512") {
    throw new Error(`deno.lock: the checksum of '${key}' is no SHA-512: ${integrity}`);
  }
  const scope = /^(@[^/]+)\/(.+)$/.exec(name);
  return {
    type: "library",
    "bom-ref": purl(key, graph),
    ...(scope === null ? { name } : { group: scope[1], name: scope[2] }),
    version,
    purl: purl(key, graph),
    hashes: [{ alg: "SHA-512", content: Uint8Array.fromBase64(sum!).toHex() }],
  };
}

function purl(key: string, graph: ModuleGraph): string {
  const { name, version } = graph.npmPackages[key]!;
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}
