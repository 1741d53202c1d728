/** The one table of exit codes. The numbers are stable: scripts depend on them. */
export const EXIT_CODES = {
  ok: 0,
  failure: 1,
  usage: 2,
  integrity: 98,
  thresholds: 99,
  configuration: 104,
  interrupted: 105,
} as const;
export type ExitCode = typeof EXIT_CODES[keyof typeof EXIT_CODES];

/** Each code with its meaning, for the help and the README. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT_CODES.ok, "the run ended as asked, and all thresholds hold"],
  [
    EXIT_CODES.failure,
    "the run failed: no connection, messages never acknowledged, a planned number not reached, an unwritable result",
  ],
  [EXIT_CODES.usage, "the command line is wrong; nothing was started"],
  [EXIT_CODES.integrity, "messages were lost, duplicated, reordered or damaged, or none could be verified"],
  [EXIT_CODES.thresholds, "a threshold was not met, or what it judges was never measured"],
  [EXIT_CODES.configuration, "the environment, a file, a port or a profile is wrong; nothing was started"],
  [EXIT_CODES.interrupted, "stopped by 'q', Ctrl-C or a signal; what was measured so far is reported"],
];

/** Codes after which a retry is pointless: the same run would end the same way. */
export const FINAL_EXIT_CODES: readonly ExitCode[] = [
  EXIT_CODES.usage,
  EXIT_CODES.integrity,
  EXIT_CODES.thresholds,
  EXIT_CODES.configuration,
];

/** Strongest first, as the reasons of a verdict. */
const PRECEDENCE: readonly number[] = [
  EXIT_CODES.failure,
  EXIT_CODES.integrity,
  EXIT_CODES.thresholds,
  EXIT_CODES.interrupted,
];

/** The exit code of several runs together: the worst one. */
export function worstCode(codes: readonly number[]): ExitCode {
  const worst = PRECEDENCE.find((code) => codes.includes(code)) ??
    codes.find((code) => code !== EXIT_CODES.ok);
  return (worst ?? EXIT_CODES.ok) as ExitCode;
}
