/** Markdown to HTML: headings with the anchors that GitHub gives them, links that lead to pages of the site. */
import { dirname, join } from "node:path";
import GithubSlugger from "github-slugger";
import { Marked } from "marked";
import { pageOf, relativeTo, REPOSITORY } from "./documents.ts";

/** Characters that fit on the narrowest screen, and in a column of a table. */
const SHORT_CODE = 20;
/** A cell with more characters than this needs room, or it becomes a tower of single words. */
const SHORT_CELL = 28;

export interface Rendered {
  readonly title: string;
  readonly html: string;
  /** Headings of the second level, for the list at the top of a long page. */
  readonly sections: readonly { readonly id: string; readonly title: string }[];
  /** Files that the page shows, from the project's root. */
  readonly assets: readonly string[];
}

/** @param documents those that are on the site; links to other files lead to the repository */
export function render(path: string, text: string, documents: ReadonlySet<string>): Rendered {
  const slugger = new GithubSlugger();
  const sections: { id: string; title: string }[] = [];
  const assets: string[] = [];
  let title = "";
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth }) {
        const plain = this.parser.parseInline(tokens, this.parser.textRenderer);
        const id = slugger.slug(decoded(plain));
        if (depth === 1 && title === "") title = decoded(plain);
        if (depth === 2) sections.push({ id, title: plain });
        const content = this.parser.parseInline(tokens);
        return `<h${depth} id="${id}">${content} <a class="anchor" href="#${id}" aria-label="Link to this heading">#</a></h${depth}>\n`;
      },
      link({ href, tokens }) {
        const target = linkOf(path, href, documents);
        return `<a href="${escape(target)}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text: alternative }) {
        const file = join(dirname(path), href);
        assets.push(file);
        return `<img src="${escape(relativeTo(pageOf(path), file))}" alt="${
          escape(alternative)
        }" loading="lazy">`;
      },
      tablecell({ tokens, header, align }) {
        const tag = header ? "th" : "td";
        const plain = this.parser.parseInline(tokens, this.parser.textRenderer);
        const style = plain.length > SHORT_CELL ? ' class="long"' : "";
        const side = align === null ? "" : ` align="${align}"`;
        return `<${tag}${side}${style}>${this.parser.parseInline(tokens)}</${tag}>\n`;
      },
      codespan: ({ text: code }) => codeHtml(code),
      // Comments are for those who write.
      html: ({ text: html }) => html.startsWith("<!--") ? "" : html,
    },
  });
  const html = (marked.parse(text, { async: false }))
    .replaceAll("<table>", '<div class="table" tabindex="0"><table>').replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0">');
  return { title, html, sections, assets };
}

function linkOf(path: string, href: string, documents: ReadonlySet<string>): string {
  if (/^(https?:|mailto:|#)/.test(href)) return href;
  const [target, anchor] = href.split("#") as [string, string?];
  const file = join(dirname(path), target).replace(/\/$/, "");
  const suffix = anchor === undefined ? "" : `#${anchor}`;
  const document = [file, `${file}/README.md`].find((each) => documents.has(each));
  if (document !== undefined) return relativeTo(pageOf(path), pageOf(document)) + suffix;
  const kind = /\.\w+$/.test(file) ? "blob" : "tree";
  return `${REPOSITORY}/${kind}/main/${file}${suffix}`;
}

export function escape(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (char) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[char]!,
  );
}

/** Short code stays on one line; long code may be broken where its parts end. */
function codeHtml(code: string): string {
  // An option with what it takes is read as one word.
  const room = code.startsWith("-") ? 34 : SHORT_CODE;
  if (code.length <= room) return `<code class="short">${escape(code)}</code>`;
  return `<code>${code.split(/(?<=[/_.:,&?=])(?![/])/).map(escape).join("<wbr>")}</code>`;
}

function decoded(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll(
    "&#39;",
    "'",
  )
    .replaceAll("&amp;", "&");
}
