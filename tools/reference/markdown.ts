/** Markdown as `deno fmt` writes it, so that generated pages pass the same gate as the others. */

/** A table whose columns are padded to their widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, widthOf(title), ...rows.map((row) => widthOf(row[column]!)))
  );
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell + " ".repeat(widths[column]! - widthOf(cell))).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

function widthOf(text: string): number {
  return [...text].length;
}

/** Code in a cell of a table. */
export function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** A sentence of the code's own tables: what stands in single quotes there is code here. */
export function prose(text: string): string {
  return text.replace(/(?<![\p{L}\d])'([^']+)'(?![\p{L}\d])/gu, (_, quoted: string) => `\`${quoted}\``)
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith("`") ? part : part.replaceAll(/(--[a-z][a-z-]*)/g, "`$1`").replaceAll("*", "\\*")
    )
    .join("")
    .replaceAll("|", "\\|");
}

/** With a capital letter and a full stop. */
export function sentence(text: string): string {
  const capital = text[0]!.toUpperCase() + text.slice(1);
  return prose(capital.endsWith(".") ? capital : `${capital}.`);
}

/** Paragraphs, tables and headings with a blank line between them. */
export function page(...blocks: readonly string[]): string {
  return blocks.join("\n\n") + "\n";
}
