/** What people get wrong: each gets one line that names the value and what to do, and nothing is started. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import { type CliOutcome, type Entry, runCli } from "../support/cli.ts";
import { freePorts } from "../support/ports.ts";

/** One line, no stack trace, nothing on stdout: the run never began. */
function assertRefused(
  { code, stdout, stderr }: CliOutcome,
  expected: { readonly code: number | readonly number[]; readonly says: readonly RegExp[] },
): void {
  assert.ok([expected.code].flat().includes(code), `exit code ${code}: ${stderr}`);
  assert.equal(stdout, "");
  // What was about to run may have been said, and on a slow machine what is waited for.
  const lines = stderr.trimEnd().split("\n").filter((line) => !/^connecting to |^\w+ {2}\S+ at /.test(line));
  assert.equal(lines.length, 1, stderr);
  for (const pattern of expected.says) assert.match(stderr, pattern);
  assert.doesNotMatch(stderr, /^\s+at |running|\.ts:\d/m);
}

/** A server that is no Pulsar broker. */
async function withServer(
  answer: (connection: Deno.Conn) => Promise<void>,
  use: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      await answer(connection).catch(() => {});
    }
  })();
  try {
    await use((listener.addr as Deno.NetAddr).port);
  } finally {
    listener.close();
    await accepting;
    for (const connection of connections) {
      try {
        connection.close();
      } catch {
        // The answer has closed it.
      }
    }
  }
}

const CONNECTION: readonly {
  name: string;
  answer: (connection: Deno.Conn) => Promise<void>;
  says: RegExp;
}[] = [
  {
    name: "random bytes",
    answer: async (connection) => void await connection.write(new Uint8Array(2000).fill(0xa7)),
    says: /Pulsar/,
  },
  {
    name: "a closed connection",
    answer: (connection) => Promise.resolve(connection.close()),
    says: /Pulsar|binary port/,
  },
  {
    name: "an answer in HTTP",
    answer: async (connection) => {
      const text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      await connection.write(new TextEncoder().encode(text));
    },
    says: /HTTP.*binary port/,
  },
];

for (const entry of ["producer", "consumer"] as const) {
  for (const { name, answer, says } of CONNECTION) {
    Deno.test(`${entry}: a server that answers with ${name} is no broker`, () =>
      withServer(answer, async (port) => {
        const outcome = await runCli(entry, ["-u", `pulsar://127.0.0.1:${port}`, "-d", "1s"]);
        assertRefused(outcome, { code: 1, says: [new RegExp(`127\\.0\\.0\\.1:${port}`), says] });
      }));
  }

  Deno.test(`${entry}: a port where nothing listens is named`, async () => {
    const [port] = freePorts(1);
    const outcome = await runCli(entry, ["-u", `pulsar://127.0.0.1:${port}`, "-d", "1s"]);
    assertRefused(outcome, { code: 1, says: [new RegExp(`127\\.0\\.0\\.1:${port}`), /refused/] });
  });
}

Deno.test("a server that says nothing is given up within the operation timeout", () =>
  withServer(() => Promise.resolve(), async (port) => {
    const outcome = await runCli("producer", [
      ...["-u", `pulsar://127.0.0.1:${port}`, "-d", "1s", "--operation-timeout", "2s", "--quiet"],
    ]);
    assertRefused(outcome, { code: 1, says: [new RegExp(`127\\.0\\.0\\.1:${port}`), /2 s/] });
  }));

Deno.test("an unknown host is named", async () => {
  const outcome = await runCli("producer", ["-u", "pulsar://nosuchhost.invalid:6650", "-d", "1s", "--quiet"]);
  assertRefused(outcome, { code: 1, says: [/nosuchhost\.invalid:6650/, /not known/] });
});

Deno.test("a token file that is not there is named", async () => {
  const broker = await EmbeddedBroker.start();
  try {
    const args = ["-u", broker.serviceUrl, "-d", "1s", "--token-file", "/nonexistent/token"];
    assertRefused(await runCli("consumer", args), {
      code: 104,
      says: [/'\/nonexistent\/token'/, /not exist|no such/],
    });
  } finally {
    await broker.stop();
  }
});

Deno.test("TLS to a port without TLS is told apart", async () => {
  const broker = await EmbeddedBroker.start();
  try {
    const url = broker.serviceUrl.replace("pulsar://", "pulsar+ssl://");
    const outcome = await runCli("producer", ["-u", url, "-d", "1s"]);
    assertRefused(outcome, { code: 1, says: [/TLS/] });
  } finally {
    await broker.stop();
  }
});

/** Arguments, what the line has to say, and the exit code if it is not 2. */
const ARGUMENTS: readonly (readonly [Entry, string, readonly RegExp[], number?])[] = [
  ["producer", "-u http://localhost:6650", [/--service-url/, /'http:\/\/localhost:6650'/, /pulsar:\/\//]],
  ["producer", "-u pulsar//localhost", [/'pulsar\/\/localhost'/, /expected/]],
  ["consumer", "-u pulsar://localhost:99999", [/99999/, /expected/]],
  ["producer", "--embedded --compression gzip", [/--compression/, /'gzip'/, /lz4/]],
  ["producer", "--embedded --rate -5", [/--rate/, /'-5'/, /expected/]],
  ["producer", "--embedded --size 1e400", [/--size/, /1e400/, /expected/]],
  ["producer", "--embedded --size 99999GB", [/--size/, /99999GB/, /expected/]],
  ["producer", "--embedded --workers 0", [/--workers/, /'0'/, /1 to/]],
  ["producer", "--embedded --workers 100000", [/--workers/, /'100000'/, /1 to/]],
  ["producer", "--embedded --duration -1s", [/--duration/, /'-1s'/, /expected/]],
  ["producer", "--embedded --count 1.5", [/--count/, /'1\.5'/, /whole number/]],
  ["producer", "--embedded --rat 5k", [/--rat\b/, /did you mean '--rate'/]],
  ["producer", "extra", [/'extra'/, /--help/]],
  ["producer", "--embedded --topic a/b", [/--topic/, /'a\/b'/, /NAME/]],
  ["producer", "--embedded --payload json --size 5 --verify off", [/size '5'/, /at least/]],
  ["producer", "--embedded --threshold servic.p99<20ms", [/servic\.p99/, /did you mean 'service\.p99'/]],
  ["consumer", "--embedded --threshold verify.lost=0", [/verify\.lost=0/]],
  ["producer", "--embedded --output /nonexistent/run.json", [/'\/nonexistent\/run\.json'/, /folder/], 104],
  ["producer", "--embedded --output /", [/'\/'/, /folder/], 104],
  ["producer", "--embedded --csv /nonexistent/run.csv", [/'\/nonexistent\/run\.csv'/], 104],
  ["producer", "--embedded --events /nonexistent/run.ndjson", [/'\/nonexistent\/run\.ndjson'/], 104],
  [
    "producer",
    "-u pulsar+ssl://127.0.0.1:1 --tls-ca /nonexistent/ca.pem",
    [/\/nonexistent\/ca\.pem/, /no such file|not exist/],
    104,
  ],
  ["producer", "-u pulsar://127.0.0.1:1 --token-env PLL_NO_SUCH_TOKEN", [/PLL_NO_SUCH_TOKEN/], 104],
  ["producer", "--config /nonexistent/lab.yaml", [/'\/nonexistent\/lab\.yaml'/], 104],
  ["producer", "--profile nosuch", [/nosuch/]],
  ["lab", "demoo", [/'demoo'/, /did you mean 'demo'/]],
  ["lab", "demo -u pulsar://localhost:6650", [/--service-url/, /own broker/]],
  ["lab", "demo --embedded null", [/null/]],
  ["lab", "compare one.json", [/two results/]],
  ["lab", "report", [/results/]],
];

for (const [entry, args, says, code = 2] of ARGUMENTS) {
  Deno.test(`${entry} ${args} is refused in one line`, async () => {
    assertRefused(await runCli(entry, args.split(" ")), { code, says });
  });
}

Deno.test("the environment and files are blamed where they are wrong, with exit code 104", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "lab.yaml");
    await Deno.writeTextFile(file, "producer:\n  rate: fast\n");
    const fromFile = await runCli("producer", ["--embedded", "--config", file]);
    assertRefused(fromFile, { code: 104, says: [/lab\.yaml:2/, /'fast'/] });
    const threshold = { PLL_THRESHOLD: "servic.p99<20ms" };
    const fromEnvironment = await runCli("producer", ["--embedded"], { env: threshold });
    assertRefused(fromEnvironment, { code: 104, says: [/PLL_THRESHOLD/, /did you mean 'service\.p99'/] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a busy metrics port is refused before the load", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = listener.addr as Deno.NetAddr;
    const outcome = await runCli("producer", [
      "--embedded",
      "-q",
      "-d",
      "1s",
      "--metrics-port",
      String(port),
    ]);
    assertRefused(outcome, { code: 104, says: [new RegExp(`127\\.0\\.0\\.1:${port}`), /in use/] });
  } finally {
    listener.close();
  }
});

Deno.test("--debug, and only that, shows where an error comes from", async () => {
  const [port] = freePorts(1);
  const { code, stderr } = await runCli("producer", ["-u", `pulsar://127.0.0.1:${port}`, "--debug"]);
  assert.equal(code, 1);
  assert.match(stderr, /^\s+at .*\.ts:\d/m);
});

Deno.test("a payload over the broker's limit is refused with both sizes", async () => {
  const outcome = await runCli("producer", ["--embedded", "-q", "-s", "6MiB", "-d", "5s"]);
  assertRefused(outcome, { code: 1, says: [/--size/, /6291456/, /5242880/] });
});

Deno.test("messages damaged on the way are counted as such, and the consumer ends with 98", async () => {
  const broker = await EmbeddedBroker.start();
  try {
    await broker.inject({ kind: "corruptDeliveries", times: 3 });
    const target = ["-u", broker.serviceUrl, "--workers", "1", "--topic", "damaged"];
    const consumer = runCli("consumer", [
      ...target,
      ...["--initial-position", "earliest", "--idle", "3s", "-d", "30s", "--json", "-q"],
    ]);
    const producer = await runCli("producer", [...target, "-n", "2000", "--batch-messages", "100", "-q"]);
    assert.equal(producer.code, 0, producer.stderr);
    const { code, stdout, stderr } = await consumer;
    assert.equal(code, 98, stderr);
    const result = JSON.parse(stdout);
    assert.equal(result.totals.errors.ChecksumMismatch, 3);
    assert.equal(result.integrity.corrupt, 300);
    // Only the producer could tell which they were; and what was sent before the subscription was there is not lost.
    const { lost, beforeSubscription = 0, lostOrDamaged = 0 } = result.integrity;
    assert.equal(lost + beforeSubscription, 300);
    assert.equal(lostOrDamaged, lost);
    assert.match(stderr, /300 corrupt/);
  } finally {
    await broker.stop();
  }
});

Deno.test("a result that is cut in half, of another version, or none at all is refused with its name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const whole = join(folder, "whole.json");
    assert.equal((await runCli("producer", ["--embedded", "-q", "-n", "1k", "-o", whole])).code, 0);
    const text = await Deno.readTextFile(whole);
    const broken = {
      "half.json": text.slice(0, text.length / 2),
      "newer.json": text.replace('"schemaVersion":1', '"schemaVersion":99'),
      "other.json": '{"some":"thing"}\n',
      "empty.json": "",
    };
    for (const [name, content] of Object.entries(broken)) {
      const path = join(folder, name);
      await Deno.writeTextFile(path, content);
      for (
        const args of [
          ["report", path, "-o", join(folder, "page.html")],
          ["compare", whole, path],
          ["merge", path],
        ]
      ) {
        assertRefused(await runCli("lab", args), {
          code: 104,
          says: [new RegExp(name.replace(".", "\\."))],
        });
      }
    }
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".html")),
      [],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
