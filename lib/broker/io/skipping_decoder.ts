/**
 * Cuts a byte stream into frames like the wire's `FrameDecoder`, but lets the payloads of SEND frames pass by:
 * they are read over the same small buffer again and again and never kept.
 */
import { getUint32 } from "../../wire/bytes.ts";
import { commandNumber, SEND } from "../../wire/command.ts";
import { ProtocolError } from "../../wire/errors.ts";

const CAPACITY = 256 * 1024;

export class SkippingDecoder {
  /** Holds the command of the current frame, but not its payload. */
  buffer: Uint8Array = new Uint8Array(0);
  commandStart = 0;
  commandEnd = 0;
  /** `frameEnd - payloadStart` is the size of the payload, whose bytes are gone. */
  payloadStart = 0;
  frameEnd = 0;

  readonly #maxFrameSize: number;
  #input = new Uint8Array(CAPACITY);
  #head = 0;
  #tail = 0;
  /** Bytes of the current payload still to come. */
  #skip = 0;
  #isPending = false;
  #command = new Uint8Array(256);

  constructor(maxFrameSize: number) {
    this.#maxFrameSize = maxFrameSize;
  }

  /** Room to read into, never empty. */
  space(): Uint8Array {
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    if (this.#tail === this.#input.length) this.#makeRoom();
    return this.#input.subarray(this.#tail);
  }

  /** Says that `count` bytes of the last `space` were filled. */
  commit(count: number): void {
    this.#tail += count;
    this.#skipAvailable();
  }

  /**
   * Moves to the next frame that was received whole; false when more bytes are needed.
   *
   * @throws {ProtocolError} when lengths contradict each other or exceed the limit
   */
  next(): boolean {
    if (this.#isPending) return this.#finishPending();
    const available = this.#tail - this.#head;
    if (available < 8) return false;
    const input = this.#input;
    const total = getUint32(input, this.#head);
    const commandSize = getUint32(input, this.#head + 4);
    this.#check(total, commandSize);
    if (available < 8 + commandSize) return false;
    const start = this.#head + 8;
    const end = start + commandSize;
    const payload = total - 4 - commandSize;
    if (available < 4 + total) {
      if (commandNumber(input, start, end) !== SEND) return false;
      this.#begin(start, end, payload);
      return this.#finishPending();
    }
    this.buffer = input;
    this.commandStart = start;
    this.commandEnd = this.payloadStart = end;
    this.frameEnd = this.#head = end + payload;
    return true;
  }

  /** Keeps the command, since the buffer under it is about to be overwritten. */
  #begin(start: number, end: number, payload: number): void {
    if (this.#command.length < end - start) this.#command = new Uint8Array(end - start);
    this.#command.set(this.#input.subarray(start, end));
    this.buffer = this.#command;
    this.commandStart = 0;
    this.commandEnd = this.payloadStart = end - start;
    this.frameEnd = this.payloadStart + payload;
    this.#isPending = true;
    this.#skip = payload;
    this.#head = end;
    this.#skipAvailable();
  }

  #finishPending(): boolean {
    if (this.#skip > 0) return false;
    this.#isPending = false;
    return true;
  }

  #skipAvailable(): void {
    const skipped = Math.min(this.#skip, this.#tail - this.#head);
    this.#skip -= skipped;
    this.#head += skipped;
  }

  #check(total: number, commandSize: number): void {
    if (total > this.#maxFrameSize) {
      throw new ProtocolError("frame-too-large", `a frame of ${total} bytes is over ${this.#maxFrameSize}`);
    }
    if (total < 4 || commandSize > total - 4) {
      throw new ProtocolError(
        "malformed",
        `a command of ${commandSize} bytes does not fit its frame of ${total} bytes`,
      );
    }
  }

  #makeRoom(): void {
    if (this.#head > 0) {
      this.#input.copyWithin(0, this.#head, this.#tail);
      this.#tail -= this.#head;
      this.#head = 0;
      return;
    }
    const grown = new Uint8Array(this.#input.length * 2);
    grown.set(this.#input);
    this.#input = grown;
  }
}
