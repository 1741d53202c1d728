/** What is asked of a ledger, and what it answers. */
import type { Integrity } from "../snapshot.ts";
import type { VerifierCounts } from "./report.ts";

/** What a producer says it sent. */
export interface StreamExpectation {
  readonly stream: number;
  /** One more than the last sequence that it gave out. */
  readonly next: number;
  /** Sequences [from, to) that the broker never acknowledged: missing ones among them are not lost. */
  readonly unconfirmed?: readonly (readonly [number, number])[];
  /**
   * Sequences [from, to) that were sent again after a reconnect, because no receipt had come: the broker may hold them
   * twice. Once for each time.
   */
  readonly resent?: readonly (readonly [number, number])[];
  /** Where it went. */
  readonly topic?: string | undefined;
}

export interface VerdictOptions {
  /**
   * Of a subscription that was made while streams were under way: where each of them stood then. What is missing at a
   * stream's beginning below that is not lost: the broker may have dropped what everybody else had acknowledged.
   */
  readonly before?: ReadonlyMap<number, number> | undefined;
  /**
   * Where streams begin: at sequence `zero` (the consumer was there from the start, or reads from `earliest`), or with
   * the `first-seen` message, so that what was sent before it joined is not lost.
   */
  readonly head: "zero" | "first-seen";
  /**
   * Judge each stream only up to this sequence, as given by an earlier `heads`: while messages flow, newer gaps may
   * only be on their way in another worker's report.
   */
  readonly until?: ReadonlyMap<number, number> | undefined;
  /** Known totals; without one, a stream ends with its highest sequence and a lost tail goes unseen. */
  readonly expected?: readonly StreamExpectation[] | undefined;
  /** Messages that came damaged and that no report of the ledger counts; 0 by default. */
  readonly damagedBesides?: number | undefined;
}

/** The joint verdict. Messages, unless said otherwise. A message is either repeated or out of order, never both. */
export interface Verdict extends VerifierCounts {
  /** Streams seen or expected. */
  streams: number;
  /**
   * Acknowledged (as far as `expected` tells) and received by nobody. Exact when `exact` is, but for `lostOrDamaged`.
   * Those that are known to have come damaged are `corrupt` instead.
   */
  lost: number;
  /** Of `lost`, at most so many came damaged instead: a damaged message does not tell which one it was. */
  lostOrDamaged: number;
  /**
   * Missing, and no loss: sent ahead to a consumer that had stopped taking, or above the highest point that all
   * consumers are known to have reached. They are the subscription's to deliver.
   */
  notReceived: number;
  /**
   * Missing before the first message received of streams that are older than the subscription. The broker drops what
   * nobody has asked for; only the producers' word tells whether it was in the topic at all.
   */
  beforeSubscription: number;
  /** Seen for the first time after a higher one of their stream, where Pulsar promises no order. */
  reordered: number;
  /** Never acknowledged and not received. */
  unconfirmed: number;
  /** Too fragmented to be kept apart in bounded memory: may be lost. */
  unresolved: number;
  /** With `first-seen`: expected streams of which nothing came, whose messages are not counted as lost. */
  unseenStreams: number;
  /** Of the duplicates, those that their producers had sent again, as often as they had; needs `expected`. */
  duplicatesExplained: number;
  /** Whether lost and duplicates are exact rather than lower bounds. */
  exact: boolean;
  /** First places of loss, at most 20: sequences [from, to). */
  lostRanges: { stream: number; from: number; to: number }[];
}

/**
 * The verdict as run snapshots show it; `unresolved` counts as lost there, so that doubt never looks like success.
 *
 * @param knowsSent whether the producers' word was part of it: without, nobody knows what was sent again
 */
export function toIntegrity(verdict: Verdict, mode: Integrity["mode"], knowsSent: boolean): Integrity {
  return {
    mode,
    streams: verdict.streams,
    verified: verdict.verified,
    lost: verdict.lost + verdict.unresolved,
    ...(verdict.lostOrDamaged > 0 ? { lostOrDamaged: verdict.lostOrDamaged } : {}),
    notReceived: verdict.notReceived,
    beforeSubscription: verdict.beforeSubscription,
    duplicates: verdict.duplicates,
    ...(knowsSent ? { duplicatesExplained: verdict.duplicatesExplained } : {}),
    outOfOrder: verdict.outOfOrder,
    reordered: verdict.reordered,
    corrupt: verdict.corrupt,
    foreign: verdict.foreign,
  };
}
