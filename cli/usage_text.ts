/** What the option library says about a wrong command line, put into the words of our own messages. */

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^error: /, ""],
  [/\.$/, ""],
  [/\s*\(Did you mean (?:one of )?(.*?)\?\)/, " (did you mean '$1'?)"],
  [/\(did you mean '(--?[\w-]+), (.*?)'\?\)/, "(did you mean '$1' or '$2'?)"],
  [/^command-argument value '(.*)' is invalid for argument '(.*?)'\. (.*)$/s, "$2: '$1' is not valid: $3"],
  [/^option '(?:-\w, )?(--[\w-]+).*?' argument '(.*)' is invalid\. (.*)$/s, "$1: '$2' is not valid: $3"],
  [/^option '(?:-\w, )?(--[\w-]+)( .*?)?' argument missing$/, "$1 needs a value,$2"],
  [/^missing required argument '(.*?)'$/, "the argument <$1> is missing"],
  [/^required option '(?:-\w, )?(--[\w-]+.*?)' not specified$/, "$1 must be given"],
  [
    /^too many arguments(?: for '.*?')?\. Expected 0 arguments? but got \d+(.*)$/s,
    "no argument is expected$1",
  ],
  [
    /^too many arguments(?: for '.*?')?\. Expected (\d+) arguments? but got \d+(.*)$/s,
    "at most $1 expected$2",
  ],
  [/\b(?:It can be|Allowed choices are) /, "expected one of "],
  [/\bIt must be /, "expected "],
  [/^((?:no argument|at most \d+).*?): (.*)$/, "$1, not '$2'"],
];

/** One line without a full stop: the bad value, where it stands, and what would be right. */
export function usageText(message: string): string {
  return RULES.reduce((text, [pattern, words]) => text.replace(pattern, words), message);
}
