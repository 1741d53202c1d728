/** Whole scenarios on an embedded broker. */
import assert from "node:assert/strict";
import type { StepWorld } from "../steps/perform.ts";
import { Stage } from "./stage_test_support.ts";

Deno.test("each subscription is held against all that the producers of its topics sent, and against nothing else", async () => {
  await using stage = await Stage.open(`
duration: 1s
topics:
  orders: { count: 3 }
  clicks: { partitions: 2 }
producers:
  web: { topics: orders, rate: 900, catchUp: full }
  app: { topics: [orders, clicks], rate: 500, catchUp: full }
subscriptions:
  billing: { topics: orders, type: shared, consumers: 2 }
  all: { topics: [orders, clicks], type: failover }
`);
  await stage.perform();
  const sent = stage.outcome("web").streams.concat(stage.outcome("app").streams)
    .reduce((sum, { next }) => sum + next, 0);
  assert.equal(sent, 1400);
  for (const name of ["billing", "all"]) {
    const { lost, duplicates, corrupt, foreign } = stage.integrity(name);
    assert.deepEqual({ lost, duplicates, corrupt, foreign }, {
      lost: 0,
      duplicates: 0,
      corrupt: 0,
      foreign: 0,
    }, name);
  }
  assert.equal(stage.integrity("all").verified, 1400);
  // Three fifths of what 'app' sends goes to the three topics of orders.
  assert.equal(stage.integrity("billing").verified, 1200);
  assert.equal(stage.run.snapshot().phase, "done");
});

Deno.test("faults between steps cost no acknowledged message, and each step says what it did", async () => {
  await using stage = await Stage.open(`
duration: 4s
topics:
  orders: { count: 2, partitions: 2 }
producers:
  web: { rate: 2k, batchMessages: 10 }
subscriptions:
  billing: { type: key-shared, consumers: 2 }
steps:
  - { at: 500ms, unload: orders, name: move }
  - { at: 1s, rate: web 3k, name: faster }
  - { at: 2s, fault: dropConnections, name: cut }
`);
  await stage.perform();
  const { lost, outOfOrder, corrupt } = stage.integrity("billing");
  assert.deepEqual({ lost, outOfOrder, corrupt }, { lost: 0, outOfOrder: 0, corrupt: 0 });
  assert.deepEqual(["move", "faster", "cut"].map((name) => stage.step(name).state), ["done", "done", "done"]);
  const cut = stage.step("cut").outcome!;
  assert.ok(cut.recovery! > 0 && cut.firstError! <= cut.recovery!);
  // Four producers, and two consumers on each of four partitions.
  assert.deepEqual([...cut.outages].map(([name, { total }]) => [name, total]).sort(), [["billing", 8], [
    "web",
    4,
  ]]);
  assert.equal(cut.missing, 0);
  assert.ok(cut.inside.get("web")!.counters.messages > 0);
  assert.equal(stage.step("faster").text, "3,000 msg/s");
  const told = stage.told.filter(({ name }) => name === "move").map(({ state }) => state);
  assert.deepEqual(told, ["running", "done"]);
});

Deno.test("readers keep their place through moves and cuts, beside durable subscriptions, and one comes later", async () => {
  await using stage = await Stage.open(`
duration: 4s
topics:
  orders: { count: 2, partitions: 2 }
producers:
  web: { rate: 1k, batchMessages: 10, size: 100 }
subscriptions:
  billing: { type: shared }
  audit: { type: reader, ack: cumulative }
  tail: { durable: false, start: 1s }
steps:
  - { at: 500ms, unload: orders }
  - { at: 2s, fault: dropConnections }
  - { at: 3s, pause: audit }
`);
  await stage.perform();
  const { messages } = stage.outcome("web").snapshot.total.counters;
  for (const name of ["billing", "audit", "tail"]) {
    const { lost, notReceived, outOfOrder, corrupt } = stage.integrity(name);
    assert.deepEqual({ lost, notReceived, outOfOrder, corrupt }, {
      lost: 0,
      notReceived: 0,
      outOfOrder: 0,
      corrupt: 0,
    }, name);
  }
  const { counters } = stage.outcome("audit").snapshot.total;
  assert.ok(
    counters.reconnects >= 8,
    `${counters.reconnects}: each of four partitions moved, and was cut off`,
  );
  assert.equal(counters.redelivered, 0);
  assert.ok(stage.integrity("audit").verified >= messages);
});

Deno.test("a step changes how many workers share out a group, and nothing is lost or comes twice", async () => {
  await using stage = await Stage.open(`
duration: 10s
topics:
  orders: { count: 2 }
producers:
  web: { rate: 1k, perTopic: 2 }
subscriptions:
  billing: { type: key-shared, consumers: 2 }
steps:
  - { at: 500ms, workers: web 3, name: more }
  - { at: 1s, workers: billing 3, name: readers }
  - { at: 1500ms, workers: web 1, name: fewer }
  - { at: 2s, workers: billing 64, name: most }
`);
  await stage.perform();
  const { lost, duplicates, outOfOrder, verified } = stage.integrity("billing");
  assert.deepEqual({ lost, duplicates, outOfOrder }, { lost: 0, duplicates: 0, outOfOrder: 0 });
  const sent = stage.outcome("web").streams.reduce((sum, { next }) => sum + next, 0);
  // What lay before a consumer that went comes again, and is looked at again.
  assert.ok(sent > 7000 && verified >= sent, `${verified} of ${sent}`);
  assert.deepEqual(["more", "readers", "fewer", "most"].map((name) => stage.step(name).text), [
    "web has 3 workers",
    "billing has 3 workers",
    "web has 1 worker",
    // No more than there are consumers.
    "billing has 4 workers",
  ]);
});

Deno.test("a subscription that is held lets a backlog grow, and the time it takes to catch up is told", async () => {
  await using stage = await Stage.open(`
duration: 8s
topics: { orders: }
producers:
  web: { rate: 2k }
subscriptions:
  billing: { type: shared, receiverQueue: 200 }
  other: { type: shared }
steps:
  - { at: 300ms, hold: billing, messages: 1k, name: backlog }
`);
  await stage.perform();
  const { state, outcome } = stage.step("backlog");
  assert.equal(state, "done");
  assert.ok(outcome!.drain!.backlog >= 1000 && outcome!.drain!.seconds > 0);
  for (const name of ["billing", "other"]) assert.equal(stage.integrity(name).lost, 0);
});

Deno.test("a topic that a step terminates ends its producers, and nothing that was acknowledged is lost", async () => {
  await using stage = await Stage.open(`
duration: 10s
topics: { orders: { count: 2 } }
producers:
  web: { rate: 1k }
subscriptions:
  billing: { type: shared }
steps:
  - { at: 500ms, terminate: orders }
`);
  await stage.perform();
  assert.equal(stage.outcome("web").failure, undefined);
  assert.equal(stage.integrity("billing").lost, 0);
  assert.ok(stage.integrity("billing").verified > 100);
});

Deno.test("a producer that has ended leaves no connection missing, and nobody waits for what it was refused", async () => {
  // Silence for an hour would be waited for.
  await using stage = await Stage.open(`
duration: 4s
drain: 1h
topics: { sealed:, orders: }
producers:
  refused: { topics: sealed, rate: 20k, perTopic: 4, batchMessages: 10 }
  web: { topics: orders, rate: 500, catchUp: full }
subscriptions:
  all: { topics: [sealed, orders], type: failover }
steps:
  - { at: 500ms, terminate: sealed, name: seal }
`);
  await stage.perform();
  assert.equal(stage.outcome("refused").failure, undefined);
  const { state, outcome } = stage.step("seal");
  assert.deepEqual([state, outcome!.missing], ["done", 0]);
  assert.deepEqual([stage.integrity("all").lost, stage.integrity("all").outOfOrder], [0, 0]);
  assert.equal(stage.outcome("web").delivery.messages, 2000);
});

Deno.test("messages that are stored twice do not pass for others that are still to come", async () => {
  await using stage = await Stage.open(`
duration: 3s
topics: { orders: }
producers: { web: { rate: 2k, batching: false, maxInFlight: 1000 } }
subscriptions: { slow: { type: shared, rate: 1000, receiverQueue: 10 } }
steps:
  - { at: 300ms, fault: forgetReceipts 500, name: forget }
  - { at: 1500ms, fault: dropConnections, name: cut }
`);
  await stage.perform();
  const { lost, notReceived = 0, duplicates, duplicatesExplained } = stage.integrity("slow");
  assert.deepEqual({ lost, notReceived }, { lost: 0, notReceived: 0 });
  assert.ok(duplicates > 100, `${duplicates} duplicates`);
  assert.equal(duplicatesExplained, duplicates);
});

Deno.test("a step that cannot be done has failed with its reason, and the load goes on", async () => {
  await using stage = await Stage.open(`
duration: 2s
topics: { orders: }
producers: { web: { rate: 1k, catchUp: full } }
subscriptions: { billing: { type: shared } }
steps:
  - { at: 200ms, command: "true", name: not allowed }
`);
  await stage.perform();
  const { state, text } = stage.step("not allowed");
  assert.deepEqual([state, text], ["failed", "command 'true' was not allowed: --allow-commands"]);
  assert.equal(stage.integrity("billing").verified, 2000);
});

Deno.test("what a step lets the broker drop is not received, and not lost", async () => {
  await using stage = await Stage.open(`
duration: 3s
topics: { orders: }
producers: { web: { rate: 1k } }
subscriptions:
  slow: { type: shared, rate: 300, receiverQueue: 10 }
  gone: { type: shared }
steps:
  - { at: 2500ms, expire: slow 1s }
  - { at: 1s, deleteSubscription: gone }
`);
  await stage.perform();
  for (const name of ["slow", "gone"]) {
    const { lost, notReceived = 0, verified } = stage.integrity(name);
    assert.equal(lost, 0, name);
    assert.ok(
      name === "gone" || notReceived > 100,
      `${name}: ${notReceived} not received, ${verified} verified`,
    );
  }
  assert.deepEqual(stage.run.steps.map(({ state }) => state), ["done", "done"]);
});

Deno.test("a scenario that is ended early still lets subscriptions take what was sent", async () => {
  await using stage = await Stage.open(`
duration: 1h
topics: { orders: }
producers: { web: { rate: 2k } }
subscriptions: { billing: { type: shared } }
`);
  await stage.run.connect();
  stage.run.begin();
  setTimeout(() => stage.run.finish("signal"), 500);
  await stage.run.ended();
  const sent = stage.outcome("web").streams.reduce((sum, { next }) => sum + next, 0);
  assert.ok(sent > 0);
  assert.deepEqual([stage.integrity("billing").verified, stage.integrity("billing").lost], [sent, 0]);
});

Deno.test("whoever stops the load does not wait for the command of a step, which is no failure then", async () => {
  const begun = Promise.withResolvers<void>();
  // It would never end by itself.
  const command: StepWorld["command"] = (_, stopped) =>
    new Promise((_, reject) => {
      stopped!.addEventListener("abort", () => reject(new Error("killed")));
      begun.resolve();
    });
  await using stage = await Stage.open(
    `
duration: 1h
topics: { orders: }
producers: { web: { rate: 1k } }
subscriptions: { billing: { type: shared } }
steps: [{ at: 100ms, command: sleep 1h, name: sleep }]
`,
    { command },
  );
  await stage.run.connect();
  stage.run.begin();
  await begun.promise;
  stage.run.finish("signal");
  await stage.run.ended();
  const { state, text } = stage.step("sleep");
  assert.deepEqual([state, text], ["running", "stopped with the load"]);
  assert.equal(stage.integrity("billing").lost, 0);
});
