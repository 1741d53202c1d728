/**
 * Writes what documents take from the tables in the code: the pages of docs/reference, the man pages, the pictures of
 * measured figures, and the marked tables. `deno task docs`; a test compares.
 */
import { dirname } from "node:path";
import { exitCodeTable } from "./reference/exit_codes_page.ts";
import { indexPage, PAGES } from "./reference/pages.ts";
import { profileTable } from "./reference/profiles_page.ts";
import { manPages } from "./man/pages.ts";
import { omissionTable, PICTURES } from "./omission/draw.ts";
import { readFigures } from "./omission/figures.ts";

/** Tables inside documents that are written by hand, by the name in their marks. */
const TABLES: Readonly<Record<string, () => string>> = {
  "exit codes": exitCodeTable,
  "profiles": profileTable,
  "coordinated omission": () => omissionTable(readFigures()),
};

const DOCUMENTS_WITH_TABLES = ["README.md", "docs/latency.md"];

/** Every generated file, path from the project's root → content. */
export function generatedFiles(read: (path: string) => string): ReadonlyMap<string, string> {
  return new Map([
    ["docs/reference/README.md", indexPage()],
    ...PAGES.map(({ file, text }) => [`docs/reference/${file}`, text()] as const),
    ...manPages().map(({ file, text }) => [`docs/man/${file}`, text] as const),
    ...Object.entries(PICTURES).map(([path, draw]) => [path, draw(readFigures())] as const),
    ...DOCUMENTS_WITH_TABLES.map((path) => [path, withTables(read(path))] as const),
  ]);
}

/**
 * Renews what stands between `<!-- table: NAME -->` and `<!-- end of table -->`.
 *
 * @throws {Error} for a name that no table has
 */
export function withTables(text: string): string {
  return text.replace(
    /(<!-- table: ([\w ]+) -->\n)[\s\S]*?(<!-- end of table -->)/g,
    (_, start: string, name: string, end: string) => {
      const make = TABLES[name];
      if (make === undefined) {
        throw new Error(`there is no table '${name}', only ${Object.keys(TABLES).join(", ")}`);
      }
      return `${start}\n${make()}\n\n${end}`;
    },
  );
}

if (import.meta.main) {
  for (const [path, content] of generatedFiles(Deno.readTextFileSync)) {
    if (path.includes("/")) Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, content);
  }
}
