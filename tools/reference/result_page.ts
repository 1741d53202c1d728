/** The page of the result file, from its JSON Schema. */
import { code, page, table } from "./markdown.ts";
import { schemaAt, schemaFields, TABLES } from "./schema_fields.ts";

export function resultPage(): string {
  return page(
    "# The result file",
    "`--output FILE` (or `--json` on standard output) writes the result of a run as one line of JSON; `lab merge -o` writes the joined ones. " +
      "`lab report`, `lab compare` and `lab merge` read them. Durations are microseconds and say so in their names (`…Us`), except `seconds`. " +
      "The format has a [JSON Schema](../../lib/report/result/result.schema.json); these tables are made from it.",
    fieldTable("#"),
    ...TABLES.flatMap((name) => [
      `## ${name}`,
      schemaAt(`#/$defs/${name}`).description ?? "",
      fieldTable(`#/$defs/${name}`),
    ]),
  );
}

function fieldTable(pointer: string): string {
  return table(
    ["Field", "Type", "Always there", "Meaning"],
    schemaFields(pointer).map((
      { path, type, isRequired, what },
    ) => [code(path), type, isRequired ? "yes" : "no", what]),
  );
}
