/** What is known of a message that was lost, came twice, late or damaged: enough to look for it in the cluster. */

/** Place of an entry in its topic, and when its receipt or the entry came. */
export interface PlaceRecord {
  /** −1 where the broker gave no place: it had the entry already. */
  readonly ledgerId: number;
  readonly entryId: number;
  /** Microseconds since the Unix epoch. */
  readonly atUs: number;
}

export interface CopyRecord extends PlaceRecord {
  /** Worker of the consumer that received it. */
  readonly worker: number;
  /** The same entry had been delivered before. */
  readonly redelivered: boolean;
}

/** A producer or consumer of the topic lost its connection, or had it back. */
export interface ConnectionRecord {
  readonly side: "producer" | "consumer";
  readonly worker: number;
  readonly atUs: number;
  /** Code of the error; absent: the connection was back. */
  readonly lostBy?: string;
}

export type CounterexampleKind = "lost" | "duplicate" | "outOfOrder" | "corrupt";

export interface Counterexample {
  readonly kind: CounterexampleKind;
  /** Id of the run. */
  readonly run: string;
  readonly topic?: string;
  /** Id of the stream, and who sent it: process, number of its worker in stream ids, lane of the worker. */
  readonly stream?: number;
  readonly instance?: number;
  readonly worker?: number;
  readonly lane?: number;
  /** Sequences [from, to) of the stream. */
  readonly from?: number;
  readonly to?: number;
  /** Corrupt: messages that the entry claims to hold, and what was wrong with it. */
  readonly messages?: number;
  readonly reason?: string;
  /** Where the broker said that it had put the first of them, and the last where that is another entry. */
  readonly sent?: readonly PlaceRecord[];
  /** Where the first of them was received from, each time. */
  readonly copies?: readonly CopyRecord[];
  /** Duplicate: whether the producer had sent the first of them again. Absent where nobody knows. */
  readonly explained?: boolean;
  /** What happened to connections of the topic around that time. */
  readonly connections?: readonly ConnectionRecord[];
  /** What could not be found out, and why; one phrase each. */
  readonly missing?: readonly string[];
}

/** Most of a result. */
export const MOST_EXAMPLES = 20;
/** Of each kind at least so many, where there are. */
const LEAST_OF_KIND = 5;

/** The first examples of every kind, so that many of one kind do not hide the others. */
export function chosen(kinds: readonly (readonly Counterexample[])[]): Counterexample[] {
  const sizes = kinds.map(({ length }) => Math.min(length, LEAST_OF_KIND));
  let left = MOST_EXAMPLES - sizes.reduce((sum, size) => sum + size, 0);
  for (const [index, { length }] of kinds.entries()) {
    const more = Math.min(left, length - sizes[index]!);
    sizes[index]! += more;
    left -= more;
  }
  return kinds.flatMap((examples, index) => examples.slice(0, sizes[index]));
}
