/** Puts the site together: every page, and the files that pages show. */
import { buildInfo } from "../../cli/build_info.ts";
import { pageOf, siteDocuments } from "./documents.ts";
import { render } from "./render.ts";
import { htmlPage } from "./template.ts";

export interface Site {
  /** Path in the site → HTML. */
  readonly pages: ReadonlyMap<string, string>;
  /** Path in the site → file of the project that is copied there. */
  readonly files: ReadonlyMap<string, string>;
}

export function buildSite(): Site {
  const documents = siteDocuments();
  const known = new Set(documents);
  const rendered = new Map(documents.map((path) => [path, render(path, Deno.readTextFileSync(path), known)]));
  const titles = new Map([...rendered].map(([path, { title }]) => [path, title]));
  const { version } = buildInfo();
  const pages = new Map(
    [...rendered].map(([path, page]) => [pageOf(path), htmlPage({ path, rendered: page, titles, version })]),
  );
  const assets = [...rendered.values()].flatMap((page) => page.assets);
  const own = ["site.css", "icon.svg"].map((name) => [name, `tools/site/${name}`] as const);
  return { pages, files: new Map([...assets.map((path) => [path, path] as const), ...own]) };
}
