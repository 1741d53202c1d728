import assert from "node:assert/strict";
import { TestClient } from "../../lib/broker/broker_test_support.ts";
import { ConfigError } from "../../lib/config/source.ts";
import { UsageError } from "../command.ts";
import { exitCodeOf } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { labBroker, type LabBrokerOptions } from "./broker.ts";
import { runLab } from "./command.ts";

const MIB = 2 ** 20;

const OPTIONS: LabBrokerOptions = {
  address: "127.0.0.1",
  port: 0,
  webPort: 0,
  deduplication: false,
  partitions: 0,
  memoryBytes: 256 * MIB,
  maxMessageBytes: 5 * MIB,
  json: true,
};

interface Running {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly said: readonly string[];
  /** Resolves once a line that fits was said. */
  saidLine(pattern: RegExp): Promise<string>;
  stop(): Promise<ExitCode>;
}

/** Starts a broker and waits for its addresses. */
async function started(
  options: Partial<LabBrokerOptions> = {},
  env: Record<string, string> = {},
): Promise<Running> {
  const controller = new AbortController();
  const printed = Promise.withResolvers<string>();
  const said: string[] = [];
  let told = (): void => {};
  const ended = labBroker({ ...OPTIONS, ...options }, {
    print: printed.resolve,
    say: (text) => {
      said.push(text);
      told();
    },
    env: (name) => env[name],
    signal: controller.signal,
    watchMs: 5,
  });
  const text = await Promise.race([printed.promise, ended.then(() => assert.fail("the broker ended"))]);
  const addresses = options.json === false
    ? { serviceUrl: text.split(/\s+/)[2]!, adminUrl: text.split(/\s+/)[5]! }
    : JSON.parse(text) as { serviceUrl: string; adminUrl: string };
  return {
    ...addresses,
    said,
    saidLine: async (pattern) => {
      for (;;) {
        const line = said.find((each) => pattern.test(each));
        if (line !== undefined) return line;
        await new Promise<void>((resolve) => told = resolve);
      }
    },
    stop: () => {
      controller.abort();
      return ended;
    },
  };
}

async function get(url: string, token?: string): Promise<number> {
  const response = await fetch(
    url,
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  );
  await response.body?.cancel();
  return response.status;
}

Deno.test("the broker serves messages and the admin interface until it is told to stop, and then ends well", async () => {
  const broker = await started({ json: false });
  assert.match(broker.serviceUrl, /^pulsar:\/\/127\.0\.0\.1:\d+$/);
  const client = await TestClient.connect(broker.serviceUrl);
  await client.subscribe("t", "s");
  await client.producer("t");
  await client.publishAll(["a"]);
  assert.deepEqual(await client.texts(1), ["a"]);
  assert.equal(await get(`${broker.adminUrl}/admin/v2/persistent/public/default/t/stats`), 200);
  assert.equal(await broker.stop(), EXIT.ok);
  await client.closed();
  client.transport.close();
  assert.match(broker.said.join("\n"), /256 MiB in memory and nothing on disk; Ctrl-C ends it/);
});

Deno.test("options reach the broker: token, deduplication, partitions, largest message", async () => {
  const broker = await started(
    { tokenEnv: "PLL_T", deduplication: true, partitions: 3, maxMessageBytes: MIB },
    { PLL_T: " secret\n" },
  );
  const stranger = await TestClient.open(broker.serviceUrl);
  stranger.send("connect", { clientVersion: "x", protocolVersion: 20 });
  await stranger.take("error");
  await stranger.close();
  assert.equal(await get(`${broker.adminUrl}/admin/v2/brokers/health`), 401);
  assert.equal(await get(`${broker.adminUrl}/admin/v2/brokers/health`, "secret"), 200);
  const client = await TestClient.open(broker.serviceUrl);
  const authData = new TextEncoder().encode("secret");
  client.send("connect", { clientVersion: "x", protocolVersion: 20, authMethodName: "token", authData });
  assert.equal((await client.take("connected")).maxMessageSize, MIB);
  const { body } = await client.request("partitionMetadata", { topic: "t" });
  assert.equal((body as { partitions?: number }).partitions, 3);
  await client.producer("t-partition-0", { producerName: "n" });
  for (let count = 0; count < 2; count++) client.publish({ texts: ["x"], sequenceId: 0 });
  assert.equal((await client.take("sendReceipt")).messageId?.entryId, 0);
  assert.equal(typeof (await client.take("sendReceipt")).messageId?.entryId, "bigint");
  await client.close();
  await broker.stop();
  assert.ok(!broker.said.join("\n").includes("secret"));
});

Deno.test("full memory is told once, with the topic that fills it, and so is room again", async () => {
  const broker = await started({ memoryBytes: 8 * MIB, maxMessageBytes: MIB });
  const client = await TestClient.connect(broker.serviceUrl);
  const owner = await TestClient.connect(broker.serviceUrl);
  await owner.subscribe("t", "s", {}, 0);
  await client.producer("t");
  for (let index = 0; index < 10; index++) {
    client.publish({ texts: ["x".repeat(900_000)], sequenceId: index });
  }
  assert.match(
    await broker.saidLine(/is full/),
    /memory of 8\.00 MiB is full .*'persistent:\/\/public\/default\/t'/,
  );
  await owner.request("unsubscribe", { consumerId: 1 });
  await broker.saidLine(/room again/);
  assert.equal(broker.said.filter((line) => line.includes("is full")).length, 1);
  await Promise.all([client.close(), owner.close()]);
  await broker.stop();
});

Deno.test("a port in use and a token that is not there are 104, and named", async () => {
  const other = await started();
  const port = Number(new URL(other.serviceUrl).port);
  const cases: [Partial<LabBrokerOptions>, RegExp][] = [
    [{ port }, new RegExp(`cannot listen on "127.0.0.1:${port}": another program does; .* --port, or 0`)],
    [{ webPort: port }, /another program does; choose another port with --web-port/],
    [{ tokenFile: "/nowhere/token" }, /token file/],
    [{ tokenEnv: "PLL_NOT_SET" }, /'PLL_NOT_SET' with the token is not set/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(started(options), (error: Error) => {
      assert.ok(error instanceof ConfigError, error.stack);
      assert.match(error.message, message);
      assert.equal(exitCodeOf(error), EXIT.configuration);
      return true;
    });
  }
  await other.stop();
});

Deno.test("options that contradict each other are usage errors", async () => {
  const cases: [Partial<LabBrokerOptions>, RegExp][] = [
    [{ port: 7000, webPort: 7000 }, /both '7000'/],
    [{ tokenFile: "a", tokenEnv: "PLL_A" }, /exclude each other/],
    [{ memoryBytes: MIB, maxMessageBytes: MIB }, /--memory '1\.00 MiB' does not hold one message/],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(started(options), (error: Error) => {
      assert.ok(error instanceof UsageError, error.stack);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("a token pasted where a variable's name belongs is refused without being repeated", async () => {
  const write = Deno.stderr.writeSync;
  let shown = "";
  Deno.stderr.writeSync = (bytes) => {
    shown += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  try {
    assert.equal(await runLab(["broker", "--token-env", "eyJhbGciOi.secret.x"]), EXIT.usage);
  } finally {
    Deno.stderr.writeSync = write;
  }
  assert.match(shown, /--token-env: expected the name of an environment variable/);
  assert.ok(!shown.includes("secret"));
});
