/**
 * Lets the processes of one run start at the same moment, wherever they run: they meet on a control topic, measure
 * how their clocks differ, wait until all are ready, and agree on a start time.
 *
 * Nobody leads. The first who said hello is the clock that others go by (the next one answers in its place if it is
 * silent), and whoever sees everyone ready names the start time; of several, the first on the topic counts. A process
 * that is restarted reads the same topic, learns that it is the second in its place and that the run has begun, and
 * joins it.
 */
import { machineMicros } from "../clock.ts";
import type { ControlChannel } from "./channel.ts";
import { correctionOf, offsetOf, through } from "./clock_offset.ts";
import type { ClockReading, ControlMessage, Place, Progress, Reached, Sent } from "./messages.ts";
import { Roster } from "./roster.ts";
import { sleep, within } from "../../transport/timing.ts";

/** The processes of a run did not come together. */
export class BarrierError extends Error {
  override readonly name = "BarrierError";
  constructor(
    readonly code: "Timeout" | "Channel" | "RunOver" | "TooManyStarts",
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface BarrierOptions {
  readonly channel: ControlChannel;
  readonly runId: string;
  readonly place: Place;
  /** This start of the process, unlike any other; also the name of its subscription. */
  readonly id: string;
  /** Processes that wait for each other, both roles together. */
  readonly parties: number;
  /** For everything up to the start. */
  readonly timeoutMs: number;
  /** Time between everyone being ready and the start, so that everyone has heard of it. Default 1000. */
  readonly leadMs?: number;
  /** Without an answer for this long, a clock counts as silent. Default 5000. */
  readonly silenceMs?: number;
  /** Who has seen no start time this long after everyone was ready, names one. Default 2000. */
  readonly patienceMs?: number;
  /** The clock of this machine, epoch microseconds. */
  readonly clock?: () => number;
  /** How many are ready, whenever that changes. */
  onProgress?(ready: number): void;
  /** Another process has given up before the start; it may be started again. */
  onGone?(place: Place, reason: string): void;
  /** What another process says of its part of a scenario, or that it has given up. */
  onWord?(word: Word): void;
}

/** What the processes of a scenario say while they work. */
export type Word = Progress | Sent | Reached | { readonly kind: "gone"; readonly id: string };
/** The same as a process says it of itself. */
export type OwnWord = Omit<Progress, "id"> | Omit<Sent, "id"> | Omit<Reached, "id">;
const WORDS: ReadonlySet<ControlMessage["kind"]> = new Set<Word["kind"]>(["progress", "sent", "reached"]);

function isWord(message: ControlMessage): message is Progress | Sent | Reached {
  return WORDS.has(message.kind);
}

type Pong = Extract<ControlMessage, { kind: "pong" }>;

interface Waiting extends PromiseWithResolvers<void> {
  /** Looked at after every message; true ends the wait. */
  readonly isDone: () => boolean;
}

/** Stream ids have room for this many starts of an instance, of 64 workers each. */
const MAX_ATTEMPTS = 16;
const ROUNDS = 8;
const AGAIN_MS = 100;
const REFERENCE: ClockReading = { offset: 0, error: 0 };

export class StartBarrier {
  readonly #options: BarrierOptions;
  readonly #clock: () => number;
  readonly #roster = new Roster();
  readonly #deadline: number;
  #waiting: Waiting[] = [];
  #pong: { message: Pong; back: number } | undefined;
  #reading: ClockReading | undefined;
  #isReady = false;
  #failure: BarrierError | undefined;
  #isLeaving = false;
  #shownReady = 0;

  private constructor(options: BarrierOptions) {
    this.#options = options;
    this.#clock = options.clock ?? machineMicros;
    this.#deadline = performance.now() + options.timeoutMs;
  }

  /**
   * Says hello and sets the clock.
   *
   * @throws {BarrierError} when the topic does not answer, or the run is over
   */
  static async join(options: BarrierOptions): Promise<StartBarrier> {
    const barrier = new StartBarrier(options);
    void barrier.#listen();
    try {
      await barrier.#join();
    } catch (error) {
      await barrier.leave(error instanceof Error ? error.message : String(error));
      throw error;
    }
    return barrier;
  }

  async #join(): Promise<void> {
    const { id, place } = this.#options;
    await this.#send({ kind: "hello", id, ...place });
    if (!await this.#until(() => this.#roster.has(id))) {
      throw new BarrierError("Timeout", `${this.#name}: the control topic did not give back a message`);
    }
    if (this.attempt >= MAX_ATTEMPTS) {
      throw new BarrierError(
        "TooManyStarts",
        `${this.#name}: ${place.role} ${place.index} was started ${
          this.attempt + 1
        } times, ${MAX_ATTEMPTS} are possible`,
      );
    }
    this.#reading = await this.#measure();
  }

  get #name(): string {
    return `barrier of run '${this.#options.runId}'`;
  }

  /** Earlier starts of this place in the run. */
  get attempt(): number {
    return this.#roster.attemptOf(this.#options.id);
  }

  /** Correction of this machine's clock, microseconds. */
  get clockShift(): number {
    return correctionOf(this.#reading ?? REFERENCE).shift;
  }

  /** How far this corrected clock and any other of the run may be apart, microseconds. */
  clockUncertainty(): number {
    return correctionOf(this.#reading ?? REFERENCE).doubt + this.#roster.doubtOfOthers(this.#options.id);
  }

  /** When the run began or begins, epoch microseconds of this machine's clock; undefined while nobody knows. */
  get startAt(): number | undefined {
    const at = this.#roster.startAt;
    return at === undefined ? undefined : at - (this.#reading ?? REFERENCE).offset;
  }

  /** Reads the topic until the process leaves: others may need an answer at any time. */
  async #listen(): Promise<void> {
    const { channel, id } = this.#options;
    try {
      for (;;) {
        const message = await channel.receive();
        if (message.kind === "ping" && message.to === id) this.#answer(message.id, message.round);
        else if (message.kind === "pong") {
          if (message.to === id) this.#pong = { message, back: this.#clock() };
        } else if (isWord(message)) this.#hear(message);
        else {
          this.#roster.apply(message);
          if (message.kind === "gone") this.#onGone(message);
        }
        this.#look();
      }
    } catch (cause) {
      if (this.#isLeaving) return;
      const reason = cause instanceof Error ? cause.message : String(cause);
      this.#failure = new BarrierError("Channel", `${this.#name}: ${reason}`, { cause });
      for (const { reject } of this.#waiting.splice(0)) reject(this.#failure);
    }
  }

  #onGone(message: ControlMessage & { kind: "gone" }): void {
    const place = this.#roster.placeOf(message.id);
    // What was before this process came is no news.
    const isNews = this.#roster.has(this.#options.id) && this.#roster.startAt === undefined;
    if (isNews && place !== undefined && message.id !== this.#options.id) {
      this.#options.onGone?.(place, message.reason);
    }
    this.#hear(message);
  }

  #hear(word: Word): void {
    if (word.id !== this.#options.id) this.#options.onWord?.(word);
  }

  #answer(to: string, round: number): void {
    const { channel, id } = this.#options;
    const heard = this.#clock();
    const reading = this.#reading;
    // Nobody to tell when it fails; who asked will ask again.
    channel.send({
      kind: "pong",
      id,
      to,
      round,
      heard,
      answered: this.#clock(),
      reading,
    }).catch(() => {});
  }

  #look(): void {
    const { ready } = this.#roster;
    if (
      this.#isReady && !this.#isLeaving && ready !== this.#shownReady && this.#roster.startAt === undefined
    ) {
      this.#shownReady = ready;
      this.#options.onProgress?.(ready);
    }
    for (const waiting of [...this.#waiting]) if (waiting.isDone()) waiting.resolve();
  }

  /** Waits for something the topic tells; false when the time is up. */
  async #until(isDone: () => boolean, timeoutMs = Infinity): Promise<boolean> {
    if (this.#failure !== undefined) throw this.#failure;
    if (isDone()) return true;
    const left = Math.max(0, Math.min(timeoutMs, this.#deadline - performance.now()));
    const waiting: Waiting = { isDone, ...Promise.withResolvers<void>() };
    this.#waiting.push(waiting);
    const hasEnded = await within(left, waiting.promise);
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    // Rejects when the barrier has failed.
    if (hasEnded) await waiting.promise;
    return hasEnded;
  }

  async #send(message: ControlMessage): Promise<void> {
    try {
      await this.#options.channel.send(message);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BarrierError("Channel", `${this.#name}: ${reason}`, { cause });
    }
  }

  /** Asks those who came before, oldest first; who has nobody to ask is the reference. */
  async #measure(): Promise<ClockReading> {
    const elders = this.#roster.eldersOf(this.#options.id);
    for (const elder of elders) {
      const reading = await this.#ask(elder);
      if (reading !== undefined) return reading;
    }
    if (this.#roster.startAt === undefined) return REFERENCE;
    throw new BarrierError(
      "RunOver",
      `run '${this.#options.runId}' has begun, and none of its processes answers: it seems to be over`,
    );
  }

  /** The offset to the reference by way of one other process; undefined when that one is silent. */
  async #ask(to: string): Promise<ClockReading | undefined> {
    let best: ClockReading | undefined;
    let round = 0;
    for (let measured = 0; measured < ROUNDS;) {
      if (performance.now() > this.#deadline) return best;
      const sent = this.#clock();
      const asked = ++round;
      await this.#send({ kind: "ping", id: this.#options.id, to, round: asked });
      const answered = await this.#until(() => {
        const message = this.#pong?.message;
        return message?.id === to && message.round === asked;
      }, this.#options.silenceMs ?? 5000);
      if (!answered) return best;
      const { message, back } = this.#pong!;
      if (message.reading === undefined) {
        // It is still asking its own elders.
        await sleep(AGAIN_MS);
        continue;
      }
      measured++;
      const trip = { sent, heard: message.heard, answered: message.answered, back };
      const reading = through(offsetOf(trip), message.reading);
      if (best === undefined || reading.error < best.error) best = reading;
    }
    return best;
  }

  /**
   * Says that this process is ready and waits for the others.
   *
   * @returns when to begin, epoch microseconds of this machine's clock; in the past when the run has begun before
   * @throws {BarrierError} naming who is missing when the time is up
   */
  async ready(): Promise<number> {
    const { id, parties, timeoutMs } = this.#options;
    this.#isReady = true;
    await this.#send({ kind: "ready", id, doubt: correctionOf(this.#reading ?? REFERENCE).doubt });
    const isStarting = (): boolean => this.#roster.startAt !== undefined;
    const isComplete = (): boolean => isStarting() || this.#roster.ready >= parties;
    if (!await this.#until(isComplete)) {
      throw new BarrierError(
        "Timeout",
        `${this.#name}: ${this.#roster.ready} of ${parties} processes are ready after ${
          timeoutMs / 1000
        } s; ` +
          this.#roster.missing(parties),
      );
    }
    if (!isStarting()) await this.#nameStart(isStarting);
    return this.startAt!;
  }

  /** Whoever completed the number names the time; the others only when it does not. */
  async #nameStart(isStarting: () => boolean): Promise<void> {
    const isLast = this.#roster.lastReady === this.#options.id;
    const { id, leadMs = 1000, patienceMs = 2000 } = this.#options;
    if (!isLast && await this.#until(isStarting, patienceMs)) return;
    const now = this.#clock() + (this.#reading ?? REFERENCE).offset;
    await this.#send({ kind: "start", id, at: now + leadMs * 1000 });
    if (await this.#until(isStarting)) return;
    throw new BarrierError("Timeout", `${this.#name}: the control topic did not give back the start time`);
  }

  /** The other processes of the run, each by its latest start. */
  get others(): readonly string[] {
    return this.#roster.others(this.#options.id);
  }

  /**
   * Waits until a process has said hello; one that has given up since may come again.
   *
   * @throws {BarrierError} when the time is up
   */
  async hasSeen({ role, index }: Pick<Place, "role" | "index">): Promise<void> {
    if (await this.#until(() => this.#roster.isThere({ role, index }))) return;
    const { parties, timeoutMs } = this.#options;
    throw new BarrierError(
      "Timeout",
      `${this.#name}: no ${role} ${index} after ${timeoutMs / 1000} s; ${this.#roster.missing(parties)}`,
    );
  }

  /** Tells the others; what cannot be sent is not sent again, since later words say the same and more. */
  async tell(word: OwnWord): Promise<void> {
    if (this.#isLeaving || this.#failure !== undefined) return;
    await this.#options.channel.send({ ...word, id: this.#options.id }).catch(() => {});
  }

  /** Ends it, with the reason if the process gives up. Idempotent; the channel is closed. */
  async leave(reason?: string): Promise<void> {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    const { channel, id } = this.#options;
    if (reason !== undefined && this.#failure === undefined) {
      await channel.send({ kind: "gone", id, reason }).catch(() => {});
    }
    await channel.close();
  }
}
