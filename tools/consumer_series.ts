/**
 * What metrics of consumers cost: a real cluster with the chart's settings, its broker with and without
 * `exposeConsumerLevelMetricsInPrometheus`, and how many samples its page then has.
 *
 *     deno run -P=integration tools/consumer_series.ts [TOPICS] [CONSUMERS]
 *
 * CONSUMERS, 5 by default, share one subscription of each of the TOPICS, 20 by default.
 */
import { networkConnect, PulsarClient } from "../lib/client/mod.ts";
import { startBookieCluster } from "../tests/support/bookie_cluster.ts";

const MESSAGES = 50;
/** Three statistics periods of the cluster (2 s): by then the page has every rate. */
const SETTLE_MS = 6000;

interface Page {
  readonly samples: number;
  readonly ofConsumers: number;
  readonly bytes: number;
}

/** Counts as prometheus.yml keeps them: without the times at which counters began. */
function counted(text: string): Page {
  const samples = text.split("\n").filter((line) => /^\w/.test(line) && !/^\w+_created\W/.test(line));
  return {
    samples: samples.length,
    ofConsumers: samples.filter((line) => line.includes('consumer_id="')).length,
    bytes: text.length,
  };
}

async function measured(topics: number, consumers: number, exposed: boolean): Promise<Page> {
  await using cluster = await startBookieCluster({ exposeConsumerLevelMetricsInPrometheus: exposed });
  const client = new PulsarClient({ serviceUrl: cluster.serviceUrl, connect: networkConnect() });
  try {
    for (let index = 0; index < topics; index++) {
      const topic = `persistent://public/default/topic-${index}`;
      for (let joined = 0; joined < consumers; joined++) {
        await client.subscribe({ topic, subscription: "billing", type: "shared" });
      }
      const producer = await client.createProducer({ topic });
      const payload = new Uint8Array(100);
      await Promise.all(Array.from({ length: MESSAGES }, () => producer.send({ payload })));
    }
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const response = await fetch(`http://${cluster.targets.broker}/metrics/`);
    return counted(await response.text());
  } finally {
    await client.close();
  }
}

/** @throws {Error} when the argument is no whole number from 1 to 1000 */
function count(text: string | undefined, name: string, usual: number): number {
  const value = text === undefined ? usual : Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1000) {
    throw new Error(`${name} is '${text}'; a whole number from 1 to 1000 is needed`);
  }
  return value;
}

if (import.meta.main) {
  const topics = count(Deno.args[0], "TOPICS", 20);
  const consumers = count(Deno.args[1], "CONSUMERS", 5);
  console.log(`${topics} topics with ${consumers} consumers each; samples on the broker's page:`);
  for (const exposed of [true, false]) {
    const { samples, ofConsumers, bytes } = await measured(topics, consumers, exposed);
    const state = exposed ? "on" : "off";
    console.log(`${state}: ${samples} samples, ${ofConsumers} of consumers, ${Math.round(bytes / 1000)} kB`);
  }
}
