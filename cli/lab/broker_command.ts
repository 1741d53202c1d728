/** `lab broker` as commander knows it. */
import { type Command, Option } from "commander";
import { secretEnvName, tokenFile } from "../../lib/config/pulsar_values.ts";
import { parseBytes, ValueError } from "../../lib/config/units.ts";
import { UsageError } from "../command.ts";
import type { ExitCode } from "../exit_codes.ts";
import type { LabBrokerOptions, LabBrokerWorld } from "./broker.ts";
import { countOf, valid } from "./values.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

export interface BrokerHooks extends Omit<LabBrokerWorld, "signal"> {
  done(code: ExitCode): void;
}

export function addBrokerCommand(program: Command, { done, ...world }: BrokerHooks): void {
  program.command("broker")
    .description(
      "Run the embedded broker alone until Ctrl-C, for clients in any language; see docs/embedded-broker.md for what it can",
    )
    .option("--port <port>", "port for clients; 0 is any that is free", portOf, 6650)
    .option("--web-port <port>", "port of the admin interface; 0 is any that is free", portOf, 8080)
    .option("--address <address>", "address to listen on; 0.0.0.0 is every one of this machine", "127.0.0.1")
    .option("--token-file <file>", "file with the token that clients must bring")
    .option("--token-env <name>", "environment variable that holds it; its name begins with PULSAR_ or PLL_")
    .option("--deduplication", "store what is sent again only once")
    .option("--partitions <n>", "partitions of a topic that its first use creates", countOf(0, 10_000), 0)
    .addOption(
      new Option("--memory <size>", "what all messages together may take")
        .argParser(bytesOf(8 * MIB, 64 * GIB)).default(256 * MIB, "256 MiB"),
    )
    .addOption(
      new Option("--max-message-size <size>", "largest message")
        .argParser(bytesOf(1024, 512 * MIB)).default(5 * MIB, "5 MiB"),
    )
    .option("--json", "print the addresses as one line of JSON")
    .action(async (given) => {
      const options: LabBrokerOptions = {
        address: given.address,
        port: given.port,
        webPort: given.webPort,
        tokenFile: secretValue("--token-file", given.tokenFile),
        tokenEnv: secretValue("--token-env", given.tokenEnv),
        deduplication: given.deduplication ?? false,
        partitions: given.partitions,
        memoryBytes: given.memory,
        maxMessageBytes: given.maxMessageSize,
        json: given.json ?? false,
      };
      const { labBroker } = await import("./broker.ts");
      done(await untilSignal((signal) => labBroker(options, { ...world, signal })));
    });
}

/** Checked here and not by commander, which repeats what is wrong: it may be a token, pasted by mistake. */
function secretValue(flag: "--token-file" | "--token-env", text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return (flag === "--token-file" ? tokenFile : secretEnvName).parse([text]);
  } catch (cause) {
    if (!(cause instanceof ValueError)) throw cause;
    throw new UsageError(`${flag}: expected ${cause.expected}`, { cause });
  }
}

/** A second signal ends the process at once, as without a listener. */
async function untilSignal<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
  const stop = (): void => {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
    controller.abort();
  };
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  try {
    return await run(controller.signal);
  } finally {
    if (!controller.signal.aborted) stop();
  }
}

function portOf(text: string): number {
  return countOf(0, 65_535)(text);
}

function bytesOf(min: number, max: number): (text: string) => number {
  return (text) => valid(() => parseBytes(text, { min, max }));
}

export const BROKER_EXAMPLES =
  `  lab broker                                 a broker for any client, at pulsar://localhost:6650
  lab broker --port 0 --web-port 0 --json    for scripts: ports that are free, addresses as JSON
`;
