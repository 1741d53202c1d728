/** The page of the CSV, from its table of columns. */
import { CSV_COLUMNS } from "../../lib/report/formats/csv.ts";
import { code, page, sentence, table } from "./markdown.ts";

export function csvPage(): string {
  return page(
    "# CSV columns",
    "`--csv FILE` writes one line for each reporting interval (`--report-interval`), after a line with these names (RFC 4180). " +
      "Durations are microseconds. A figure that was not measured is an empty field.",
    table(["Column", "Meaning"], CSV_COLUMNS.map(([name, what]) => [code(name), sentence(what)])),
  );
}
