/**
 * What clients that nobody here wrote ask of the embedded broker: the Python client (over the C++ one), the Java clients
 * of two lines, and pulsar-perf.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  pulsarPerfClassPath,
  runPulsarPerfConsume,
  runPulsarPerfProduce,
} from "../bench/peers/pulsar_perf.ts";
import { BrokerAdmin } from "../support/broker_admin.ts";
import { cachedFolder } from "../support/cache.ts";
import { runCli } from "../support/cli.ts";
import { LabBroker } from "../support/lab_broker.ts";
import { run } from "../support/process.ts";
import { brokerJars } from "../support/real_broker.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const CONTRACT = join(import.meta.dirname!, "..", "contract");
const TOKEN = "token-of-this-test";
const PYTHON_PACKAGES = ["pulsar-client==3.13.0", "fastavro==1.13.1"];

const needsPython = testUnless(await missingPrograms("python3"));
// A single source file is run by the compiler that only a JDK has.
const needsJava = testUnless(await missingPrograms("java", "javac", "mvn"));

/** A Python with the client in it; made once for each version of either. */
async function python(): Promise<string> {
  const version = (await run("python3", ["--version"])).output.trim().replace(/\W+/g, "-");
  const folder = await cachedFolder(`pulsar-client-3.13.0-${version}`, async (folder) => {
    const made = await run("python3", ["-m", "venv", "--copies", folder]);
    if (made.code !== 0) throw new Error(`a virtual environment cannot be made: ${made.output}`);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PYTHON_PACKAGES];
    const installed = await run(join(folder, "bin/python"), pip);
    if (installed.code !== 0) {
      throw new Error(`${PYTHON_PACKAGES.join(" ")} cannot be installed: ${installed.output}`);
    }
  });
  return join(folder, "bin/python");
}

async function withBroker(
  check: (broker: LabBroker, env: Record<string, string>) => Promise<void>,
): Promise<void> {
  await using broker = await LabBroker.start(
    ["--token-env", "PLL_CONTRACT_TOKEN", "--deduplication", "--memory", "64MiB"],
    { PLL_CONTRACT_TOKEN: TOKEN },
  );
  await check(broker, { PLL_CONTRACT_TOKEN: TOKEN });
  const output = await broker.output();
  assert.ok(!output.includes(TOKEN), "the token was shown");
  assert.ok(!output.includes("a mistake of the broker"), output);
  assert.equal(await broker.stop(), 0);
}

/** One outcome of a foreign program. */
interface Outcome {
  readonly check: string;
  readonly error: string | null;
}

/** Every outcome is a step of its own, so that a failure is named. */
async function judge(
  context: Deno.TestContext,
  outcomes: readonly Outcome[],
  least: number,
  output: string,
): Promise<void> {
  for (const { check, error } of outcomes) {
    await context.step(check, () => assert.equal(error, null, error ?? ""));
  }
  assert.ok(outcomes.length >= least, `only ${outcomes.length} checks were made: ${output.slice(-2000)}`);
}

needsPython("the Python client finds in the embedded broker what a real one has", async (context) => {
  const program = await python();
  await withBroker(async ({ serviceUrl, adminUrl }, env) => {
    const { output } = await run(program, [join(CONTRACT, "client.py"), serviceUrl, adminUrl], {
      env,
      signal: AbortSignal.timeout(180_000),
    });
    const outcomes = output.split("\n").filter((line) => line.startsWith('{"check"')).map((line) =>
      JSON.parse(line) as Outcome
    );
    await judge(context, outcomes, 21, output);
  });
});

const JAVA_CLIENTS: readonly (readonly [string, () => Promise<string>])[] = [
  ["4.2.4", async () => join(await brokerJars(), "*")],
  ["4.0.8", pulsarPerfClassPath],
];

for (const [version, classPath] of JAVA_CLIENTS) {
  needsJava(
    `the Java client ${version} finds in the embedded broker what a real one has`,
    async (context) => {
      const jars = await classPath();
      await withBroker(async ({ serviceUrl }, env) => {
        const { output } = await run(
          "java",
          ["-Dlog4j2.level=OFF", "-cp", jars, join(CONTRACT, "JavaClient.java"), serviceUrl],
          { env, signal: AbortSignal.timeout(180_000) },
        );
        assert.match(output, new RegExp(`^client ${version.replaceAll(".", "\\.")}$`, "m"));
        const outcomes = [...output.matchAll(/^(ok|failed) (.*?)(?:: (.*))?$/gm)].map((
          [, kind, check, error],
        ) => ({
          check: check!,
          error: kind === "ok" ? null : error ?? "",
        }));
        await judge(context, outcomes, 14, output);
      });
    },
  );
}

needsJava("pulsar-perf publishes and consumes at a broker that listens on every address", async () => {
  await using lab = await LabBroker.start(["--address", "0.0.0.0"]);
  assert.match(await lab.output(), /warning: every client that reaches '0\.0\.0\.0' can use the broker/);
  const local = (url: string): string => url.replace("0.0.0.0", "127.0.0.1");
  const broker = { serviceUrl: local(lab.serviceUrl), admin: new BrokerAdmin(local(lab.adminUrl)) };
  const topic = "perf";
  await broker.admin.createTopic(topic);
  await broker.admin.createSubscription(topic, "peer");
  const short = { broker, topic, warmupSeconds: 0.5, seconds: 2 };
  const produced = await runPulsarPerfProduce({ ...short, rate: 2000, size: 100 });
  assert.ok(produced.messages > 0);
  const consumed = await runPulsarPerfConsume({ ...short, subscription: "peer", options: ["-r", "1000"] });
  assert.ok(consumed.messages > 0);
  assert.equal(await lab.stop(), 0);
});

Deno.test("lab broker names a port in use, and an address that is not of this machine, with exit code 104", async () => {
  await using broker = await LabBroker.start();
  const { port } = new URL(broker.serviceUrl);
  const used = await runCli("lab", ["broker", "--port", port, "--web-port", "0"]);
  assert.deepEqual([used.code, used.stdout], [104, ""]);
  assert.match(
    used.stderr,
    new RegExp(`127\\.0\\.0\\.1:${port}": another program does; choose .* --port, or 0`),
  );
  const foreign = await runCli("lab", ["broker", "--port", "0", "--web-port", "0", "--address", "192.0.2.1"]);
  assert.equal(foreign.code, 104);
  assert.match(foreign.stderr, /'192\.0\.2\.1' must be an address of this machine \(--address\)/);
});

Deno.test("lab broker ends well by Ctrl-C, with clients connected", async () => {
  await using broker = await LabBroker.start();
  const { hostname, port } = new URL(broker.serviceUrl);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  assert.equal(await broker.stop("SIGINT"), 0);
  assert.equal(await connection.read(new Uint8Array(1)), null);
});
