/**
 * Runs with --driver native, as a user starts them: over the stand-in of the addon, whose library is in no package
 * registry. `deno task test:native` runs the contract against the addon itself, where it is installed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import { parseResults } from "../../lib/report/result/result.ts";
import type { RunResult } from "../../lib/report/result/types.ts";
import { runCli, startCli } from "../support/cli.ts";
import { run } from "../support/process.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const STAND_IN = join(ROOT, "lib/driver/native/stand_in_test_support.ts");
const NATIVE = ["--driver", "native"];
const env = { PLL_NATIVE_ADDON: STAND_IN };
const COUNT = 3000;

async function withBroker(use: (broker: EmbeddedBroker) => Promise<void>): Promise<void> {
  const broker = await EmbeddedBroker.start();
  try {
    await use(broker);
  } finally {
    await broker.stop();
  }
}

function resultOf(stdout: string): RunResult {
  return parseResults(stdout, "stdout")[0]!;
}

/** A producer and a consumer of one run, and both results. */
async function runBoth(
  serviceUrl: string,
  sender: readonly string[],
  receiver: readonly string[],
): Promise<[RunResult, RunResult]> {
  const common = ["-u", serviceUrl, "--run-id", "together", "-n", String(COUNT), "--json", "-q"];
  const consumer = startCli(
    "consumer",
    [...common, "--initial-position", "earliest", "--subscription-type", "shared", ...receiver],
    { env },
  );
  const sent = await runCli("producer", [...common, ...sender], { env });
  const received = await consumer.outcome;
  assert.equal(sent.code, 0, sent.stderr);
  assert.equal(received.code, 0, received.stderr);
  return [resultOf(sent.stdout), resultOf(received.stdout)];
}

for (
  const [what, sender, receiver] of [
    ["sends what the wire client receives", NATIVE, []],
    ["receives what the wire client sends", [], NATIVE],
    ["sends and receives", NATIVE, NATIVE],
  ] as const
) {
  Deno.test(`the native client ${what}, with the same figures and the same proof`, () =>
    withBroker(async ({ serviceUrl }) => {
      const settings = ["--workers", "3", "--keys", "random", "--verify", "strict", "--property", "a=b"];
      const [sent, received] = await runBoth(
        serviceUrl,
        [...sender, ...settings, "--compression", "lz4"],
        [...receiver, "--workers", "2", "--verify", "strict"],
      );
      assert.equal(sent.config.driver?.value, sender.length > 0 ? "native" : "wire");
      assert.equal(received.config.driver?.value, receiver.length > 0 ? "native" : "wire");
      assert.equal(sent.workers.length, 3);
      assert.deepEqual([sent.totals.messages, received.totals.messages], [COUNT, COUNT]);
      assert.ok(sent.workers.every(({ messages }) => messages > 0), "each of the workers sends");
      assert.equal(sent.totals.latency.service?.count, COUNT);
      assert.equal(received.totals.latency.endToEnd?.count, COUNT);
      const { verified: proven, lost, duplicates, outOfOrder, corrupt } = received.integrity!;
      assert.deepEqual([proven, lost, duplicates, outOfOrder, corrupt], [COUNT, 0, 0, 0, 0]);
      assert.deepEqual([sent.verdict.status, received.verdict.status], ["ok", "ok"]);
    }));
}

Deno.test("a partitioned topic is sent to and read by one thread, whatever the number of workers", () =>
  withBroker(async (broker) => {
    await broker.createPartitionedTopic("pulsar-local-lab", 3);
    const [sent, received] = await runBoth(
      broker.serviceUrl,
      [...NATIVE, "--workers", "2", "--routing", "key-hash", "--keys", "round-robin", "--partitions", "3"],
      [...NATIVE, "--workers", "2"],
    );
    assert.deepEqual([sent.totals.messages, received.integrity?.verified], [COUNT, COUNT]);
  }));

Deno.test("a rate is kept and a planned time too, and what people should know is said", () =>
  withBroker(async ({ serviceUrl }) => {
    const { code, stdout, stderr } = await runCli("producer", [
      ...["-u", serviceUrl, ...NATIVE, "--workers", "2", "-r", "500", "-d", "2s"],
    ], { env });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /--driver native: the 2 workers share one thread/);
    assert.match(stdout, /native client · profile default/);
    assert.match(stdout, /100% reached/);
    assert.match(stdout, /1,000 messages/);
  }));

Deno.test("a lost connection is survived, told, and counted as an outage", () =>
  withBroker(async (broker) => {
    const producer = startCli("producer", [
      ...["-u", broker.serviceUrl, ...NATIVE, "--workers", "1", "-r", "500", "-n", "2000", "--json"],
    ], { env });
    const topic = "pulsar-local-lab";
    for (;;) {
      const stored = await broker.stats(topic).then(({ msgInCounter }) => msgInCounter, () => 0);
      if (stored > 200) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await broker.inject({ kind: "dropConnections", of: "producers" });
    const { code, stdout, stderr } = await producer.outcome;
    assert.equal(code, 0, stderr);
    const { totals } = resultOf(stdout);
    assert.deepEqual([totals.messages, totals.reconnects], [2000, 1]);
    assert.match(stderr, /the native producer on .* has lost its connection/);
  }));

Deno.test("an error in the one thread ends the run: no other thread could take over", () =>
  withBroker(async ({ serviceUrl }) => {
    const folder = await Deno.makeTempDir();
    try {
      const module = join(folder, "breaks.ts");
      const lines = [
        `export * from ${JSON.stringify(STAND_IN)};`,
        "setTimeout(() => { throw new Error('out of handles'); }, 1000);",
      ];
      await Deno.writeTextFile(module, lines.join("\n"));
      const args = ["-u", serviceUrl, ...NATIVE, "--workers", "2", "-r", "100", "-d", "1m", "-q"];
      const { code, stdout } = await runCli("producer", args, { env: { PLL_NATIVE_ADDON: module } });
      assert.equal(code, 1, stdout);
      assert.match(stdout, /the one thread crashed: out of handles/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("without the addon nothing starts, and the error says what to run", async () => {
  const missing = join(await Deno.makeTempDir(), "pulsar-client");
  await Deno.mkdir(missing);
  try {
    const { code, stdout, stderr } = await runCli("producer", ["--embedded", ...NATIVE], {
      env: { PLL_NATIVE_ADDON: missing },
    });
    assert.deepEqual([code, stdout], [104, ""]);
    assert.match(
      stderr,
      /^producer: .* is not installed: run 'deno install --allow-scripts=npm:pulsar-client'.*\n$/,
    );
  } finally {
    await Deno.remove(join(missing, ".."), { recursive: true });
  }
});

Deno.test("what the native client cannot do is refused before anything starts", async () => {
  const { code, stdout, stderr } = await runCli("consumer", [...NATIVE, "--nack-percent", "5"], { env });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /--nack-percent cannot be had with --driver native/);
});

Deno.test("the tasks of the native client have one permission more than the others", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  for (const role of ["producer", "consumer"]) {
    const [plain, native] = [tasks[role].command, tasks[`${role}:native`].command];
    assert.equal(native, `${plain.replace("-P=load", "-P=load --allow-ffi")} --driver native`);
  }
});

Deno.test("our extract of the addon's interface is what the package declares", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const addon = JSON.stringify(join(ROOT, "lib/driver/native/addon.ts"));
    const source = [
      'import type * as theirs from "npm:pulsar-client@1.18.0";',
      `import type * as ours from ${addon};`,
      "export const module = (given: typeof theirs): Omit<ours.Addon, 'Client'> => given;",
      "export const client = (given: theirs.Client): ours.AddonClient => given;",
      "type NoAuth = Omit<ours.AddonClientConfig, 'authentication'>;",
      "export const clientConfig = (given: NoAuth): theirs.ClientConfig => given;",
      "export const producerConfig = (given: ours.AddonProducerConfig): theirs.ProducerConfig => given;",
      "export const consumerConfig = (given: ours.AddonConsumerConfig): theirs.ConsumerConfig => given;",
    ];
    await Deno.writeTextFile(join(folder, "deno.json"), '{ "compilerOptions": { "strict": true } }');
    await Deno.writeTextFile(join(folder, "check.ts"), source.join("\n"));
    const { code, output } = await run(Deno.execPath(), ["check", "--quiet", "check.ts"], { cwd: folder });
    assert.equal(code, 0, output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
