/** The broker's pool of receive buffers. */
import { wireMemory } from "../../wire/crc32c.ts";

/**
 * Buffers that connections read into. They lie where checksums are computed without a copy; such memory is never
 * freed, so buffers of connections that ended are used again.
 */
export class ReadBuffers {
  readonly #idle = new Map<number, Uint8Array[]>();
  readonly #taken = new Map<object, Uint8Array[]>();

  /** A buffer of `size` bytes that belongs to `owner`. */
  take(owner: object, size: number): Uint8Array {
    const buffer = this.#idle.get(size)?.pop() ?? wireMemory(size);
    const taken = this.#taken.get(owner);
    if (taken === undefined) this.#taken.set(owner, [buffer]);
    else taken.push(buffer);
    return buffer;
  }

  /** The owner uses none of its buffers any more. */
  giveBack(owner: object): void {
    for (const buffer of this.#taken.get(owner) ?? []) {
      const idle = this.#idle.get(buffer.length);
      if (idle === undefined) this.#idle.set(buffer.length, [buffer]);
      else idle.push(buffer);
    }
    this.#taken.delete(owner);
  }
}
