/**
 * How many messages the embedded broker takes and hands out, over loopback TCP, with one sender that does nothing
 * but write the same frames again and again. The broker runs in a worker of its own.
 *
 *     deno run --allow-read --allow-net=127.0.0.1 tests/bench/broker_bench.ts [seconds per measurement]
 */
import { startBrokerInWorker } from "../../lib/broker/mod.ts";
import { connectTcp } from "../../lib/transport/tcp.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { commandNumber, encodeCommand, MESSAGE, SEND_RECEIPT } from "../../lib/wire/command.ts";
import { EntryView } from "../../lib/wire/entry.ts";
import { FrameDecoder } from "../../lib/wire/frame_decoder.ts";
import { AckFrame, MessageView } from "../../lib/wire/hot_commands.ts";
import { SendFrame, SendHeader } from "../../lib/wire/send_frame.ts";

const PAYLOAD_BYTES = 1024;
/** Entries under way without a receipt. */
const IN_FLIGHT = 16;

interface Case {
  readonly mode: "memory" | "null";
  readonly batch: number;
  readonly consumes: boolean;
}

const CASES: readonly Case[] = [
  { mode: "null", batch: 1000, consumes: false },
  { mode: "null", batch: 100, consumes: false },
  { mode: "null", batch: 1, consumes: false },
  { mode: "memory", batch: 1000, consumes: false },
  { mode: "memory", batch: 100, consumes: false },
  { mode: "memory", batch: 1, consumes: false },
  { mode: "memory", batch: 1000, consumes: true },
  { mode: "memory", batch: 100, consumes: true },
  { mode: "memory", batch: 1, consumes: true },
];

/** A SEND frame of `batch` messages; batches' inner layout does not matter to a broker, so the body is zeros. */
function makeFrame(batch: number): Uint8Array {
  const bodySize = batch * (PAYLOAD_BYTES + (batch > 1 ? 16 : 0));
  const frame = new SendFrame(bodySize);
  const header = new SendHeader();
  header.producerId = 1;
  header.producerName = new TextEncoder().encode("bench");
  header.publishTime = Date.now();
  header.batchCount = batch > 1 ? batch : 0;
  frame.seal(header, frame.bodyStart + bodySize);
  return frame.bytes().slice();
}

async function open(serviceUrl: string, ...commands: Uint8Array[]): Promise<Transport> {
  const { hostname, port } = new URL(serviceUrl);
  const transport = await connectTcp(hostname, Number(port));
  await transport.write(encodeCommand("connect", { clientVersion: "bench", protocolVersion: 20 }));
  for (const command of commands) await transport.write(command);
  return transport;
}

/** Calls back for each command of one kind that comes in. */
async function readAll(
  transport: Transport,
  number: number,
  onFrame: (frames: FrameDecoder) => void,
  onRead: () => Promise<void> | void,
): Promise<void> {
  const frames = new FrameDecoder({ initialCapacity: 4 * 1024 * 1024 });
  for (;;) {
    const count = await transport.read(frames.space());
    if (count === null) return;
    frames.commit(count);
    while (frames.next()) {
      if (commandNumber(frames.buffer, frames.commandStart, frames.commandEnd) === number) onFrame(frames);
    }
    await onRead();
  }
}

async function measure({ mode, batch, consumes }: Case, seconds: number): Promise<void> {
  const broker = await startBrokerInWorker({ mode });
  const connections: Transport[] = [];
  const loops: Promise<void>[] = [];
  let consumed = 0;
  if (consumes) {
    const consumer = await open(
      broker.serviceUrl,
      encodeCommand("subscribe", { topic: "t", subscription: "s", subType: 0, consumerId: 1, requestId: 1 }),
      encodeCommand("flow", { consumerId: 1, messagePermits: 20_000 }),
    );
    connections.push(consumer);
    const acks = new AckFrame();
    const message = new MessageView();
    const entry = new EntryView();
    let permits = 0;
    const onMessage = ({ buffer, commandStart, commandEnd, payloadStart, frameEnd }: FrameDecoder): void => {
      message.read(buffer, commandStart, commandEnd);
      entry.read(buffer, payloadStart, frameEnd, false);
      acks.add(message.ledgerId, message.entryId);
      consumed += Math.max(1, entry.batchCount);
      permits += Math.max(1, entry.batchCount);
    };
    loops.push(readAll(consumer, MESSAGE, onMessage, async () => {
      if (acks.count > 0) await consumer.write(acks.take(1).slice());
      if (permits < 5000) return;
      const flow = encodeCommand("flow", { consumerId: 1, messagePermits: permits });
      permits = 0;
      await consumer.write(flow);
    }));
  }
  const sender = await open(
    broker.serviceUrl,
    encodeCommand("producer", { topic: "t", producerId: 1, requestId: 1 }),
  );
  connections.push(sender);
  const frame = makeFrame(batch);
  // Single messages leave many at a time, as from a client that gathers its writes.
  const perWrite = batch === 1 ? 64 : 1;
  const chunk = new Uint8Array(frame.length * perWrite);
  for (let index = 0; index < perWrite; index++) chunk.set(frame, index * frame.length);
  let acknowledged = 0;
  let sent = 0;
  let wake = (): void => {};
  loops.push(readAll(sender, SEND_RECEIPT, () => void acknowledged++, () => wake()));
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) {
    await sender.write(chunk);
    sent += perWrite;
    while (sent - acknowledged > IN_FLIGHT * perWrite) await new Promise<void>((resolve) => wake = resolve);
  }
  const elapsed = (performance.now() - start) / 1000;
  const rate = (messages: number): string => Math.round(messages / elapsed).toLocaleString("en").padStart(12);
  const { peakBacklogBytes } = await broker.brokerStats();
  console.log(
    `${mode.padEnd(6)}  batch ${String(batch).padStart(4)}  in ${rate(acknowledged * batch)} msg/s` +
      `  out ${consumes ? rate(consumed) : "-".padStart(12)} msg/s  backlog ≤ ${
        (peakBacklogBytes / 2 ** 20).toFixed(0)
      } MiB`,
  );
  for (const connection of connections) connection.close();
  await Promise.all(loops.map((loop) => loop.catch(() => {})));
  await broker.stop();
}

const seconds = Number(Deno.args[0] ?? 3);
if (!(seconds > 0 && seconds <= 60)) {
  throw new RangeError(`'${Deno.args[0]}' seconds are not possible; use 1 … 60`);
}
console.log(`messages of ${PAYLOAD_BYTES} bytes, ${seconds} s each`);
for (const each of CASES) await measure(each, seconds);
