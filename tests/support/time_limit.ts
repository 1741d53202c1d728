/**
 * Loaded before the tests: one that hangs fails, by its name, instead of holding up all others for ever.
 *
 * Deno takes a limit for a single test only; this gives one to every test that has none of its own.
 */
const LIMIT_MS = needsBrokerOrWorkers(Deno.mainModule) ? 300_000 : 60_000;

/** What is below runs and brokers takes seconds, also on a machine that has much else to do. */
function needsBrokerOrWorkers(file: string): boolean {
  return !/\/lib\/(wire|transport|client|config|report|tui)\//.test(file);
}

const register = Deno.test;

type Run = Deno.TestDefinition["fn"];

/** All forms of `Deno.test`: the function stands last, or inside the definition that does. */
function test(...given: unknown[]): void {
  const last = given.pop() as Run | Deno.TestDefinition;
  if (typeof last !== "function") return register({ timeout: LIMIT_MS, ...last });
  const named = typeof given[0] === "string" ? { name: given.shift() as string } : {};
  const options = given[0] as Partial<Deno.TestDefinition> | undefined;
  // A test may be named by its function alone.
  register({ timeout: LIMIT_MS, name: last.name, ...options, ...named, fn: last });
}

Object.defineProperty(Deno, "test", { value: Object.assign(test, register) });
