/** The files that `lab run` leaves behind: result lines, the page, the summary in another tool's shape. */
import type { Layer } from "../../../lib/config/config_file.ts";
import { scenarioHtml, sweepHtml } from "../../../lib/report/page/html.ts";
import { type Output, type OutputError, prepareOutput } from "../../../lib/report/formats/write.ts";
import { recordLine } from "../../../lib/report/result/records.ts";
import { resultLine, type RunResult } from "../../../lib/report/result/result.ts";
import type { ScenarioRecord, SweepRecord } from "../../../lib/report/result/scenario_types.ts";

/** What one scenario, or one combination of a sweep, has left. */
export interface Done {
  readonly record: ScenarioRecord;
  readonly results: readonly RunResult[];
}

export class RunOutputs {
  readonly usesStdout: boolean;
  readonly #lines: readonly Output[];
  readonly #page: Output | undefined;

  private constructor(usesStdout: boolean, lines: readonly Output[], page: Output | undefined) {
    this.usesStdout = usesStdout;
    this.#lines = lines;
    this.#page = page;
  }

  /**
   * Tries everything before anything is started.
   *
   * @throws {OutputError} naming what cannot be used
   */
  static async open(flags: Layer): Promise<RunOutputs> {
    const path = flags.get("output")?.texts.at(-1);
    const page = flags.get("html")?.texts.at(-1);
    const isJson = flags.get("json")?.texts.at(-1) === "true";
    const lines = [...(path === undefined ? [] : [path]), ...(isJson && path !== "-" ? ["-"] : [])];
    return new RunOutputs(
      lines.includes("-") || page === "-",
      await Promise.all(lines.map((line) => prepareOutput(line))),
      page === undefined ? undefined : await prepareOutput(page),
    );
  }

  /** @returns what could not be written */
  async write(done: readonly Done[], sweep?: SweepRecord): Promise<OutputError[]> {
    const text = [
      ...(sweep === undefined ? [] : [recordLine(sweep)]),
      ...done.flatMap(({ record, results }) => [recordLine(record), ...results.map(resultLine)]),
    ].join("");
    const problems = await Promise.all([
      ...this.#lines.map((line) => line.commit(text)),
      this.#page?.commit(pageOf(done, sweep)),
    ]);
    return problems.filter((problem) => problem !== undefined);
  }
}

function pageOf(done: readonly Done[], sweep: SweepRecord | undefined): string {
  if (sweep !== undefined) return sweepHtml(sweep, done.map(({ results }) => results));
  const [{ record, results }] = done as [Done];
  return scenarioHtml(record, results);
}
