/** One client connection: handshake, reading, routing of commands to their handlers, keep-alive. */
import { TransportError } from "../../transport/errors.ts";
import type { Transport } from "../../transport/transport.ts";
import {
  type Command,
  type CommandBody,
  type CommandName,
  commandNumber,
  decodeCommand,
  encodeCommand,
  requestIdOf,
  SEND,
} from "../../wire/command.ts";
import { FRAME_PADDING, PROTOCOL_VERSION, serverErrorCode } from "../../wire/enums.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { FrameDecoder } from "../../wire/frame_decoder.ts";
import { type U64, U64_MAX } from "../../wire/protobuf.ts";
import * as consumerCommands from "./consumer_commands.ts";
import { type BrokerCore, SERVER_VERSION } from "../core.ts";
import { checkToken } from "./credentials.ts";
import { handleGetTopics, handleLookup, handlePartitionMetadata } from "./discovery_commands.ts";
import type { FailingRequest } from "../faults.ts";
import { Outbox } from "../io/outbox.ts";
import type { Peer } from "../io/peer.ts";
import { handleCloseProducer, handleProducer } from "./producer_commands.ts";
import type { ReadBuffers } from "../io/read_buffers.ts";
import { Refusal } from "../refusal.ts";
import { handleGetOrCreateSchema, handleGetSchema } from "./schema_commands.ts";
import { SendPath } from "./send_path.ts";
import {
  type AttachedConsumer,
  type AttachedProducer,
  removeConsumer,
  removeProducer,
  type Session,
} from "./session.ts";
import { SkippingDecoder } from "../io/skipping_decoder.ts";
import { parseTopicName } from "../topic_name.ts";
import { within } from "../../transport/timing.ts";

/** Commands that tests can make fail, by the names of faults. */
const FAILING: ReadonlySet<string> = new Set<FailingRequest>([
  "producer",
  "subscribe",
  "seek",
  "unsubscribe",
  "getLastMessageId",
  "getTopicsOfNamespace",
]);

export class Connection implements Peer, Session {
  readonly core: BrokerCore;
  readonly outbox: Outbox;
  readonly producers = new Map<number, AttachedProducer>();
  readonly consumers = new Map<number, AttachedConsumer>();
  clientVersion = "";

  readonly #transport: Transport;
  readonly #buffers: ReadBuffers;
  readonly #decoder: FrameDecoder | SkippingDecoder;
  readonly #sendPath: SendPath;
  #isGreeted = false;
  #isClosed = false;
  /** Reading waits for memory, or because a test asked for it. */
  #isStalled = false;
  #stalledUntil = 0;
  #wakeStall: (() => void) | undefined;
  #heardSinceTick = true;

  constructor(core: BrokerCore, transport: Transport, buffers: ReadBuffers) {
    this.core = core;
    this.#transport = transport;
    this.#buffers = buffers;
    const maxFrameSize = core.options.maxMessageSize + FRAME_PADDING;
    this.#decoder = core.options.mode === "null"
      ? new SkippingDecoder(maxFrameSize)
      : new FrameDecoder({ maxFrameSize, allocate: (bytes) => buffers.take(this, bytes) });
    this.outbox = new Outbox(transport, maxFrameSize, (error) => this.#fail(error));
    this.outbox.onWritable = () => this.#deliverOn();
    this.#sendPath = new SendPath(this);
  }

  get address(): string {
    return this.#transport.peer;
  }
  get peer(): Peer {
    return this;
  }

  /** Serves the connection until either side closes it. Never rejects. */
  async run(): Promise<void> {
    try {
      while (!this.#isClosed) {
        if (this.outbox.isOverfull) await this.outbox.whenWritable();
        const count = await this.#transport.read(this.#decoder.space());
        if (count === null) break;
        this.#heardSinceTick = true;
        this.#decoder.commit(count);
        // A stall that began meanwhile also holds back what was read.
        if (this.#stalledUntil > 0) await this.#sitOutStall();
        await this.#handleFrames();
        this.core.dispatch();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.close();
      this.#buffers.giveBack(this);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sendPath.close();
    this.#wakeStall?.();
    for (const attached of this.producers.values()) removeProducer(attached);
    for (const attached of this.consumers.values()) removeConsumer(this.core, attached);
    this.producers.clear();
    this.consumers.clear();
    this.outbox.close();
    this.#transport.close();
    this.core.pool.wakeAll();
    this.core.dispatch();
  }

  send<N extends CommandName>(name: N, body: CommandBody<N>): void {
    this.outbox.append(encodeCommand(name, body));
  }

  sendBytes(bytes: Uint8Array): void {
    this.outbox.append(bytes);
  }

  closeProducer(producerId: number, assignedUrl?: string): void {
    const attached = this.producers.get(producerId);
    if (attached === undefined) return;
    this.producers.delete(producerId);
    this.#sendPath.forget();
    removeProducer(attached);
    this.send("closeProducer", { producerId, requestId: U64_MAX, assignedBrokerServiceUrl: assignedUrl });
  }

  closeConsumer(consumerId: number, assignedUrl?: string): void {
    const attached = this.consumers.get(consumerId);
    if (attached === undefined) return;
    this.consumers.delete(consumerId);
    this.send("closeConsumer", { consumerId, requestId: U64_MAX, assignedBrokerServiceUrl: assignedUrl });
  }

  /** Reads nothing for `ms`. */
  stall(ms: number): void {
    this.#stalledUntil = performance.now() + ms;
  }

  /** Call once per keep-alive interval: pings a client that was silent, closes one that stays silent. */
  tick(): void {
    if (this.#isStalled) {
      // The broker does not read, so silence means nothing; the ping keeps the client from giving it up.
      this.send("ping", {});
      return;
    }
    if (this.#heardSinceTick) {
      this.#heardSinceTick = false;
      if (this.#isGreeted) this.send("ping", {});
    } else this.close();
  }

  /** Bytes that are no frame, and a broken network, end the connection; any other error is the broker's own and is kept. */
  #fail(error: unknown): void {
    if (!(error instanceof ProtocolError || error instanceof TransportError)) this.core.internalError = error;
    this.close();
  }

  async #handleFrames(): Promise<void> {
    const decoder = this.#decoder;
    while (!this.#isClosed && decoder.next()) {
      const { buffer, commandStart, commandEnd, frameEnd } = decoder;
      if (commandNumber(buffer, commandStart, commandEnd) !== SEND) {
        this.#handle(buffer, commandStart, commandEnd);
        continue;
      }
      while (!this.#isClosed && !this.#sendPath.take(buffer, commandStart, commandEnd, frameEnd)) {
        await this.#waitForRoom();
      }
    }
  }

  async #waitForRoom(): Promise<void> {
    this.core.stalls++;
    this.#isStalled = true;
    this.core.dispatch();
    await this.#sendPath.whenRoom();
    this.#isStalled = false;
  }

  async #sitOutStall(): Promise<void> {
    this.#isStalled = true;
    while (!this.#isClosed && this.#stalledUntil > performance.now()) {
      const { promise: woken, resolve } = Promise.withResolvers<void>();
      this.#wakeStall = resolve;
      await within(this.#stalledUntil - performance.now(), woken);
    }
    this.#stalledUntil = 0;
    this.#isStalled = false;
    this.#heardSinceTick = true;
  }

  #handle(buffer: Uint8Array, start: number, end: number): void {
    let command: Command;
    try {
      command = decodeCommand(buffer, start, end);
    } catch (error) {
      if (!this.#isGreeted || !(error instanceof ProtocolError) || error.code !== "unknown-command") {
        throw error;
      }
      this.#refuseUnknown(buffer, start, end);
      return;
    }
    if (!this.#isGreeted && command.name !== "connect") {
      throw new ProtocolError("malformed", `'${command.name}' came before the handshake`);
    }
    try {
      this.#injectFailure(command);
      this.#route(command);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(command, error);
    }
  }

  #route(command: Command): void {
    switch (command.name) {
      case "connect":
        return this.#connect(command.body);
      case "authResponse":
        return checkToken(this.core.options.tokens, command.body.response);
      case "ping":
        return this.send("pong", {});
      case "lookup":
        return handleLookup(this, command.body);
      case "partitionMetadata":
        return handlePartitionMetadata(this, command.body);
      case "getTopicsOfNamespace":
        return handleGetTopics(this, command.body);
      case "producer":
        this.#sendPath.forget();
        return handleProducer(this, command.body);
      case "closeProducer":
        this.#sendPath.forget();
        return handleCloseProducer(this, command.body);
      case "subscribe":
        return consumerCommands.handleSubscribe(this, command.body);
      case "flow":
        return consumerCommands.handleFlow(this, command.body);
      case "ack":
        return consumerCommands.handleAck(this, command.body);
      case "redeliver":
        return consumerCommands.handleRedeliver(this, command.body);
      case "closeConsumer":
        return consumerCommands.handleCloseConsumer(this, command.body);
      case "unsubscribe":
        return consumerCommands.handleUnsubscribe(this, command.body);
      case "seek":
        return consumerCommands.handleSeek(this, command.body);
      case "getLastMessageId":
        return consumerCommands.handleGetLastMessageId(this, command.body);
      case "consumerStats":
        return consumerCommands.handleConsumerStats(this, command.body);
      case "getSchema":
        return handleGetSchema(this, command.body);
      case "getOrCreateSchema":
        return handleGetOrCreateSchema(this, command.body);
      default:
        // PONG needs no answer; commands that only a broker sends are ignored.
        return;
    }
  }

  #connect(body: CommandBody<"connect">): void {
    const { options, faults } = this.core;
    const failure = faults.takeFailure("connect");
    if (failure !== undefined) throw new Refusal(failure.error, failure.message ?? "injected by a test");
    checkToken(options.tokens, body);
    this.clientVersion = body.clientVersion;
    this.#isGreeted = true;
    this.send("connected", {
      serverVersion: SERVER_VERSION,
      protocolVersion: Math.min(body.protocolVersion ?? 0, PROTOCOL_VERSION),
      maxMessageSize: options.maxMessageSize,
    });
  }

  /** Answers with an error, and closes the connection when the client as such was refused. */
  #refuse(command: Command, { code, message }: Refusal): void {
    const isFatal = command.name === "connect" || command.name === "authResponse";
    const requestId = isFatal ? U64_MAX : (command.body as { requestId?: U64 }).requestId;
    if (requestId !== undefined) this.send("error", { requestId, error: serverErrorCode(code), message });
    if (isFatal) void this.#closeWhenSent();
  }

  /** Answers a request for a feature that is not here, so that the client does not wait in vain. */
  #refuseUnknown(buffer: Uint8Array, start: number, end: number): void {
    const requestId = requestIdOf(buffer, start, end);
    if (requestId === undefined) return;
    const message =
      `the embedded broker does not know command ${commandNumber(buffer, start, end)}: it has neither ` +
      "transactions nor topic watchers nor scalable topics";
    this.send("error", { requestId, error: serverErrorCode("NotAllowedError"), message });
  }

  async #closeWhenSent(): Promise<void> {
    await this.outbox.whenEmpty();
    this.close();
  }

  #injectFailure(command: Command): void {
    if (this.core.faults.isEmpty || !FAILING.has(command.name)) return;
    const body = command.body as { topic?: string; consumerId?: U64 };
    const topic = body.topic === undefined
      ? this.consumers.get(Number(body.consumerId))?.topic.name.full
      : parseTopicName(body.topic).full;
    const failure = this.core.faults.takeFailure(command.name as FailingRequest, topic);
    if (failure !== undefined) throw new Refusal(failure.error, failure.message ?? "injected by a test");
  }

  #deliverOn(): void {
    for (const { subscription } of this.consumers.values()) this.core.markSubscription(subscription);
    this.core.dispatch();
  }
}
