/** A bare client for tests: commands out, commands in, nothing done by itself. */
import assert from "node:assert/strict";
import { connectTcp } from "../transport/tcp.ts";
import { memoryPair } from "../transport/memory.ts";
import type { Transport } from "../transport/transport.ts";
import {
  type Command,
  type CommandBody,
  type CommandName,
  decodeCommand,
  encodeCommand,
} from "../wire/command.ts";
import { crc32c } from "../wire/crc32c.ts";
import { serverErrorName } from "../wire/enums.ts";
import { EntryView } from "../wire/entry.ts";
import { FrameDecoder } from "../wire/frame_decoder.ts";
import { CommandSend, MessageMetadata, SingleMessageMetadata } from "../wire/messages.ts";
import { ProtoWriter } from "../wire/protobuf.ts";
import { EmbeddedBroker } from "./embedded_broker.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A broker as it is without options. */
export function plain(): EmbeddedBroker {
  return new EmbeddedBroker();
}

/** `first`, `first + 1` … as texts. */
export function numbers(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => `${first + index}`);
}

/** Name of the error that an answer is or carries. */
export function errorOf({ name, body }: Command): string {
  const { error } = body as { error?: number };
  assert.ok(error !== undefined, `'${name}' carries no error`);
  return serverErrorName(error);
}

/** A command that came in; `entry` is what follows a MESSAGE. */
export interface Received {
  readonly command: Command;
  readonly entry: Uint8Array;
}

/** One delivered entry. */
export interface Delivery {
  readonly entryId: number;
  readonly body: CommandBody<"message">;
  /** Text of the payload; of a batch, the texts of its messages. */
  readonly texts: readonly string[];
  readonly isIntact: boolean;
}

export interface SendOptions {
  readonly producerId?: number;
  readonly sequenceId: number;
  /** One text: a single message. Several: a batch of them. */
  readonly texts: readonly string[];
  readonly isBatch?: boolean;
  readonly producerName?: string;
  readonly key?: string;
  readonly orderingKey?: string;
  readonly publishTime?: number;
  /** More of the message's metadata. */
  readonly metadata?: Partial<MessageMetadata>;
  readonly isChunk?: boolean;
  /** Changes the frame before it is sent. */
  readonly damage?: boolean;
}

type Answer<N extends CommandName> = Extract<Command, { name: N }>["body"];

export class TestClient {
  readonly transport: Transport;
  readonly #received: Received[] = [];
  #arrived = Promise.withResolvers<void>();
  #isClosed = false;
  #requestId = 0;
  #writing: Promise<void> = Promise.resolve();
  readonly #reading: Promise<void>;

  /** A client on one end of a connection that was made elsewhere. */
  constructor(transport: Transport) {
    this.transport = transport;
    this.#reading = this.#read();
  }

  /** Connects through memory or, given a URL, through TCP, and shakes hands. */
  static async connect(to: EmbeddedBroker | string, options: { token?: string } = {}): Promise<TestClient> {
    const client = await TestClient.open(to);
    await client.handshake(options);
    return client;
  }

  async handshake(options: { token?: string } = {}): Promise<void> {
    this.send("connect", {
      clientVersion: "test",
      protocolVersion: 20,
      ...(options.token === undefined
        ? {}
        : { authMethodName: "token", authData: encoder.encode(options.token) }),
    });
    await this.take("connected");
  }

  /** Connects without a handshake. */
  static async open(to: EmbeddedBroker | string): Promise<TestClient> {
    if (typeof to === "string") {
      const url = new URL(to);
      return new TestClient(await connectTcp(url.hostname, Number(url.port)));
    }
    const [client, server] = memoryPair();
    to.accept(server);
    return new TestClient(client);
  }

  send<N extends CommandName>(name: N, body: CommandBody<N>): void {
    this.write(encodeCommand(name, body));
  }

  /** Bytes leave in the order of the calls. */
  write(bytes: Uint8Array): void {
    this.#writing = this.#writing.then(() => this.transport.write(bytes)).catch(() => {});
  }

  /** Resolves when everything written so far has left. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  nextRequestId(): number {
    return ++this.#requestId;
  }

  /** Takes the first command of a name, waiting for it; others stay. */
  async take<N extends CommandName>(name: N): Promise<Answer<N>> {
    return (await this.#takeFirst(({ command }) => command.name === name)).command.body as Answer<N>;
  }

  /** Takes the next command, whatever it is. */
  async takeAny(): Promise<Command> {
    return (await this.#takeFirst(() => true)).command;
  }

  /** Names of the commands that came in and were not taken. */
  get waiting(): string[] {
    return this.#received.map(({ command }) => command.name);
  }

  /** Sends a request and takes the answer with its id, an ERROR included. */
  async request<N extends CommandName>(name: N, body: Omit<CommandBody<N>, "requestId">): Promise<Command> {
    const requestId = this.nextRequestId();
    this.send(name, { ...body, requestId } as CommandBody<N>);
    const { command } = await this.#takeFirst(({ command }) =>
      (command.body as { requestId?: unknown }).requestId === requestId
    );
    return command;
  }

  /** The broker has handled everything sent before, and delivered what it could: that follows the first PONG. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      this.send("ping", {});
      await this.take("pong");
    }
  }

  async producer(topic: string, options: Partial<CommandBody<"producer">> = {}): Promise<Command> {
    return await this.request("producer", { topic, producerId: 1, ...options });
  }

  async subscribe(
    topic: string,
    subscription: string,
    options: Partial<CommandBody<"subscribe">> = {},
    permits = 1000,
  ): Promise<Command> {
    const consumerId = options.consumerId ?? 1;
    const answer = await this.request("subscribe", {
      topic,
      subscription,
      subType: 0,
      consumerId,
      ...options,
    });
    if (permits > 0) this.send("flow", { consumerId, messagePermits: permits });
    return answer;
  }

  /** Sends an entry without waiting for its receipt. */
  publish(options: SendOptions): void {
    this.write(sendFrame(options));
  }

  /** Sends single messages one after the other, sequence ids from `first` on, and takes their receipts. */
  async publishAll(texts: readonly string[], first = 0, options: Partial<SendOptions> = {}): Promise<void> {
    texts.forEach((text, index) => this.publish({ ...options, texts: [text], sequenceId: first + index }));
    for (let left = texts.length; left > 0; left--) await this.take("sendReceipt");
  }

  async delivery(): Promise<Delivery> {
    const { command, entry } = await this.#takeFirst(({ command }) => command.name === "message");
    return readDelivery(command.body as CommandBody<"message">, entry);
  }

  async deliveries(count: number): Promise<Delivery[]> {
    const all: Delivery[] = [];
    while (all.length < count) all.push(await this.delivery());
    return all;
  }

  /** Texts of the next `count` entries. */
  async texts(count: number): Promise<string[]> {
    return (await this.deliveries(count)).flatMap((delivery) => delivery.texts);
  }

  ack(deliveries: readonly Delivery[], consumerId = 1): void {
    const messageId = deliveries.map(({ body }) => body.messageId);
    this.send("ack", { consumerId, ackType: 0, messageId });
  }

  /** Resolves when the broker closed the connection. */
  async closed(): Promise<void> {
    await this.#reading;
  }

  async close(): Promise<void> {
    this.transport.close();
    await this.#reading;
    await this.#writing;
  }

  async #takeFirst(accepts: (received: Received) => boolean): Promise<Received> {
    for (;;) {
      const index = this.#received.findIndex(accepts);
      if (index >= 0) return this.#received.splice(index, 1)[0]!;
      if (this.#isClosed) {
        throw new Error(`the connection ended; left were: ${this.waiting.join(", ") || "none"}`);
      }
      await this.#arrived.promise;
    }
  }

  async #read(): Promise<void> {
    const frames = new FrameDecoder();
    try {
      for (;;) {
        const count = await this.transport.read(frames.space());
        if (count === null) break;
        frames.commit(count);
        while (frames.next()) {
          const command = decodeCommand(frames.buffer, frames.commandStart, frames.commandEnd);
          this.#received.push({ command, entry: frames.buffer.slice(frames.payloadStart, frames.frameEnd) });
        }
        this.#notify();
      }
    } catch {
      // The broker cut the connection, which tests ask it to do.
    }
    this.#isClosed = true;
    this.#notify();
  }

  #notify(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers<void>();
  }
}

/** A whole SEND frame. */
export function sendFrame(options: SendOptions): Uint8Array {
  const { sequenceId, texts, isBatch = texts.length > 1 } = options;
  const highestSequenceId = sequenceId + texts.length - 1;
  const metadata = MessageMetadata.encode({
    producerName: options.producerName ?? "p",
    sequenceId,
    publishTime: options.publishTime ?? 1_700_000_000_000,
    ...(isBatch ? { numMessagesInBatch: texts.length, highestSequenceId } : {}),
    ...(options.key === undefined ? {} : { partitionKey: options.key }),
    ...(options.orderingKey === undefined ? {} : { orderingKey: encoder.encode(options.orderingKey) }),
    ...options.metadata,
  }).finish();
  const send = CommandSend.encode({
    producerId: options.producerId ?? 1,
    sequenceId,
    numMessages: texts.length,
    ...(isBatch ? { highestSequenceId } : {}),
    ...(options.isChunk === true ? { isChunk: true } : {}),
  }).finish();
  const command = new ProtoWriter().key(1, 0).uint32(6).key(6, 2).lengthPrefixed(send).finish();
  const body = new ProtoWriter();
  for (const text of texts) {
    const payload = encoder.encode(text);
    if (isBatch) {
      const single = SingleMessageMetadata.encode({ payloadSize: payload.length }).finish();
      body.raw(bigEndian(single.length)).raw(single);
    }
    body.raw(payload);
  }
  const checked = new ProtoWriter().raw(bigEndian(metadata.length)).raw(metadata).raw(body.finish()).finish();
  const checksum = crc32c(checked) ^ (options.damage === true ? 1 : 0);
  return new ProtoWriter()
    .raw(bigEndian(4 + command.length + 6 + checked.length)).raw(bigEndian(command.length)).raw(command)
    .raw(Uint8Array.of(0x0e, 0x01)).raw(bigEndian(checksum)).raw(checked).finish();
}

function readDelivery(body: CommandBody<"message">, entry: Uint8Array): Delivery {
  const view = new EntryView();
  view.read(entry, 0, entry.length);
  const texts: string[] = [];
  if (view.intact && view.batchCount === 0) {
    texts.push(decoder.decode(entry.subarray(view.bodyStart, view.bodyEnd)));
  }
  for (let index = 0, at = view.bodyStart; view.intact && index < view.batchCount; index++) {
    const size = new DataView(entry.buffer, entry.byteOffset + at, 4).getUint32(0);
    const { payloadSize } = SingleMessageMetadata.decode(entry, at + 4, at + 4 + size);
    at += 4 + size;
    texts.push(decoder.decode(entry.subarray(at, at + payloadSize)));
    at += payloadSize;
  }
  return { entryId: Number(body.messageId.entryId), body, texts, isIntact: view.intact };
}

/** All parts in one piece. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Runs a test with a broker without ports, which is stopped whatever happens. */
export function withBroker(
  make: () => EmbeddedBroker | Promise<EmbeddedBroker>,
  test: (broker: EmbeddedBroker) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const broker = await make();
    try {
      await test(broker);
      assert.equal((await broker.brokerStats()).internalError, undefined);
    } finally {
      await broker.stop();
    }
  };
}
