/** GitHub's Markdown: tables, code, and text of strangers that must not become either. */
import { clean } from "../config/foreign_text.ts";

/** @param align a letter for each column: left (`l`) or right (`r`) */
export function table(
  head: readonly string[],
  align: string,
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(" | ")} |`;
  const rule = head.map((_, column) => align[column] === "r" ? "---:" : "---");
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)];
}

/** Text of files and topics, which must not end a cell or begin a tag. */
export function cell(text: string): string {
  return clean(text).replace(/[|\\`*_<>[\]]/g, "\\$&");
}

export function code(text: string): string {
  return `\`${clean(text).replace(/[`|]+/g, " ")}\``;
}
