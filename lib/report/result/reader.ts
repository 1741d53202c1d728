/**
 * Finds results in a stream: one JSON document, or lines of a log in which some carry a result, a scenario or a sweep.
 * Only those are kept, so that a log of any size takes no more memory than the results in it.
 */
import { RESULT_KIND } from "./types.ts";
import { KIND_MARK, parseRecord, SCENARIO_KIND, type ScenarioRecord, type SweepRecord } from "./records.ts";
import { parseResults, RESULT_MARK, ResultError, type RunResult } from "./result.ts";

/** Longest text of one result. A string of this runtime cannot be much longer. */
const MOST_CHARS = 400 * 1024 * 1024;
/** This much of a text without a result is kept for the error message. */
const HEAD_CHARS = 64 * 1024;

/** A scenario with the results of its groups, in the order of `record.groups`. */
export interface ScenarioResults {
  readonly record: ScenarioRecord;
  readonly results: readonly RunResult[];
}

/** A sweep with the results of each combination, in the order of `record.points`. */
export interface SweepResults {
  readonly record: SweepRecord;
  readonly results: readonly (readonly RunResult[])[];
}

export interface LabRecords {
  /** All of them, those of scenarios and sweeps among them. */
  readonly results: readonly RunResult[];
  readonly scenarios: readonly ScenarioResults[];
  readonly sweeps: readonly SweepResults[];
}

/**
 * Reads all results of a stream to its end, and what they belong to.
 *
 * @param origin where it comes from, for messages
 * @throws {ResultError} as `parseResults` and `parseRecord`, and for a record whose results are missing
 */
export async function readRecordStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  origin: string,
): Promise<LabRecords> {
  const reader = new ResultReader(origin);
  for await (const text of stream.pipeThrough(new TextDecoderStream())) reader.push(text);
  const results = reader.end();
  const records = reader.records;
  const scenarios: ScenarioResults[] = [];
  const sweeps: SweepResults[] = [];
  records.forEach(({ record, from }, index) => {
    // A sweep reaches over the scenarios of its combinations, a scenario to the next record.
    const next = records.find((other, at) =>
      at > index && (record.kind === SCENARIO_KIND || other.record.kind === record.kind)
    );
    const own = results.slice(from, next?.from);
    const at = (result: number): RunResult => {
      const found = own[result];
      if (found !== undefined) return found;
      throw new ResultError(
        "RESULT_TRUNCATED",
        origin,
        `is cut short: '${record.name}' names result ${result + 1}, and ${own.length} follow it`,
      );
    };
    if (record.kind === SCENARIO_KIND) {
      scenarios.push({ record, results: record.groups.map(({ result }) => at(result)) });
    } else {
      sweeps.push({
        record,
        results: record.points.map((point) => point.results.map(({ result }) => at(result))),
      });
    }
  });
  return { results, scenarios, sweeps };
}

/**
 * Reads all results of a stream to its end.
 *
 * @param origin where it comes from, for messages
 * @throws {ResultError} as `parseResults`
 */
export async function readResultStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  origin: string,
): Promise<RunResult[]> {
  const reader = new ResultReader(origin);
  for await (const text of stream.pipeThrough(new TextDecoderStream())) reader.push(text);
  return reader.end();
}

class ResultReader {
  readonly #origin: string;
  readonly #results: RunResult[] = [];
  /** Each with the number of results before it. */
  readonly records: { readonly record: ScenarioRecord | SweepRecord; readonly from: number }[] = [];
  /** Undefined until the first line was read. */
  #isLog: boolean | undefined;
  /** The text begins with a brace. */
  #isBraced = false;
  /** All of a document; of a log, its beginning. */
  #head = "";
  #isHeadAll = true;
  #line = "";
  #isMarked = false;
  #number = 1;
  /** A result on the first line, which may be all there is. */
  #first: string | undefined;

  constructor(origin: string) {
    this.#origin = origin;
  }

  push(text: string): void {
    if (this.#isLog === true) return this.#feed(text);
    this.#head += text;
    this.#checkLength(this.#head);
    // Decided again only at a line end: a line of a hundred megabytes comes in many pieces.
    if (this.#isLog === undefined && (!this.#isBraced || text.includes("\n"))) this.#decide();
  }

  end(): RunResult[] {
    if (this.#isLog !== true) return parseResults(this.#head, this.#origin);
    const lines = this.#number - (this.#line === "" ? 1 : 0);
    this.#endLine();
    if (this.#first !== undefined) this.#results.unshift(...parseResults(this.#first, this.#origin));
    if (this.#results.length > 0) return this.#results;
    if (this.#isHeadAll) return parseResults(this.#head, this.#origin);
    throw new ResultError(
      "RESULT_SYNTAX",
      this.#origin,
      `holds no result in its ${lines} lines; expected a result of --output, or a log with one`,
    );
  }

  /** A document that was laid out for people has a first line that is no JSON by itself; everything else are lines. */
  #decide(): void {
    const start = this.#head.trimStart();
    if (start === "") return;
    const lineEnd = start.indexOf("\n");
    this.#isBraced = start.startsWith("{");
    if (this.#isBraced) {
      if (lineEnd < 0) return;
      const line = start.slice(0, lineEnd);
      if (/^\{\s*("|$)/.test(line) && isOfDocument(line)) {
        this.#isLog = false;
        return;
      }
    }
    this.#isLog = true;
    const text = this.#head;
    this.#head = "";
    this.#feed(text);
  }

  #feed(text: string): void {
    if (this.#isHeadAll) {
      this.#head += text;
      this.#isHeadAll = this.#head.length <= HEAD_CHARS;
      if (!this.#isHeadAll) this.#head = "";
    }
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      this.#append(text.slice(from, at));
      this.#endLine();
      from = at + 1;
    }
    this.#append(text.slice(from));
  }

  #append(text: string): void {
    this.#line += text;
    if (this.#isMarked) return this.#checkLength(this.#line);
    this.#isMarked = this.#line.includes(KIND_MARK);
    // A line that goes on and on: a mark may have begun at its end.
    if (!this.#isMarked && this.#line.length > HEAD_CHARS) this.#line = this.#line.slice(-KIND_MARK.length);
  }

  #endLine(): void {
    const line = this.#line;
    if (this.#isMarked) {
      const text = line.slice(line.indexOf(KIND_MARK));
      const record = parseRecord(text, `${this.#origin}:${this.#number}`);
      if (record !== undefined) {
        const from = this.#results.length + (this.#first === undefined ? 0 : 1);
        this.records.push({ record, from });
      } else if (!text.startsWith(RESULT_MARK)) {
        // Of a later version of this tool, or of something else; no result in any case.
      } else if (this.#number === 1 && text === line) this.#first = text;
      else {
        if (this.#first !== undefined) this.#results.push(...parseResults(this.#first, `${this.#origin}:1`));
        this.#first = undefined;
        this.#results.push(...parseResults(text, `${this.#origin}:${this.#number}`));
      }
    }
    this.#line = "";
    this.#isMarked = false;
    this.#number++;
  }

  #checkLength(text: string): void {
    if (text.length <= MOST_CHARS) return;
    throw new ResultError("RESULT_SYNTAX", this.#origin, `holds more than ${MOST_CHARS} characters at once`);
  }
}

/** Whether a first line belongs to a document: it is no JSON by itself, or a result whose fields were sorted. */
function isOfDocument(line: string): boolean {
  // One that was cut short is a line too, and told as what it is.
  if (line.startsWith(KIND_MARK)) return false;
  try {
    return (JSON.parse(line) as { kind?: unknown }).kind === RESULT_KIND;
  } catch {
    return true;
  }
}
