/** Which documents the site is made of, where each goes, and how the menu is ordered. */
import { dirname, join, relative } from "node:path";
import { PAGES } from "../reference/pages.ts";

/** Where files that are not on the site can be read. */
export const REPOSITORY = "https://github.com/pulsar-local-lab/pulsar-local-lab";

const ROOT_DOCUMENTS = [
  "README.md",
  "ARCHITECTURE.md",
  "BENCHMARKS.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
];

/** The menu; what is in docs/ and in no group here joins the guides. */
const MENU: readonly (readonly [group: string, documents: readonly string[]])[] = [
  ["Start", ["README.md", "docs/first-figure.md"]],
  ["Guides", [
    "docs/latency.md",
    "docs/proof-of-loss.md",
    "docs/scenarios.md",
    "docs/ci.md",
    "docs/distributed-load.md",
    "docs/minikube.md",
    "docs/embedded-broker.md",
    "docs/client.md",
    "docs/troubleshooting.md",
    "docs/comparison.md",
  ]],
  ["Reference", PAGES.map(({ file }) => `docs/reference/${file}`)],
  ["Operations", ["docs/dashboards/README.md", "docs/runbooks/README.md"]],
  ["Project", [...ROOT_DOCUMENTS.slice(1), "docs/releasing.md"]],
];
/** Built and linked, and in no menu: an index that the menu itself replaces, and one page for each alert. */
const UNLISTED = [/^docs\/README\.md$/, /^docs\/reference\/README\.md$/, /^docs\/runbooks\//];

/** Paths of all documents, from the project's root. */
export function siteDocuments(): string[] {
  return [...ROOT_DOCUMENTS.filter(isFile), ...markdownFiles("docs").sort()];
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function markdownFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? markdownFiles(path) : name.endsWith(".md") ? [path] : [];
  });
}

/** `docs/latency.md` → `docs/latency.html`; a README is the index of its folder. */
export function pageOf(document: string): string {
  return document.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html");
}

/** The groups of the menu with the documents that there are. */
export function menu(
  documents: readonly string[],
): readonly (readonly [group: string, documents: readonly string[]])[] {
  const placed = new Set(MENU.flatMap(([, listed]) => listed));
  const others = documents.filter((path) => !placed.has(path) && !UNLISTED.some((each) => each.test(path)));
  return MENU.map(([group, listed]) => [
    group,
    [...listed.filter((path) => documents.includes(path)), ...(group === "Guides" ? others : [])],
  ]);
}

/** A path as it is written on another page. */
export function relativeTo(page: string, target: string): string {
  return relative(dirname(page), target).replaceAll("\\", "/") || target.split("/").at(-1)!;
}
