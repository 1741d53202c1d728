import assert from "node:assert/strict";
import { optionsFor } from "../lib/config/options.ts";
import { ROLES } from "../lib/config/option_spec.ts";
import { type Invocation, parseCommandLine, UsageError } from "./command.ts";

function flagsOf(...argv: string[]): Record<string, readonly string[]> {
  const invocation = parseCommandLine("producer", argv);
  assert.ok(invocation.kind === "run");
  return Object.fromEntries([...invocation.flags].map(([key, raw]) => [key, raw.texts]));
}

function usage(...argv: string[]): string {
  try {
    parseCommandLine("producer", argv);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  return "";
}

Deno.test("nothing on the command line says nothing", () => {
  assert.deepEqual(flagsOf(), {});
});

Deno.test("values are taken as they stand, in every spelling of a flag", () => {
  const wanted = { rate: ["5k"], size: ["1KiB"] };
  assert.deepEqual(flagsOf("-r", "5k", "-s", "1KiB"), wanted);
  assert.deepEqual(flagsOf("-r5k", "--size=1KiB"), wanted);
  assert.deepEqual(flagsOf("--rate", "5k", "--size", "1KiB"), wanted);
  assert.deepEqual(flagsOf("--rate", "-5"), { rate: ["-5"] });
});

Deno.test("repeated flags are all kept, for the parser to choose", () => {
  assert.deepEqual(flagsOf("--threshold", "a<1", "--threshold", "b<2", "-r", "1", "-r", "2"), {
    thresholds: ["a<1", "b<2"],
    rate: ["1", "2"],
  });
});

Deno.test("booleans can be switched either way, and the last word counts", () => {
  assert.deepEqual(flagsOf("--quiet", "--no-batching"), { quiet: ["true"], batching: ["false"] });
  assert.deepEqual(flagsOf("--no-quiet", "--quiet", "--batching", "--no-batching"), {
    quiet: ["true"],
    batching: ["false"],
  });
});

Deno.test("a negated flag is named as it was written", () => {
  const invocation = parseCommandLine("producer", ["--no-batching"]);
  assert.ok(invocation.kind === "run");
  assert.deepEqual(invocation.flags.get("batching")?.source, { kind: "flag", flag: "--no-batching" });
});

Deno.test("--no-color is --color never", () => {
  assert.deepEqual(flagsOf("--no-color"), { color: ["never"] });
  assert.deepEqual(flagsOf("--color", "always"), { color: ["always"] });
});

Deno.test("flags with an optional value may stand alone", () => {
  assert.deepEqual(flagsOf("--embedded", "-d", "1s"), { embedded: ["memory"], durationMs: ["1s"] });
  assert.deepEqual(flagsOf("--embedded=null"), { embedded: ["null"] });
  assert.deepEqual(flagsOf("--events"), { events: ["-"] });
});

Deno.test("every option of the table is understood", () => {
  for (const role of ROLES) {
    for (const entry of optionsFor(role)) {
      const argv = entry.kind.isBoolean ? [`--${entry.flag}`] : [`--${entry.flag}`, "x"];
      const invocation = parseCommandLine(role, argv);
      assert.ok(invocation.kind === "run");
      assert.deepEqual([...invocation.flags.keys()], [entry.key]);
    }
  }
});

Deno.test("questions about the program come before the run", () => {
  const cases: readonly (readonly [string[], Invocation])[] = [
    [["--help"], { kind: "show", what: "help" }],
    [["-h"], { kind: "show", what: "short-help" }],
    [["--rate", "nonsense", "--help"], { kind: "show", what: "help" }],
    [["-V"], { kind: "show", what: "version" }],
    [["--version"], { kind: "show", what: "version" }],
    [["--help-env"], { kind: "show", what: "environment" }],
    [["--list-profiles"], { kind: "show", what: "profiles" }],
    [["completions", "fish"], { kind: "completions", shell: "fish" }],
  ];
  for (const [argv, expected] of cases) {
    assert.deepEqual(parseCommandLine("consumer", argv), expected, argv.join(" "));
  }
});

Deno.test("the configuration file and its printing are told apart from settings", () => {
  assert.deepEqual(parseCommandLine("producer", ["-c", "a.yaml", "--print-config"]), {
    kind: "run",
    flags: new Map(),
    configFile: "a.yaml",
    print: "yaml",
  });
  const json = parseCommandLine("producer", ["--print-config=json"]);
  assert.equal(json.kind === "run" && json.print, "json");
});

Deno.test("what is not understood is told in one line, with what was meant", () => {
  assert.equal(usage("--rat", "5"), "unknown option '--rat' (did you mean '--rate'?)");
  assert.equal(usage("--zzzzzz"), "unknown option '--zzzzzz'");
  assert.equal(usage("-x"), "unknown option '-x'");
  assert.equal(usage("--rate"), "--rate needs a value, <rate>");
  assert.equal(usage("my-topic"), "unexpected argument 'my-topic'");
  assert.equal(usage("completion", "bash"), "unexpected argument 'completion' (did you mean 'completions'?)");
  assert.equal(usage("completions", "csh"), "shell: 'csh' is not valid: expected one of bash, zsh, fish");
  assert.equal(usage("completions"), "the argument <shell> is missing");
  assert.equal(usage("--print-config=xml"), "--print-config: 'xml' is not valid: expected one of yaml, json");
  for (const message of [usage("--rat"), usage("completions", "csh")]) assert.ok(!message.includes("\n"));
});
