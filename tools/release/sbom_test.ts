import assert from "node:assert/strict";
import { billOfMaterials, type ModuleGraph, shippedPackages } from "./sbom.ts";

const GRAPH: ModuleGraph = {
  modules: [{ kind: "esm" }, { kind: "npm", npmPackage: "@scope/a@1.0.0_b@2.0.0" }],
  npmPackages: {
    "@scope/a@1.0.0_b@2.0.0": { name: "@scope/a", version: "1.0.0", dependencies: ["b@2.0.0"] },
    "b@2.0.0": { name: "b", version: "2.0.0", dependencies: [] },
    "charts@3.0.0": { name: "charts", version: "3.0.0", dependencies: [] },
    "only-tests@4.0.0": { name: "only-tests", version: "4.0.0", dependencies: [] },
  },
};
const integrity = `sha512-${new Uint8Array(64).fill(7).toBase64()}`;
const LOCK = { npm: Object.fromEntries(Object.keys(GRAPH.npmPackages).map((key) => [key, { integrity }])) };
const FACTS = { version: "1.2.3", deno: "2.9.6", date: "2026-08-20T10:00:00Z" };

interface Bom {
  readonly components: readonly {
    readonly name: string;
    readonly purl: string;
    readonly hashes?: readonly { readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

Deno.test("what the program reaches is shipped, with what that needs; what only tests use is not", () => {
  assert.deepEqual(shippedPackages(GRAPH, ["charts"]), ["@scope/a@1.0.0_b@2.0.0", "b@2.0.0", "charts@3.0.0"]);
  assert.throws(() => shippedPackages(GRAPH, ["nowhere"]), /no package 'nowhere'/);
});

Deno.test("the bill names runtime and packages, with the checksums of the lock file", () => {
  const bom = billOfMaterials(GRAPH, LOCK, shippedPackages(GRAPH, []), FACTS) as Bom;
  assert.deepEqual(bom.components.map(({ purl }) => purl), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/%40scope/a@1.0.0",
    "pkg:npm/b@2.0.0",
  ]);
  assert.equal(bom.components[1]!.hashes![0]!.content, "07".repeat(64));
  assert.deepEqual(bom.dependencies.find(({ ref }) => ref.endsWith("/a@1.0.0"))!.dependsOn, [
    "pkg:npm/b@2.0.0",
  ]);
});

Deno.test("a package without a SHA-512 in the lock file is named", () => {
  assert.throws(() => billOfMaterials(GRAPH, { npm: {} }, ["b@2.0.0"], FACTS), /no checksum of 'b@2\.0\.0'/);
  const lock = { npm: { "b@2.0.0": { integrity: "sha1-x" } } };
  assert.throws(() => billOfMaterials(GRAPH, lock, ["b@2.0.0"], FACTS), /'b@2\.0\.0' is no SHA-512/);
});
