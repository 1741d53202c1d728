import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../broker/mod.ts";
import { PulsarClient } from "../../client/mod.ts";
import { networkConnect } from "../../transport/connect.ts";
import { type ControlChannel, controlTopic, openControlChannel } from "./channel.ts";
import { BarrierError, type BarrierOptions, StartBarrier } from "./start_barrier.ts";
import type { ControlMessage, Place } from "./messages.ts";
import { machineMicros } from "../clock.ts";

/** A topic in memory: everyone reads all of it in one order. */
class MemoryTopic {
  readonly #log: ControlMessage[] = [];
  #news: PromiseWithResolvers<void> = Promise.withResolvers();

  /** @param drop messages that are lost on the way in */
  open(drop: (message: ControlMessage) => boolean = () => false): ControlChannel {
    let next = 0;
    let isClosed = false;
    return {
      send: (message) => {
        if (!drop(message)) this.#log.push(message);
        this.#wake();
        return Promise.resolve();
      },
      receive: async () => {
        for (;;) {
          if (isClosed) throw new Error("closed");
          if (next < this.#log.length) return this.#log[next++]!;
          await this.#news.promise;
        }
      },
      close: () => {
        isClosed = true;
        this.#wake();
        return Promise.resolve();
      },
    };
  }

  #wake(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers();
    resolve();
  }

  get messages(): readonly ControlMessage[] {
    return this.#log;
  }
}

/** Clocks are read to some microseconds, and on a busy machine to more; the skews here are of seconds. */
const READING = 5000;

const place = (role: Place["role"], index: number, of: number): Place => ({ role, index, of });

function options(channel: ControlChannel, where: Place, parts: Partial<BarrierOptions> = {}): BarrierOptions {
  return {
    channel,
    runId: "r",
    place: where,
    id: crypto.randomUUID().slice(0, 8),
    parties: 3,
    timeoutMs: 20_000,
    leadMs: 50,
    silenceMs: 100,
    ...parts,
  };
}

async function refusal(promise: Promise<unknown>): Promise<BarrierError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof BarrierError, String(error));
  return error;
}

Deno.test("all begin at the same moment, each by its own clock", async () => {
  const topic = new MemoryTopic();
  const skews = [0, 5_000_000, -90_000_000];
  const barriers: StartBarrier[] = [];
  for (const [index, skew] of skews.entries()) {
    const where = index < 2 ? place("producer", index, 2) : place("consumer", 0, 1);
    const clock = (): number => machineMicros() + skew;
    barriers.push(await StartBarrier.join(options(topic.open(), where, { clock })));
  }
  const starts = await Promise.all(barriers.map((barrier) => barrier.ready()));
  const spread = starts.map((start, index) => start - skews[index]!);
  const doubt = Math.max(...barriers.map((barrier) => barrier.clockUncertainty()));
  assert.ok(Math.max(...spread) - Math.min(...spread) <= doubt + READING, `${spread} within ${doubt}`);
  for (const [index, barrier] of barriers.entries()) {
    // The first one's clock is the reference.
    assert.ok(Math.abs(barrier.clockShift + skews[index]!) <= doubt + READING, `${barrier.clockShift}`);
    assert.equal(barrier.attempt, 0);
  }
  await Promise.all(barriers.map((barrier) => barrier.leave()));
});

Deno.test("the time runs out with the names of those who are missing", async () => {
  const topic = new MemoryTopic();
  const ready = await StartBarrier.join(
    options(topic.open(), place("producer", 0, 3), { parties: 5, timeoutMs: 300 }),
  );
  const connecting = await StartBarrier.join(options(topic.open(), place("producer", 1, 3)));
  const leaving = await StartBarrier.join(options(topic.open(), place("consumer", 0, 1)));
  await leaving.leave("the token is wrong");
  const error = await refusal(ready.ready());
  assert.equal(error.code, "Timeout");
  assert.equal(
    error.message,
    "barrier of run 'r': 1 of 5 processes are ready after 0.3 s; producer 1 is there but not ready, " +
      "consumer 0 gave up: the token is wrong, producer 2 was never seen, 1 more that nothing is known of",
  );
  await Promise.all([ready.leave(), connecting.leave()]);
});

Deno.test("who waits for a process hears that it gave up, and meets the one that is started in its place", async () => {
  const topic = new MemoryTopic();
  const gone: string[] = [];
  const one = place("process", 1, 2);
  const waiting = await StartBarrier.join(options(topic.open(), one, {
    onGone: ({ role, index }, reason) => gone.push(`${role} ${index}: ${reason}`),
  }));
  const failing = await StartBarrier.join(options(topic.open(), place("process", 0, 2)));
  await failing.leave("no such namespace");
  let hasMet = false;
  const meeting = waiting.hasSeen({ role: "process", index: 0 }).then(() => hasMet = true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual([gone, hasMet], [["process 0: no such namespace"], false]);
  const again = await StartBarrier.join(options(topic.open(), place("process", 0, 2)));
  await meeting;
  const late = await StartBarrier.join(options(topic.open(), one, {
    onGone: () => gone.push("told of what was before"),
  }));
  assert.equal(gone.length, 1);
  await Promise.all([waiting.leave(), again.leave(), late.leave()]);
});

Deno.test("who is started again has the next number, and is not counted twice", async () => {
  const topic = new MemoryTopic();
  const first = await StartBarrier.join(options(topic.open(), place("producer", 0, 2), { parties: 2 }));
  const killed = await StartBarrier.join(options(topic.open(), place("producer", 1, 2), { parties: 2 }));
  // It says that it is ready, and dies before it hears of the start.
  const counts: number[] = [];
  const again = await StartBarrier.join(
    options(topic.open(), place("producer", 1, 2), { parties: 2, onProgress: (ready) => counts.push(ready) }),
  );
  assert.deepEqual([killed.attempt, again.attempt], [0, 1]);
  const [a, b] = await Promise.all([first.ready(), again.ready()]);
  assert.ok(Math.abs(a - b) <= first.clockUncertainty() + READING);
  assert.deepEqual(counts, [1, 2]);
  await Promise.all([first.leave(), killed.leave(), again.leave()]);
});

Deno.test("who comes back after the start learns when that was", async () => {
  const topic = new MemoryTopic();
  const parties = { parties: 2 };
  const first = await StartBarrier.join(options(topic.open(), place("producer", 0, 1), parties));
  const consumer = await StartBarrier.join(options(topic.open(), place("consumer", 0, 1), parties));
  const [start] = await Promise.all([first.ready(), consumer.ready()]);
  await first.leave();
  const clock = (): number => machineMicros() + 3_000_000;
  const back = await StartBarrier.join(options(topic.open(), place("producer", 0, 1), { ...parties, clock }));
  assert.equal(back.attempt, 1);
  const known = back.startAt;
  assert.ok(known !== undefined && Math.abs(known - 3_000_000 - start) <= back.clockUncertainty() + READING);
  assert.equal(await back.ready(), known);
  await Promise.all([back.leave(), consumer.leave()]);
});

Deno.test("a run that is over is not joined", async () => {
  const topic = new MemoryTopic();
  const only = await StartBarrier.join(options(topic.open(), place("producer", 0, 2), { parties: 1 }));
  await only.ready();
  await only.leave();
  const error = await refusal(StartBarrier.join(options(topic.open(), place("producer", 1, 2))));
  assert.equal(error.code, "RunOver");
  assert.match(error.message, /run 'r' has begun, and none of its processes answers/);
});

Deno.test("when the first is silent, the next is the clock to go by", async () => {
  const topic = new MemoryTopic();
  // Left behind by a process that was killed.
  await topic.open().send({ kind: "hello", id: "dead", role: "producer", index: 0, of: 3 });
  const where = [place("producer", 1, 3), place("producer", 2, 3)];
  const skew = 7_000_000;
  const second = await StartBarrier.join(options(topic.open(), where[0]!));
  const third = await StartBarrier.join(
    options(topic.open(), where[1]!, { clock: () => machineMicros() - skew }),
  );
  assert.equal(second.clockShift, 0);
  assert.ok(Math.abs(third.clockShift - skew) <= third.clockUncertainty() + READING);
  await Promise.all([second.leave(), third.leave()]);
});

Deno.test("when the one that should name the start does not, another does", async () => {
  const topic = new MemoryTopic();
  const first = await StartBarrier.join(
    options(topic.open(), place("producer", 0, 2), { parties: 2, patienceMs: 50 }),
  );
  const mute = topic.open(({ kind }) => kind === "start");
  const last = await StartBarrier.join(options(mute, place("producer", 1, 2), { parties: 2 }));
  const waiting = first.ready();
  const [a, b] = await Promise.all([waiting, last.ready()]);
  assert.equal(topic.messages.filter(({ kind }) => kind === "start").length, 1);
  assert.ok(Math.abs(a - b) <= first.clockUncertainty() + last.clockUncertainty() + READING);
  await Promise.all([first.leave(), last.leave()]);
});

Deno.test("a channel that breaks ends the wait with its reason", async () => {
  const topic = new MemoryTopic();
  const channel = topic.open();
  const barrier = await StartBarrier.join(options(channel, place("producer", 0, 2)));
  const waiting = refusal(barrier.ready());
  await channel.close();
  const error = await waiting;
  assert.deepEqual([error.code, error.message], ["Channel", "barrier of run 'r': closed"]);
  await barrier.leave();
});

Deno.test("six processes come together over a broker, and one of them twice", async () => {
  const broker = await EmbeddedBroker.start();
  const clients: PulsarClient[] = [];
  const join = async (where: Place): Promise<StartBarrier> => {
    const client = new PulsarClient({ serviceUrl: broker.serviceUrl, connect: networkConnect({}) });
    clients.push(client);
    const id = crypto.randomUUID().slice(0, 8);
    const channel = await openControlChannel(client, controlTopic("load", "r"), id);
    return await StartBarrier.join({ ...options(channel, where), id, parties: 6, silenceMs: 5000 });
  };
  const places = [0, 1, 2, 3].map((index) => place("producer", index, 4));
  const barriers = await Promise.all(
    [...places, place("consumer", 0, 2), place("consumer", 1, 2)].map(join),
  );
  const killed = barriers.splice(1, 1)[0]!;
  barriers.push(await join(place("producer", 1, 4)));
  assert.equal(barriers.at(-1)!.attempt, 1);
  const starts = await Promise.all(barriers.map((barrier) => barrier.ready()));
  const doubt = Math.max(...barriers.map((barrier) => barrier.clockUncertainty()));
  assert.ok(Math.max(...starts) - Math.min(...starts) <= doubt + READING, `${starts} within ${doubt}`);
  assert.ok(doubt > 0);
  await Promise.all([killed, ...barriers].map((barrier) => barrier.leave()));
  await Promise.all(clients.map((client) => client.close()));
  await broker.stop();
});

Deno.test("who gives up alone says how many were ready, and nothing more when it leaves", async () => {
  const shown: number[] = [];
  const channel = new MemoryTopic().open();
  const barrier = await StartBarrier.join(
    options(channel, place("producer", 0, 1), {
      parties: 2,
      timeoutMs: 100,
      onProgress: (ready) => shown.push(ready),
    }),
  );
  const error = await refusal(barrier.ready());
  assert.match(error.message, /: 1 of 2 processes are ready after 0\.1 s; 1 more that nothing is known of$/);
  await barrier.leave(error.message);
  // The topic gives back what was sent last; the barrier's own reader has seen it before this turn ends.
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(shown, [1]);
});
