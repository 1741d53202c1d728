/**
 * What a consumer receives while its last workers are still connecting. These messages count, and so must the time in
 * which they came: else a consumer that joins a running flow shows seconds of it as if they had come in a moment.
 */
import { nowMicros } from "../clock.ts";
import type { MetricsReader } from "../metrics/reader.ts";

const TICK_MS = 100;

export class EarlyArrivals {
  readonly #reader: Pick<MetricsReader, "poll" | "ever">;
  readonly #now: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #messages = 0;
  #first: number | undefined;
  #last = 0;

  constructor(reader: Pick<MetricsReader, "poll" | "ever">, now: () => number = nowMicros) {
    this.#reader = reader;
    this.#now = now;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.look();
  }

  look(): void {
    this.#reader.poll();
    const messages = this.#reader.ever("messages");
    if (messages === this.#messages) return;
    this.#messages = messages;
    const now = this.#now();
    // They came at some time since the look before.
    this.#first ??= now - TICK_MS * 1000;
    this.#last = now;
  }

  /** From the first message to the last, microseconds: what follows, with all queues full, is only waiting. */
  get micros(): number {
    return this.#first === undefined ? 0 : this.#last - this.#first;
  }
}
