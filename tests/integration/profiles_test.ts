/** Every built-in profile, run as a user runs it, against what the brokers' own statistics say of it. */
import assert from "node:assert/strict";
import { startBrokerInWorker } from "../../lib/broker/mod.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import { BrokerAdmin } from "../support/broker_admin.ts";
import { eventually, startCli } from "../support/cli.ts";
import { freePorts } from "../support/ports.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";

interface Target {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly admin: BrokerAdmin;
}

/** What the broker says. Messages and bytes are without those of the ready barrier: a producer alone sends none. */
interface Seen {
  readonly result: RunResult;
  readonly messages: number;
  readonly entries: number;
  /** As stored: compressed, with metadata. */
  readonly bytesPerMessage: number;
  /** While it ran. */
  readonly publishers: number;
  /** `msgInCounter` about ten times a second. */
  readonly samples: readonly number[];
}

const SECONDS = 5;

async function runProfile(target: Target, profile: string, more: readonly string[] = []): Promise<Seen> {
  const topic = `profile-${profile}-${crypto.randomUUID().slice(0, 8)}`;
  await target.admin.createTopic(topic);
  try {
    const args = [
      "--profile",
      profile,
      "--duration",
      `${SECONDS}s`,
      "--topic",
      topic,
      "--json",
      "--ui",
      "none",
    ];
    const where = ["--service-url", target.serviceUrl, "--admin-url", target.adminUrl];
    const { outcome } = startCli("producer", [...args, ...where, ...more]);
    const watch = new AbortController();
    const samples: number[] = [];
    let publishers = 0;
    const watching = (async () => {
      while (!watch.signal.aborted) {
        const stats = await target.admin.stats(topic);
        samples.push(stats.msgInCounter);
        publishers = Math.max(publishers, stats.publishers.length);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const { code, stdout, stderr } = await outcome;
    watch.abort();
    await watching;
    assert.equal(code, 0, stderr);
    const { msgInCounter, bytesInCounter } = await target.admin.stats(topic);
    const { entriesAddedCounter } = await target.admin.internalStats(topic);
    return {
      result: JSON.parse(stdout),
      messages: msgInCounter,
      entries: entriesAddedCounter,
      bytesPerMessage: bytesInCounter / msgInCounter,
      publishers,
      samples,
    };
  } finally {
    await target.admin.deleteTopic(topic);
  }
}

/** Exactly what the schedule asked for, and the broker has all of it. */
function assertRate({ result, messages }: Seen, rate: number): void {
  const { totals } = result;
  assert.equal(totals.messages + totals.missed, rate * SECONDS);
  assert.equal(totals.failed, 0);
  assert.equal(messages, totals.messages);
  assert.ok(messages >= 0.9 * rate * SECONDS, `${messages} messages of ${rate}/s in ${SECONDS} s`);
}

/** Bytes that metadata, keys and batch layout add to a message that is not compressed. */
const OVERHEAD = 200;

const CHECKS: Readonly<Record<string, (seen: Seen) => void>> = {
  default(seen) {
    assert.equal(seen.publishers, 5);
    assert.equal(seen.messages, seen.result.totals.messages);
    assert.equal(seen.entries, seen.result.totals.entries);
    assert.ok(seen.messages / seen.entries > 10, "as fast as it goes fills batches");
    assert.ok(seen.bytesPerMessage >= 1024 && seen.bytesPerMessage < 1024 + OVERHEAD);
  },
  "low-latency"(seen) {
    assert.equal(seen.publishers, 1);
    assertRate(seen, 1000);
    assert.equal(seen.entries, seen.messages, "batching is off");
    assert.ok(seen.bytesPerMessage >= 512 && seen.bytesPerMessage < 512 + OVERHEAD);
  },
  "high-throughput"(seen) {
    assert.equal(seen.publishers, 10);
    assert.equal(seen.messages, seen.result.totals.messages);
    assert.ok(seen.messages / seen.entries > 50, `${seen.messages / seen.entries} messages in an entry`);
    assert.ok(seen.result.totals.batchSize.max <= 256, "1 MiB of 4 KiB each ends a batch");
    assert.equal(seen.result.totals.bytes, 4096 * seen.messages);
    assert.ok(seen.bytesPerMessage < 0.8 * 4096, `${seen.bytesPerMessage} bytes stored of 4096: LZ4`);
  },
  burst(seen) {
    assert.equal(seen.publishers, 5);
    assertRate(seen, 10_000);
    assert.equal(seen.result.totals.bytes, 2048 * seen.messages);
    assert.ok(seen.bytesPerMessage < 0.8 * 2048, `${seen.bytesPerMessage} bytes stored of 2048: ZSTD`);
    // One second's worth at once, then nothing until the next second.
    const steps = seen.samples.slice(1).filter((sample, index) => sample > seen.samples[index]!);
    const still = seen.samples.length - 1 - steps.length;
    assert.ok(steps.length < still, `${steps.length} of ${seen.samples.length} looks found more than before`);
  },
  sustained(seen) {
    assert.equal(seen.publishers, 5);
    assertRate(seen, 5000);
    assert.equal(seen.result.totals.bytes, 1024 * seen.messages);
    assert.ok(seen.bytesPerMessage < 0.9 * 1024, `${seen.bytesPerMessage} bytes stored of 1024: LZ4`);
  },
};

async function check(target: Target, profile: string): Promise<void> {
  const [port] = freePorts(1);
  // The profile's own port may be taken on this machine.
  const more = profile === "sustained" ? ["--metrics-port", String(port)] : [];
  const running = runProfile(target, profile, more);
  running.catch(() => {});
  if (profile === "sustained") {
    const text = await eventually("metrics with messages", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      const body = await answer?.text();
      return body !== undefined && /messages_total(\{[^}]*\})? [1-9]/.test(body) ? body : undefined;
    }, 20_000);
    assert.match(text, /sustained/);
  }
  CHECKS[profile]!(await running);
}

for (const profile of Object.keys(CHECKS)) {
  Deno.test(`profile ${profile} is on the embedded broker what it promises`, async () => {
    const broker = await startBrokerInWorker();
    try {
      const { serviceUrl, adminUrl } = broker;
      await check({ serviceUrl, adminUrl, admin: new BrokerAdmin(adminUrl) }, profile);
    } finally {
      await broker.stop();
    }
  });
}

const unavailable = await brokerUnavailable();
const test = testUnless(unavailable);
const real = unavailable === undefined ? await sharedBroker() : undefined;

for (const profile of Object.keys(CHECKS)) {
  test(`profile ${profile} is on a real broker what it promises`, async () => {
    await check(real!, profile);
  });
}
