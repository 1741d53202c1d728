/**
 * Writes messages straight into outgoing frames.
 *
 * A batch body is, for each message, `u32 size of metadata, SingleMessageMetadata, payload` (Pulsar's batch layout).
 * Frames are pooled and come back again and again: with one fixed payload size a frame still holds this generator's
 * bytes from the time before, so only sequences, times, keys and checksums are rewritten. Everything else (varying
 * sizes, files, templates) is written whole. Neither way allocates.
 */
import { Entry } from "./entry.ts";
import { GeneratorError } from "./errors.ts";
import { KeyPicker, keyText } from "./keys.ts";
import type { MessageState, Payload } from "./payload.ts";
import { createPayload, type GeneratorConfig } from "./create_payload.ts";
import { Random } from "./random.ts";
import { HEADER_BYTES, HeaderFlag, MAX_SEQUENCE, STRICT_HEADER_BYTES } from "../header/header.ts";
import { HeaderWriter } from "../header/header_writer.ts";

/** Where a body goes: `buffer[start, limit)`. */
export interface BodyTarget {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly limit: number;
  /**
   * The generator's note of what it left in this buffer. It must start as `undefined` and stay with the buffer; whoever
   * changes bytes of the body must set it back to `undefined`.
   */
  memo: unknown;
}

/** A numbered sequence of messages, one per producer and partition; consumers check each for itself. */
export interface Stream {
  /** See `streamId` in `header.ts`. */
  readonly id: number;
  /** Sequence of the next message. May be set back to the first of a batch of which nothing was sent. */
  next: number;
  /** What the producer's sequence ids, which the broker looks at, are above these sequences. Default 0. */
  idOffset?: number;
}

/** What this generator last wrote in a target. */
class Memo {
  owner: Generator | undefined;
  buffer: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  start = -1;
  batch = false;
  /** Messages whose constant bytes are in place. */
  primed = 0;
  stream = -1;
  sequenceHigh = -1;
  /** Bytes of each sequence id of a batch. */
  idBytes = 0;
}

/**
 * Writes the messages of one worker.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { hashRunId } from "../header/header.ts";
 * import { type BodyTarget, Generator, type Stream } from "./generator.ts";
 *
 * const generator = new Generator({
 *   payload: "json",
 *   size: { kind: "fixed", bytes: 256 },
 *   compressibility: 0,
 *   keys: "none",
 *   keyCount: 1,
 *   properties: {},
 *   verify: "count",
 *   seed: 1,
 *   runId: "r1",
 *   runHash: hashRunId("r1"),
 *   producer: "example",
 *   worker: 0,
 *   keyPerBatch: true,
 * });
 * const target: BodyTarget = { buffer: new Uint8Array(64 * 1024), start: 0, limit: 64 * 1024, memo: undefined };
 * const stream: Stream = { id: 7, next: 0 };
 * // 100 messages that were due every 10 µs from `due` on, sent at `due + 2000` (microseconds since the epoch).
 * const due = 1_800_000_000_000_000;
 * const written = generator.fillBatch(target, stream, 100, target.limit, due, 10, due + 2000);
 * assert.equal(written, 100);
 * assert.equal(stream.next, 100);
 * assert.equal(generator.payloadBytes, 100 * 256);
 * ```
 */
export class Generator {
  /** Behind the last byte written by the last fill. */
  end = 0;
  /** Payload bytes written by the last fill. */
  payloadBytes = 0;
  /** Size of the largest payload. */
  readonly largestPayload: number;
  /** Room that a body of one message of that size needs: the least useful `limit − start`. */
  readonly largestEntry: number;
  /** For messages sent outside a batch, whose properties go to the message metadata. */
  readonly properties: readonly (readonly [string, string])[];

  readonly #payload: Payload;
  readonly #entry: Entry;
  readonly #keys: KeyPicker;
  readonly #keyPerBatch: boolean;
  readonly #header: HeaderWriter | undefined;
  readonly #message: MessageState = { sequence: 0, stream: 0, sendTime: 0.5, key: 0 };

  /** @throws {GeneratorError} if the configuration cannot work; the message says what would */
  constructor(config: GeneratorConfig) {
    const random = new Random(config.seed, config.worker);
    const flags = config.verify === "strict" ? HeaderFlag.strict : 0;
    const headerBytes = config.verify === "off" ? 0 : flags === 0 ? HEADER_BYTES : STRICT_HEADER_BYTES;
    this.#keys = new KeyPicker(
      config.keys,
      config.keyCount,
      new Random(config.seed, ~config.worker),
      config.worker,
      config.keyFirst ?? 0,
    );
    this.#keyPerBatch = this.#keys.enabled && config.keyPerBatch;
    this.#payload = createPayload(config, random, headerBytes);
    this.#header = headerBytes === 0
      ? undefined
      : new HeaderWriter(config.runHash, this.#payload.form, flags);
    this.properties = Object.entries(config.properties);
    this.#entry = new Entry(this.properties, this.#keys.enabled);
    this.largestPayload = this.#payload.largest;
    this.largestEntry = this.#entry.headBytes(this.largestPayload) + this.largestPayload;
  }

  /** Whether messages have keys. */
  get keyed(): boolean {
    return this.#keys.enabled;
  }

  /** Index of the key of the last message written, see {@link keyText}. */
  get key(): number {
    return this.#message.key;
  }

  /**
   * Index of the key that the next message will have; with `keyPerBatch`, the whole next batch. To be asked before
   * a fill when the key chooses the partition, and thereby the stream.
   */
  get nextKey(): number {
    return this.#keys.peek();
  }

  /** Text of {@link key}; makes a string. */
  get keyText(): string {
    return keyText(this.key);
  }

  /**
   * Writes a batch body of up to `count` ≥ 1 messages and at most `byteLimit` bytes (but at least one message), and advances
   * `stream.next`. It can be fewer; `end` and `payloadBytes` describe what was written.
   *
   * @param firstIntended when the schedule wanted the first one sent, µs since the epoch
   * @param interval µs between the intended times of neighbours
   * @param sendTime now, µs since the epoch
   * @returns messages written, at least 1
   * @throws {GeneratorError} `frame-too-small` if not even one message fits in the target
   */
  fillBatch(
    target: BodyTarget,
    stream: Stream,
    count: number,
    byteLimit: number,
    firstIntended: number,
    interval: number,
    sendTime: number,
  ): number {
    // The header's constant part holds the upper bits of the sequence: no batch crosses a multiple of 2^32.
    const most = Math.min(count, 4294967296 - stream.next % 4294967296);
    const firstId = stream.next + (stream.idOffset ?? 0);
    this.#entry.fitIds(firstId + most - 1);
    const memo = this.#begin(target, stream, sendTime, true);
    const room = Math.min(target.limit - target.start, byteLimit);
    const size = this.#payload.fixedSize;
    const written = size === undefined
      ? this.#writeEntries(memo, target, most, target.start + room, firstIntended, interval, firstId)
      : this.#patchEntries(memo, target, most, room, size, firstIntended, interval, firstId);
    stream.next += written;
    return written;
  }

  /**
   * Writes one payload without batch layout and advances `stream.next`. Its key and properties are the caller's to
   * put in the message metadata: see {@link key} and {@link properties}.
   *
   * @throws {GeneratorError} `frame-too-small`
   */
  fillSingle(target: BodyTarget, stream: Stream, intended: number, sendTime: number): void {
    const memo = this.#begin(target, stream, sendTime, false);
    const message = this.#message;
    message.key = this.#keys.peek();
    this.#keys.take();
    const size = this.#payload.fixedSize ?? this.#payload.prepare(message);
    this.#requireFit(target, size);
    const { view, start } = memo;
    if (this.#payload.fixedSize === undefined) {
      this.#payload.write(view, memo.buffer, start, size, message);
      this.#header?.writeConstants(view, start);
    } else {
      this.#prime(memo, 1, start, 0, size);
      this.#payload.patch(view, start, 0, 1, message);
    }
    this.#header?.patch(view, start, 0, 1, message.sequence, intended, 0);
    if (this.#header?.strict) this.#header.seal(view, start, size);
    this.end = start + size;
    this.payloadBytes = size;
    stream.next++;
  }

  #begin(target: BodyTarget, stream: Stream, sendTime: number, batch: boolean): Memo {
    if (stream.next >= MAX_SEQUENCE) throw new RangeError(`stream '${stream.id}' has used up its sequences`);
    const message = this.#message;
    message.sequence = stream.next;
    message.stream = stream.id;
    message.sendTime = Math.floor(sendTime);
    this.#header?.begin(stream.id, stream.next, sendTime);
    let memo = target.memo;
    if (!(memo instanceof Memo)) target.memo = memo = new Memo();
    const known = memo as Memo;
    if (
      known.owner !== this || known.buffer !== target.buffer || known.start !== target.start ||
      known.batch !== batch || (batch && known.idBytes !== this.#entry.idBytes)
    ) {
      known.owner = this;
      if (known.buffer !== target.buffer) {
        const { buffer, byteOffset, byteLength } = target.buffer;
        known.buffer = target.buffer;
        known.view = new DataView(buffer, byteOffset, byteLength);
      }
      known.start = target.start;
      known.batch = batch;
      known.idBytes = this.#entry.idBytes;
      known.primed = 0;
    }
    const sequenceHigh = Math.floor(stream.next / 4294967296);
    if (known.stream !== stream.id || known.sequenceHigh !== sequenceHigh) {
      known.stream = stream.id;
      known.sequenceHigh = sequenceHigh;
      if (known.primed > 0 && this.#header !== undefined) this.#rewriteConstants(known);
    }
    return known;
  }

  #patchEntries(
    memo: Memo,
    target: BodyTarget,
    count: number,
    room: number,
    size: number,
    firstIntended: number,
    interval: number,
    firstId: number,
  ): number {
    const head = this.#entry.headBytes(size);
    const stride = head + size;
    const fitting = Math.floor(room / stride);
    if (fitting < 1) this.#requireFit(target, stride);
    const written = Math.max(1, Math.min(count, fitting));
    const { view, start } = memo;
    const first = start + head;
    if (written > memo.primed) this.#prime(memo, written, first, stride, size);
    const message = this.#message;
    this.#entry.patchIds(memo.buffer, first, stride, written, firstId);
    if (this.#keys.enabled) this.#patchKeys(view, start + this.#entry.keyOffset, stride, written);
    this.#payload.patch(view, first, stride, written, message);
    const header = this.#header;
    if (header !== undefined) {
      header.patch(view, first, stride, written, message.sequence, firstIntended, interval);
      if (header.strict) {
        for (let index = 0, at = first; index < written; index++, at += stride) header.seal(view, at, size);
      }
    }
    this.end = start + written * stride;
    this.payloadBytes = written * size;
    return written;
  }

  #patchKeys(view: DataView, first: number, stride: number, count: number): void {
    if (!this.#keyPerBatch) {
      this.#message.key = this.#keys.patch(view, first, stride, count);
      return;
    }
    const key = this.#keys.peek();
    this.#keys.take();
    this.#message.key = key;
    this.#entry.repeatKey(view, first, stride, count, key);
  }

  /** Puts the constant bytes of messages `memo.primed` … `count − 1` in place. */
  #prime(memo: Memo, count: number, first: number, stride: number, size: number): void {
    const { view, buffer } = memo;
    for (let index = memo.primed; index < count; index++) {
      const at = first + index * stride;
      if (memo.batch) this.#entry.writeHead(view, buffer, at - this.#entry.headBytes(size), size, 0);
      this.#payload.write(view, buffer, at, size, this.#message);
      this.#header?.writeConstants(view, at);
    }
    memo.primed = Math.max(memo.primed, count);
  }

  /** The frame was last used by another stream: its messages get the new one's words. */
  #rewriteConstants(memo: Memo): void {
    const size = this.#payload.fixedSize!;
    const head = memo.batch ? this.#entry.headBytes(size) : 0;
    for (let index = 0, at = memo.start + head; index < memo.primed; index++, at += head + size) {
      this.#header!.writeConstants(memo.view, at);
    }
  }

  #writeEntries(
    memo: Memo,
    target: BodyTarget,
    count: number,
    limit: number,
    firstIntended: number,
    interval: number,
    firstId: number,
  ): number {
    const { view, buffer } = memo;
    const message = this.#message;
    const header = this.#header;
    const first = message.sequence;
    let at = target.start;
    let written = 0;
    let bytes = 0;
    for (; written < count; written++) {
      message.sequence = first + written;
      const size = this.#payload.prepare(message);
      const head = this.#entry.headBytes(size);
      if (at + head + size > limit) {
        if (written > 0) break;
        this.#requireFit(target, head + size);
      }
      if (written === 0 || !this.#keyPerBatch) {
        message.key = this.#keys.peek();
        this.#keys.take();
      }
      this.#entry.writeHead(view, buffer, at, size, message.key);
      at += head;
      this.#entry.patchIds(buffer, at, 0, 1, firstId + written);
      this.#payload.write(view, buffer, at, size, message);
      if (header !== undefined) {
        header.writeConstants(view, at);
        header.patch(view, at, 0, 1, message.sequence, firstIntended + written * interval, 0);
        if (header.strict) header.seal(view, at, size);
      }
      at += size;
      bytes += size;
    }
    this.end = at;
    this.payloadBytes = bytes;
    return written;
  }

  #requireFit(target: BodyTarget, needed: number): void {
    const room = target.limit - target.start;
    if (needed <= room) return;
    throw new GeneratorError(
      "frame-too-small",
      `a message of ${needed} bytes does not fit in a frame of ${room}`,
    );
  }
}
