/**
 * One broker for a whole run of the integration tests, and the decision whether they can run at all.
 */
import { BrokerAdmin } from "./broker_admin.ts";
import { installed } from "./process.ts";
import { type BrokerAddress, startBroker } from "./real_broker.ts";

/** Holds the address of the run's broker as JSON; set by tests/support/run_integration.ts. */
export const SHARED_BROKER_VARIABLE = "PLL_TEST_BROKER";

export interface SharedBroker extends BrokerAddress {
  readonly admin: BrokerAdmin;
}

let own: Promise<SharedBroker> | undefined;

/**
 * The broker that all test files of a run share: use topics of your own, and neither stop it nor change
 * `public/default`. A file that is run alone gets a broker that lives as long as the file's tests.
 *
 * Call it at the top level of a test file, or in a test with `sanitizeOps` and `sanitizeResources` off.
 */
export function sharedBroker(): Promise<SharedBroker> {
  own ??= connect();
  return own;
}

async function connect(): Promise<SharedBroker> {
  const given = Deno.env.get(SHARED_BROKER_VARIABLE);
  if (given !== undefined) {
    const address = JSON.parse(given) as BrokerAddress;
    return { ...address, admin: new BrokerAdmin(address.adminUrl) };
  }
  const broker = await startBroker();
  broker.unref();
  return { serviceUrl: broker.serviceUrl, adminUrl: broker.adminUrl, pid: broker.pid, admin: broker.admin };
}

/**
 * Why tests that need these programs have to be skipped here, or undefined where they can run.
 *
 * @throws {Error} If a program is missing while `CI` is set: there, nothing may be skipped quietly
 */
export async function missingPrograms(...programs: readonly string[]): Promise<string | undefined> {
  const missing: string[] = [];
  for (const program of programs) {
    if (!(await installed(program, PROBES[program]))) missing.push(program);
  }
  if (missing.length === 0) return undefined;
  const reason = `not installed: ${missing.join(", ")}`;
  if (Deno.env.get("CI") === "true") throw new Error(`${reason}; in CI these tests must run`);
  return reason;
}

/** Options that make a program print something and succeed, where that is not `--version`. */
const PROBES: Readonly<Record<string, string>> = { java: "-version", tmux: "-V" };

const BROKER_PROGRAMS = ["java", "mvn"];

/** `missingPrograms` for what a real broker needs. */
export async function brokerUnavailable(): Promise<string | undefined> {
  return await missingPrograms(...BROKER_PROGRAMS);
}

/**
 * `Deno.test` that is skipped, with the reason in its name, where `reason` is given:
 *
 * ```ts ignore
 * const test = testUnless(await brokerUnavailable());
 * test("messages survive a restart", async () => { … });
 * ```
 *
 * A test that starts more than one broker may need a `timeout` of its own, in ms.
 */
export function testUnless(
  reason: string | undefined,
): (
  name: string,
  run: (context: Deno.TestContext) => void | Promise<void>,
  options?: { readonly timeout?: number },
) => void {
  return (name, run, options = {}) => {
    if (reason === undefined) Deno.test(name, options, run);
    else Deno.test({ name: `${name} (skipped, ${reason})`, ignore: true, fn: run });
  };
}
