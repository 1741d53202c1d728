/**
 * Who is there and who is ready, read from the control topic. Everyone reads the same messages in the same order, so
 * everyone comes to the same conclusions and nobody has to lead. Pure.
 */
import type { ControlMessage, Place } from "./messages.ts";

type Hello = Extract<ControlMessage, { kind: "hello" }>;

interface Member {
  readonly hello: Hello;
  /** Earlier starts of the same place. */
  readonly attempt: number;
  doubt: number | undefined;
  gone: string | undefined;
}

export class Roster {
  readonly #members = new Map<string, Member>();
  /** The newest member of each place. */
  readonly #current = new Map<string, Member>();
  #startAt: number | undefined;
  #lastReady: string | undefined;

  /** Takes in the next message of the topic. */
  apply(message: ControlMessage): void {
    switch (message.kind) {
      case "hello":
        return this.#enter(message);
      case "ready":
      case "gone": {
        const member = this.#members.get(message.id);
        if (member === undefined) return;
        if (message.kind === "ready") [member.doubt, this.#lastReady] = [message.doubt, message.id];
        else [member.gone, member.doubt] = [message.reason, undefined];
        return;
      }
      case "start":
        this.#startAt ??= message.at;
    }
  }

  #enter(hello: Hello): void {
    if (this.#members.has(hello.id)) return; // sent again after a reconnect
    const before = this.#current.get(placeKey(hello));
    const attempt = before === undefined ? 0 : before.attempt + 1;
    const member: Member = { hello, attempt, doubt: undefined, gone: undefined };
    this.#members.set(hello.id, member);
    this.#current.set(placeKey(hello), member);
  }

  /** Start of the run in the reference clock, epoch microseconds. */
  get startAt(): number | undefined {
    return this.#startAt;
  }

  /** Who became ready last. */
  get lastReady(): string | undefined {
    return this.#lastReady;
  }

  /** The newest member of each place, without this one. */
  others(id: string): string[] {
    return [...this.#current.values()].map(({ hello }) => hello.id).filter((other) => other !== id);
  }

  /** Whether a process has taken the place, and has not given up since. */
  isThere(place: Pick<Place, "role" | "index">): boolean {
    const member = this.#current.get(placeKey(place));
    return member !== undefined && member.gone === undefined;
  }

  placeOf(id: string): Place | undefined {
    return this.#members.get(id)?.hello;
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }

  /** How often this member's place was taken before. */
  attemptOf(id: string): number {
    return this.#members.get(id)?.attempt ?? 0;
  }

  /** Members that came before this one and were not replaced since, oldest first. */
  eldersOf(id: string): string[] {
    const elders: string[] = [];
    for (const [other, member] of this.#members) {
      if (other === id) break;
      const isCurrent = this.#current.get(placeKey(member.hello)) === member;
      if (isCurrent && member.gone === undefined) elders.push(other);
    }
    return elders;
  }

  /** Places whose newest member is ready. */
  get ready(): number {
    return [...this.#current.values()].filter(({ doubt }) => doubt !== undefined).length;
  }

  /** The largest doubt about any other ready member's clock, microseconds. */
  doubtOfOthers(id: string): number {
    const doubts = [...this.#current.values()].flatMap(({ hello, doubt }) =>
      hello.id === id || doubt === undefined ? [] : [doubt]
    );
    return Math.max(0, ...doubts);
  }

  /** Who is not ready, for an error: by name as far as anything is known of them. */
  missing(parties: number): string {
    const named: string[] = [];
    const sizes = new Map<Place["role"], number>();
    for (const { hello, doubt, gone } of this.#current.values()) {
      sizes.set(hello.role, Math.max(hello.of, sizes.get(hello.role) ?? 0));
      if (doubt !== undefined) continue;
      const state = gone === undefined ? "is there but not ready" : `gave up: ${gone}`;
      named.push(`${hello.role} ${hello.index} ${state}`);
    }
    let known = 0;
    for (const [role, of] of sizes) {
      known += of;
      for (let index = 0; index < of; index++) {
        if (!this.#current.has(placeKey({ role, index }))) named.push(`${role} ${index} was never seen`);
      }
    }
    const rest = parties - known;
    if (rest > 0) named.push(`${rest} more that nothing is known of`);
    return shorten(named);
  }
}

const SHOWN = 8;

function shorten(named: readonly string[]): string {
  const more = named.length - SHOWN;
  return named.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function placeKey({ role, index }: Pick<Place, "role" | "index">): string {
  return `${role} ${index}`;
}
