/**
 * What the other processes of a scenario have done: they tell each other a few times a second what their parts of the
 * groups have come to. So a backlog is that of all processes together, and a subscription knows when everything has been
 * sent.
 */
import type { Role } from "../../config/run_config.ts";
import type { OwnWord, Word } from "../../load/barrier/start_barrier.ts";

/** Messages and their bytes. */
export interface Amount {
  readonly messages: number;
  readonly bytes: number;
}

/** A group of the scenario, whoever has parts of it. */
export interface WholeGroup {
  readonly name: string;
  readonly role: Role;
  /** Full names of its topics without partition. */
  readonly bases: ReadonlySet<string>;
}

/** How words are said. */
export interface Talk {
  /** Ids of the other processes. */
  readonly others: readonly string[];
  tell(word: OwnWord): Promise<void>;
}

/** Each process reads what all others say: the more there are, the less often they say it. */
const TELL_MS = 250;
const TELL_MS_EACH = 20;
/** A process that says nothing for so long, though it tells of itself all the time, is not there any more. */
const SILENCE_MS = 30_000;
/** Groups in one message, so that none is too long. */
const GROUPS_AT_ONCE = 300;

type Pairs = Readonly<Record<string, readonly [number, number]>>;

interface Heard {
  at: number;
  readonly progress: Map<string, readonly [number, number]>;
  readonly sent: Map<string, readonly [number, number]>;
  hasSent: boolean;
}

export class OtherProcesses {
  readonly groups: readonly WholeGroup[];
  readonly #talk: Talk;
  readonly #now: () => number;
  readonly #heard = new Map<string, Heard>();
  readonly #told = new Map<string, number>();
  /** Numbers of steps whose wait is over, as seen here or elsewhere. */
  readonly #reached = new Set<number>();
  readonly #reachedHere = new Set<number>();
  #startedAt: number | undefined;
  #own: () => Pairs = () => ({});
  #ownSent: Pairs | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /**
   * @param groups all of the scenario
   * @param now milliseconds
   */
  constructor(groups: readonly WholeGroup[], talk: Talk, now: () => number = () => performance.now()) {
    this.groups = groups;
    this.#talk = talk;
    this.#now = now;
  }

  hear(word: Word): void {
    const heard = this.#of(word.id);
    heard.at = this.#now();
    if (word.kind === "gone") heard.hasSent = true;
    else if (word.kind === "reached") this.#reached.add(word.step);
    else if (word.kind === "progress") {
      for (const [name, pair] of Object.entries(word.groups)) heard.progress.set(name, pair);
    } else {
      for (const [name, pair] of Object.entries(word.groups)) heard.sent.set(name, pair);
      heard.hasSent = true;
    }
  }

  #of(id: string): Heard {
    let heard = this.#heard.get(id);
    if (heard === undefined) {
      heard = { at: this.#now(), progress: new Map(), sent: new Map(), hasSent: false };
      this.#heard.set(id, heard);
    }
    return heard;
  }

  /** Tells the others from now on. @param own what this process's parts have come to, by group */
  start(own: () => Pairs): void {
    this.#startedAt = this.#now();
    this.#own = own;
    const everyMs = Math.max(TELL_MS, TELL_MS_EACH * this.#talk.others.length);
    this.#timer = setInterval(() => void this.#tell(), everyMs);
  }

  /**
   * This process's producers have ended.
   *
   * @param sentTo messages on the topics of each subscription, by its group, and how many of them were sent again
   */
  async endSending(sentTo: Pairs): Promise<void> {
    this.#ownSent = sentTo;
    await this.#tell();
  }

  /** What a step waits for has come: seen here first or elsewhere, no process waits any longer. */
  reach(step: number): void {
    if (this.#reached.has(step)) return;
    this.#reached.add(step);
    this.#reachedHere.add(step);
    void this.#tell();
  }

  hasReached(step: number): boolean {
    return this.#reached.has(step);
  }

  /** Says the last of it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#startedAt !== undefined) await this.#tell();
  }

  async #tell(): Promise<void> {
    const changed = Object.entries(this.#own()).filter(([name, [messages]]) =>
      this.#told.get(name) !== messages
    );
    for (const [name, [messages]] of changed) this.#told.set(name, messages);
    // Said again each time: a word may be lost with a connection. One without groups is a sign of life.
    const words = [
      ...slices(changed).map((groups) => ({ kind: "progress", groups }) as const),
      ...[...this.#reachedHere].map((step) => ({ kind: "reached", step }) as const),
      ...(this.#ownSent === undefined ? [] : slices(Object.entries(this.#ownSent)))
        .map((groups) => ({ kind: "sent", groups }) as const),
    ];
    await Promise.all(words.map((word) => this.#talk.tell(word)));
  }

  /** What the others' parts of a group have come to, as far as they have told. */
  done(name: string): Amount {
    const [messages, bytes] = this.#sum("progress", name);
    return { messages, bytes };
  }

  /** What the others' producers have sent to a subscription's topics until their end, and how many of it again. */
  sentTo(name: string): { readonly messages: number; readonly again: number } {
    const [messages, again] = this.#sum("sent", name);
    return { messages, again };
  }

  /** Of what all others have said of a group. */
  #sum(what: "progress" | "sent", name: string): [number, number] {
    const sum: [number, number] = [0, 0];
    for (const { [what]: pairs } of this.#heard.values()) {
      const [first, second] = pairs.get(name) ?? [0, 0];
      sum[0] += first;
      sum[1] += second;
    }
    return sum;
  }

  /** Whether the producers of all other processes have ended, or the processes are gone. */
  get haveSent(): boolean {
    const now = this.#now();
    return this.#talk.others.every((id) => {
      const heard = this.#heard.get(id);
      return heard?.hasSent || now - (heard?.at ?? this.#startedAt ?? now) >= SILENCE_MS;
    });
  }
}

function slices(pairs: readonly (readonly [string, readonly [number, number]])[]): Pairs[] {
  const parts: Pairs[] = [];
  for (let from = 0; from === 0 || from < pairs.length; from += GROUPS_AT_ONCE) {
    parts.push(Object.fromEntries(pairs.slice(from, from + GROUPS_AT_ONCE)));
  }
  return parts;
}
