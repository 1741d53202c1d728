/** The page of the event lines: their kinds, and where their fields are described. */
import { EVENTS } from "../../lib/report/formats/events.ts";
import { code, page, prose, sentence, table } from "./markdown.ts";
import { schemaFields } from "./schema_fields.ts";

/** Those of a record that an event carries too: the encoded histograms belong to the result file. */
const RECORDS = {
  interval: () => schemaFields("#/$defs/interval"),
  change: () => schemaFields("#/properties/changes/items"),
} as const;

export function eventsPage(): string {
  return page(
    "# Events",
    "`--events FILE` writes one line of JSON for each event of a run, while it goes on; without a file they go to standard output. Each line has " +
      "`event`, the kind of the line, and `runId`, the name of the run. Lines of one `epoch` add up to the measured part.",
    table(["Event", "When"], EVENTS.map(({ event, when }) => [code(event), prose(when)])),
    ...EVENTS.flatMap(({ event, when, fields, record }) => {
      const rows = [
        ...fields.map(([name, what]) => [code(name), "", sentence(what)]),
        ...(record === undefined
          ? []
          : RECORDS[record]().map(({ path, type, what }) => [code(path), type, what])),
      ];
      return [
        `## ${event}`,
        sentence(when),
        table(["Field", "Type", "Meaning"], rows.filter(([name]) => !name!.endsWith(".hdr`"))),
      ];
    }),
    "Distributions in `latency` and `batchSize` have the fields that [the result](result.md#histogram) describes, without `hdr`.",
  );
}
