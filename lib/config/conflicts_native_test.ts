import assert from "node:assert/strict";
import type { OptionKey } from "./option_spec.ts";
import { optionOf } from "./options.ts";
import { resolve, type Resolved } from "./resolve.ts";
import type { ConsumerConfig, ProducerConfig, Role } from "./run_config.ts";
import { ConfigError } from "./source.ts";

type Given = Readonly<Partial<Record<OptionKey, string>>>;

function settled(role: Role, given: Given, profile = ""): Resolved {
  const flags = new Map(
    Object.entries({ driver: "native", ...given }).map(([key, text]) => {
      const flag = `--${optionOf(key as OptionKey).flag}`;
      return [key as OptionKey, { texts: [text], source: { kind: "flag" as const, flag } }];
    }),
  );
  flags.set("profile", { texts: ["p.yaml"], source: { kind: "flag", flag: "--profile" } });
  return resolve({ role, flags, env: {}, readFile: () => profile || "workers: 5\n", runId: "r" });
}

function refusal(role: Role, given: Given): string {
  try {
    settled(role, given);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

Deno.test("what the native client cannot do is refused by name, with the reason", () => {
  const cases: readonly (readonly [Role, Given, RegExp])[] = [
    [
      "producer",
      { keepAliveMs: "5s" },
      /--keep-alive cannot be had with --driver native: it pings every 30 s/,
    ],
    ["producer", { operationTimeoutMs: "1500ms" }, /--operation-timeout .* whole seconds, not '1s500ms'/],
    ["producer", { batchDelayMs: "0" }, /--batch-delay .* whole milliseconds from 1 on, not '0/],
    ["producer", { batchDelayMs: "1500us" }, /--batch-delay .* whole milliseconds/],
    ["consumer", { ackGroupMs: "0" }, /--ack-group-time .* 100 ms or 1,000 messages/],
    ["consumer", { ackGroupMax: "10" }, /--ack-group-max .* 100 ms or 1,000 messages/],
    ["consumer", { nackPercent: "5" }, /--nack-percent .* decides by itself/],
    ["consumer", { durable: "false" }, /--durable cannot be had with .* name can be chosen/],
    ["consumer", { batchIndexAck: "true" }, /--batch-index-ack .* decides by itself/],
    ["consumer", { unackedTimeoutMs: "20s" }, /--unacked-timeout .* cannot ask/],
  ];
  for (const [role, given, reason] of cases) assert.match(refusal(role, given), reason);
});

Deno.test("the wire client takes all of that", () => {
  const given = { driver: "wire", keepAliveMs: "5s", operationTimeoutMs: "1500ms" };
  assert.equal(refusal("producer", { ...given, batchDelayMs: "0", maxInFlight: "5000" }), "");
  assert.equal(refusal("consumer", { ...given, ackGroupMs: "0", nackPercent: "5" }), "");
});

Deno.test("workers divide 500 messages in flight, and a batch is no larger than the share of one", () => {
  const window = (given: Given): readonly number[] => {
    const { maxInFlight, batchMessages } = settled("producer", given).config as ProducerConfig;
    return [maxInFlight, batchMessages];
  };
  assert.deepEqual(window({ workers: "1" }), [500, 500]);
  assert.deepEqual(window({ workers: "5" }), [100, 100]);
  assert.deepEqual(window({ workers: "3", maxInFlight: "10" }), [10, 10]);
  assert.deepEqual(window({ workers: "1", batchMessages: "20" }), [500, 20]);
  assert.match(
    refusal("producer", { workers: "1", maxInFlight: "501" }),
    /--max-in-flight '501' is too much/,
  );
  assert.match(
    refusal("producer", { workers: "5", batchMessages: "101" }),
    /--batch-messages '101' .* at most '500' messages in flight, '100' for each of 5 workers/,
  );
});

Deno.test("what only a profile asks for goes back to its default, with a notice", () => {
  const profile =
    "workers: 1\nconsumer: { ackGroupTime: 0, receiverQueue: 100 }\nproducer: { maxInFlight: 20k }\n";
  const { config, notices } = settled("consumer", {}, profile);
  assert.equal((config as ConsumerConfig).ackGroupMs, 100);
  assert.equal((config as ConsumerConfig).receiverQueue, 100);
  assert.match(notices.join(), /--ack-group-time \(profile p\.yaml\) does not hold, since it collects/);
  assert.equal((settled("producer", {}, profile).config as ProducerConfig).maxInFlight, 500);
});

Deno.test("that workers share one thread is said, also what --tls-ca means there", () => {
  const notices = (role: Role, given: Given): string => settled(role, given).notices.join("\n");
  assert.match(notices("producer", { workers: "4" }), /the 4 workers share one thread/);
  assert.equal(notices("producer", { workers: "1" }), "");
  assert.equal(notices("consumer", { subscriptionType: "exclusive" }), "");
  const secure = { serviceUrl: "pulsar+ssl://h", tlsCa: "ca.pem", workers: "1" };
  assert.match(notices("producer", secure), /--tls-ca replaces/);
});
