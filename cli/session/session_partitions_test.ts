import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../lib/broker/mod.ts";
import { parseResults } from "../../lib/report/result/result.ts";
import { fakeIo, planFor } from "./session_test_support.ts";
import { Session } from "./session.ts";

/** Waits for something, 20 s at most. */
async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = performance.now() + 20_000; !isSo() && performance.now() < deadline;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(isSo(), `waited in vain for ${isSo}`);
}

Deno.test("partitions that were added are an event with its time in events, result and summary", async () => {
  const folder = await Deno.makeTempDir();
  const broker = await EmbeddedBroker.start();
  try {
    const topic = "persistent://public/default/growing";
    await broker.createPartitionedTopic(topic, 2);
    const io = fakeIo();
    const [output, events] = [`${folder}/run.json`, `${folder}/run.jsonl`];
    const plan = planFor(
      "producer",
      broker.serviceUrl,
      ...["--workers", "1", "--rate", "500", "--topic", topic, "--partition-discovery", "50ms"],
      ...["-o", output, "--events", events],
    );
    const code = new Session([plan], io).run();
    const lines = (): string[] => Deno.readTextFileSync(events).trim().split("\n");
    await until(() => io.terminal.text.includes("running"));
    await broker.createPartitionedTopic(topic, 3);
    await until(() => lines().some((line) => line.includes('"event":"change"')));
    io.terminal.send("SIGINT");
    assert.equal(await code, 105);
    const [result] = parseResults(await Deno.readTextFile(output), output);
    assert.deepEqual(result!.changes!.map(({ setting, from, to }) => [setting, from, to]), [[
      "partitions",
      2,
      3,
    ]]);
    assert.match(io.stdout.text, /changed +0:0\d {2}partitions 2 → 3\n/);
    const told = lines().map((line) => JSON.parse(line)).find(({ event }) => event === "change");
    const { event: _, runId: _run, ...change } = told;
    assert.deepEqual([change], result!.changes);
  } finally {
    await broker.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
