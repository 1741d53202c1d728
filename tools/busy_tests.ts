/**
 * Runs the unit tests again and again while every core has other work: `deno task test:busy [ROUNDS] [OPTION…]`.
 *
 * What is found here waits for a time instead of an event. Ten rounds unless said otherwise; everything behind the
 * number goes to `deno test`. Fails when one round did, after all of them.
 */

/** Several times what a round takes with both of two cores kept busy, ms: one that hangs is stopped. */
const ROUND_LIMIT_MS = 15 * 60_000;

/** @throws {Error} If the first argument looks like a number of rounds and is none */
export function roundsAndOptions(args: readonly string[]): { rounds: number; options: readonly string[] } {
  const [first, ...rest] = args;
  if (first === undefined || !/^-?\d/.test(first)) return { rounds: 10, options: args };
  const rounds = Number(first);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) {
    throw new Error(`'${first}' rounds: a whole number from 1 to 1000 is right`);
  }
  return { rounds, options: rest };
}

/** What is worth reading of a round: its failures, if any, and its last line. */
export function digest(output: string): string {
  const lines = output.trimEnd().split("\n");
  const errors = lines.findIndex((line) => line.trim() === "ERRORS");
  const summary = lines.findLast((line) => /^(ok|FAILED) \| /.test(line)) ?? "no test ran";
  return errors < 0 ? summary : lines.slice(errors).join("\n").trimEnd();
}

/** One thread for each core that never rests, until disposed. */
function keepBusy(): Disposable {
  const source = URL.createObjectURL(new Blob(["for (;;);"], { type: "text/javascript" }));
  const threads = Array.from(
    { length: navigator.hardwareConcurrency },
    () => new Worker(source, { type: "module" }),
  );
  return {
    [Symbol.dispose](): void {
      for (const thread of threads) thread.terminate();
      URL.revokeObjectURL(source);
    },
  };
}

async function round(options: readonly string[]): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-P", "--quiet", "--no-check", "--parallel", "--preload", "tests/support/time_limit.ts"],
      ...options,
    ],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(ROUND_LIMIT_MS),
  });
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { success, output: text.decode(stdout) + text.decode(stderr) };
}

async function main(): Promise<number> {
  const { rounds, options } = roundsAndOptions(Deno.args);
  using _busy = keepBusy();
  let failed = 0;
  for (let number = 1; number <= rounds; number++) {
    const start = performance.now();
    const { success, output } = await round(options);
    if (!success) failed++;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`round ${number} of ${rounds}, ${seconds} s: ${digest(output)}`);
  }
  console.log(`${rounds - failed} of ${rounds} rounds passed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
