import assert from "node:assert/strict";
import { frontEmbedded } from "../../../tests/support/fault_proxy.ts";
import { NETWORK_CASES, type NetworkCase, proveNetworkCase } from "../../../tests/support/network_faults.ts";
import { startBrokerInWorker } from "../../broker/mod.ts";
import { configOf, LONG, until } from "./load_run_test_support.ts";
import { LoadRun } from "./load_run.ts";

async function prove(each: NetworkCase, deduplicates: boolean): Promise<void> {
  const broker = await startBrokerInWorker({ deduplication: deduplicates, keepAliveMs: 1000 });
  try {
    await using proxy = await frontEmbedded(broker);
    const { serviceUrl } = proxy;
    const { adminUrl } = broker;
    await proveNetworkCase(proxy, { serviceUrl, adminUrl, topic: "hurt", deduplicates }, each);
  } finally {
    await broker.stop();
  }
}

for (const each of NETWORK_CASES) {
  Deno.test(`nothing acknowledged is lost, and nothing doubled, under ${each.name}`, () => prove(each, true));
}
for (const each of NETWORK_CASES.filter(({ resends }) => resends)) {
  Deno.test(`without deduplication, only what was sent again is doubled, under ${each.name}`, () =>
    prove(each, false));
}

// Commands have no checksum: what a changed id in one does, nobody can tell. Connections may break, runs may not.
for (const direction of ["up", "down"] as const) {
  Deno.test(`bits turned over anywhere cost connections, and no more: ${direction}`, async () => {
    const broker = await startBrokerInWorker({ keepAliveMs: 1000 });
    const common = { topic: "hurt", runId: "hurt", keepAliveMs: "1s", workers: "1" };
    try {
      await using proxy = await frontEmbedded(broker);
      const target = { serviceUrl: proxy.serviceUrl, adminUrl: broker.adminUrl };
      const producer = new LoadRun({
        config: {
          ...configOf("producer", { ...common, rate: "2000", count: "4000", size: "64B", batching: "false" }),
          ...target,
        },
      });
      const consumer = new LoadRun({
        config: { ...configOf("consumer", { ...common, initialPosition: "earliest" }), ...target },
      });
      try {
        await consumer.connect();
        await producer.connect();
        consumer.begin();
        producer.begin();
        proxy.fault({ kind: "flip", within: "everything", direction, every: 15_000 });
        await until(() => proxy.flips >= 20, LONG);
        assert.ok(proxy.flips >= 20, `${proxy.flips} flips`);
        proxy.clear();
        // A receipt that was changed into an older one is missed for ever on its connection.
        proxy.fault({ kind: "reset" });
        const { snapshot, reason } = await producer.done;
        assert.equal(reason, "count");
        assert.equal(snapshot.total.counters.messages, 4000);
        assert.ok(snapshot.total.counters.reconnects >= 1);
        const before = consumer.reader.total().counters.messages;
        assert.ok(before > 0 && consumer.phase === "running");
        assert.equal((await broker.brokerStats()).internalError, undefined);
      } finally {
        await Promise.all([producer.finish("quit"), consumer.finish("quit")]);
      }
    } finally {
      await broker.stop();
    }
  });
}
