/** What the steps of a scenario act upon: the admin interface, the embedded broker's faults, and programs. */
import type { BrokerHandle } from "../../../lib/broker/mod.ts";
import { ConfigError, placePrefix, type Problem, type Source } from "../../../lib/config/source.ts";
import { needsAdmin } from "../../../lib/scenario/topics/prepare.ts";
import { StepError, type StepWorld } from "../../../lib/scenario/steps/perform.ts";
import type { EmbeddedFault, Scenario, StepAction } from "../../../lib/scenario/types.ts";

/** What is at hand for steps. */
export interface Means {
  readonly hasAdmin: boolean;
  readonly isEmbedded: boolean;
  readonly allowCommands: boolean;
}

const WITHOUT_ADMIN: ReadonlySet<StepAction["kind"]> = new Set<StepAction["kind"]>([
  "stage",
  "pause",
  "resume",
  "hold",
  "rate",
  "size",
  "workers",
  "command",
  "fault",
]);

/**
 * Finds what cannot be done before anything is started.
 *
 * @throws {ConfigError} naming each place in the file
 */
export function checkMeans(scenario: Scenario, { hasAdmin, isEmbedded, allowCommands }: Means): void {
  const problems: Problem[] = [];
  const refuse = (source: Source, text: string): void => {
    problems.push({ message: `${placePrefix(source)}${text}`, source });
  };
  for (const { name, action, source } of scenario.steps) {
    if (!WITHOUT_ADMIN.has(action.kind) && !hasAdmin) {
      refuse(source, `step '${name}' takes the admin interface: give --admin-url`);
    }
    if (action.kind === "fault" && !isEmbedded) {
      refuse(source, `step '${name}' is a fault of the embedded broker: give --embedded, or use 'command'`);
    }
    if (action.kind === "command" && !allowCommands) {
      refuse(
        source,
        `step '${name}' runs '${action.words.join(" ")}' on this machine: give --allow-commands if it may`,
      );
    }
  }
  if (needsAdmin(scenario) && !hasAdmin) {
    refuse(
      { kind: "default" },
      "namespaces and partitioned topics take the admin interface: give --admin-url",
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
}

export function worldOf(
  admin: StepWorld["admin"],
  broker: BrokerHandle | undefined,
  allowCommands: boolean,
): StepWorld {
  return {
    admin,
    fault: broker === undefined ? undefined : (fault) => inject(broker, fault),
    command: allowCommands ? runProgram : undefined,
  };
}

async function inject({ hooks }: BrokerHandle, fault: EmbeddedFault): Promise<number> {
  switch (fault.kind) {
    case "dropConnections":
      return await hooks.dropConnections();
    case "stallReads":
      return await hooks.stallReads(fault.ms);
    case "delayReceipts":
      return await hooks.delayReceipts(fault.ms);
    case "forgetReceipts":
      return await hooks.forgetReceipts({ times: fault.times });
    case "corruptDeliveries":
      return await hooks.corruptDeliveries({ times: fault.times });
  }
}

/** A command may wait for what it causes, such as a rollout. */
const COMMAND_LIMIT_MS = 600_000;
/** Characters of it in results. */
const MOST_SHOWN = 80;

/** @throws {StepError} when the program cannot be started, or fails */
export async function runProgram(words: readonly string[], stopped?: AbortSignal): Promise<string> {
  const [program, ...args] = words as [string, ...string[]];
  const shown = shortened(words.join(" "));
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), COMMAND_LIMIT_MS);
  try {
    const command = new Deno.Command(program, {
      args,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: stopped === undefined ? limit.signal : AbortSignal.any([limit.signal, stopped]),
    });
    const { code, signal, stdout, stderr } = await command.output();
    const said = lastLine(stdout) || lastLine(stderr);
    if (code === 0) return `${shown}: ${said || "done"}`;
    const end = signal === null ? `exit code ${code}` : signal;
    throw new StepError(
      `command '${shown}' failed (${end}): ${lastLine(stderr) || said || "it said nothing"}`,
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new StepError(`command '${shown}': there is no program '${program}'`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw new StepError(
        `command '${shown}': this executable may not start '${program}'; from the source: ` +
          `deno run -P=lab --allow-run=${program} cli/lab.ts run …`,
      );
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** A step's line has room for what the command said, too. */
function shortened(command: string): string {
  return command.length <= MOST_SHOWN ? command : `${command.slice(0, MOST_SHOWN - 2)} …`;
}

function lastLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trimEnd().split("\n").at(-1)!.trim().slice(0, 200);
}
