import assert from "node:assert/strict";
import { Argument, Command, CommanderError, Option } from "commander";
import { usageText } from "./usage_text.ts";

/** What is said about a command line that the option library refuses. */
function refusal(...argv: string[]): string {
  const program = new Command("lab").exitOverride().configureOutput({ writeErr: () => {} });
  const sub = program.command("report")
    .addArgument(new Argument("<what>").choices(["pages", "lines"]))
    .option("-o, --output <file>", "where to")
    .addOption(new Option("-k, --kind [kind]").choices(["html", "text"]))
    .requiredOption("--pods <n>", "how many")
    .action(() => {});
  sub.exitOverride().configureOutput({ writeErr: () => {} });
  program.command("status").exitOverride().configureOutput({ writeErr: () => {} }).action(() => {});
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    assert.ok(error instanceof CommanderError);
    return usageText(error.message);
  }
  return assert.fail("was accepted");
}

Deno.test("a wrong command line is told in our own words, whatever is wrong with it", () => {
  assert.deepEqual(
    [
      refusal("reprot"),
      refusal("report", "--pods", "1"),
      refusal("report", "foo", "--pods", "1"),
      refusal("report", "pages"),
      refusal("report", "pages", "--pods", "1", "--kind", "pdf"),
      refusal("report", "pages", "--pods", "1", "-o"),
      refusal("report", "pages", "--pods", "1", "--outptu", "x"),
      refusal("status", "a", "b"),
      refusal("report", "pages", "lines", "--pods", "1"),
    ],
    [
      "unknown command 'reprot' (did you mean 'report'?)",
      "the argument <what> is missing",
      "what: 'foo' is not valid: expected one of pages, lines",
      "--pods <n> must be given",
      "--kind: 'pdf' is not valid: expected one of html, text",
      "--output needs a value, <file>",
      "unknown option '--outptu' (did you mean '--output'?)",
      "no argument is expected, not 'a, b'",
      "at most 1 expected, not 'pages, lines'",
    ],
  );
});
