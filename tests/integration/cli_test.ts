/** The executables as scripts use them: streams, files, exit codes, signals. */
import assert from "node:assert/strict";
import { run } from "../support/process.ts";
import { join } from "node:path";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import { parseResults } from "../../lib/report/result/result.ts";
import { cliCommand, runCli, startCli } from "../support/cli.ts";

const QUICK = ["--embedded", "--workers", "1", "-n", "2k"];

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("without a terminal, stderr gets a few plain lines and stdout the summary", async () => {
  const { code, stdout, stderr } = await runCli("producer", QUICK);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /embedded broker at pulsar:\/\/127\.0\.0\.1:\d+.*nobody consumes/);
  assert.match(stderr, /producer {2}running[^]*producer {2}done, 2,000 messages/);
  assert.ok(stderr.split("\n").length < 10, stderr);
  assert.match(stdout, /2,000 messages[^]*embedded broker: in memory, no persistence[^]*✓ ok/);
  assert.ok(!(stdout + stderr).includes("\x1b"), "no escape sequences");
});

Deno.test("--quiet prints the summary and nothing else; --json then leaves only JSON on stdout", async () => {
  const quiet = await runCli("producer", [...QUICK, "--quiet"]);
  assert.equal(quiet.stderr, "");
  assert.match(quiet.stdout, /✓ ok/);
  const json = await runCli("producer", [...QUICK, "--quiet", "--json"]);
  const [result] = parseResults(json.stdout, "stdout");
  assert.equal(result?.totals.messages, 2000);
  assert.match(json.stderr, /✓ ok/);
});

Deno.test("--json beside --output fills both: the file, and standard output", () =>
  withFolder(async (folder) => {
    const output = join(folder, "run.json");
    const { code, stdout } = await runCli("producer", [...QUICK, "--quiet", "--json", "-o", output]);
    assert.equal(code, 0);
    assert.equal(stdout, await Deno.readTextFile(output));
    assert.equal(JSON.parse(stdout).verdict.status, "ok");
  }));

Deno.test("colours are there when they are asked for, and not with NO_COLOR", async () => {
  const always = await runCli("producer", [...QUICK, "-q", "--color", "always"]);
  assert.ok(always.stdout.includes("\x1b["));
  const never = await runCli("producer", [...QUICK, "-q"], { env: { NO_COLOR: "1" } });
  assert.ok(!never.stdout.includes("\x1b["));
});

Deno.test("events are one JSON line an interval on stdout, from start to end", async () => {
  const { code, stdout } = await runCli("producer", [
    ...["--embedded", "--workers", "1", "-r", "500", "-d", "3s", "-q", "--report-interval", "1s"],
    ...["--events", "-"],
  ]);
  assert.equal(code, 0);
  const events = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const types = events.map(({ event }) => event);
  assert.equal(types[0], "start");
  assert.equal(types.at(-1), "end");
  assert.ok(types.filter((type) => type === "interval").length >= 2, stdout);
});

Deno.test("every kind of file is written whole, and none of the temporary ones stays", () =>
  withFolder(async (folder) => {
    const file = (name: string): string => join(folder, name);
    const { code, stderr } = await runCli("producer", [
      ...["--embedded", "--workers", "1", "-r", "500", "-d", "2s", "-q", "--report-interval", "1s"],
      ...["-o", file("run.json"), "--csv", file("run.csv"), "--hdr-log", file("run.hlog")],
      ...["--events", file("run.ndjson")],
    ]);
    assert.equal(code, 0, stderr);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["run.csv", "run.hlog", "run.json", "run.ndjson"]);
    assert.equal(parseResults(await Deno.readTextFile(file("run.json")), "run.json").length, 1);
    assert.match(await Deno.readTextFile(file("run.csv")), /^time,.*\r\n\d/);
    assert.match(await Deno.readTextFile(file("run.hlog")), /^#.*\n[^]*\n(Tag=[^,]+,)?\d[\d.]*,/);
  }));

Deno.test({
  name: "a device stays a device, and a full disk costs the exit code and not the summary",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const { code, stdout, stderr } = await runCli("producer", [...QUICK, "-q", "-o", "/dev/full"], {
      allowAll: true,
    });
    assert.equal(code, 1);
    assert.match(stdout, /✓ ok/);
    assert.match(stderr, /cannot write '\/dev\/full': the disk is full/);
    // Deno lets nobody look at a device who may not do everything.
    assert.equal((await run("test", ["-c", "/dev/full"])).code, 0);
  },
});

Deno.test("a reader of stdout that goes away does not keep the run from ending", async () => {
  const [program, ...args] = cliCommand("producer", [
    ...["--embedded", "--workers", "1", "-r", "500", "-d", "2s", "--events", "-", "--report-interval", "1s"],
  ]);
  const child = new Deno.Command(program!, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assert.match(stderr, /✓ ok[^]*cannot write '-'/, "the summary, and why the exit code is not 0");
  assert.equal((await child.status).code, 1);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`${signal} without a terminal: summary, result, 105`, () =>
    withFolder(async (folder) => {
      const output = join(folder, "run.json");
      const broker = await EmbeddedBroker.start();
      try {
        const { child, outcome } = startCli("producer", [
          ...["-u", broker.serviceUrl, "--workers", "1", "-r", "500", "--topic", signal, "-o", output],
        ]);
        // Messages that arrive prove that the load is on.
        while (await messagesIn(broker, signal) < 100) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        child.kill(signal);
        const { code, stdout } = await outcome;
        assert.equal(code, 105);
        const who = signal === "SIGINT" ? "the user \\(Ctrl-C\\)" : signal;
        assert.match(stdout, new RegExp(`interrupted +stopped by ${who}; the run had no planned end`));
        const [result] = parseResults(await Deno.readTextFile(output), output);
        assert.equal(result?.verdict.exitCode, 105);
        assert.ok(result!.totals.messages >= 100);
      } finally {
        await broker.stop();
      }
    }));
}

async function messagesIn(broker: EmbeddedBroker, topic: string): Promise<number> {
  try {
    return (await broker.stats(`persistent://public/default/${topic}`)).msgInCounter;
  } catch {
    return 0; // not created yet
  }
}

Deno.test("thresholds decide the exit code: 0 when they hold, 99 when not", async () => {
  const held = await runCli("producer", [...QUICK, "-q", "--threshold", "errors==0"]);
  assert.equal(held.code, 0);
  assert.match(held.stdout, /✓ +errors==0/);
  const missed = await runCli("producer", [...QUICK, "-q", "--threshold", "response.p99<1us"]);
  assert.equal(missed.code, 99);
  assert.match(missed.stdout, /✗ +response\.p99<1us/);
});

Deno.test("a threshold with abort ends the run early", async () => {
  const { code, stdout } = await runCli("producer", [
    ...["--embedded", "--workers", "1", "-r", "500", "-d", "10m", "-q"],
    ...["--threshold", "response.p99<1us abort"],
  ]);
  assert.equal(code, 99, stdout);
});

Deno.test("a consumer waits for a producer, follows its run, and proves that nothing is missing", async () => {
  const broker = await EmbeddedBroker.start();
  try {
    const target = ["-u", broker.serviceUrl, "--topic", "waiting", "--workers", "2"];
    const consumer = startCli("consumer", [
      ...[...target, "-n", "3k", "--initial-position", "earliest", "-q", "--json"],
    ]);
    const producer = await runCli("producer", [...target, "-n", "3k", "-q", "--run-id", "theirs"]);
    assert.equal(producer.code, 0, producer.stderr);
    const { code, stdout, stderr } = await consumer.outcome;
    assert.equal(code, 0, stderr);
    const [result] = parseResults(stdout, "stdout");
    assert.equal(result?.integrity?.verified, 3000);
    assert.equal(result?.integrity?.foreign, 0);
    assert.equal(result?.integrity?.lost, 0);
  } finally {
    await broker.stop();
  }
});

Deno.test("two dashes in front of the options, as npm's users type them, are no mistake", async () => {
  const { code } = await runCli("producer", ["--", ...QUICK, "-q"]);
  assert.equal(code, 0);
  const demo = await runCli("lab", ["demo", "--", "-n", "1k", "-q"]);
  assert.equal(demo.code, 0, demo.stderr);
});

Deno.test("the demo's results go through report, compare and merge", () =>
  withFolder(async (folder) => {
    const [a, b] = [join(folder, "a.json"), join(folder, "b.json")];
    for (const path of [a, b]) {
      const { code, stdout } = await runCli("lab", ["demo", "-r", "2k", "-d", "1s", "-q", "-o", path]);
      assert.equal(code, 0, stdout);
    }
    const page = join(folder, "page.html");
    const report = await runCli("lab", ["report", a, b, "-o", page]);
    assert.equal(report.code, 0, report.stderr);
    assert.match(report.stdout, /page\.html/);
    assert.match(await Deno.readTextFile(page), /^\s*<!doctype html>/i);
    const compared = await runCli("lab", ["compare", a, b]);
    assert.equal(compared.code, 0, compared.stderr);
    assert.match(compared.stdout, /p99/i);
    const merged = await runCli("lab", ["merge", "-"], { stdin: await Deno.readTextFile(a) });
    assert.equal(merged.code, 0, merged.stderr);
    assert.match(merged.stdout, /published[^]*received/);
  }));

Deno.test("lab explains itself: examples first, the demo's options, a known version", async () => {
  const help = await runCli("lab", ["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^[^]{0,200}Examples:[^]*lab demo[^]*Commands:[^]*report[^]*compare[^]*merge/);
  const demo = await runCli("lab", ["demo", "--help"]);
  assert.equal(demo.code, 0);
  assert.match(demo.stdout, /Examples:[^]*lab demo --rate 50k[^]*Usage: lab demo[^]*--rate/);
  const bare = await runCli("lab", []);
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /Examples:/);
  assert.equal((await runCli("lab", ["--version"])).code, 0);
});

Deno.test("lab report --markdown prints a summary of each result, and not into a file", () =>
  withFolder(async (folder) => {
    const output = join(folder, "run.json");
    const load = ["--embedded=null", "--count", "1k", "--workers", "1", "--ui", "none"];
    const producer = await runCli("producer", [...load, "--threshold", "errors==0", "--output", output]);
    assert.equal(producer.code, 0, producer.stderr);
    const { code, stdout, stderr } = await runCli("lab", ["report", output, "--markdown"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^### ✅ run: producer, ok, exit code 0\n/);
    assert.match(stdout, /\n\| errors==0 \| ✅ \| 0 \|/);
    const both = await runCli("lab", ["report", output, "--markdown", "-o", "page.html"]);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /'--markdown' cannot be used with option '-o, --output <file>'/);
  }));
