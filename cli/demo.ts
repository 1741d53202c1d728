/** `lab demo`: an embedded broker, a consumer and a producer in one process, with the counters of both live. */
import type { RunConfig } from "../lib/config/run_config.ts";
import { startBrokerInWorker } from "../lib/broker/mod.ts";
import { pointedAt } from "./embedded.ts";
import type { ExitCode } from "./exit_codes.ts";
import { loadOrPrint, readEnv, reportError } from "./main.ts";
import { Session } from "./session.ts";

const DEFAULTS = ["--workers", "2", "--rate", "20k", "--duration", "30s"];
/** Options of the producer that the consumer of the demo shares. */
const SHARED = ["--workers", "--topic", "--partitions", "--verify"];

/** Arguments are the producer's; without any, a load that every machine can take. */
export async function demo(argv: readonly string[]): Promise<ExitCode> {
  const runId = crypto.randomUUID().slice(0, 8);
  const producer = loadOrPrint("producer", ["--run-id", runId, ...(argv.length === 0 ? DEFAULTS : argv)]);
  if (typeof producer === "number") return producer;
  const consumer = loadOrPrint("consumer", [
    "--run-id",
    producer.config.runId,
    "--initial-position",
    "earliest",
    ...sharedOptions(argv.length === 0 ? DEFAULTS : argv),
  ]);
  if (typeof consumer === "number") return consumer;
  let code: ExitCode;
  try {
    const broker = await startBrokerInWorker();
    try {
      const plans = [producer, consumer].map(({ config, sources }) => {
        return {
          config: pointedAt<RunConfig>({ ...config, embedded: "memory" } as RunConfig, broker),
          sources,
        };
      });
      code = await new Session(plans, readEnv).run();
    } finally {
      await broker.stop();
    }
  } catch (error) {
    return reportError("lab demo", error, producer.config);
  }
  return code;
}

function sharedOptions(argv: readonly string[]): string[] {
  const shared: string[] = [];
  for (const [index, word] of argv.entries()) {
    if (SHARED.some((name) => word.startsWith(`${name}=`))) shared.push(word);
    else if (SHARED.includes(word) && argv[index + 1] !== undefined) shared.push(word, argv[index + 1]!);
  }
  return shared;
}
