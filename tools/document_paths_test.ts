import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { markdownFiles } from "./documents/commands.ts";

const DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "BENCHMARKS.md", "native/README.md"];

/** Paths of the project that a document names in backticks or links to: `lib/a/b.ts`, `cli/lab/*.ts`, (docs/x.md). */
function pathsOf(text: string, folder: string): string[] {
  const roots = "lib|cli|tests|tools|docs|grafana|prometheus|k8s|profiles|scenarios";
  const named = text.matchAll(new RegExp(`\`((?:${roots})/[\\w./*-]+)\``, "g"));
  const linked = text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g);
  return [
    ...[...named].map((match) => match[1]!),
    ...[...linked].map((match) => join(folder, match[1]!)),
  ];
}

async function exists(path: string): Promise<boolean> {
  const fixed = path.includes("*") ? dirname(path) : path;
  return await Deno.stat(fixed).then(() => true, () => false);
}

Deno.test("every file of the project that a document names or links to is there", async () => {
  const missing: string[] = [];
  let paths = 0;
  for (const document of [...DOCUMENTS, ...await markdownFiles("docs")]) {
    for (const path of pathsOf(await Deno.readTextFile(document), dirname(document))) {
      paths++;
      if (!await exists(path)) missing.push(`${document}: ${path}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(paths > 50, `${paths} paths found`);
});
