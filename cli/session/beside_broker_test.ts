import assert from "node:assert/strict";
import type { BrokerHandle, BrokerStats } from "../../lib/broker/mod.ts";
import { runBeside } from "./beside_broker.ts";
import { EXIT } from "../exit_codes.ts";
import type { Session } from "./session.ts";

Deno.test("a run on the embedded broker hears that its memory is full, and what fills it", async () => {
  const stats: Partial<BrokerStats> = {
    stalledNow: 1,
    maxBacklogBytes: 2 ** 28,
    largestTopic: { name: "persistent://public/default/orders", bytes: 2 ** 27 },
  };
  const broker = { brokerStats: () => Promise.resolve(stats) } as unknown as BrokerHandle;
  const said = Promise.withResolvers<string>();
  const session = {
    run: async () => {
      await said.promise;
      return EXIT.ok;
    },
    say: said.resolve,
  } as unknown as Session;
  assert.equal(await runBeside(broker, session), EXIT.ok);
  assert.equal(
    await said.promise,
    "embedded broker: the memory of 256 MiB is full of messages that subscriptions have not acknowledged, so senders have " +
      "to wait; most of it, 128 MiB, is 'persistent://public/default/orders'",
  );
});
