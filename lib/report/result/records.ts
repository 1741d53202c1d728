/** Reads and writes the lines of scenarios and sweeps; a result's own are in result.ts. */
import { printableJson } from "../../config/foreign_text.ts";
import { RESULT_SCHEMA, ResultError } from "./result.ts";
import {
  SCENARIO_KIND,
  SCENARIO_SCHEMA_VERSION,
  type ScenarioRecord,
  SWEEP_KIND,
  SWEEP_SCHEMA_VERSION,
  type SweepRecord,
} from "./scenario_types.ts";
import scenarioSchema from "./scenario.schema.json" with { type: "json" };
import sweepSchema from "./sweep.schema.json" with { type: "json" };
import { checkSchema, type Schema } from "./schema_check.ts";
import { histogramOfRecord, spanOfRecord } from "./span_record.ts";

export * from "./scenario_types.ts";

/** How the text of every record begins, whatever it is of. */
export const KIND_MARK = '{"kind":"pulsar-local-lab/';

export function recordLine(record: ScenarioRecord | SweepRecord): string {
  return printableJson(JSON.stringify(record)) + "\n";
}

const RESULT_ID = "urn:pulsar-local-lab:result:1";

/** A schema that names parts of the result's, with all of that one inside. */
function whole(schema: Schema): Schema {
  const at = (reference: string): string => reference.replace(/^#\//, "#/$defs/result/");
  const inside = rewrite(RESULT_SCHEMA, at) as Schema;
  const own = rewrite(
    schema,
    (reference) => reference.replace(`${RESULT_ID}#/`, "#/$defs/result/"),
  ) as Schema;
  return { ...own, $defs: { ...own.$defs as Schema | undefined, result: inside } };
}

function rewrite(value: unknown, of: (reference: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, of));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, item],
    ) => [key, key === "$ref" && typeof item === "string" ? of(item) : rewrite(item, of)]),
  );
}

/** The published schemas, each complete. */
export const SCENARIO_SCHEMA: Schema = whole(scenarioSchema);
export const SWEEP_SCHEMA: Schema = whole(sweepSchema);

const KINDS = {
  [SCENARIO_KIND]: { schema: SCENARIO_SCHEMA, version: SCENARIO_SCHEMA_VERSION, word: "scenario" },
  [SWEEP_KIND]: { schema: SWEEP_SCHEMA, version: SWEEP_SCHEMA_VERSION, word: "sweep" },
} as const;

/**
 * Reads one record of a scenario or of a sweep; undefined for text that is of another kind.
 *
 * @param origin where the text came from, for messages
 * @throws {ResultError} when it is cut short, of another version, of the wrong shape, or carries a damaged histogram
 */
export function parseRecord(text: string, origin: string): ScenarioRecord | SweepRecord | undefined {
  const kind = Object.keys(KINDS).find((name) => text.startsWith(`{"kind":"${name}"`));
  if (kind === undefined) return undefined;
  const { schema, version, word } = KINDS[kind as keyof typeof KINDS];
  let value: { schemaVersion?: unknown };
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ResultError("RESULT_TRUNCATED", origin, `holds a ${word} that is cut short: ${detail}`, {
      cause,
    });
  }
  if (value.schemaVersion !== version) {
    const found = JSON.stringify(value.schemaVersion) ?? "missing";
    throw new ResultError(
      "RESULT_VERSION",
      origin,
      `has ${word} version ${found}; this tool reads version ${version}`,
    );
  }
  const problem = checkSchema(value, schema);
  if (problem !== undefined) {
    const path = problem.path === "result" ? word : problem.path;
    throw new ResultError("RESULT_SHAPE", origin, `has a wrong shape at '${path}': ${problem.problem}`);
  }
  // The shape was checked against the schema, which the types repeat.
  const record = value as unknown as ScenarioRecord | SweepRecord;
  if (record.endedAtUs < record.startedAtUs) {
    throw new ResultError("RESULT_SHAPE", origin, `has a ${word} that ended before it started`);
  }
  if (record.kind === SCENARIO_KIND) checkSteps(record, origin);
  return record;
}

/** Decodes every histogram once: a damaged one is told here and not by what draws it. */
function checkSteps({ steps }: ScenarioRecord, origin: string): void {
  for (const [index, { outages, inside }] of steps.entries()) {
    try {
      for (const record of Object.values(outages)) histogramOfRecord(record);
      for (const record of Object.values(inside)) spanOfRecord(record);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      throw new ResultError(
        "RESULT_SHAPE",
        origin,
        `has a damaged histogram in 'steps[${index}]': ${detail}`,
        {
          cause,
        },
      );
    }
  }
}
