import assert from "node:assert/strict";
import { connectTcp } from "../../lib/transport/tcp.ts";
import { TransportError } from "../../lib/transport/errors.ts";
import { Server } from "../../lib/transport/server.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { Random } from "../../lib/load/generator/random.ts";
import { BitFlipper, ChecksummedBytes } from "./bit_flips.ts";
import { FaultProxy } from "./fault_proxy.ts";
import { sendFrame } from "./raw_frames.ts";

/** A client and a server that are connected through a proxy. */
class Stage implements AsyncDisposable {
  private constructor(
    readonly proxy: FaultProxy,
    readonly server: Server,
    readonly client: Transport,
    readonly broker: Transport,
  ) {}

  static async open(seed = 1): Promise<Stage> {
    const server = new Server();
    const proxy = await FaultProxy.open({ target: `pulsar://127.0.0.1:${server.port}`, seed });
    const [client, broker] = await Promise.all([connectTcp("127.0.0.1", proxy.port), server.accept()]);
    return new Stage(proxy, server, client, broker!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.broker.close();
    this.server.close();
    await this.proxy[Symbol.asyncDispose]();
  }
}

async function readAll(from: Transport, count: number): Promise<{ bytes: Uint8Array }> {
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count;) {
    const got = await from.read(bytes.subarray(at));
    if (got === null) throw new Error(`the stream ended after ${at} bytes`);
    at += got;
  }
  return { bytes };
}

const pattern = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, at) => at * 7);

Deno.test("without a fault all bytes pass in both directions, and an end passes too", async () => {
  await using stage = await Stage.open();
  const bytes = pattern(300_000);
  for (const [from, to] of [[stage.client, stage.broker], [stage.broker, stage.client]] as const) {
    const [{ bytes: got }] = await Promise.all([readAll(to, bytes.length), from.write(bytes)]);
    assert.deepEqual(got, bytes);
  }
  stage.client.close();
  assert.equal(await stage.broker.read(new Uint8Array(1)), null);
});

Deno.test("a reset is a reset on both sides, and new connections are served", async () => {
  await using stage = await Stage.open();
  assert.equal(stage.proxy.fault({ kind: "reset" }), 1);
  for (const side of [stage.client, stage.broker]) {
    await assert.rejects(side.read(new Uint8Array(1)), (error) => {
      assert.ok(error instanceof TransportError);
      assert.ok(error.cause instanceof Deno.errors.ConnectionReset, String(error.cause));
      return true;
    });
  }
  const again = await connectTcp("127.0.0.1", stage.proxy.port);
  const accepted = (await stage.server.accept())!;
  await again.write(pattern(3));
  assert.deepEqual((await readAll(accepted, 3)).bytes, pattern(3));
  again.close();
  accepted.close();
});

Deno.test("a half-open connection swallows all bytes and hides the end of the other side", async () => {
  await using stage = await Stage.open();
  stage.proxy.fault({ kind: "half-open" });
  await stage.client.write(pattern(1000));
  await stage.broker.write(pattern(1000));
  stage.client.close();
  // Had anything passed, or the end, this read would be over before the connection made behind it.
  const silent = stage.broker.read(new Uint8Array(10));
  const again = await connectTcp("127.0.0.1", stage.proxy.port);
  const accepted = (await stage.server.accept())!;
  await again.write(pattern(1));
  await readAll(accepted, 1);
  assert.equal(await Promise.race([silent, Promise.resolve("silent")]), "silent");
  assert.equal(stage.proxy.connections, 2, "the dead one is kept");
  again.close();
  accepted.close();
});

Deno.test("fragments arrive one by one, with no byte lost", async () => {
  await using stage = await Stage.open();
  stage.proxy.fault({ kind: "fragment", direction: "down" });
  const bytes = pattern(500);
  const [{ bytes: got }] = await Promise.all([
    readAll(stage.client, bytes.length),
    stage.broker.write(bytes),
  ]);
  assert.deepEqual(got, bytes);
  assert.equal(stage.proxy.parts, 500);
  await Promise.all([readAll(stage.broker, 500), stage.client.write(bytes)]);
  assert.ok(stage.proxy.parts < 520, "the other direction is left alone");
});

Deno.test("a stall holds the sender back until it is over", async () => {
  await using stage = await Stage.open();
  stage.proxy.fault({ kind: "stall", ms: 600_000, direction: "up" });
  const bytes = pattern(20_000_000);
  let isWritten = false;
  const writing = stage.client.write(bytes).then(() => isWritten = true);
  // The other direction goes on.
  const [{ bytes: down }] = await Promise.all([readAll(stage.client, 3), stage.broker.write(pattern(3))]);
  assert.deepEqual(down, pattern(3));
  assert.equal(isWritten, false, "more than all buffers hold");
  stage.proxy.clear();
  const [{ bytes: got }] = await Promise.all([readAll(stage.broker, bytes.length), writing]);
  assert.ok(got.every((byte, at) => byte === bytes[at]));
});

Deno.test("a bandwidth is kept to", async () => {
  await using stage = await Stage.open();
  stage.proxy.fault({ kind: "bandwidth", bytesPerSecond: 64_000 });
  const started = performance.now();
  const [{ bytes }] = await Promise.all([
    readAll(stage.broker, 32_000),
    stage.client.write(pattern(32_000)),
  ]);
  assert.deepEqual(bytes, pattern(32_000));
  // Never faster than told; how much slower is the machine's affair.
  const least = (32_000 - 64_000 * 0.02) / 64;
  assert.ok(performance.now() - started >= least, `${performance.now() - started} ms`);
});

for (const options of [{ every: 100 }, { rate: 0.01 }]) {
  Deno.test(`bits are turned over at the same places for the same seed: ${JSON.stringify(options)}`, async () => {
    const flipped = async (seed: number): Promise<number[]> => {
      await using stage = await Stage.open(seed);
      stage.proxy.fault({ kind: "flip", within: "everything", direction: "up", ...options });
      const bytes = pattern(10_000);
      const [{ bytes: got }] = await Promise.all([
        readAll(stage.broker, bytes.length),
        stage.client.write(bytes),
      ]);
      const places = [...got.keys()].filter((at) => got[at] !== bytes[at]);
      assert.equal(stage.proxy.flips, places.length);
      for (const at of places) assert.equal(Math.log2(got[at]! ^ bytes[at]!) % 1, 0, "one bit each");
      return places.map((at) => at * 256 + got[at]!);
    };
    const first = await flipped(5);
    assert.ok(first.length > 50 && first.length < 200, `${first.length} flips`);
    assert.deepEqual(await flipped(5), first);
    assert.notDeepEqual(await flipped(6), first);
  });
}

Deno.test("only bytes that a checksum protects are told to be so, however a stream is cut", () => {
  const send = sendFrame();
  const ping = Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 1, 18);
  const stream = Uint8Array.from([...ping, ...send, ...ping, ...send]);
  // Behind lengths, command and magic: 8 + 10 + 2.
  const isProtected = (at: number): boolean => {
    const inPair = at % (ping.length + send.length);
    return inPair >= ping.length + 20;
  };
  for (const size of [1, 2, 3, 7, 64, 1000]) {
    const followed = new ChecksummedBytes();
    const found: number[] = [];
    for (let from = 0; from < stream.length; from += size) {
      followed.each(stream.subarray(from, from + size), (start, end) => {
        for (let at = start; at < end; at++) found.push(from + at);
      });
    }
    assert.deepEqual(found, [...stream.keys()].filter(isProtected), `pieces of ${size}`);
  }
});

Deno.test("what cannot be is refused with the value", async () => {
  await using stage = await Stage.open();
  const { proxy } = stage;
  assert.throws(() => proxy.fault({ kind: "stall", ms: -1 }), /a stall of '-1' ms/);
  assert.throws(() => proxy.fault({ kind: "bandwidth", bytesPerSecond: 0 }), /a bandwidth of '0' bytes\/s/);
  assert.throws(() => proxy.fault({ kind: "fragment", bytes: NaN }), /fragments of 'NaN' bytes/);
  assert.throws(() => proxy.fault({ kind: "flip" }), /either 'every'/);
  const random = new Random(1);
  assert.throws(() => new BitFlipper({ every: 0 }, random), /every '0' bytes/);
  assert.throws(() => new BitFlipper({ rate: 2 }, random), /rate of '2'/);
});
