/**
 * Cuts a byte stream into frames, whatever the sizes in which it arrives.
 *
 * The socket reads straight into the decoder's buffer (`space`, `commit`) and frames are handed out as offsets
 * into it, so a byte is copied at most once, when a frame straddles the end of the buffer.
 */
import { getUint32 } from "./bytes.ts";
import { DEFAULT_MAX_MESSAGE_SIZE, FRAME_PADDING } from "./enums.ts";
import { ProtocolError } from "./errors.ts";

const INITIAL_CAPACITY = 256 * 1024;
const MIN_SPACE = 64 * 1024;

export interface FrameDecoderOptions {
  /** Largest `totalSize` accepted, bytes. */
  maxFrameSize?: number;
  initialCapacity?: number;
  /** Where buffers come from; they are never given back. */
  allocate?: (bytes: number) => Uint8Array;
}

export class FrameDecoder {
  /** Offsets of the current frame in `buffer`; valid until the next `space` or `push`. */
  buffer: Uint8Array;
  commandStart = 0;
  commandEnd = 0;
  /** What follows the command: checksum, metadata, payload. Empty when `payloadStart === frameEnd`. */
  payloadStart = 0;
  frameEnd = 0;
  maxFrameSize: number;

  #head = 0;
  #tail = 0;
  readonly #allocate: (bytes: number) => Uint8Array;

  constructor(options: FrameDecoderOptions = {}) {
    this.maxFrameSize = options.maxFrameSize ?? DEFAULT_MAX_MESSAGE_SIZE + FRAME_PADDING;
    this.#allocate = options.allocate ?? ((bytes) => new Uint8Array(bytes));
    this.buffer = this.#allocate(options.initialCapacity ?? INITIAL_CAPACITY);
  }

  /** Bytes received and not yet handed out. */
  get buffered(): number {
    return this.#tail - this.#head;
  }

  /**
   * Room to read into, never empty.
   *
   * @throws {ProtocolError} `frame-too-large` before anything is allocated for such a frame.
   */
  space(): Uint8Array {
    const needed = this.#needed();
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    const room = this.buffer.length - this.#tail;
    const wanted = Math.max(needed, Math.min(MIN_SPACE, this.buffer.length >>> 2));
    if (room < wanted) this.#makeRoom(wanted);
    return this.buffer.subarray(this.#tail);
  }

  /** Says that `count` bytes of the last `space` were filled. */
  commit(count: number): void {
    if (count < 0 || this.#tail + count > this.buffer.length) {
      throw new RangeError(`'${count}' bytes committed, ${this.buffer.length - this.#tail} were free`);
    }
    this.#tail += count;
  }

  /** Copies bytes in; for tests and for transports that own their buffers. */
  push(bytes: Uint8Array): void {
    let offset = 0;
    while (offset < bytes.length) {
      const space = this.space();
      const count = Math.min(space.length, bytes.length - offset);
      space.set(bytes.subarray(offset, offset + count));
      this.commit(count);
      offset += count;
    }
  }

  /**
   * Moves to the next whole frame; false when more bytes are needed.
   *
   * @throws {ProtocolError} when lengths contradict each other or exceed the limit. The stream is lost then.
   */
  next(): boolean {
    const available = this.#tail - this.#head;
    if (available < 4) return false;
    const total = getUint32(this.buffer, this.#head);
    this.#check(total);
    if (available < 4 + total) return false;
    const commandSize = getUint32(this.buffer, this.#head + 4);
    if (commandSize > total - 4) {
      throw new ProtocolError(
        "malformed",
        `a command of ${commandSize} bytes does not fit its frame of ${total} bytes`,
      );
    }
    this.commandStart = this.#head + 8;
    this.commandEnd = this.commandStart + commandSize;
    this.payloadStart = this.commandEnd;
    this.frameEnd = this.#head + 4 + total;
    this.#head = this.frameEnd;
    return true;
  }

  /** Bytes missing to complete the frame at the head, at least 1. */
  #needed(): number {
    const available = this.#tail - this.#head;
    if (available < 4) return 4 - available;
    const total = getUint32(this.buffer, this.#head);
    this.#check(total);
    return Math.max(1, total + 4 - available);
  }

  #check(total: number): void {
    if (total > this.maxFrameSize) {
      throw new ProtocolError(
        "frame-too-large",
        `a frame of ${total} bytes is over the limit of ${this.maxFrameSize}; is this a Pulsar binary port`,
      );
    }
    if (total < 4) throw new ProtocolError("malformed", `a frame of ${total} bytes cannot hold a command`);
  }

  #makeRoom(wanted: number): void {
    const kept = this.#tail - this.#head;
    // Twice the need keeps the share of bytes that straddle the end, and so are copied, small.
    const capacity = kept + wanted > this.buffer.length >>> 1
      ? Math.max(this.buffer.length, nextPowerOfTwo(2 * (kept + wanted)))
      : this.buffer.length;
    if (capacity > this.buffer.length) {
      const grown = this.#allocate(capacity);
      grown.set(this.buffer.subarray(this.#head, this.#tail));
      this.buffer = grown;
    } else this.buffer.copyWithin(0, this.#head, this.#tail);
    this.#head = 0;
    this.#tail = kept;
  }
}

function nextPowerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(value));
}
