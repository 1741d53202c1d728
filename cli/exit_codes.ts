/** What the executables say to scripts. The numbers are promised: scripts depend on them. */
export const EXIT = {
  ok: 0,
  runtime: 1,
  usage: 2,
  integrity: 98,
  thresholds: 99,
  configuration: 104,
  interrupted: 105,
} as const;
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** Each code with its meaning, for the help. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, "the run ended as asked, and all thresholds hold"],
  [EXIT.runtime, "the run failed: no connection, an error of the broker, an unwritable result"],
  [EXIT.usage, "the command line is wrong; nothing was started"],
  [EXIT.integrity, "messages were lost, duplicated, reordered or damaged"],
  [EXIT.thresholds, "a threshold was not met"],
  [EXIT.configuration, "the environment, a file, or a profile is wrong; nothing was started"],
  [EXIT.interrupted, "stopped by a signal; the results so far were reported"],
];
