/**
 * When permits go back to the broker. A slow consumer's do as the schedule allows, message by message, others' at once;
 * and none before the load begins, so that a backlog is not eaten up while workers are still connecting.
 */
import type { EntryConsumer } from "../../client/mod.ts";
import { nowMicros } from "../clock.ts";
import type { RunMemory } from "./run_memory.ts";
import type { ScheduleCursor } from "../schedule/cursor.ts";
import type { Waiter } from "../pacing/waiter.ts";

type Permitted = Pick<EntryConsumer, "returnPermits">;

/** A wait that nothing ends earlier: the limit may have been lifted meanwhile. */
const LONGEST_WAIT_MICROS = 100_000;

export class PermitThrottle {
  readonly #cursor: ScheduleCursor;
  readonly #waiter: Waiter;
  /** Messages handled and not yet allowed for, oldest first. */
  #owed: { consumer: Permitted; count: number }[] = [];
  #wake: (() => void) | undefined;
  #isLimited: boolean;
  #isHeld: boolean;
  #isStopped = false;

  constructor(memory: RunMemory, slot: number, state: { isLimited: boolean; isHeld: boolean }) {
    this.#cursor = memory.cursor();
    this.#waiter = memory.waiter(slot);
    this.#isLimited = state.isLimited;
    this.#isHeld = state.isHeld;
  }

  set isLimited(isLimited: boolean) {
    this.#isLimited = isLimited;
    this.#settle();
  }

  /** The load begins. */
  go(): void {
    this.#isHeld = false;
    this.#settle();
  }

  #settle(): void {
    if (this.#isHeld) return;
    if (this.#isLimited) this.#wake?.();
    else for (const { consumer, count } of this.#owed.splice(0)) consumer.returnPermits(count);
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
    this.#waiter.poke();
  }

  release(consumer: Permitted, count: number): void {
    if (!this.#isLimited && !this.#isHeld) {
      consumer.returnPermits(count);
      return;
    }
    const last = this.#owed.at(-1);
    if (last?.consumer === consumer) last.count += count;
    else this.#owed.push({ consumer, count });
    this.#wake?.();
  }

  /** The broker has forgotten what this consumer owes it. */
  forget(consumer: Permitted): void {
    this.#owed = this.#owed.filter((owed) => owed.consumer !== consumer);
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      const next = this.#owed[0];
      if (next === undefined || this.#isHeld) {
        await new Promise<void>((resolve) => this.#wake = resolve);
        continue;
      }
      const count = this.#cursor.take(nowMicros(), next.count);
      if (count === 0) {
        await this.#waiter.until(Math.min(this.#cursor.nextAt, nowMicros() + LONGEST_WAIT_MICROS));
        continue;
      }
      next.count -= count;
      if (next.count === 0) this.#owed.shift();
      next.consumer.returnPermits(count);
    }
  }
}
