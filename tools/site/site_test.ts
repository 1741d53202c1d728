import assert from "node:assert/strict";
import { buildSite } from "./build.ts";
import { menu, pageOf, relativeTo, siteDocuments } from "./documents.ts";
import { deadLinks, loadsOf, reachable } from "./links.ts";
import { render } from "./render.ts";

const isThere = (path: string): boolean => {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
};
const html = (text: string, path = "docs/a.md"): string =>
  render(path, text, new Set(["docs/a.md", "docs/b/README.md", "README.md"])).html;

Deno.test("no link and no anchor of the site is dead, and files of the repository that it names are there", () => {
  assert.deepEqual(deadLinks(buildSite(), isThere), []);
});

Deno.test("every page is reached from the first one, and has a title of its own", () => {
  const site = buildSite();
  const found = reachable(site);
  assert.deepEqual([...site.pages.keys()].filter((page) => !found.has(page)), []);
  const titles = [...site.pages.values()].map((page) => /<title>(.*)<\/title>/.exec(page)![1]);
  assert.equal(new Set(titles).size, titles.length);
});

Deno.test("pages load nothing from elsewhere", () => {
  for (const [page, text] of buildSite().pages) {
    assert.deepEqual(loadsOf(text).filter((href) => /^(https?:)?\/\//.test(href)), [], page);
    assert.ok(!/<script[^>]*src|@import|<iframe/.test(text), page);
  }
});

Deno.test("every document in docs is in the menu, but indexes and runbooks", () => {
  const documents = siteDocuments();
  const listed = new Set(menu(documents).flatMap(([, paths]) => paths));
  const missing = documents.filter((path) => !listed.has(path) && !path.startsWith("docs/runbooks/"));
  assert.deepEqual(missing, ["docs/README.md", "docs/reference/README.md"]);
  assert.ok(new Map(menu(["docs/new.md"])).get("Guides")!.includes("docs/new.md"));
});

Deno.test("links to documents become links to pages, others lead to the repository", () => {
  assert.match(html("[x](b/README.md#some-part)"), /href="b\/index.html#some-part"/);
  assert.match(html("[x](b)"), /href="b\/index.html"/);
  assert.match(html("[x](../README.md)"), /href="..\/index.html"/);
  assert.match(html("[x](../deno.json)"), /href="https:.*\/blob\/main\/deno.json"/);
  assert.match(html("[x](../k8s/)"), /href="https:.*\/tree\/main\/k8s"/);
  assert.match(html("[x](https://example.org/a.md)"), /href="https:\/\/example.org\/a.md"/);
  assert.equal(pageOf("docs/b/README.md"), "docs/b/index.html");
  assert.equal(relativeTo("docs/a.html", "docs/a.html"), "a.html");
});

Deno.test("headings have GitHub's anchors, also with code, and twice the same", () => {
  const text = html("# A\n\n## `lab up`, and *more*\n\n## Twice\n\n## Twice\n");
  for (const id of ["lab-up-and-more", "twice", "twice-1"]) assert.ok(text.includes(`id="${id}"`), text);
});

Deno.test("comments stay out, and code is text", () => {
  assert.ok(!html("<!-- not run: x -->\n\ntext").includes("not run"));
  assert.match(html("`<b>`"), /<code class="short">&lt;b&gt;<\/code>/);
  assert.match(
    html("`persistent://public/default`"),
    /<code>persistent:\/\/<wbr>public\/<wbr>default<\/code>/,
  );
});

Deno.test("a dead link and a dead anchor are named with their page", () => {
  const page = (body: string): string => `<main>${body}</main>`;
  const site = {
    pages: new Map([
      ["a.html", page('<a href="b.html#there">x</a> <a href="b.html#gone">x</a> <a href="c.html">x</a>')],
      ["b.html", page('<h2 id="there">x</h2> <img src="no.png">')],
    ]),
    files: new Map(),
  };
  assert.deepEqual(deadLinks(site, isThere), ["a.html: b.html#gone", "a.html: c.html", "b.html: no.png"]);
});
