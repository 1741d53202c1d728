/**
 * Finds out that the addon has lost a connection, or has it back. It reconnects by itself and tells nobody; it can only
 * be asked. A connection that is back before it was asked for was never missed.
 */

/** Time between two questions. */
const PERIOD_MS = 100;

export interface Polled {
  isConnected(): boolean;
  onLost(): void;
  onBack(): void;
}

export class ConnectionPoll {
  readonly #periodMs: number;
  /** With whether it was connected when it was last asked. */
  readonly #members = new Map<Polled, boolean>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(periodMs: number = PERIOD_MS) {
    this.#periodMs = periodMs;
  }

  add(member: Polled): void {
    this.#members.set(member, true);
    this.#timer ??= setInterval(() => this.look(), this.#periodMs);
  }

  remove(member: Polled): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  look(): void {
    for (const [member, wasConnected] of this.#members) {
      const isConnected = member.isConnected();
      if (isConnected === wasConnected) continue;
      this.#members.set(member, isConnected);
      if (isConnected) member.onBack();
      else member.onLost();
    }
  }
}
