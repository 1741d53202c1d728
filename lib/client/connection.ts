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
} from "../wire/command.ts";
import { wireMemory } from "../wire/crc32c.ts";
import { DEFAULT_MAX_MESSAGE_SIZE, FRAME_PADDING, PROTOCOL_VERSION, serverErrorName } from "../wire/enums.ts";
import { ProtocolError } from "../wire/errors.ts";
import { FrameDecoder } from "../wire/frame_decoder.ts";
import { MessageView, SendReceiptView } from "../wire/hot_commands.ts";
import type { ConsumerHandler, ProducerHandler } from "./handlers.ts";
import type { Transport } from "../transport/transport.ts";
import { ConnectionClosedError, PulsarError, RequestTimeoutError } from "./errors.ts";
import { WriteQueue } from "./write_queue.ts";

export interface Authentication {
  readonly method: string;
  /** Called for the handshake and again when the broker asks for fresh credentials. */
  data(): Promise<Uint8Array>;
}

export interface ConnectionOptions {
  readonly clientVersion: string;
  readonly authentication?: Authentication;
  readonly operationTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Set when the peer is a proxy: `host:port` of the broker behind it. */
  readonly proxyToBroker?: string;
}

type RequestName = {
  [N in CommandName]: CommandBody<N> extends { requestId: unknown } ? N : never;
}[CommandName];

interface PendingRequest {
  readonly action: string;
  readonly timer: ReturnType<typeof setTimeout>;
  resolve(command: Command): void;
  reject(error: Error): void;
}

export class Connection {
  maxMessageSize = DEFAULT_MAX_MESSAGE_SIZE;
  serverVersion = "";
  readonly #transport: Transport;
  readonly #options: ConnectionOptions;
  readonly #decoder = new FrameDecoder({ allocate: takeBuffer });
  readonly #writer: WriteQueue;
  readonly #requests = new Map<number, PendingRequest>();
  readonly #producers = new Map<number, ProducerHandler>();
  readonly #consumers = new Map<number, ConsumerHandler>();
  readonly #receipt = new SendReceiptView();
  readonly #message = new MessageView();
  #nextRequestId = 0;
  #closed: Error | undefined;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #heardSinceTick = true;
  #connected: PromiseWithResolvers<void> | undefined;
  #onClose: (() => void) | undefined;

  private constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#writer = new WriteQueue(transport, (error) => this.close(asClosed(error, this.peer)));
  }

  /**
   * Performs the handshake on a fresh transport.
   *
   * @throws {PulsarError} when the broker refuses (wrong token …)
   * @throws {ConnectionClosedError} when the peer is not a Pulsar broker or hangs up
   * @throws {RequestTimeoutError} when nothing comes back within the operation timeout
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

  onClose(callback: () => void): void {
    this.#onClose = callback;
    if (this.#closed !== undefined) callback();
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

  /** Sends a finished frame whose bytes stay unchanged until its receipt. */
  sendFrame(frame: Uint8Array): void {
    this.#writer.push(frame);
  }

  /** Sends a finished frame whose bytes the caller reuses at once. */
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
    timeoutMs: number = this.#options.operationTimeoutMs,
  ): Promise<Command> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const requestId = this.newRequestId();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#requests.delete(requestId);
        reject(
          new RequestTimeoutError(`${action}: no answer from ${this.peer} within ${timeoutMs / 1000} s`),
        );
      }, timeoutMs);
      this.#requests.set(requestId, { action, timer, resolve, reject });
      this.send(name, { ...body, requestId } as unknown as CommandBody<N>);
    });
  }

  /** Ends the connection; every request fails and every handler is detached. Idempotent. */
  close(cause: Error = new ConnectionClosedError("the connection was closed by this side")): void {
    if (this.#closed !== undefined) return;
    this.#closed = cause;
    clearInterval(this.#keepAlive);
    this.#writer.close();
    this.#transport.close();
    this.#connected?.reject(cause);
    for (const request of this.#requests.values()) {
      clearTimeout(request.timer);
      request.reject(cause);
    }
    this.#requests.clear();
    const handlers = [...this.#producers.values(), ...this.#consumers.values()];
    this.#producers.clear();
    this.#consumers.clear();
    for (const handler of handlers) handler.onDetached(cause);
    this.#onClose?.();
  }

  async #handshake(): Promise<void> {
    const { authentication, operationTimeoutMs, proxyToBroker, clientVersion, keepAliveMs } = this.#options;
    this.#connected = Promise.withResolvers();
    // Whoever closes the connection first decides how the handshake ends; nobody else need listen.
    this.#connected.promise.catch(() => {});
    const timer = setTimeout(() => {
      const seconds = operationTimeoutMs / 1000;
      this.close(
        new RequestTimeoutError(`${this.peer} did not answer the Pulsar handshake within ${seconds} s`),
      );
    }, operationTimeoutMs);
    try {
      const authData = await authentication?.data();
      this.send("connect", {
        clientVersion,
        protocolVersion: PROTOCOL_VERSION,
        authMethodName: authentication?.method ?? "none",
        ...(authData === undefined ? {} : { authData }),
        ...(proxyToBroker === undefined ? {} : { proxyToBrokerUrl: proxyToBroker }),
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
    try {
      while (this.#closed === undefined) {
        const count = await this.#transport.read(decoder.space());
        if (count === null) throw new ConnectionClosedError(this.#hangUpText());
        this.#heardSinceTick = true;
        decoder.commit(count);
        while (this.#closed === undefined && decoder.next()) this.#dispatch();
      }
    } catch (error) {
      this.close(asClosed(error, this.peer));
    } finally {
      spareBuffers.push(this.#decoder.buffer);
    }
  }

  #hangUpText(): string {
    return this.#connected === undefined
      ? `${this.peer} closed the connection`
      : `${this.peer} closed the connection during the handshake: is this the broker's binary port (usually 6650)`;
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
      // A newer broker may send commands we do not know; they are not addressed to us.
      if (error instanceof ProtocolError && error.code === "unknown-command") return;
      throw error;
    }
    switch (command.name) {
      case "connected":
        this.serverVersion = command.body.serverVersion;
        this.maxMessageSize = command.body.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
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
      case "closeProducer":
      case "closeConsumer":
        this.#detached(command);
        return;
      case "topicMigrated":
        this.#migrated(command.body);
        return;
      case "activeConsumerChange":
        this.#consumers.get(Number(command.body.consumerId))?.onActiveChange?.(
          command.body.isActive ?? false,
        );
        return;
      case "reachedEndOfTopic":
        this.#consumers.get(Number(command.body.consumerId))?.onEndOfTopic?.();
        return;
      default:
        this.#answered(command);
    }
  }

  #answered(command: Command): void {
    if (!("requestId" in command.body)) return;
    const id = Number(command.body.requestId);
    const request = this.#requests.get(id);
    if (request === undefined) return;
    if (command.name === "producerSuccess" && command.body.producerReady === false) {
      // Waiting for exclusive access has no time limit: the answer comes when the other producer leaves.
      clearTimeout(request.timer);
      return;
    }
    this.#requests.delete(id);
    clearTimeout(request.timer);
    request.resolve(command);
  }

  #failed(requestId: number, code: number, message: string): void {
    const request = this.#requests.get(requestId);
    if (request === undefined) {
      const error = new PulsarError(serverErrorName(code), message, `connect to ${this.peer}`);
      if (this.#connected !== undefined) this.close(error);
      return;
    }
    this.#requests.delete(requestId);
    clearTimeout(request.timer);
    request.reject(new PulsarError(serverErrorName(code), message, request.action));
  }

  #detached(command: Command & { name: "closeProducer" | "closeConsumer" }): void {
    const { assignedBrokerServiceUrl: plain, assignedBrokerServiceUrlTls: tls } = command.body;
    const assigned = { ...(plain === undefined ? {} : { plain }), ...(tls === undefined ? {} : { tls }) };
    const isProducer = command.name === "closeProducer";
    const id = Number(isProducer ? command.body.producerId : command.body.consumerId);
    const handlers: Map<number, ProducerHandler | ConsumerHandler> = isProducer
      ? this.#producers
      : this.#consumers;
    const handler = handlers.get(id);
    handlers.delete(id);
    const what = isProducer ? "producer" : "consumer";
    handler?.onDetached(new ConnectionClosedError(`${this.peer} closed this ${what}`), assigned);
  }

  #migrated(body: CommandBody<"topicMigrated">): void {
    const id = Number(body.resourceId);
    const handlers: Map<number, ProducerHandler | ConsumerHandler> = body.resourceType === 0
      ? this.#producers
      : this.#consumers;
    const handler = handlers.get(id);
    handlers.delete(id);
    const { brokerServiceUrl: plain, brokerServiceUrlTls: tls } = body;
    const assigned = { ...(plain === undefined ? {} : { plain }), ...(tls === undefined ? {} : { tls }) };
    handler?.onDetached(new ConnectionClosedError("the topic moved to another cluster"), assigned);
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

// Wire memory is never given back, so the buffers of closed connections serve the next ones.
const spareBuffers: Uint8Array[] = [];

function takeBuffer(bytes: number): Uint8Array {
  const index = spareBuffers.findIndex((buffer) => buffer.length >= bytes);
  return index >= 0 ? spareBuffers.splice(index, 1)[0]! : wireMemory(bytes);
}

function asClosed(error: unknown, peer: string): Error {
  if (error instanceof ConnectionClosedError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ConnectionClosedError(`connection to ${peer} failed: ${text}`, { cause: error });
}
