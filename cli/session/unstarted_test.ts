import assert from "node:assert/strict";
import { parseResults } from "../../lib/report/result/result.ts";
import { fakeIo, planFor } from "./session_test_support.ts";
import { InterruptedError } from "../errors.ts";
import { Session } from "./session.ts";
import { reportUnjoined } from "./unstarted.ts";

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** An address where nothing listens. */
function nowhere(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return `pulsar://127.0.0.1:${port}`;
}

for (const role of ["producer", "consumer"] as const) {
  Deno.test(`a ${role} that cannot connect leaves a result, events and CSV that say so, and no other file's content`, () =>
    withFolder(async (folder) => {
      const files = { result: `${folder}/run.json`, events: `${folder}/run.jsonl`, csv: `${folder}/run.csv` };
      await Deno.writeTextFile(files.result, "yesterday's");
      const plan = planFor(
        role,
        nowhere(),
        ...["--workers", "1", "-d", "5s", "-o", files.result, "--events", files.events, "--csv", files.csv],
        ...(role === "consumer" ? ["--threshold", "verify.lost==0"] : []),
      );
      await assert.rejects(new Session([plan], fakeIo()).run(), /cannot connect/);
      const [result] = parseResults(await Deno.readTextFile(files.result), files.result);
      assert.equal(result?.verdict.status, "failure");
      assert.equal(result.verdict.exitCode, 1);
      assert.match(result.verdict.reasons[0]!, /cannot connect to .*127\.0\.0\.1/);
      assert.equal(result.verdict.findings?.plan, "failed");
      assert.equal(result.verdict.findings?.delivery, "disconnected");
      assert.equal(result.totals.messages, 0);
      assert.deepEqual(result.intervals, []);
      for (const { state, value } of result.thresholds) {
        assert.deepEqual([state, value], ["fail", "nothing measured"]);
      }
      const events = (await Deno.readTextFile(files.events)).trim().split("\n").map((line) =>
        JSON.parse(line)
      );
      assert.deepEqual(events.map(({ event }) => event), ["start", "end"]);
      assert.equal(events[1].verdict.exitCode, 1);
      assert.match(await Deno.readTextFile(files.csv), /^[^\n]+\n$/, "its heading and no row");
    }));
}

Deno.test("both sides of a run that cannot connect are in the result", () =>
  withFolder(async (folder) => {
    const output = `${folder}/run.json`;
    const url = nowhere();
    const plans = [
      planFor("producer", url, "--workers", "1", "-o", output),
      planFor("consumer", url, "--workers", "1"),
    ];
    await assert.rejects(new Session(plans, fakeIo()).run(), /cannot connect/);
    const results = parseResults(await Deno.readTextFile(output), output);
    assert.deepEqual(results.map(({ run, verdict }) => [run.role, verdict.exitCode]), [
      ["producer", 1],
      ["consumer", 1],
    ]);
  }));

Deno.test("a run that a signal stops while it connects leaves a result too: stopped, 105", () =>
  withFolder(async (folder) => {
    // Takes connections and never says a word.
    const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = silent.addr as Deno.NetAddr;
    const output = `${folder}/run.json`;
    const io = fakeIo();
    const plan = planFor("producer", `pulsar://127.0.0.1:${port}`, "--workers", "1", "-o", output);
    const ended = new Session([plan], io).run();
    const connection = await silent.accept();
    io.terminal.send("SIGTERM");
    await assert.rejects(ended, InterruptedError);
    connection.close();
    silent.close();
    const [result] = parseResults(await Deno.readTextFile(output), output);
    assert.equal(result?.verdict.status, "interrupted");
    assert.equal(result.verdict.findings?.plan, "stopped");
  }));

Deno.test("a run whose processes never met leaves a result of each that was there", () =>
  withFolder(async (folder) => {
    const output = `${folder}/run.json`;
    const plan = planFor(
      "producer",
      nowhere(),
      "--run-id",
      "together",
      "--instances",
      "2",
      "--barrier",
      "2",
      "-d",
      "1s",
      "-o",
      output,
    );
    await reportUnjoined(plan, new Error("only 1 of 2 processes came"));
    const [result] = parseResults(await Deno.readTextFile(output), output);
    assert.deepEqual(result?.verdict.reasons, ["only 1 of 2 processes came"]);
    assert.equal(result.instances[0]?.expected, 2);
  }));

Deno.test("an output that cannot be used is no failed run: it leaves no result", () =>
  withFolder(async (folder) => {
    const output = `${folder}/run.json`;
    const plan = planFor("producer", nowhere(), "-o", output, "--csv", `${folder}/none/run.csv`);
    await assert.rejects(new Session([plan], fakeIo()).run(), /its folder does not exist/);
    await assert.rejects(Deno.stat(output), Deno.errors.NotFound);
  }));
