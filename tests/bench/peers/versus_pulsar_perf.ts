/**
 * Our executables against `pulsar-perf` on the same real broker: paired runs in alternating order, ratios by pair.
 *
 *     deno run -A tests/bench/peers/versus_pulsar_perf.ts [--rounds 3] [--seconds 8]
 *
 * Both sides publish 1 KiB messages as fast as they can with one producer and one connection, and consume a backlog
 * with one consumer; rates are the broker's counters, CPU time the kernel's, over the same kind of window.
 */
import { parseArgs } from "node:util";
import { startBroker } from "../../support/real_broker.ts";
import type { Measurement } from "./measure.ts";
import { runOurConsume, runOurProduce } from "./our_client.ts";
import { runPulsarPerfConsume, runPulsarPerfProduce } from "./pulsar_perf.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "8" },
    backlog: { type: "string", default: "4m" },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const WARM_UP_SECONDS = 4;

interface Pair {
  readonly ours: Measurement;
  readonly theirs: Measurement;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function row(name: string, pairs: readonly Pair[]): string {
  const cell = (pick: (pair: Pair) => number, digits: number): string => {
    const all = pairs.map(pick);
    const shown = [Math.min(...all), median(all), Math.max(...all)].map((value) => value.toFixed(digits));
    return shown.join(" / ");
  };
  return `| ${name} | ${cell((p) => p.ours.msgPerSecond, 0)} | ${cell((p) => p.theirs.msgPerSecond, 0)} | ` +
    `${cell((p) => p.ours.msgPerSecond / p.theirs.msgPerSecond, 2)} | ` +
    `${cell((p) => p.ours.cpuMicrosPerMessage, 2)} | ${cell((p) => p.theirs.cpuMicrosPerMessage, 2)} |`;
}

await using broker = await startBroker({ memory: "1g" });
const { admin } = broker;

async function inTurn(round: number, run: (isOurs: boolean) => Promise<Measurement>): Promise<Pair> {
  const order = round % 2 === 0 ? [true, false] : [false, true];
  const results = new Map<boolean, Measurement>();
  for (const isOurs of order) results.set(isOurs, await run(isOurs));
  return { ours: results.get(true)!, theirs: results.get(false)! };
}

const publish: Pair[] = [];
const consume: Pair[] = [];
for (let round = 0; round < rounds; round++) {
  publish.push(
    await inTurn(round, async (isOurs) => {
      const topic = `versus-publish-${round}-${isOurs}`;
      await admin.createTopic(topic);
      const common = { broker, topic, size: 1024, seconds, warmupSeconds: WARM_UP_SECONDS };
      const result = isOurs
        ? await runOurProduce(common)
        : await runPulsarPerfProduce({ ...common, rate: 2_000_000 });
      await admin.deleteTopic(topic);
      console.error(`round ${round + 1} publish ${isOurs ? "ours" : "pulsar-perf"}:`, result);
      return result;
    }),
  );
  consume.push(
    await inTurn(round, async (isOurs) => {
      // Each side reads what it would have published itself: batches of its own making.
      const topic = `versus-consume-${round}-${isOurs}`;
      await admin.createTopic(topic);
      await admin.createSubscription(topic, "versus");
      await fill(topic);
      const common = { broker, topic, subscription: "versus", seconds, warmupSeconds: 2 };
      const result = isOurs ? await runOurConsume(common) : await runPulsarPerfConsume(common);
      await admin.deleteTopic(topic);
      console.error(`round ${round + 1} consume ${isOurs ? "ours" : "pulsar-perf"}:`, result);
      return result;
    }),
  );
}

/** The same backlog for both: batches of 1,000 from our producer. */
async function fill(topic: string): Promise<void> {
  const flags = ["run", "--no-check", "--allow-read", "--allow-net", "--allow-env", "--allow-sys"];
  const entry = new URL("../../../cli/producer.ts", import.meta.url).pathname;
  const args = [...flags, entry, "-u", broker.serviceUrl, "--topic", topic, "--workers", "1", "--ui", "none"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args, "--count", values.backlog, "--batch-messages", "1000"],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

console.log(`1 KiB messages, ${rounds} rounds of ${seconds} s, each cell min / median / max`);
console.log("| | ours msg/s | pulsar-perf msg/s | ratio | our CPU µs/msg | its CPU µs/msg |");
console.log("| --- | --: | --: | --: | --: | --: |");
console.log(row("publish", publish));
console.log(row("consume and acknowledge", consume));
