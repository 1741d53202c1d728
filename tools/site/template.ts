/** The frame around each page: menu, contents, footer. */
import { menu, pageOf, relativeTo, REPOSITORY } from "./documents.ts";
import { escape, type Rendered } from "./render.ts";

/** A list of sections is worth its room from this many on. */
const MANY_SECTIONS = 4;

export interface Frame {
  readonly path: string;
  readonly rendered: Rendered;
  /** Title of each document, by path. */
  readonly titles: ReadonlyMap<string, string>;
  readonly version: string;
}

export function htmlPage({ path, rendered, titles, version }: Frame): string {
  const page = pageOf(path);
  const link = (target: string): string => escape(relativeTo(page, target));
  const isHome = path === "README.md";
  const title = isHome ? "Pulsar Local Lab" : `${rendered.title} · Pulsar Local Lab`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="stylesheet" href="${link("site.css")}">
<link rel="icon" href="${link("icon.svg")}">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header><a class="home" href="${link("index.html")}">Pulsar Local Lab</a> <span class="version">${
    escape(version)
  }</span></header>
<div class="frame">
<nav aria-label="Documents">
<details class="menu"><summary>Menu</summary>
${menuHtml(path, titles)}
</details>
</nav>
<main id="content">
${rendered.html.replace("</h1>\n", () => `</h1>\n${contents(rendered)}`)}
<footer><a href="${REPOSITORY}/blob/main/${path}">Source of this page</a></footer>
</main>
</div>
<script>
// Open where there is room for it; the rest is plain HTML.
const wide = matchMedia("(min-width: 60rem)");
const menu = document.querySelector(".menu");
const settle = () => menu.open = wide.matches;
wide.addEventListener("change", settle);
settle();
</script>
</body>
</html>
`;
}

function menuHtml(path: string, titles: ReadonlyMap<string, string>): string {
  return menu([...titles.keys()]).filter(([, documents]) => documents.length > 0).map(
    ([group, documents]) => {
      const items = documents.map((each) => {
        const href = escape(relativeTo(pageOf(path), pageOf(each)));
        const name = each === "README.md" ? "Overview" : titles.get(each)!;
        return `<li><a href="${href}"${each === path ? ' aria-current="page"' : ""}>${escape(name)}</a></li>`;
      });
      return `<h2>${group}</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
    },
  ).join("\n");
}

function contents({ sections }: Rendered): string {
  if (sections.length < MANY_SECTIONS) return "";
  const items = sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`);
  return `<details class="contents"><summary>On this page</summary>\n<ul>\n${
    items.join("\n")
  }\n</ul>\n</details>\n`;
}
