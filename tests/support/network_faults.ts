/**
 * A producer and a consumer with a fault proxy between them and their broker: what is done to the network while they run,
 * and what has to hold afterwards. The same for the embedded broker and for a real one.
 */
import assert from "node:assert/strict";
import { beginBoth, LONG, runAt, type Settings, until } from "../../lib/load/run/load_run_test_support.ts";
import type { LoadRun } from "../../lib/load/run/load_run.ts";
import type { RunOutcome } from "../../lib/load/run/types.ts";
import type { FaultProxy } from "./fault_proxy.ts";

export interface NetworkCase {
  readonly name: string;
  readonly messages: number;
  readonly producer?: Settings;
  readonly consumer?: Settings;
  /** Of both, where silence has to be noticed soon. */
  readonly keepAliveMs?: string;
  /** Called when a tenth of the messages is acknowledged; ends when the producer may finish. */
  hurt(proxy: FaultProxy, load: NetworkLoad): Promise<void>;
  /** Entries are sent again: without deduplication they may be stored twice. */
  readonly resends?: boolean;
  /** Deliveries are damaged: what the consumer refuses stays refused, as corrupt. */
  readonly damagesDeliveries?: boolean;
  /** Something beyond the integrity of the messages. */
  check?(proxy: FaultProxy, outcome: NetworkOutcome): void;
}

export interface NetworkOutcome {
  readonly sent: RunOutcome;
  readonly received: RunOutcome;
}

/** Both runs while they run. */
export class NetworkLoad {
  constructor(readonly producer: LoadRun, readonly consumer: LoadRun) {}

  acknowledged(): number {
    this.producer.reader.poll();
    return this.producer.reader.total().counters.messages;
  }

  reconnects(): readonly [producer: number, consumer: number] {
    return [this.producer, this.consumer].map((run) => {
      run.reader.poll();
      return run.reader.total().counters.reconnects;
    }) as [number, number];
  }

  /** A producer that has ended finds no new connections: on a slow machine that may be before all is done to it. */
  get hasSent(): boolean {
    return this.producer.phase !== "running";
  }

  /** Waits until both have lost their connections, and found new ones, so many times; or all is sent. */
  async reconnected(times: number): Promise<void> {
    const isThere = (): boolean => this.hasSent || Math.min(...this.reconnects()) >= times;
    await until(isThere);
    assert.ok(isThere(), `reconnected ${this.reconnects()} times`);
  }

  async reached(messages: number): Promise<void> {
    await until(() => this.acknowledged() >= messages);
    const { phase } = this.producer;
    assert.ok(this.acknowledged() >= messages, `${this.acknowledged()} of ${messages}; it is ${phase}`);
  }
}

/** On a busy machine one of the two may still be on its way back. */
async function connected(proxy: FaultProxy): Promise<void> {
  await until(() => proxy.connections >= 2);
}

export const NETWORK_CASES: readonly NetworkCase[] = [
  {
    name: "connections that are reset, three times",
    resends: true,
    messages: 5000,
    async hurt(proxy, load) {
      for (let times = 1; times <= 3 && !load.hasSent; times++) {
        await connected(proxy);
        assert.ok(proxy.fault({ kind: "reset" }) >= 2);
        await load.reconnected(times);
      }
    },
  },
  {
    name: "connections that are half-open",
    keepAliveMs: "1s",
    messages: 4000,
    async hurt(proxy, load) {
      await connected(proxy);
      assert.ok(proxy.fault({ kind: "half-open" }) >= 2);
      await load.reconnected(1);
    },
  },
  {
    name: "fragments of one byte",
    messages: 800,
    producer: { rate: "400" },
    async hurt(proxy, load) {
      proxy.fault({ kind: "fragment" });
      await load.reached(800);
    },
    check: (proxy) => assert.ok(proxy.parts > 100_000, `${proxy.parts} parts`),
  },
  {
    name: "a stall of two seconds",
    messages: 4000,
    async hurt(proxy, load) {
      const before = load.acknowledged();
      proxy.fault({ kind: "stall", ms: 2000 });
      await load.reached(before + 1000);
    },
    check: (_, { sent }) => {
      const longest = sent.snapshot.total.latency.response!.max;
      assert.ok(longest > 1_500_000, `longest response ${longest} µs`);
    },
  },
  {
    name: "64 kB in a second",
    messages: 2500,
    async hurt(proxy, load) {
      proxy.fault({ kind: "bandwidth", bytesPerSecond: 64_000 });
      await load.reached(2500);
    },
  },
  {
    name: "bits turned over on the way to the broker",
    resends: true,
    messages: 4000,
    async hurt(proxy, load) {
      proxy.fault({ kind: "flip", direction: "up", every: 60_000 });
      await load.reached(4000);
    },
    check(proxy, { sent }) {
      assert.ok(proxy.flips >= 3, `${proxy.flips} flips`);
      assert.ok((sent.snapshot.total.errors.get("ChecksumError") ?? 0) >= 3, "the broker has noticed");
    },
  },
  {
    name: "bits turned over on the way to the consumer",
    messages: 4000,
    // One message each: that the metadata is damaged leaves no doubt how many were lost with it.
    producer: { batching: "false", workers: "1" },
    damagesDeliveries: true,
    async hurt(proxy, load) {
      proxy.fault({ kind: "flip", direction: "down", every: 50_000 });
      await load.reached(4000);
    },
  },
];

export interface NetworkStage {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly topic: string;
  /** Whether the broker drops what it has already. */
  readonly deduplicates: boolean;
}

/** Runs a case to its end and holds what came out of it against what has to. */
export async function proveNetworkCase(
  proxy: FaultProxy,
  { serviceUrl, adminUrl, topic, deduplicates }: NetworkStage,
  { messages, hurt, check, damagesDeliveries = false, keepAliveMs, ...settings }: NetworkCase,
): Promise<void> {
  const common: Settings = {
    topic,
    runId: crypto.randomUUID().slice(0, 8),
    ...(keepAliveMs && { keepAliveMs }),
  };
  const target = { serviceUrl, adminUrl };
  const producer = runAt(target, "producer", {
    ...common,
    workers: "2",
    rate: "2000",
    count: `${messages}`,
    size: "100B",
    batchMessages: "10",
    ...settings.producer,
  });
  const consumer = runAt(target, "consumer", {
    ...common,
    workers: "2",
    subscriptionType: "shared",
    initialPosition: "earliest",
    ...settings.consumer,
  });
  const load = new NetworkLoad(producer, consumer);
  try {
    await beginBoth(producer, consumer);
    await load.reached(messages / 10);
    await hurt(proxy, load);
    const sent = await producer.done;
    assert.equal(sent.snapshot.total.counters.messages, messages, `all are acknowledged (${sent.reason})`);
    consumer.integrity.expect(sent.streams, [producer.integrity.witness]);
    await until(() => consumer.integrity.current(false)!.lost === 0, LONG, consumer);
    const received = await consumer.finish("quit");
    judge({ sent, received }, { messages, deduplicates, damages: damagesDeliveries ? proxy.flips : 0 });
    check?.(proxy, { sent, received });
  } finally {
    await Promise.all(
      [producer, consumer].map((run) => run.phase === "starting" ? run.abort() : run.finish("quit")),
    );
  }
}

function judge(
  { sent, received }: NetworkOutcome,
  expected: { readonly messages: number; readonly deduplicates: boolean; readonly damages: number },
): void {
  const { lost, duplicates, corrupt, foreign } = received.snapshot.integrity!;
  const { counters, errors } = received.snapshot.total;
  const resent = sent.notes.map((note) => /^(\d+) messages were sent again/.exec(note)?.[1])
    .reduce((sum, digits) => sum + Number(digits ?? 0), 0);
  assert.deepEqual({ lost, foreign }, { lost: 0, foreign: 0 });
  const most = expected.deduplicates ? 0 : resent;
  assert.ok(duplicates <= most, `${duplicates} duplicates where ${most} messages can be there twice`);
  if (expected.damages === 0) assert.equal(corrupt, 0);
  else {
    assert.ok(expected.damages >= 3, `${expected.damages} flips`);
    const noticed = (errors.get("ChecksumMismatch") ?? 0) + (errors.get("Decode") ?? 0);
    // Two in one entry are one damage.
    assert.ok(noticed >= 3 && noticed <= expected.damages, `${noticed} of ${expected.damages} noticed`);
    assert.equal(corrupt, noticed, "each is told");
  }
  const good = counters.messages - counters.redelivered - duplicates;
  const least = expected.messages - corrupt;
  // What came again after a reconnect may be damaged in one delivery, and whole in the other.
  const mostGood = counters.redelivered === 0 ? least : expected.messages;
  assert.ok(good >= least && good <= mostGood, `${good} are counted as good, ${corrupt} came damaged`);
}
