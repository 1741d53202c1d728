/** Links of a built site that lead nowhere. */
import { dirname, join } from "node:path";
import type { Site } from "./build.ts";
import { REPOSITORY } from "./documents.ts";

/** One line for each: the page, and what it links to. Addresses of other hosts are not asked. */
export function deadLinks(site: Site, isInRepository: (path: string) => boolean): string[] {
  const anchors = new Map([...site.pages].map(([page, html]) => [page, idsOf(html)]));
  return [...site.pages].flatMap(([page, html]) =>
    linksOf(html).filter((href) => {
      if (href.startsWith(`${REPOSITORY}/`)) return !isInRepository(repositoryPath(href));
      if (/^(https?:|mailto:)/.test(href)) return false;
      const [target, anchor] = href.split("#") as [string, string?];
      const path = target === "" ? page : join(dirname(page), target);
      if (site.files.has(path)) return false;
      return !site.pages.has(path) || (anchor !== undefined && !anchors.get(path)!.has(anchor));
    }).map((href) => `${page}: ${href}`)
  );
}

/** What a page loads by itself, and not only when somebody follows a link. */
export function loadsOf(html: string): string[] {
  return [
    ...[...html.matchAll(/\ssrc="([^"]*)"/g)].map((match) => match[1]!),
    ...[...html.matchAll(/<link\s[^>]*href="([^"]*)"/g)].map((match) => match[1]!),
  ];
}

/** Pages that can be reached from the first one. */
export function reachable({ pages }: Site): ReadonlySet<string> {
  const found = new Set(["index.html"]);
  for (const page of found) {
    for (const href of linksOf(pages.get(page) ?? "")) {
      if (/^(https?:|mailto:|#)/.test(href)) continue;
      const target = join(dirname(page), href.split("#")[0]!);
      if (pages.has(target)) found.add(target);
    }
  }
  return found;
}

function linksOf(html: string): string[] {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map((match) => match[1]!.replaceAll("&amp;", "&"));
}

function idsOf(html: string): ReadonlySet<string> {
  return new Set([...html.matchAll(/\sid="([^"]*)"/g)].map((match) => match[1]!));
}

function repositoryPath(href: string): string {
  return href.slice(REPOSITORY.length).replace(/^\/(blob|tree)\/main\//, "").replace(/#.*$/, "");
}
