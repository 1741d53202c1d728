/**
 * Loaded before the tests: one that hangs fails, by its name, instead of holding up all others for ever.
 *
 * `deno test` has no such limit of its own. What the test still has open is reported with it.
 */
const LIMIT_MS = 300_000;

type Run = (context: Deno.TestContext) => void | Promise<void>;

function limited(run: Run): Run {
  const within: Run = async (context) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`not ended after ${LIMIT_MS / 1000} s`);
      timer = setTimeout(() => reject(error), LIMIT_MS);
    });
    try {
      await Promise.race([run(context), late]);
    } finally {
      clearTimeout(timer);
    }
  };
  // A test may be named by its function alone.
  return Object.defineProperty(within, "name", { value: run.name });
}

const register = Deno.test;

/** All forms of `Deno.test`: the function stands last, or inside the definition that does. */
function test(...given: unknown[]): void {
  const last = given.pop() as Run | Deno.TestDefinition;
  const run = typeof last === "function" ? limited(last) : { ...last, fn: limited(last.fn) };
  Reflect.apply(register, Deno, [...given, run]);
}

Object.defineProperty(Deno, "test", { value: Object.assign(test, register) });
