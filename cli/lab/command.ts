/** `lab`: the demo, the broker alone, and what to do with results. Each command is a function from its arguments to an exit code. */
import { Command, CommanderError, Option } from "commander";
import { UsageError } from "../command.ts";
import { clean, cleanLines } from "../../lib/config/foreign_text.ts";
import { FIGURE_KEYS } from "../../lib/report/compare/compare.ts";
import { completionScript, programOf } from "../completions/completions.ts";
import { type CompletionProgram, isShell, SHELLS } from "../completions/spec.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { addBrokerCommand, BROKER_EXAMPLES } from "./broker_command.ts";
import { addClusterCommands } from "./cluster/commands.ts";
import { CLUSTER_EXAMPLES } from "./cluster/manual.ts";
import { WEB_TARGETS } from "./cluster/names.ts";
import { ProgramTools } from "./cluster/tools.ts";
import { thisMachine } from "./cluster/machine.ts";
import { completionsOf, type KnownValue } from "../completions/lab.ts";
import { addRunCommand, RUN_EXAMPLES } from "./run/command.ts";
import { gather } from "./values.ts";
import { outputWidth, print, readEnv, withoutSeparator } from "../console.ts";
import { reportError } from "../main.ts";
import { isRole, runRole } from "../role.ts";
import { usageText } from "../usage_text.ts";
import { versionText } from "../build_info.ts";

/** Runs one invocation of `lab`. */
export async function runLab(argv: readonly string[]): Promise<ExitCode> {
  // The demo's arguments are the producer's own, so they are not commander's to judge.
  if (argv[0] === "demo") {
    const { demo } = await import("./demo.ts");
    return await demo(withoutSeparator(argv.slice(1)));
  }
  let code: ExitCode = EXIT.ok;
  const program = labProgram((result) => code = result);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError("lab", error);
    // Help and version end by exception too, with code 0.
    if (error.exitCode === 0) return EXIT.ok;
    // Help without a command has been printed.
    return error.code === "commander.help"
      ? EXIT.usage
      : reportError("lab", usageError(error, program, argv));
  }
}

/** Asks where somebody can answer. */
async function askTerminal(question: string): Promise<string | undefined> {
  if (!Deno.stdin.isTerminal()) return undefined;
  Deno.stderr.writeSync(new TextEncoder().encode(`${question} `));
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) return text.trim();
  return "";
}

/** Commander's message as one line in our own words. */
function usageError(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const isCommand = program.commands.some((command) => command.name() === argv[0]);
  return new UsageError(`${usageText(error.message)}; see 'lab ${isCommand ? `${argv[0]} ` : ""}--help'`, {
    cause: error,
  });
}

/** The commands; exported for what reads them. */
export function labProgram(done: (code: ExitCode) => void): Command {
  const program = new Command("lab")
    .description(
      "Companion of producer and consumer: a demo that needs no server, a broker for any client, a lab in Minikube, load from many pods, and " +
        "everything about results.",
    )
    .version(versionText("lab"), "-V, --version", "print version and build")
    .helpOption("-h, --help", "print this help")
    .configureHelp({ helpWidth: outputWidth(), showGlobalOptions: true })
    .configureOutput({ writeOut: (text) => print(text), outputError: () => {} })
    .exitOverride();
  program.addHelpText("before", EXAMPLES);
  program.command("demo [options...]")
    .description("Start an embedded broker, a consumer and a producer together; options are the producer's");
  program.command("producer [options...]")
    .description("Send messages: the program 'producer'");
  program.command("consumer [options...]")
    .description("Receive and verify messages: the program 'consumer'");
  addBrokerCommand(program, {
    print: (text) => print(text),
    say: (text) => console.error(`lab broker: ${text}`),
    env: readEnv,
    done,
  });
  addRunCommand(program, done);
  program.command("report <results...>")
    .description("Write one self-contained HTML page about one or several results")
    .option("-o, --output <file>", "where to write it; '-' is standard output", "report.html")
    .addOption(
      new Option("--markdown", "print a summary as Markdown instead, for the page of a build").conflicts(
        "output",
      ),
    )
    .action(async (results, { markdown, output }) => {
      const { labReport, labReportMarkdown } = await import("./results.ts");
      done(markdown ? await labReportMarkdown(results) : await labReport(results, output));
    });
  program.command("compare <results...>")
    .description("Compare two results, or two groups separated by 'vs'")
    .option("--fail-if <rule>", COMPARE_RULE_HELP, gather, [])
    .option("--json", "print the comparison as JSON")
    .option("--markdown", "print it as Markdown, for a pull request")
    .option("--no-color", "plain text")
    .action(async (results, options) => {
      const { labCompare } = await import("./results.ts");
      done(await labCompare(results, options));
    });
  program.command("merge <results...>")
    .description("Join the results of several instances of one run; '-' reads a log from standard input")
    .option("-o, --output <file>", "write the joined results as JSON lines; '-' is standard output")
    .option("--no-color", "plain text")
    .action(async (results, options) => {
      const { labMerge } = await import("./results.ts");
      done(await labMerge(results, options.output, options.color));
    });
  addClusterCommands(program, {
    world: {
      tools: new ProgramTools((line) => console.error(`    ${clean(line)}`)),
      machine: thisMachine,
      ask: askTerminal,
      say: (text) => console.error(cleanLines(text)),
      print: (text) => print(text),
    },
    done,
    runRole,
    env: readEnv,
  });
  program.command("completions")
    .argument("<shell>", SHELLS.join(", "))
    .description("Print a completion script")
    .action((shell) => {
      if (!isShell(shell)) {
        program.error(`error: shell '${shell}' is not known, expected ${SHELLS.join(", ")}`);
      } else print(`${completionScript(shell, withLoads(completionsOf(program, COMPLETED)))}\n`);
    });
  // Each command shows the examples that are its own.
  for (const command of program.commands) {
    const own = EXAMPLES.split("\n").filter((line) => line.includes(`lab ${command.name()}`));
    if (own.length > 0) command.addHelpText("before", ["Examples:", ...own, ""].join("\n"));
  }
  return program;
}

/** Commands that take the options of a load, which commander does not know. */
function withLoads(program: CompletionProgram): CompletionProgram {
  const commands = program.commands?.map((command): CompletionProgram => {
    const role = command.name === "demo" ? "producer" : command.name;
    return isRole(role) ? { ...command, options: programOf(role).options } : command;
  });
  return { ...program, commands };
}

const COMPARE_RULE_HELP =
  `exit code 99 when the medians have changed so much, as in 'response.p99>+10%' or ` +
  `'rate<-5%'; may be repeated; figures: ${FIGURE_KEYS.join(", ")}`;

/** Examples of all commands, for the help and the man page. */
export const EXAMPLES = `Examples:
  lab demo                                   messages flow, no server needed
${RUN_EXAMPLES}${BROKER_EXAMPLES}  lab report run.json -o report.html         one page that can be mailed
  lab report run.json --markdown             a summary for the page of a build
  lab compare before.json after.json         what changed between two runs
  lab compare a1.json a2.json vs b*.json     several runs a side: spread included
  lab compare base.json new.json --fail-if 'response.p99>+10%' --markdown
  kubectl logs -l app=load --tail=-1 | lab merge -
${CLUSTER_EXAMPLES}`;

/** Placeholders of options, and names of arguments. */
const COMPLETED: Readonly<Record<string, KnownValue>> = {
  file: { files: true },
  path: { files: true },
  results: { files: true },
  rule: { words: FIGURE_KEYS, arePrefixes: true },
  what: { words: WEB_TARGETS },
  shell: { words: SHELLS },
};
