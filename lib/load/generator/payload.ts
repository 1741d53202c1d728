/** The interface of payload kinds. */
import type { HeaderForm } from "../header/header.ts";

/** What the message that is being written is about; one object per generator, rewritten all the time. */
export interface MessageState {
  /** Sequence in its stream; of the first message when several are patched. */
  sequence: number;
  stream: number;
  /** Whole µs since the epoch. */
  sendTime: number;
  /** Index of the key; 0 without keys. */
  key: number;
}

/** Content of messages. Implementations write everything but the verification header's own words. */
export interface Payload {
  /** Where the header goes: raw bytes in front, or the text field of a JSON object. */
  readonly form: HeaderForm;
  /** Size in bytes of the largest payload. */
  readonly largest: number;
  /** Set when all payloads have this size and `patch` turns an earlier one, written at the same place, into a new one. */
  readonly fixedSize: number | undefined;

  /**
   * Size of the next message. Repeated calls before `write` describe the same message (its stream, and thus its
   * sequence, may be another).
   */
  prepare(message: MessageState): number;

  /** Writes the prepared message of `size` bytes at `at` and moves on to the next. */
  write(view: DataView, bytes: Uint8Array, at: number, size: number, message: MessageState): void;

  /** Fixed sizes only: rewrites what changes in `count` payloads at `first`, `first + stride`, … */
  patch(view: DataView, first: number, stride: number, count: number, message: MessageState): void;
}
