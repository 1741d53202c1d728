/**
 * The consumer's side of verification: each worker has a {@link Verifier}, whose reports a {@link Ledger} joins into a
 * verdict. Workers of a shared subscription each see only a part of a stream, so loss is known only where their
 * reports meet.
 */
import { HeaderFlag, HeaderReader, HeaderState } from "../header/header.ts";
import { emptyCounts, type VerificationReport, type VerifierCounts } from "./report.ts";
import { StreamTracker } from "./stream_tracker.ts";

/** What {@link Verifier.accept} found. */
export const Arrival = { verified: 0, corrupt: 1, foreign: 2, probe: 3 } as const;
export type Arrival = typeof Arrival[keyof typeof Arrival];

export interface VerifierLimits {
  /** Most streams told apart; messages of further ones count as `untracked`. */
  readonly streams: number;
  /** Most intervals a stream may have for recognising repeated and out-of-order messages. */
  readonly window: number;
  /** Most intervals a stream may collect between two reports. */
  readonly report: number;
}

const DEFAULT_LIMITS: VerifierLimits = { streams: 16_384, window: 4096, report: 65_536 };

export class Verifier {
  /** Header of the last accepted message; meaningful after `verified` and `probe`. */
  readonly header: HeaderReader = new HeaderReader();
  #run: number | undefined;
  /** Whether late messages break a promise of the broker: not on a Shared subscription, nor after a redelivery. */
  #isOrdered: boolean;
  readonly #limits: VerifierLimits;
  readonly #streams = new Map<number, StreamTracker>();
  readonly #counts: VerifierCounts = emptyCounts();
  #reported: VerifierCounts = emptyCounts();
  #last: StreamTracker | undefined;

  /**
   * @param run `hashRunId` of the run whose messages are expected; undefined: that of the first message that has one
   * @param isOrdered whether the subscription keeps the order
   */
  constructor(run: number | undefined, limits: Partial<VerifierLimits> = {}, isOrdered = true) {
    this.#run = run;
    this.#isOrdered = isOrdered;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whose messages are expected, once that is known. */
  get run(): number | undefined {
    return this.#run;
  }

  /** Whether this is the run whose messages are expected; if nobody has said which, it is from now on. */
  follows(run: number): boolean {
    return run === (this.#run ??= run);
  }

  /** From here on, late messages are told, but nobody's fault: some may come again, or first now. */
  giveUpOrder(): void {
    if (!this.#isOrdered) return;
    this.#settle();
    this.#isOrdered = false;
  }

  /**
   * Takes in the message with payload `bytes[start, end)`. Pass the same `bytes` object for the messages of a
   * buffer: a change costs a small allocation.
   *
   * @param redelivered the broker says that it delivered this message before (redelivery count above 0), or the
   *   consumer knows by its message id
   */
  accept(bytes: Uint8Array, start: number, end: number, redelivered: boolean): Arrival {
    const header = this.header;
    const state = header.read(bytes, start, end);
    if (state !== HeaderState.ok || header.run !== this.#run) {
      // Nobody said which run to follow: the first message that belongs to one decides.
      if (this.#run !== undefined || state !== HeaderState.ok) return this.#reject(state, bytes, start, end);
      this.#run = header.run;
    }
    if ((header.flags & HeaderFlag.probe) !== 0) return Arrival.probe;
    this.#counts.verified++;
    const sequence = header.sequence;
    let tracker = this.#last;
    if (tracker === undefined || tracker.id !== header.stream) {
      tracker = this.#track(header.stream, sequence);
      if (tracker === undefined) return Arrival.verified;
    }
    if (redelivered) {
      this.#counts.redelivered++;
      tracker.redeliver(sequence);
    } else if (sequence === tracker.runTo) {
      tracker.runTo = sequence + 1;
    } else {
      tracker.restart(sequence, this.#counts, this.#isOrdered);
    }
    return Arrival.verified;
  }

  /** Notes a message that the broker sent ahead, and that is left to the subscription: it is no part of any count. */
  leave(bytes: Uint8Array, start: number, end: number): void {
    const header = this.header;
    if (header.read(bytes, start, end) !== HeaderState.ok || header.run !== this.#run) return;
    if ((header.flags & HeaderFlag.probe) === 0) {
      this.#track(header.stream, header.sequence)?.leave(header.sequence);
    }
  }

  /** An entry of so many messages came damaged: whose they are, and which, nobody can tell. */
  damaged(messages: number): void {
    this.#counts.corrupt += messages;
  }

  /** Counts since the start, of this worker alone. The same object each time. */
  get counts(): Readonly<VerifierCounts> {
    this.#settle();
    return this.#counts;
  }

  /** Messages of this run with an intact header. */
  get verified(): number {
    return this.#counts.verified;
  }

  get corrupt(): number {
    return this.#counts.corrupt;
  }

  #settle(): void {
    for (const tracker of this.#streams.values()) tracker.settle(this.#counts, this.#isOrdered);
  }

  /** Streams seen. */
  get streams(): number {
    return this.#streams.size;
  }

  /**
   * What came since the last call, to be added to a {@link Ledger}. About once a second keeps memory small in shared
   * subscriptions, where each batch that went to another worker leaves a gap here.
   *
   * @param complete of a last report, see there
   */
  takeReport(complete?: boolean): VerificationReport {
    const now = this.counts;
    const counts = { ...now };
    for (const name of Object.keys(counts) as (keyof VerifierCounts)[]) counts[name] -= this.#reported[name];
    this.#reported = { ...now };
    const streams = [];
    for (const tracker of this.#streams.values()) {
      const report = tracker.take();
      if (report !== undefined) streams.push(report);
    }
    return { version: 1, run: this.#run ?? null, complete, counts, streams };
  }

  #track(stream: number, sequence: number): StreamTracker | undefined {
    let tracker = this.#streams.get(stream);
    if (tracker === undefined) {
      if (this.#streams.size >= this.#limits.streams) {
        this.#counts.untracked++;
        return undefined;
      }
      tracker = new StreamTracker(
        stream,
        sequence,
        this.header.sendTime,
        this.#limits.window,
        this.#limits.report,
      );
      this.#streams.set(stream, tracker);
    }
    this.#last = tracker;
    return tracker;
  }

  /**
   * Damaged or not ours? A damaged header is ours if another mark besides the magic is: the run, or a stream that is
   * known. One whose magic is damaged is ours if the run is in its place.
   */
  #reject(state: HeaderState, bytes: Uint8Array, start: number, end: number): Arrival {
    const header = this.header;
    const run = this.#run;
    const ours = run === undefined
      ? false
      : state === HeaderState.damaged
      ? header.run === run || this.#streams.has(header.stream)
      : state === HeaderState.none && header.hasRunAt(bytes, start, end, run);
    if (ours) this.#counts.corrupt++;
    else this.#counts.foreign++;
    return ours ? Arrival.corrupt : Arrival.foreign;
  }
}
