/**
 * A TCP proxy on loopback that does to its connections what networks do, when a test says so.
 *
 * ```ts ignore
 * await using proxy = await FaultProxy.open({ target: broker.serviceUrl, seed: 1 });
 * proxy.fault({ kind: "stall", ms: 2000 });
 * ```
 *
 * A broker behind it has to announce the proxy's address in its lookup answers, or clients leave the proxy with their first
 * topic: see `proxied_broker.ts` for a real broker, and `frontEmbedded` here for the embedded one.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate } from "node:timers";
import type { BrokerHandle } from "../../lib/broker/handle.ts";
import { Random } from "../../lib/load/generator/random.ts";
import { sleep } from "../../lib/transport/timing.ts";
import { BitFlipper, ChecksummedBytes, type FlipOptions } from "./bit_flips.ts";

/** `up`: client to broker; `down`: broker to client. */
export type Direction = "up" | "down";

interface Directed {
  /** Both when absent. */
  readonly direction?: Direction | undefined;
}

export type ProxyFault =
  /** Connections that exist now end by a TCP reset (RST) on both sides. New ones are served. */
  | { readonly kind: "reset" }
  /** Connections that exist now stay open and swallow every byte, whatever a side does. New ones are served. */
  | ({ readonly kind: "half-open" } & Directed)
  /** Nothing is read for so long, so that the senders' buffers fill up. */
  | ({ readonly kind: "stall"; readonly ms: number } & Directed)
  /** Bytes leave in parts of this size, one each without more said, as packets of their own; until cleared. */
  | ({ readonly kind: "fragment"; readonly bytes?: number | undefined } & Directed)
  /** No more than so many bytes pass in a second, on each connection; until cleared. */
  | ({ readonly kind: "bandwidth"; readonly bytesPerSecond: number } & Directed)
  /** Bits are turned over; until cleared. */
  | (
    & {
      readonly kind: "flip";
      /** `checksummed`, the default: only what a CRC-32C protects. `everything`: commands and lengths too. */
      readonly within?: "checksummed" | "everything" | undefined;
    }
    & FlipOptions
    & Directed
  );

export type ProxyFaultKind = ProxyFault["kind"];

export interface FaultProxyOptions {
  /** `pulsar://127.0.0.1:PORT` of the broker; may not listen yet. */
  readonly target: string;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Of the bit flips. Default 1. */
  readonly seed?: number | undefined;
}

/** What stands for all connections in one direction. */
class Lane {
  stalledUntil = 0;
  fragment: number | undefined;
  bytesPerSecond: number | undefined;
  flipper: BitFlipper | undefined;
  flipsAll = false;
}

interface Link {
  readonly sockets: Readonly<Record<Direction, Socket>>;
  /** Directions that swallow. */
  readonly dead: Set<Direction>;
  /** Both sides end by themselves, the broker's as soon as it is connected. */
  isReset: boolean;
}

const DIRECTIONS: readonly Direction[] = ["up", "down"];
/** A limited connection forwards in parts of this many seconds' bytes. */
const BANDWIDTH_STEP_SECONDS = 0.02;

export class FaultProxy implements AsyncDisposable {
  readonly port: number;
  /** For clients. */
  readonly serviceUrl: string;
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #random: Random;
  readonly #lanes: Readonly<Record<Direction, Lane>> = { up: new Lane(), down: new Lane() };
  readonly #links = new Set<Link>();
  readonly #pumps = new Set<Promise<void>>();
  readonly #closing = new AbortController();
  /** Replaced when a stall is cut short. */
  #waking = new AbortController();
  #flipsBefore = 0;
  #parts = 0;

  private constructor(server: Server, { target, seed = 1 }: FaultProxyOptions) {
    const { hostname: host, port } = new URL(target);
    this.#target = { host, port: Number(port) };
    this.#server = server;
    this.#random = new Random(seed);
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy has no port");
    this.port = address.port;
    this.serviceUrl = `pulsar://127.0.0.1:${this.port}`;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async open(options: FaultProxyOptions): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    return new FaultProxy(server, options);
  }

  /** Connections that are served, half-open ones too. */
  get connections(): number {
    return this.#links.size;
  }

  /** Writes so far, each of which was handed to the system by itself. */
  get parts(): number {
    return this.#parts;
  }

  /** Bits turned over so far. */
  get flips(): number {
    return DIRECTIONS.reduce((sum, way) => sum + (this.#lanes[way].flipper?.count ?? 0), this.#flipsBefore);
  }

  /**
   * Puts a fault in force; a later one of the same kind takes its place.
   *
   * @returns connections that exist now and are concerned
   * @throws {RangeError} for numbers that make no sense
   */
  fault(fault: ProxyFault): number {
    const ways = "direction" in fault && fault.direction !== undefined ? [fault.direction] : DIRECTIONS;
    switch (fault.kind) {
      case "reset":
        return this.#reset();
      case "half-open":
        for (const link of this.#links) for (const way of ways) link.dead.add(way);
        break;
      case "stall": {
        requirePositive("a stall of", fault.ms, "ms");
        for (const way of ways) this.#lanes[way].stalledUntil = performance.now() + fault.ms;
        break;
      }
      case "fragment": {
        const { bytes = 1 } = fault;
        requirePositive("fragments of", bytes, "bytes");
        for (const way of ways) this.#lanes[way].fragment = Math.ceil(bytes);
        break;
      }
      case "bandwidth":
        requirePositive("a bandwidth of", fault.bytesPerSecond, "bytes/s");
        for (const way of ways) this.#lanes[way].bytesPerSecond = fault.bytesPerSecond;
        break;
      case "flip":
        this.#stopFlips(ways);
        for (const way of ways) {
          this.#lanes[way].flipper = new BitFlipper(fault, this.#random);
          this.#lanes[way].flipsAll = fault.within === "everything";
        }
    }
    return this.#links.size;
  }

  /** Ends all faults but that half-open connections stay dead. */
  clear(): void {
    this.#stopFlips(DIRECTIONS);
    for (const way of DIRECTIONS) {
      const lane = this.#lanes[way];
      lane.stalledUntil = 0;
      lane.fragment = lane.bytesPerSecond = undefined;
    }
    this.#waking.abort();
    this.#waking = new AbortController();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const ended = [...this.#links].flatMap(({ sockets }) => DIRECTIONS.map((way) => closeOf(sockets[way])));
    for (const { sockets } of this.#links) for (const way of DIRECTIONS) sockets[way].destroy();
    await Promise.all([closed, ...ended, ...this.#pumps]);
  }

  #stopFlips(ways: readonly Direction[]): void {
    for (const way of ways) {
      this.#flipsBefore += this.#lanes[way].flipper?.count ?? 0;
      this.#lanes[way].flipper = undefined;
    }
  }

  #reset(): number {
    const links = [...this.#links];
    for (const link of links) {
      link.isReset = true;
      for (const way of DIRECTIONS) reset(link.sockets[way]);
    }
    return links.length;
  }

  /** @param client what bytes to the broker come from */
  #accept(client: Socket): void {
    const broker = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const link: Link = { sockets: { up: client, down: broker }, dead: new Set(), isReset: false };
    this.#links.add(link);
    let open = 2;
    for (const way of DIRECTIONS) {
      const socket = link.sockets[way];
      // What went wrong is seen where the socket is read or written.
      socket.on("error", () => {});
      socket.once("close", () => {
        if (--open === 0) this.#links.delete(link);
        // One side is gone for good, as after a reset: so is the other, unless it must not know.
        else if (link.dead.size === 0 && !link.isReset) destroyAfterEnd(link.sockets[other(way)]);
      });
      const pump = this.#pump(link, way).finally(() => this.#pumps.delete(pump));
      this.#pumps.add(pump);
    }
  }

  async #pump(link: Link, way: Direction): Promise<void> {
    const from = link.sockets[way];
    const to = link.sockets[other(way)];
    const protectedBytes = new ChecksummedBytes();
    try {
      for await (const chunk of from as AsyncIterable<Uint8Array>) {
        await this.#pause(way);
        this.#damage(chunk, way, protectedBytes);
        if (!link.dead.has(way)) await this.#forward(chunk, link, way);
      }
      if (!link.dead.has(way)) to.end();
    } catch {
      // A socket broke, or was destroyed: the close events bring the other one to its end.
    }
  }

  async #pause(way: Direction): Promise<void> {
    for (;;) {
      const left = this.#lanes[way].stalledUntil - performance.now();
      if (left <= 0 || this.#closing.signal.aborted) return;
      await this.#sleep(left);
    }
  }

  /** Frames are followed at all times: a fault may begin in the middle of one. */
  #damage(chunk: Uint8Array, way: Direction, protectedBytes: ChecksummedBytes): void {
    const { flipper, flipsAll } = this.#lanes[way];
    const parts: [number, number][] = [];
    protectedBytes.each(chunk, (start, end) => parts.push([start, end]));
    if (flipper === undefined) return;
    for (const [start, end] of flipsAll ? [[0, chunk.length] as const] : parts) {
      flipper.damage(chunk, start, end);
    }
  }

  async #forward(chunk: Uint8Array, link: Link, way: Direction): Promise<void> {
    const lane = this.#lanes[way];
    const to = link.sockets[other(way)];
    for (let at = 0; at < chunk.length && !link.dead.has(way);) {
      const { fragment = Infinity, bytesPerSecond } = lane;
      const step = bytesPerSecond === undefined
        ? Infinity
        : Math.max(1, Math.floor(bytesPerSecond * BANDWIDTH_STEP_SECONDS));
      const part = chunk.subarray(at, at + Math.min(fragment, step, chunk.length - at));
      await write(to, part);
      // A reader in this process, too, has to find the parts one by one.
      if (part.length === fragment) await new Promise<void>((resolve) => setImmediate(resolve));
      this.#parts++;
      at += part.length;
      if (bytesPerSecond !== undefined) await this.#sleep(part.length / bytesPerSecond * 1000);
      if (at < chunk.length) await this.#pause(way);
    }
  }

  #sleep(ms: number): Promise<void> {
    return sleep(ms, AbortSignal.any([this.#closing.signal, this.#waking.signal]));
  }
}

/** A proxy in front of an embedded broker, which names the proxy in its lookup answers until its faults are cleared. */
export async function frontEmbedded(broker: BrokerHandle, seed = 1): Promise<FaultProxy> {
  const proxy = await FaultProxy.open({ target: broker.serviceUrl, seed });
  await broker.hooks.answerLookup("connect", proxy.serviceUrl, { times: Number.MAX_SAFE_INTEGER });
  return proxy;
}

function other(way: Direction): Direction {
  return way === "up" ? "down" : "up";
}

/** Resolves once the system has taken the bytes: so each call is a packet, and a peer that does not read is felt. */
function write(to: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (to.destroyed) return reject(new Error("the other side is gone"));
    to.once("close", gone);
    to.write(bytes, (error) => {
      to.off("close", gone);
      if (error) reject(error);
      else resolve();
    });
    function gone(): void {
      reject(new Error("the other side is gone"));
    }
  });
}

/** A socket that is not connected yet has nobody to send a reset to. */
function reset(socket: Socket): void {
  if (socket.connecting) socket.once("connect", () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}

function closeOf(socket: Socket): Promise<void> {
  return socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()));
}

function destroyAfterEnd(socket: Socket): void {
  if (socket.writableLength === 0 || socket.readableEnded) socket.destroy();
  else socket.end(() => socket.destroy());
}

function requirePositive(what: string, value: number, unit: string): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new RangeError(`${what} '${value}' ${unit} are not possible; use more than 0`);
}
