/** The page of exit codes and of the findings that a verdict is made of. */
import { EXIT_MEANINGS, FINAL_EXIT_CODES } from "../../lib/report/result/exit_codes.ts";
import { FINDINGS } from "../../lib/report/result/verdict.ts";
import { page, prose, table } from "./markdown.ts";

/** Code and meaning. */
export function exitCodeTable(): string {
  return table(
    ["code", "meaning"],
    EXIT_MEANINGS.map(([exitCode, meaning]) => [String(exitCode), prose(meaning)]),
  );
}

export function exitCodesPage(): string {
  return page(
    "# Exit codes and verdicts",
    "The numbers are stable: scripts may depend on them.",
    exitCodeTable(),
    `After ${list(FINAL_EXIT_CODES.map(String))} a retry is pointless: the same run would end the same way.`,
    "## Findings",
    'A verdict is three findings. `✓` stands for a proof only, never for "nothing was looked at"; every reason is named, with numbers ' +
      "(`3,280 messages were never acknowledged; no connection since 0:08 (ConnectionRefused)`), and the first of 1, 98, 99, 105 that applies is " +
      "the exit code. A missing proof gives way to 99 and 105.",
    table(
      ["about", "finding", "what it says", "exit code"],
      FINDINGS.map(({ about, finding, meaning, exitCode }, index) => [
        FINDINGS[index - 1]?.about === about ? "" : about,
        finding,
        prose(meaning),
        String(exitCode),
      ]),
    ),
    "One consumer of several (`--instances`) may get nothing and end with 0; `lab merge` judges what all of them verified together. `-n` with " +
      "`-d` is a number to be reached within a time. Time without a connection is no silence for `--idle`. A run that waits for silence, or for a " +
      "number without `-d`, fails after five minutes without any connection.",
  );
}

function list(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
