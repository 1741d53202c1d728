import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import { reportHtml } from "../../lib/report/page/html.ts";
import { parseResults } from "../../lib/report/result/result.ts";
import { fakeIo, planFor } from "./session_test_support.ts";
import { InterruptedError } from "../errors.ts";
import { Session } from "./session.ts";
import type { OutputStream } from "./io.ts";

async function withBroker(use: (broker: EmbeddedBroker) => Promise<void>): Promise<void> {
  const broker = await EmbeddedBroker.start();
  try {
    await use(broker);
  } finally {
    await broker.stop();
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** As where panels are shown. */
function terminalLike(stream: OutputStream): OutputStream {
  return { write: (bytes) => stream.write(bytes), isTerminal: () => true };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("a run that ends as planned prints its summary on stdout, its progress on stderr, and gives 0", () =>
  withBroker(async ({ serviceUrl }) => {
    const io = fakeIo();
    const plan = planFor("producer", serviceUrl, "--workers", "1", "-n", "5000");
    assert.equal(await new Session([plan], io).run(), 0);
    assert.match(io.stdout.text, /5,000 messages[^]*✓ ok/);
    assert.match(io.terminal.text, /producer {2}running[^]*producer {2}done, 5,000 messages/);
    assert.ok(!io.stdout.text.includes("\x1b"), "no colours where no terminal is");
    assert.equal(io.terminal.listening, 0, "signals are nobody's business any more");
  }));

Deno.test("a threshold that does not hold gives 99 and is named", () =>
  withBroker(async ({ serviceUrl }) => {
    const io = fakeIo();
    const plan = planFor("producer", serviceUrl, "--workers", "1", "-n", "1000", "--threshold", "rate>=100m");
    assert.equal(await new Session([plan], io).run(), 99);
    assert.match(io.stdout.text, /✗ thresholds .*rate>=100m/);
  }));

Deno.test("--trace writes a file, and both sides of a session write to it", () =>
  withBroker(({ serviceUrl }) =>
    withFolder(async (folder) => {
      const io = fakeIo();
      const trace = `${folder}/run.trace`;
      const plans = [
        planFor("producer", serviceUrl, "--workers", "1", "-n", "2000", "--trace", trace),
        planFor("consumer", serviceUrl, "--workers", "1", "--initial-position", "earliest"),
      ];
      assert.equal(await new Session(plans, io).run(), 0);
      const lines = (await Deno.readTextFile(trace)).trimEnd().split("\n").map((line) => JSON.parse(line));
      for (const event of ["ack", "receive"]) {
        const messages = lines.filter(({ e }) => e === event).reduce((sum, { n }) => sum + n, 0);
        assert.equal(messages, 2000, event);
      }
    })
  ));

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} ends the run in order: summary, result file, 105`, () =>
    withBroker(({ serviceUrl }) =>
      withFolder(async (folder) => {
        const io = fakeIo();
        const output = `${folder}/run.json`;
        const plan = planFor(
          "producer",
          serviceUrl,
          ...["--workers", "1", "--rate", "500", "-d", "1h", "-o", output],
        );
        const code = new Session([plan], io).run();
        await until(() => io.terminal.text.includes("running"));
        io.terminal.send(signal);
        assert.equal(await code, 105);
        assert.match(io.terminal.text, new RegExp(`${signal}: waiting for what is in flight`));
        const who = signal === "SIGINT" ? /the user \(Ctrl-C\)/ : new RegExp(signal);
        assert.match(io.stdout.text, /interrupted +stopped by .* before the plan was fulfilled/);
        assert.match(io.stdout.text, who);
        const [result] = parseResults(await Deno.readTextFile(output), output);
        assert.equal(result?.verdict.status, "interrupted");
        assert.deepEqual(io.terminal.exits, []);
      })
    ));
}

for (const [what, plan] of [["a planned end", ["-n", "1m"]], ["no planned end", []]] as const) {
  Deno.test(`'q' says the same as Ctrl-C, in a run with ${what}: 105`, () =>
    withBroker(async ({ serviceUrl }) => {
      const io = fakeIo();
      io.terminal.inputIsTerminal = true;
      const session = planFor(
        "producer",
        serviceUrl,
        "--workers",
        "1",
        "--rate",
        "500",
        "--ui",
        "full",
        ...plan,
      );
      const code = new Session([session], { ...io, stderr: terminalLike(io.stderr) }).run();
      await until(() => io.terminal.text.includes("running"));
      await io.terminal.press("q");
      assert.equal(await code, 105);
      const words = plan.length > 0
        ? /✗ interrupted +stopped by the user \(q\) before the plan was fulfilled: [\d,]+ of 1,000,000 messages/
        : /✗ interrupted +stopped by the user \(q\); the run had no planned end/;
      assert.match(io.stdout.text, words);
    }));
}

Deno.test("what is changed by hand is in events, result and summary; the configuration keeps what was asked for", () =>
  withBroker(({ serviceUrl }) =>
    withFolder(async (folder) => {
      const io = fakeIo();
      io.terminal.inputIsTerminal = true;
      const files = { output: `${folder}/run.json`, events: `${folder}/run.jsonl` };
      const argv = [
        "--workers",
        "1",
        "--rate",
        "500",
        "--ui",
        "full",
        "-o",
        files.output,
        "--events",
        files.events,
      ];
      const plan = planFor("producer", serviceUrl, ...argv);
      const code = new Session([plan], { ...io, stderr: terminalLike(io.stderr) }).run();
      await until(() => io.terminal.text.includes("running"));
      // Down to the rate, and one step up; then a pause, the figures anew, and the end.
      for (const keys of ["\x1b[B", "\x1b[C", "p"]) await io.terminal.press(keys);
      // What `p` means depends on what the screen knows of the run.
      await until(() => io.terminal.text.includes("resume"));
      for (const keys of ["p", "r", "q"]) await io.terminal.press(keys);
      assert.equal(await code, 105);
      const [result] = parseResults(await Deno.readTextFile(files.output), files.output);
      const changes = result!.changes!.map(({ setting, from, to }) => [setting, from, to]);
      assert.deepEqual(changes.slice(0, 3), [
        ["rate", 500, 600],
        ["paused", false, true],
        ["paused", true, false],
      ]);
      assert.deepEqual(changes[3]?.[0], "figures");
      assert.deepEqual(result!.config.rate, { value: 500, source: "flag --rate" });
      assert.match(io.stdout.text, /changed +0:0\d {2}rate 500 msg\/s → 600 msg\/s\n +0:0\d {2}paused\n/);
      const lines = (await Deno.readTextFile(files.events)).trim().split("\n").map((line) =>
        JSON.parse(line)
      );
      const told = lines.filter(({ event }) => event === "change").map(({ event: _, runId: _id, ...rest }) =>
        rest
      );
      assert.deepEqual(told, result!.changes);
    })
  ));

Deno.test("a consumer that received nothing shows no ✓, ends with 98, and fails what thresholds ask of it with 99", () =>
  withBroker(async ({ serviceUrl }) => {
    const consume = async (...more: string[]): Promise<{ code: number; text: string }> => {
      const io = fakeIo();
      const plan = planFor("consumer", serviceUrl, "--workers", "1", "-d", "300ms", ...more);
      const code = await new Session([plan], io).run();
      return { code, text: io.stdout.text };
    };
    const bare = await consume();
    assert.equal(bare.code, 98);
    assert.doesNotMatch(bare.text, /✓/);
    assert.match(bare.text, /integrity +– nothing verified/);
    assert.match(bare.text, /✗ unverified +nothing was received, so nothing was verified/);
    const judged = await consume("--threshold", "verify.lost==0");
    assert.equal(judged.code, 99);
    assert.doesNotMatch(judged.text, /✓/);
    assert.match(judged.text, /✗ +verify\.lost==0 +nothing measured/);
    const off = await consume("--verify", "off");
    assert.equal(off.code, 0);
    assert.doesNotMatch(off.text, /integrity/, "nothing is claimed");
  }));

Deno.test("a planned number that is not reached before the silence or the time ends the run gives 1", () =>
  withBroker(async ({ serviceUrl }) => {
    for (const end of [["--idle", "300ms"], ["-d", "300ms"]]) {
      const io = fakeIo();
      const plan = planFor("consumer", serviceUrl, "--workers", "1", "-n", "1000", ...end);
      assert.equal(await new Session([plan], io).run(), 1);
      assert.match(
        io.stdout.text,
        /✗ failure +the planned number was not reached: 0 of 1,000 messages received/,
      );
    }
  }));

Deno.test("a producer whose broker is gone at the end gives 1 and says what has no receipt", async () => {
  const broker = await EmbeddedBroker.start();
  const io = fakeIo();
  const plan = planFor("producer", broker.serviceUrl, "--workers", "1", "--rate", "300", "-d", "1s");
  const code = new Session([plan], io).run();
  await until(() => io.terminal.text.includes("running"));
  await broker.stop();
  assert.equal(await code, 1);
  assert.match(
    io.stdout.text,
    /✗ failure +[\d,]+ messages? (was|were) never acknowledged; no connection since 0:0\d \(Connection\w+\)/,
  );
  assert.doesNotMatch(io.stdout.text, /✓ ok/);
});

Deno.test("a second signal stops at once with 105", () =>
  withBroker(async (broker) => {
    await broker.inject({ kind: "delayReceipts", ms: 600_000 });
    const io = fakeIo();
    const plan = planFor("producer", broker.serviceUrl, "--workers", "1", "--rate", "500", "-d", "1h");
    const ended = new Session([plan], io).run();
    await until(() => io.terminal.text.includes("running"));
    io.terminal.send("SIGINT");
    assert.deepEqual(io.terminal.exits, []);
    io.terminal.send("SIGINT");
    assert.deepEqual(io.terminal.exits, [105]);
    assert.match(io.terminal.text, /stopped at once, no result written\n/);
    // The fake terminal does not end the process; what runs on must come to its end by itself.
    await ended;
  }));

Deno.test("a signal before the load has started leaves nothing behind", async () => {
  // Takes connections and never says a word.
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr as Deno.NetAddr;
  const io = fakeIo();
  const plan = planFor("producer", `pulsar://127.0.0.1:${port}`, "--workers", "1");
  const code = new Session([plan], io).run();
  const connection = await silent.accept();
  io.terminal.send("SIGTERM");
  await assert.rejects(code, (error) => error instanceof InterruptedError && /SIGTERM/.test(error.message));
  assert.equal(io.terminal.listening, 0);
  assert.equal(io.stdout.text, "");
  connection.close();
  silent.close();
});

Deno.test("when stdout is gone, stderr gets the summary, and results are written", () =>
  withBroker(({ serviceUrl }) =>
    withFolder(async (folder) => {
      const io = fakeIo();
      io.stdout.failure = new Deno.errors.BrokenPipe();
      const plan = planFor(
        "producer",
        serviceUrl,
        ...["--workers", "1", "-n", "100", "--csv", `${folder}/run.csv`],
      );
      assert.equal(await new Session([plan], io).run(), 0);
      assert.match(io.stderr.text, /✓ ok/);
      assert.match(await Deno.readTextFile(`${folder}/run.csv`), /^[^\n]+,[^\n]+\n[^\n]+,/);
    })
  ));

Deno.test("a result that cannot be written at the end costs the exit code, not the summary", () =>
  withBroker(({ serviceUrl }) =>
    withFolder(async (folder) => {
      const output = `${folder}/gone/run.json`;
      await Deno.mkdir(`${folder}/gone`);
      const io = fakeIo();
      const plan = planFor("producer", serviceUrl, ...[
        "--workers",
        "1",
        "-r",
        "100",
        "-d",
        "1s",
        "-o",
        output,
      ]);
      const code = new Session([plan], io).run();
      await until(() => io.terminal.text.includes("running"));
      await Deno.remove(`${folder}/gone`, { recursive: true });
      assert.equal(await code, 1);
      assert.match(io.stdout.text, /✓ ok/);
      assert.match(io.stderr.text, /cannot write '.*run\.json'/);
    })
  ));

Deno.test("an output that cannot be written is refused before anything connects", () =>
  withFolder(async (folder) => {
    const io = fakeIo();
    const plan = planFor("producer", "pulsar://127.0.0.1:1", "-o", `${folder}/nowhere/run.json`);
    await assert.rejects(new Session([plan], io).run(), /nowhere\/run\.json': its folder does not exist/);
    assert.equal(io.terminal.text, "");
  }));

Deno.test("a broker that refuses ends the session with what it said", () =>
  withBroker(async (broker) => {
    await broker.inject({ kind: "fail", request: "producer", error: "TopicTerminatedError", times: 50 });
    const io = fakeIo();
    const plan = planFor("producer", broker.serviceUrl, "--workers", "1", "-n", "10");
    await assert.rejects(new Session([plan], io).run(), /TopicTerminatedError/);
    assert.equal(io.terminal.listening, 0);
  }));

Deno.test("producer and consumer together lose nothing, and the result file has both", () =>
  withBroker(({ serviceUrl }) =>
    withFolder(async (folder) => {
      const io = fakeIo();
      const output = `${folder}/both.json`;
      const page = `${folder}/both.html`;
      const plans = [
        planFor("producer", serviceUrl, "--workers", "2", "-n", "20000", "-o", output, "--html", page),
        planFor("consumer", serviceUrl, "--workers", "2", "--initial-position", "earliest"),
      ];
      assert.equal(await new Session(plans, io).run(), 0);
      assert.match(io.stdout.text, /✓ ok[^]*✓ ok/);
      const results = parseResults(await Deno.readTextFile(output), output);
      assert.deepEqual(results.map(({ run }) => run.role), ["producer", "consumer"]);
      const named = results.map((result) => ({ name: result.run.role, result }));
      assert.equal(
        await Deno.readTextFile(page),
        reportHtml(named),
        "the page is what lab report makes of it",
      );
      assert.equal(results[1]?.integrity?.verified, 20_000);
      assert.equal(results[1]?.integrity?.lost, 0);
    })
  ));

Deno.test("a consumer follows the run of its first message when nobody has named one", () =>
  withBroker(async ({ serviceUrl }) => {
    const consumerIo = fakeIo();
    const consumer = new Session([
      planFor("consumer", serviceUrl, "--workers", "1", "-n", "500", "--initial-position", "earliest"),
    ], consumerIo).run();
    await until(() => consumerIo.terminal.text.includes("running"));
    const sent = planFor("producer", serviceUrl, "--workers", "1", "-n", "500", "--run-id", "another");
    assert.equal(await new Session([sent], fakeIo()).run(), 0);
    assert.equal(await consumer, 0);
    assert.match(consumerIo.stdout.text, /500 verified/);
  }));
