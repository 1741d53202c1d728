/**
 * Runs the integration tests around one shared broker: `deno task test:integration [FILE…] [-- OPTION…]`.
 *
 * Arguments go to `deno test`; without a path, everything in tests/integration runs.
 */
import { brokerUnavailable, SHARED_BROKER_VARIABLE } from "./shared_broker.ts";
import { startBroker } from "./real_broker.ts";

async function main(args: readonly string[]): Promise<number> {
  const env: Record<string, string> = {};
  const reason = await brokerUnavailable();
  if (reason !== undefined) console.error(`Real broker: ${reason}; tests that need it are skipped.`);
  await using broker = reason === undefined ? await startBroker() : undefined;
  if (broker !== undefined) {
    const { serviceUrl, adminUrl, pid } = broker;
    env[SHARED_BROKER_VARIABLE] = JSON.stringify({ serviceUrl, adminUrl, pid });
  }
  const paths = args.some((arg) => !arg.startsWith("-")) ? [] : ["tests/integration"];
  const tests = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--quiet", "--no-check", "--preload", "tests/support/time_limit.ts"],
      // Brokers, binaries, shells, terminals and browsers are what these tests are about.
      "-P=integration",
      ...args,
      ...paths,
    ],
    env,
  }).spawn();
  // Ctrl-C reaches the tests too; stay until they have ended, then stop the broker.
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => {});
  return (await tests.status).code;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
