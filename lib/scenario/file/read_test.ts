import assert from "node:assert/strict";
import { ConfigError } from "../../config/source.ts";
import { readScenario, readSweep, type ScenarioInput } from "./read.ts";

function inputOf(text: string, more: Partial<ScenarioInput> = {}): ScenarioInput {
  const readFile = (path: string): string => {
    throw new Error(`no file '${path}' here`);
  };
  return { path: "folder/try.yaml", text, flags: new Map(), env: {}, readFile, runId: "r1", ...more };
}

const read = (text: string, more?: Partial<ScenarioInput>) => readScenario(inputOf(text, more)).scenario;

/** The mistakes of a text, without the file's name. */
function mistakes(text: string): string[] {
  try {
    readScenario(inputOf(text));
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ message }) => message.replace("folder/try.yaml:", ""));
  }
  assert.fail("nothing was found wrong");
}

const GROUPS = `
topics:
  orders: { count: 3, partitions: 2, namespace: shop/web, name: "order-{n:3}" }
producers:
  web: { rateEach: 10, perTopic: 2, size: 100 }
subscriptions:
  billing: { type: key-shared, consumers: 2, count: 2, workTime: 10ms }
`;

Deno.test("groups have the topics, the numbers and the configurations that the file gives them", () => {
  const { name, topics, producers, subscriptions, durationMs } = read(`duration: 1m${GROUPS}`);
  assert.equal(name, "try");
  assert.deepEqual(topics[0]!.topics, ["000", "001", "002"].map((n) => `persistent://shop/web/order-${n}`));
  const [web] = producers;
  assert.deepEqual([web!.lanes, web!.perTopic, web!.config.rate, web!.config.durationMs], [
    12,
    2,
    120,
    60_000,
  ]);
  assert.deepEqual(subscriptions.map((group) => [group.name, group.family]), [
    ["billing-0", "billing"],
    ["billing-1", "billing"],
  ]);
  const { config, lanes } = subscriptions[1]!;
  // 12 consumers that each need 10 ms for a message.
  assert.deepEqual([config.subscription, config.rate, lanes, config.durationMs], [
    "billing-1",
    1200,
    12,
    undefined,
  ]);
  assert.equal(config.workers, 2, "consumers of one topic are in different workers, where order is judged");
  assert.equal(durationMs, 60_000);
});

Deno.test("groups say how their producers and consumers are opened", () => {
  const { producers, subscriptions } = read(`
duration: 1s
topics: { t: }
producers:
  own: { ownConnections: true, connectRate: 2k }
  shared: { connectRate: 0.5, ownConnections: false }
  usual: { ownConnections: false }
subscriptions:
  reader: { ownConnections: true }
`);
  assert.deepEqual([...producers, ...subscriptions].map(({ opening }) => opening), [
    { ownConnections: true, rate: 2000 },
    { ownConnections: false, rate: 0.5 },
    undefined,
    { ownConnections: true, rate: undefined },
  ]);
  const wrong = mistakes(`
duration: 1s
topics: { t: }
producers:
  p: { ownConnections: perhaps, connectRate: 0 }
`);
  assert.match(wrong.join("\n"), /'producers\.p\.ownConnections': 'perhaps' is not valid/);
  assert.match(wrong.join("\n"), /'producers\.p\.connectRate': '0' is not valid/);
});

Deno.test("a client that tells of no times cannot open at a rate", () => {
  const [wrong] = mistakes(`
driver: native
duration: 1s
topics: { t: }
producers:
  p: { connectRate: 10 }
`);
  assert.match(wrong!, /^6:21: 'producers\.p\.connectRate' needs this tool's own client, not driver: native/);
});

Deno.test("a group with one group of topics need not name it, and a name can hold the run", () => {
  const { topics, producers } = read(`
duration: 1s
topics:
  only: { name: "t-{run}" }
producers:
  p:
`);
  assert.deepEqual(producers[0]!.topics, ["persistent://public/default/t-r1"]);
  assert.deepEqual(topics[0]!.partitions, 0);
});

Deno.test("values of the command line are put in the place of the file's", () => {
  const flags = new Map([["durationMs" as const, {
    texts: ["5s"],
    source: { kind: "flag" as const, flag: "--duration" },
  }]]);
  const overrides = new Map([["producers.web.size", "9"], ["topics.orders.count", "1"], ["drain", "3s"]]);
  const scenario = read(`duration: 1m${GROUPS}`, { flags, overrides });
  assert.equal(scenario.durationMs, 5000);
  assert.deepEqual(scenario.producers[0]!.config.size, { kind: "fixed", bytes: 9 });
  assert.equal(scenario.topics[0]!.topics.length, 1);
  assert.equal(scenario.drainMs, 3000);
});

Deno.test("a value cannot be put where the path to it holds a single value, or the file no settings", () => {
  const overrides = new Map([["duration.of.what", "9"]]);
  assert.throws(
    () => read(`duration: 1m${GROUPS}`, { overrides }),
    /'duration\.of\.what' cannot be set: a part of this path holds a single value/,
  );
  assert.throws(() => read("- 1", { overrides }), /expected a scenario/);
});

Deno.test("steps stand in the order of their times, and a name stands for all subscriptions that it describes", () => {
  const { steps } = read(`duration: 1m${GROUPS}
steps:
  - { at: 30s, unload: orders, times: 3, every: 5s, thresholds: [recovery<10s, "billing: e2e.p99<1s"] }
  - { at: 5s, hold: billing, messages: 10k, name: backlog }
  - { at: 1s, rate: web 2k }
  - { at: 2s, stage: steady }
  - { at: 3s, fault: stallReads 2s }
  - { at: 4s, command: kubectl delete pod pulsar-broker-0 }
  - { at: 6s, unloadNamespace: shop/web/0x00000000_0x40000000 }
  - { at: 7s, expire: billing-1 5s }
  - { at: 8s, workers: billing 3 }
`);
  assert.deepEqual(steps.map(({ name }) => name), [
    "rate web 2k",
    "steady",
    "fault stallReads 2s",
    "command kubectl delete pod pulsar-broker-0",
    "backlog",
    "unloadNamespace shop/web/0x00000000_0x40000000",
    "expire billing-1 5s",
    "workers billing 3",
    "unload orders",
  ]);
  assert.deepEqual(steps.map(({ action }) => action), [
    { kind: "rate", groups: ["web"], rate: 2000 },
    { kind: "stage" },
    { kind: "fault", fault: { kind: "stallReads", ms: 2000 } },
    { kind: "command", words: ["kubectl", "delete", "pod", "pulsar-broker-0"] },
    { kind: "hold", subscriptions: ["billing-0", "billing-1"], messages: 10_000, bytes: undefined },
    { kind: "unloadNamespace", namespace: "shop/web", bundle: "0x00000000_0x40000000" },
    { kind: "expire", subscriptions: ["billing-1"], seconds: 5 },
    { kind: "workers", groups: ["billing-0", "billing-1"], workers: 3 },
    { kind: "unload", topics: "orders" },
  ]);
  const thresholds = steps.at(-1)!.thresholds.map(({ group, text }) => [group, text]);
  assert.deepEqual(thresholds, [
    [undefined, "recovery<10s"],
    ["billing-0", "e2e.p99<1s"],
    ["billing-1", "e2e.p99<1s"],
  ]);
});

Deno.test("a reader is an exclusive subscription that is not durable, and so is one without durability", () => {
  const { subscriptions } = read(`topics: { t: { count: 2 } }
subscriptions:
  audit: { type: reader, initialPosition: earliest }
  tail: { durable: false }
  kept: { type: exclusive }
`);
  assert.deepEqual(
    subscriptions.map(({ config }) => [config.subscriptionType, config.durable, config.workers]),
    [["exclusive", false, 1], ["exclusive", false, 1], ["exclusive", true, 1]],
  );
  assert.deepEqual(subscriptions.map(({ config }) => config.initialPosition), [
    "earliest",
    "latest",
    "latest",
  ]);
});

Deno.test("a late subscription reads from the beginning, so that nothing is missing of what came before it", () => {
  const { subscriptions } = read(`duration: 1m
topics: { t: }
producers: { p: { rate: 1k } }
subscriptions: { late: { start: 10s } }
`);
  assert.deepEqual([subscriptions[0]!.startMs, subscriptions[0]!.config.initialPosition], [
    10_000,
    "earliest",
  ]);
});

for (
  const [what, text, expected] of [
    ["an unknown key", "durration: 1m\ntopics: { t: }\nproducers: { p: }", [
      "1:1: unknown setting 'durration' (did you mean 'duration'?)",
    ]],
    ["an unknown key of a group", "topics: { t: }\nproducers: { p: { rte: 1k } }", [
      "2:19: unknown setting 'producers.p.rte' (did you mean 'rate'?)",
    ]],
    ["a group without topics", "topics: { a: , b: }\nproducers:\n  p: { rate: 1k }", [
      "3:6: 'producers.p' does not say which 'topics' it is for: 'a', 'b'",
    ]],
    ["topics that are not there", "topics: { orders: }\nproducers: { p: { topics: order } }", [
      "2:27: 'producers.p': there is no group of topics 'order' (did you mean 'orders'?)",
    ]],
    ["a value that is none", "topics: { t: { count: many } }\nproducers: { p: }", [
      "1:23: 'topics.t.count': 'many' is not valid: expected a whole number from 1 to 1m",
    ]],
    ["nothing to run", "topics: { t: }", [
      "1:1: nothing to run: neither 'producers' nor 'subscriptions' are there",
    ]],
    [
      "two consumers of an exclusive subscription",
      "topics: { t: }\nsubscriptions: { s: { type: exclusive, consumers: 2 } }",
      [
        "2:51: 'subscriptions.s': an exclusive subscription takes one consumer, not 2",
      ],
    ],
    [
      "two consumers of a reader",
      "topics: { t: }\nsubscriptions: { s: { type: reader, consumers: 2 } }",
      [
        "2:48: 'subscriptions.s': a subscription that is not durable takes one consumer, not 2",
      ],
    ],
    ["a type that is none", "topics: { t: }\nsubscriptions: { s: { type: raeder } }", [
      "2:29: 'subscriptions.s.type': 'raeder' is not valid: " +
      "expected one of exclusive, shared, failover, key-shared, reader (did you mean 'reader'?)",
    ]],
    ["a durable reader", "topics: { t: }\nsubscriptions: { s: { type: reader, durable: true } }", [
      "2:46: 'subscriptions.s': a reader is not durable: use type: exclusive",
    ]],
    [
      "a shared subscription that is not durable",
      "topics: { t: }\nsubscriptions: { s: { type: shared, durable: false } }",
      [
        "--subscription-type (2:29) needs a durable subscription: one that is not has one consumer: " +
        "use exclusive, not 'shared'",
      ],
    ],
    [
      "a reader that is to be deleted",
      "topics: { t: }\nsubscriptions: { s: { type: reader, unsubscribe: true } }",
      [
        "--unsubscribe (2:50) needs a durable subscription: one that is not is gone with its consumer",
      ],
    ],
    ["a list where a mapping belongs", "topics: [t]", [
      "1:9: 'topics' must hold settings, such as 'name: value'",
    ]],
  ] as const
) {
  Deno.test(`refused with its place: ${what}`, () => assert.deepEqual(mistakes(text), expected));
}

for (
  const [what, step, expected] of [
    ["a step without a time", "{ unload: t }", "'steps[0]' needs 'at', a time such as '30s'"],
    ["a step that does nothing", "{ at: 1s }", "'steps[0]' has nothing to do"],
    [
      "a step that does two things",
      "{ at: 1s, unload: t, terminate: t }",
      "'steps[0]' has 'unload' and 'terminate'",
    ],
    ["a step that names what is not there", "{ at: 1s, pause: q }", "'steps[0]': there is no group 'q'"],
    ["a step after the end", "{ at: 10s, unload: t }", "'steps[0]': it comes at 10s, and the load lasts 10s"],
    [
      "repetitions beyond the end",
      "{ at: 5s, unload: t, times: 9, every: 1s }",
      "'steps[0]': its last time comes at 13s",
    ],
    [
      "repetitions without a distance",
      "{ at: 5s, unload: t, times: 2 }",
      "'steps[0]' happens 2 times: 'every' is missing",
    ],
    ["a hold without an end", "{ at: 1s, hold: s }", "'steps[0]': hold needs either 'messages' or 'bytes'"],
    [
      "a threshold of no group",
      "{ at: 1s, unload: t, thresholds: ['y: rate>1'] }",
      "threshold 'y: rate>1': there is no group 'y'",
    ],
    [
      "an unknown fault",
      "{ at: 1s, fault: stall 2s }",
      "'steps[0].fault': 'stall 2s' is not valid: expected one of dropConnections",
    ],
    [
      "a reader whose messages are to expire",
      "{ at: 1s, expire: r 5s }",
      "'steps[0]': 'r' is not durable: 'expire' is for subscriptions that the broker keeps",
    ],
    [
      "a reader that is to be deleted",
      "{ at: 1s, deleteSubscription: [s, r] }",
      "'steps[0]': 'r' is not durable: 'deleteSubscription' is for subscriptions that the broker keeps",
    ],
    [
      "more workers than there can be",
      "{ at: 1s, workers: p 65 }",
      "'steps[0].workers': '65' is not valid: expected a whole number from 1 to 64",
    ],
    [
      "workers for a consumer that is alone",
      "{ at: 1s, workers: x 2 }",
      "'steps[0]': 'x' is an exclusive subscription on one topic: its one consumer stays in one worker",
    ],
    [
      "consumers of a topic in one worker where order is judged",
      "{ at: 1s, workers: f 2 }",
      "'f' has 3 consumers of each topic on a failover subscription, which need as many workers: 3 or more, not 2",
    ],
    [
      "workers that change while nothing is kept",
      "{ at: 1s, workers: live 2 }",
      "'live' is on topics that are not persistent: what is sent",
    ],
    [
      "a rate without a group",
      "{ at: 1s, rate: 10k }",
      "'steps[0]': '10k' needs a name and a value: 'rate: NAME VALUE'",
    ],
  ] as const
) {
  Deno.test(`refused with its place: ${what}`, () => {
    const [first, ...others] = mistakes(`duration: 10s
topics: { t: , n: { persistent: false } }
producers: { p: { topics: t, rate: 10 } }
subscriptions: { s: { topics: t }, x: { topics: t, type: exclusive }, f: { topics: t, type: failover, consumers: 3 }, live: { topics: n }, r: { topics: t, type: reader } }
steps:
  - ${step}
`);
    assert.match(first!, /^6:\d+: /);
    assert.ok(first!.includes(expected), first);
    assert.deepEqual(others, []);
  });
}

Deno.test("a sweep goes through every combination of its lists", () => {
  const text = `sweep:
  producers.web.size: [100, 1k]
  duration: [1s, 2s, 3s]
`;
  const found = readSweep({ path: "x.yaml", text }).map((values) => [...values.values()].join(" "));
  assert.deepEqual(found, ["100 1s", "100 2s", "100 3s", "1k 1s", "1k 2s", "1k 3s"]);
  assert.deepEqual(readSweep({ path: "x.yaml", text: "duration: 1s" }), [new Map()]);
  assert.throws(
    () => readSweep({ path: "x.yaml", text: "sweep: { 'a b': [1] }" }),
    /x\.yaml:1:\d+: sweep: 'a b' is no path of a setting/,
  );
});

Deno.test("a variable that names a topic or a process means no group", () => {
  const env = {
    PLL_TOPIC: "t",
    PULSAR_TOPIC: "t",
    PULSAR_TOPIC_PARTITIONS: "8",
    PLL_SUBSCRIPTION: "s",
    PLL_INSTANCES: "3",
    JOB_COMPLETION_INDEX: "1",
  };
  const { producers: [web], subscriptions: [billing] } = read(`duration: 1m${GROUPS}`, { env });
  const { topic, partitions, instance, instances } = web!.config;
  assert.deepEqual([topic, partitions, instance, instances], ["persistent://shop/web/order-000", 0, 0, 1]);
  assert.equal(billing!.config.subscription, "billing-0");
});
