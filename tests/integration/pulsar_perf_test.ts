import assert from "node:assert/strict";
import { runPulsarPerfConsume, runPulsarPerfProduce } from "../bench/peers/pulsar_perf.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const shared = reason === undefined ? await sharedBroker() : undefined;

testUnless(reason)("pulsar-perf publishes and consumes, and its rate and CPU time are measured", async () => {
  const broker = shared!;
  const topic = `peer-${crypto.randomUUID()}`;
  await broker.admin.createTopic(topic);
  await broker.admin.createSubscription(topic, "peer");
  const short = { broker, topic, warmupSeconds: 1, seconds: 3 };

  const produced = await runPulsarPerfProduce({ ...short, rate: 2000, size: 100 });
  assert.ok(
    produced.msgPerSecond > 1000 && produced.msgPerSecond < 3000,
    `${produced.msgPerSecond} of 2000 msg/s`,
  );
  assert.ok(produced.cpuMicrosPerMessage > 1);

  const consumed = await runPulsarPerfConsume({
    ...short,
    subscription: "peer",
    options: ["-r", "1000"],
  });
  assert.ok(consumed.messages > 0 && consumed.cpuMicrosPerMessage > 1);
  await broker.admin.deleteTopic(topic);
});
