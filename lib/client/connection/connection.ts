/**
 * One TCP connection to a broker: handshake, request map, keep-alive, and routing of frames to the producers and
 * consumers on it. It knows nothing about topics or reconnecting.
 *
 * Source: Pulsar binary protocol specification; the order of registering and asking follows the Go client.
 */
import {
  type Command,
  type CommandBody,
  type CommandName,
  commandNumber,
  decodeCommand,
  encodeCommand,
  MESSAGE,
  SEND_RECEIPT,
} from "../../wire/command.ts";
import {
  DEFAULT_MAX_MESSAGE_SIZE,
  FRAME_PADDING,
  PROTOCOL_VERSION,
  serverErrorName,
} from "../../wire/enums.ts";
import { ProtocolError } from "../../wire/errors.ts";
import { FrameDecoder } from "../../wire/frame_decoder.ts";
import { MessageView, SendReceiptView } from "../../wire/hot_commands.ts";
import type { U64 } from "../../wire/protobuf.ts";
import type { AssignedUrl, ConsumerHandler, ProducerHandler } from "./handlers.ts";
import { TransportError } from "../../transport/errors.ts";
import type { Transport } from "../../transport/transport.ts";
import { ConnectionClosedError, HandshakeError, PulsarError, RequestTimeoutError } from "../errors.ts";
import type { Authentication } from "./authentication.ts";
import { describeGreeting, GREETING_BYTES } from "./greeting.ts";
import { RequestMap, type RequestOptions } from "./request_map.ts";
import { giveWireBuffer, takeWireBuffer } from "./wire_buffers.ts";
import { WriteQueue } from "./write_queue.ts";

/** Upper bound of the handshake: a broker answers at once. The same as the Java client's connection timeout. */
const HANDSHAKE_LIMIT_MS = 10_000;

export interface ConnectionOptions {
  readonly clientVersion: string;
  readonly authentication?: Authentication | undefined;
  readonly operationTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Set when the peer is a proxy: `host:port` of the broker behind it. */
  readonly proxyToBroker?: string | undefined;
}

type RequestName = {
  [N in CommandName]: CommandBody<N> extends { requestId: unknown } ? N : never;
}[CommandName];

export class Connection {
  maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE;
  serverVersion = "";
  readonly #transport: Transport;
  readonly #options: ConnectionOptions;
  /** Buffers that the decoder has asked for; the last one is in use. */
  readonly #buffers: Uint8Array[] = [];
  readonly #decoder = new FrameDecoder({ allocate: (bytes) => this.#allocate(bytes) });
  readonly #writer: WriteQueue;
  readonly #requests = new RequestMap();
  readonly #producers = new Map<number, ProducerHandler>();
  readonly #consumers = new Map<number, ConsumerHandler>();
  readonly #receipt = new SendReceiptView();
  readonly #message = new MessageView();
  #nextRequestId = 0;
  #closed: Error | undefined;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #heardSinceTick = true;
  /** Set during the handshake only. */
  #connected: PromiseWithResolvers<void> | undefined;
  #greeting: Uint8Array = new Uint8Array(0);
  #isReading = false;
  #onClose: (() => void)[] = [];

  private constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#writer = new WriteQueue(transport, (error) => this.#broken(error));
  }

  /**
   * Performs the handshake on a fresh transport.
   *
   * @throws {PulsarError} when the broker refuses (wrong token …)
   * @throws {HandshakeError} when the peer closes the connection, or is not a Pulsar broker
   * @throws {TransportError} when TLS is refused late, as a client certificate is
   * @throws {RequestTimeoutError} when nothing comes back within the operation timeout, 10 s at most
   */
  static async open(transport: Transport, options: ConnectionOptions): Promise<Connection> {
    const connection = new Connection(transport, options);
    await connection.#handshake();
    return connection;
  }

  get peer(): string {
    return this.#transport.peer;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Bytes written to this connection that the socket has not taken yet. */
  get queuedBytes(): number {
    return this.#writer.queuedBytes;
  }

  /** Calls back once the connection is closed; at once if it is. */
  onClose(callback: () => void): void {
    if (this.#closed === undefined) this.#onClose.push(callback);
    else callback();
  }

  addProducer(id: number, handler: ProducerHandler): void {
    this.#producers.set(id, handler);
  }
  removeProducer(id: number): void {
    this.#producers.delete(id);
  }
  addConsumer(id: number, handler: ConsumerHandler): void {
    this.#consumers.set(id, handler);
  }
  removeConsumer(id: number): void {
    this.#consumers.delete(id);
  }

  newRequestId(): number {
    return this.#nextRequestId++;
  }

  /** Sends a command that has no answer. */
  send<N extends CommandName>(name: N, body: CommandBody<N>): void {
    this.#writer.push(encodeCommand(name, body));
  }

  /** Sends a finished frame without a copy: its bytes must not change until its receipt. */
  sendFrame(frame: Uint8Array): void {
    this.#writer.push(frame);
  }

  /** Sends a copy of a finished frame: the caller may reuse its bytes at once. */
  sendFrameCopy(frame: Uint8Array): void {
    this.#writer.pushCopy(frame);
  }

  /**
   * Sends a command and waits for the answer with the same request id.
   *
   * @param action what is being done, for error messages: `subscribe to 'x'`
   */
  request<N extends RequestName>(
    name: N,
    body: Omit<CommandBody<N>, "requestId">,
    action: string,
    { timeoutMs = this.#options.operationTimeoutMs, signal }: RequestOptions = {},
  ): Promise<Command> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const requestId = this.newRequestId();
    const answer = this.#requests.add(requestId, action, this.peer, timeoutMs, signal);
    if (!signal?.aborted) this.send(name, { ...body, requestId } as unknown as CommandBody<N>);
    return answer;
  }

  /** Closes the connection: every pending request fails and every handler is detached. Idempotent. */
  close(cause: Error = new ConnectionClosedError("the connection was closed by this side")): void {
    if (this.#closed !== undefined) return;
    this.#closed = cause;
    clearInterval(this.#keepAlive);
    this.#writer.close();
    this.#transport.close();
    this.#connected?.reject(cause);
    this.#requests.failAll(cause);
    if (!this.#isReading) this.#giveBuffers(0);
    const handlers = [...this.#producers.values(), ...this.#consumers.values()];
    this.#producers.clear();
    this.#consumers.clear();
    for (const handler of handlers) handler.onDetached(cause);
    for (const callback of this.#onClose.splice(0)) callback();
  }

  async #handshake(): Promise<void> {
    const { authentication, operationTimeoutMs, proxyToBroker, clientVersion, keepAliveMs } = this.#options;
    this.#connected = Promise.withResolvers();
    // A handshake that fails before it is awaited is no unhandled rejection.
    this.#connected.promise.catch(() => {});
    const limitMs = Math.min(operationTimeoutMs, HANDSHAKE_LIMIT_MS);
    const timer = setTimeout(() => {
      this.close(
        new RequestTimeoutError(
          `${this.peer} did not answer the Pulsar handshake within ${limitMs / 1000} s`,
        ),
      );
    }, limitMs);
    try {
      const authData = await authentication?.data();
      this.send("connect", {
        clientVersion,
        protocolVersion: PROTOCOL_VERSION,
        authMethodName: authentication?.method ?? "none",
        authData,
        proxyToBrokerUrl: proxyToBroker,
        featureFlags: { supportsAuthRefresh: true, supportsBrokerEntryMetadata: true },
      });
      void this.#readLoop();
      await this.#connected.promise;
      this.#keepAlive = setInterval(() => this.#tick(), keepAliveMs);
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      clearTimeout(timer);
      this.#connected = undefined;
    }
  }

  async #readLoop(): Promise<void> {
    const decoder = this.#decoder;
    this.#isReading = true;
    try {
      while (this.#closed === undefined) {
        const space = decoder.space();
        // An outgrown buffer is free once its bytes have moved to the larger one.
        if (this.#buffers.length > 1) this.#giveBuffers(1);
        const count = await this.#transport.read(space);
        if (count === null) {
          throw new ConnectionClosedError(`${this.peer} closed the connection`);
        }
        this.#heardSinceTick = true;
        if (this.#greeting.length === 0) this.#greeting = space.slice(0, Math.min(count, GREETING_BYTES));
        decoder.commit(count);
        while (this.#closed === undefined && decoder.next()) this.#dispatch();
      }
    } catch (error) {
      this.#broken(error);
    } finally {
      this.#giveBuffers(0);
    }
  }

  #allocate(bytes: number): Uint8Array {
    const buffer = takeWireBuffer(bytes);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** Hands back all buffers but the `kept` newest. */
  #giveBuffers(kept: number): void {
    for (const buffer of this.#buffers.splice(0, this.#buffers.length - kept)) giveWireBuffer(buffer);
  }

  #broken(error: unknown): void {
    this.close(this.#connected === undefined ? asClosed(error, this.peer) : this.#asHandshake(error));
  }

  #asHandshake(error: unknown): Error {
    // Errors of TLS and of the broker already say what is wrong, for instance a refused client certificate.
    if (error instanceof PulsarError || (error instanceof TransportError && !error.isRetryable)) return error;
    const hint = describeGreeting(this.#greeting);
    if (hint !== undefined) return new HandshakeError(`${this.peer} ${hint}`, { cause: error });
    if (error instanceof ConnectionClosedError || error instanceof TransportError) {
      const text =
        `${this.peer} closed the connection during the handshake: is this the broker's binary port ` +
        "(usually 6650; for TLS 6651 and pulsar+ssl://)";
      return new HandshakeError(text, { cause: error });
    }
    const text = error instanceof Error ? error.message : String(error);
    return new HandshakeError(`${this.peer} is not a Pulsar broker: ${text}`, { cause: error });
  }

  #dispatch(): void {
    const { buffer, commandStart, commandEnd, payloadStart, frameEnd } = this.#decoder;
    const number = commandNumber(buffer, commandStart, commandEnd);
    if (number === SEND_RECEIPT) {
      this.#receipt.read(buffer, commandStart, commandEnd);
      this.#producers.get(this.#receipt.producerId)?.onReceipt(this.#receipt);
    } else if (number === MESSAGE) {
      this.#message.read(buffer, commandStart, commandEnd);
      this.#consumers.get(this.#message.consumerId)?.onMessage(this.#message, buffer, payloadStart, frameEnd);
    } else this.#control(commandStart, commandEnd);
  }

  #control(start: number, end: number): void {
    let command: Command;
    try {
      command = decodeCommand(this.#decoder.buffer, start, end);
    } catch (error) {
      // A newer broker may send commands that this client does not know; they can be ignored.
      const isUnknown = error instanceof ProtocolError && error.code === "unknown-command";
      if (isUnknown && this.#connected === undefined) return;
      throw error;
    }
    switch (command.name) {
      case "connected":
        this.serverVersion = command.body.serverVersion;
        this.maxMessageSize = command.body.maxMessageSize || DEFAULT_MAX_MESSAGE_SIZE;
        this.#decoder.maxFrameSize = this.maxMessageSize + FRAME_PADDING;
        this.#connected?.resolve();
        return;
      case "ping":
        this.send("pong", {});
        return;
      case "pong":
        return;
      case "authChallenge":
        void this.#answerChallenge();
        return;
      case "error":
        this.#failed(Number(command.body.requestId), command.body.error, command.body.message);
        return;
      case "sendError": {
        const error = new PulsarError(serverErrorName(command.body.error), command.body.message, "send");
        this.#producers.get(Number(command.body.producerId))
          ?.onSendError(Number(command.body.sequenceId), error);
        return;
      }
      case "closeProducer": {
        const { producerId, assignedBrokerServiceUrl: plain, assignedBrokerServiceUrlTls: tls } =
          command.body;
        this.#detach(this.#producers, producerId, `${this.peer} closed this producer`, { plain, tls });
        return;
      }
      case "closeConsumer": {
        const { consumerId, assignedBrokerServiceUrl: plain, assignedBrokerServiceUrlTls: tls } =
          command.body;
        this.#detach(this.#consumers, consumerId, `${this.peer} closed this consumer`, { plain, tls });
        return;
      }
      case "topicMigrated": {
        const { resourceId, resourceType, brokerServiceUrl: plain, brokerServiceUrlTls: tls } = command.body;
        const handlers = resourceType === 0 ? this.#producers : this.#consumers;
        this.#detach(handlers, resourceId, "the topic moved to another cluster", { plain, tls });
        return;
      }
      case "activeConsumerChange":
        this.#consumers.get(Number(command.body.consumerId))?.onActiveChange?.(
          command.body.isActive ?? false,
        );
        return;
      case "reachedEndOfTopic":
        this.#consumers.get(Number(command.body.consumerId))?.onEndOfTopic?.();
        return;
      default:
        if (this.#connected !== undefined) {
          throw new ProtocolError("malformed", `it greets with '${command.name}'`);
        }
        this.#requests.answer(command);
    }
  }

  #failed(requestId: number, code: number, message: string): void {
    if (this.#requests.fail(requestId, code, message) || this.#connected === undefined) return;
    this.close(new PulsarError(serverErrorName(code), message, `connect to ${this.peer}`));
  }

  /** The broker has closed one producer or consumer, not the connection. */
  #detach(
    handlers: Map<number, ProducerHandler | ConsumerHandler>,
    id: U64,
    reason: string,
    assigned: AssignedUrl,
  ): void {
    const handler = handlers.get(Number(id));
    handlers.delete(Number(id));
    handler?.onDetached(new ConnectionClosedError(reason), assigned);
  }

  async #answerChallenge(): Promise<void> {
    const { authentication, clientVersion } = this.#options;
    try {
      const authData = await authentication?.data() ?? new Uint8Array(0);
      const response = { authMethodName: authentication?.method ?? "none", authData };
      this.send("authResponse", { clientVersion, protocolVersion: PROTOCOL_VERSION, response });
    } catch (error) {
      this.close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #tick(): void {
    if (!this.#heardSinceTick) {
      const seconds = 2 * this.#options.keepAliveMs / 1000;
      this.close(new ConnectionClosedError(`${this.peer} has been silent for ${seconds} s`));
      return;
    }
    this.#heardSinceTick = false;
    this.send("ping", {});
  }
}

/** Any error of an open connection means a lost connection: a new one may work. */
function asClosed(error: unknown, peer: string): Error {
  if (error instanceof ConnectionClosedError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ConnectionClosedError(`connection to ${peer} failed: ${text}`, { cause: error });
}
