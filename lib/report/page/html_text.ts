/** HTML as text, escaped unless it is HTML already. */

/** A piece of HTML that is inserted as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[];

/** Template tag: texts are escaped, lists joined, `undefined` and `false` left out. */
export function html(pieces: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let text = pieces[0]!;
  parts.forEach((part, index) => text += render(part) + pieces[index + 1]!);
  return new Html(text);
}

function render(part: HtmlPart): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return part.map(render).join("");
}

/** Safe between tags and inside quoted attributes. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** JSON that no `</script>` or `<!--` in the data can end or change. */
export function jsonForScript(value: unknown): Html {
  return new Html(
    JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll(
      "\u2029",
      "\\u2029",
    ),
  );
}

/** A table with a caption for screen readers; all columns but the first are numbers when `numeric`. */
export function table(
  caption: string,
  head: readonly HtmlPart[],
  rows: readonly (readonly HtmlPart[])[],
  options: { readonly numeric?: boolean; readonly showCaption?: boolean } = {},
): Html {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="${caption}">
      <table class="${options.numeric === false ? "words" : "numbers"}">
        <caption class="${options.showCaption ? "" : "unseen"}">${caption}</caption>
        <thead>
          <tr>${head.map((cell) =>
            html`
              <th scope="col">${cell}</th>
            `
          )}</tr>
        </thead>
        <tbody>${rows.map(([first, ...rest]) =>
          html`
            <tr><th scope="row">${first}</th>${rest.map((cell) =>
              html`
                <td>${cell}</td>
              `
            )}</tr>
          `
        )}</tbody>
      </table>
    </div>
  `;
}
