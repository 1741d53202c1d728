/** The executables of `deno task compile`, as a user has them: outside the project, in an empty folder. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../support/process.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const MESSAGES = 20_000;
const NAMES = ["lab", "producer", "consumer"];
const dist = join(import.meta.dirname!, "..", "..", "dist");

interface Result {
  readonly totals: { readonly messages: number; readonly failed: number };
  readonly integrity?: { readonly lost: number; readonly duplicates: number };
  readonly verdict: { readonly status: string };
}

async function notCompiled(): Promise<string | undefined> {
  for (const name of NAMES) {
    if (await Deno.stat(join(dist, name)).then(() => true, () => false)) continue;
    const reason = `'dist/${name}' is missing: run deno task compile`;
    if (Deno.env.get("CI") === "true") throw new Error(reason);
    return reason;
  }
  return undefined;
}

/** Runs an executable in an empty folder with an empty environment; Deno 2.7 wants PATH to be set, to whatever. */
async function runCompiled(name: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const cwd = await Deno.makeTempDir({ prefix: "pll-empty-" });
  try {
    return await run(join(dist, name), args, { cwd, clearEnv: true, env: { PATH: "" } });
  } finally {
    await Deno.remove(cwd);
  }
}

async function result(name: string, args: readonly string[]): Promise<Result> {
  const { code, output } = await runCompiled(name, [...args, "--quiet", "--json", "--workers", "2"]);
  assert.equal(code, 0, output);
  // The result is one line; the summary on stderr stands around it.
  return JSON.parse(output.split("\n").find((line) => line.startsWith("{")) ?? output);
}

const missing = await notCompiled();
const test = testUnless(missing);
const unavailable = missing ?? await brokerUnavailable();
const shared = unavailable === undefined ? await sharedBroker() : undefined;
const { version } = JSON.parse(await Deno.readTextFile(join(dist, "..", "deno.json")));

test("the three are one file, and lab is the other two by their names as commands", async () => {
  const [lab, ...others] = await Promise.all(NAMES.map((name) => Deno.stat(join(dist, name))));
  assert.ok(others.every(({ ino }) => ino === lab!.ino));
  for (const name of ["producer", "consumer"]) {
    const [asCommand, asName] = [
      await runCompiled("lab", [name, "--help"]),
      await runCompiled(name, ["--help"]),
    ];
    assert.deepEqual(asCommand, asName);
  }
});

for (const name of NAMES) {
  test(`the compiled ${name} says its version and commit`, async () => {
    const { code, output } = await runCompiled(name, ["--version"]);
    assert.equal(code, 0, output);
    assert.match(
      output,
      new RegExp(`${version.replaceAll(".", "\\.")} \\([0-9a-f]{7,}(-dirty)?, \\d{4}-\\d\\d-\\d\\d\\)`),
    );
  });

  const help = name === "lab" ? /Commands:/ : /--service-url/;
  test(`the compiled ${name} prints its help`, async () => {
    const { code, output } = await runCompiled(name, ["--help"]);
    assert.equal(code, 0, output);
    assert.match(output, help);
  });

  test(`the compiled ${name} refuses an unknown option in one line, without a stack trace`, async () => {
    const { code, output } = await runCompiled(name, ["--no-such-option"]);
    assert.equal(code, 2, output);
    assert.match(output, /--no-such-option/);
    assert.doesNotMatch(output, /^\s+at /m);
  });
}

test(`the compiled producer sends ${MESSAGES} messages to its embedded broker`, async () => {
  const { totals } = await result("producer", ["--embedded", "--count", String(MESSAGES)]);
  assert.equal(totals.messages, MESSAGES);
  assert.equal(totals.failed, 0);
});

testUnless(unavailable)(
  `compiled producer and consumer exchange ${MESSAGES} messages through a real broker, none lost or twice`,
  async () => {
    const target = ["--service-url", shared!.serviceUrl, "--topic", `compiled-${crypto.randomUUID()}`];
    const count = ["--count", String(MESSAGES)];
    const sent = await result("producer", [...target, ...count]);
    const received = await result("consumer", [...target, ...count, "--initial-position", "earliest"]);
    assert.equal(sent.totals.messages, MESSAGES);
    assert.equal(received.totals.messages, MESSAGES);
    assert.equal(received.integrity?.lost, 0);
    assert.equal(received.integrity?.duplicates, 0);
  },
);
