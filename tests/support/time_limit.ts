/**
 * Loaded before the tests: one that hangs fails, by its name, instead of holding up all others for ever.
 *
 * `deno test` has no such limit of its own. What the test still has open is reported with it.
 */
const LIMIT_MS = 240_000;

type Run = (context: Deno.TestContext) => void | Promise<void>;

const register = Deno.test;

function limited(name: string, run: Run): Run {
  return async (context) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`'${name}' has not ended after ${LIMIT_MS / 1000} s`);
      timer = setTimeout(() => reject(error), LIMIT_MS);
    });
    try {
      await Promise.race([run(context), late]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** The forms that this project uses: a name and a function, or a definition. */
function test(what: string | Deno.TestDefinition, run?: Run): void {
  if (typeof what === "string") register(what, limited(what, run!));
  else register({ ...what, fn: limited(what.name, what.fn) });
}

Object.defineProperty(Deno, "test", { value: Object.assign(test, register) });
