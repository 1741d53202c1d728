/** A broker that does what a test says, at the other end of in-memory connections. */
import assert from "node:assert/strict";
import { memoryPair } from "../transport/memory.ts";
import { LONG_MS, soon } from "../transport/transport_test_support.ts";
import type { Connect, Target, Transport } from "../transport/transport.ts";
import {
  type Command,
  type CommandBody,
  type CommandName,
  decodeCommand,
  encodeCommand,
} from "../wire/command.ts";
import { LookupType } from "../wire/enums.ts";
import { EntryView } from "../wire/entry.ts";
import { FrameDecoder } from "../wire/frame_decoder.ts";
import type { MessageIdData } from "../wire/messages.ts";
import { SendFrame, SendHeader } from "../wire/send_frame.ts";
import type { BackoffOptions } from "./connection/backoff.ts";
import { PulsarClient } from "./client.ts";
import type { ClientOptions } from "./client.ts";

/** Reconnects at once, so that tests need not wait. */
export const QUICK: BackoffOptions = { initialMs: 1, maxMs: 4, random: () => 0 };

/** One SEND as it arrived. */
export interface ReceivedSend {
  readonly producerId: number;
  readonly sequenceId: number;
  readonly count: number;
  readonly intact: boolean;
  /** Text of the (uncompressed) body. */
  readonly body: string;
  readonly partitionKey: string | undefined;
}

type Reply<N extends CommandName> = (body: CommandBody<N>, peer: Peer) => void;

/** The broker's end of one connection. */
export class Peer {
  readonly received: Command[] = [];
  readonly sends: ReceivedSend[] = [];
  readonly target: Target;
  isClosed = false;
  readonly #transport: Transport;
  readonly #broker: ScriptedBroker;
  #changed = Promise.withResolvers<void>();
  #writing: Promise<void> = Promise.resolve();

  constructor(broker: ScriptedBroker, transport: Transport, target: Target) {
    this.#broker = broker;
    this.#transport = transport;
    this.target = target;
    void this.#read();
  }

  send<N extends CommandName>(name: N, body: CommandBody<N>): void {
    this.sendBytes(encodeCommand(name, body));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#writing = this.#writing.then(() => this.#transport.write(bytes)).catch(() => {});
  }

  /** Sends whole frames in one write, so that they arrive in one read. */
  sendTogether(...frames: Uint8Array[]): void {
    this.sendBytes(Uint8Array.from(frames.flatMap((frame) => [...frame])));
  }

  /** Hangs up, after what was sent. */
  close(): void {
    void this.#writing.then(() => this.#transport.close());
  }

  count(name: CommandName): number {
    return this.received.filter((command) => command.name === name).length;
  }

  all<N extends CommandName>(name: N): CommandBody<N>[] {
    return this.received.filter((command) => command.name === name).map(({ body }) => body as CommandBody<N>);
  }

  /** Resolves when something holds, looked at after each command; fails when it does not come to hold. */
  async until(holds: () => boolean, what = String(holds)): Promise<void> {
    const deadline = performance.now() + LONG_MS;
    while (!holds()) {
      assert.ok(performance.now() < deadline, `waited in vain for ${what}`);
      await soon(`a command, and then ${what}`, this.#changed.promise);
    }
  }

  /** The `nth` command of a name, once it is there. */
  async command<N extends CommandName>(name: N, nth = 1): Promise<CommandBody<N>> {
    await this.until(() => this.count(name) >= nth, `command '${name}' number ${nth}`);
    return this.all(name)[nth - 1]!;
  }

  async #read(): Promise<void> {
    const decoder = new FrameDecoder();
    const view = new EntryView();
    for (;;) {
      const count = await this.#transport.read(decoder.space()).catch(() => null);
      if (count === null) break;
      decoder.commit(count);
      while (decoder.next()) {
        const { buffer, commandStart, commandEnd, payloadStart, frameEnd } = decoder;
        const command = decodeCommand(buffer, commandStart, commandEnd);
        this.received.push(command);
        if (command.name === "send") {
          view.read(buffer, payloadStart, frameEnd);
          this.sends.push({
            producerId: Number(command.body.producerId),
            sequenceId: Number(command.body.sequenceId),
            count: command.body.numMessages ?? 1,
            intact: view.intact,
            body: new TextDecoder().decode(buffer.subarray(view.bodyStart, view.bodyEnd)),
            partitionKey: view.metadata().partitionKey,
          });
        }
        this.#broker.handle(command, this);
      }
      this.#notify();
    }
    this.isClosed = true;
    this.#notify();
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

export class ScriptedBroker {
  readonly peers: Peer[] = [];
  readonly #replies = new Map<CommandName, Reply<never>>();
  #arrival = Promise.withResolvers<void>();
  /** Throws to refuse a connection. */
  dial: (target: Target) => void = () => {};

  constructor() {
    let names = 0;
    this.on(
      "connect",
      (_, peer) => peer.send("connected", { serverVersion: "scripted", protocolVersion: 20 }),
    );
    this.on("lookup", ({ requestId }, peer) =>
      peer.send("lookupResponse", {
        requestId,
        response: LookupType.connect,
        brokerServiceUrl: "pulsar://broker:6650",
      }));
    this.on(
      "partitionMetadata",
      ({ requestId }, peer) =>
        peer.send("partitionMetadataResponse", { requestId, partitions: 0, response: 0 }),
    );
    this.on(
      "producer",
      ({ requestId, producerName }, peer) =>
        peer.send("producerSuccess", {
          requestId,
          producerName: producerName ?? `named-${names++}`,
        }),
    );
    for (const name of ["subscribe", "closeProducer", "closeConsumer", "unsubscribe", "seek"] as const) {
      this.on(name, ({ requestId }, peer) => peer.send("success", { requestId }));
    }
    this.on(
      "send",
      ({ producerId, sequenceId }, peer) =>
        peer.send("sendReceipt", { producerId, sequenceId, messageId: { ledgerId: 1, entryId: sequenceId } }),
    );
    this.on("ping", (_, peer) => peer.send("pong", {}));
  }

  /** Replaces what is done on a command. */
  on<N extends CommandName>(name: N, reply: Reply<N>): this {
    this.#replies.set(name, reply as Reply<never>);
    return this;
  }

  handle(command: Command, peer: Peer): void {
    this.#replies.get(command.name)?.(command.body as never, peer);
  }

  readonly connect: Connect = (target) => {
    try {
      this.dial(target);
    } catch (error) {
      return Promise.reject(error);
    }
    const [client, server] = memoryPair();
    this.peers.push(new Peer(this, server, target));
    this.#arrival.resolve();
    this.#arrival = Promise.withResolvers();
    return Promise.resolve(client);
  };

  /** The `nth` connection ever made, once it is. */
  async peer(nth = 1): Promise<Peer> {
    while (this.peers.length < nth) await soon(`connection number ${nth}`, this.#arrival.promise);
    return this.peers[nth - 1]!;
  }

  client(options: Partial<ClientOptions> = {}): PulsarClient {
    return new PulsarClient({
      serviceUrl: "pulsar://broker:6650",
      connect: this.connect,
      operationTimeoutMs: 5000,
      backoff: QUICK,
      ...options,
    });
  }
}

export interface MessageOptions {
  readonly consumerId: number;
  readonly id: MessageIdData;
  readonly body: Uint8Array | string;
  /** Fields of the metadata that are not the defaults. */
  readonly header?: Partial<SendHeader>;
  readonly redeliveryCount?: number;
  readonly ackSet?: readonly bigint[];
  readonly consumerEpoch?: number;
  /** Damages the last byte after the checksum was made. */
  readonly isDamaged?: boolean;
}

/** A MESSAGE frame. */
export function messageFrame(options: MessageOptions): Uint8Array {
  const { consumerId, id, body, header = {}, redeliveryCount, ackSet, consumerEpoch } = options;
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const frame = new SendFrame(bytes.length);
  frame.buffer.set(bytes, frame.bodyStart);
  const send = Object.assign(new SendHeader(), {
    producerName: new TextEncoder().encode("p"),
    publishTime: 1_700_000_000_000,
    ...header,
  });
  frame.seal(send, frame.bodyStart + bytes.length);
  const sent = frame.bytes();
  const entry = sent.subarray(8 + new DataView(sent.buffer, sent.byteOffset).getUint32(4));
  const command = encodeCommand("message", {
    consumerId,
    messageId: id,
    redeliveryCount,
    ackSet: ackSet && [...ackSet],
    consumerEpoch,
  });
  const whole = new Uint8Array(command.length + entry.length);
  whole.set(command);
  whole.set(entry, command.length);
  new DataView(whole.buffer).setUint32(0, whole.length - 4);
  if (options.isDamaged) whole[whole.length - 1]! ^= 0xff;
  return whole;
}

/** Resolves when something holds; for conditions that no event announces. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LONG_MS;
  while (!await holds()) {
    assert.ok(performance.now() < deadline, `waited in vain for ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
export const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);
