/**
 * Messages of each topic of a run that has several, in shared memory: one word for each topic, to which workers add once
 * per entry. The words wrap; the reader looks far more often than one of them can go round, and takes differences.
 *
 * Runs of more topics than there are words count neighbouring topics together.
 */
import type { TopicFigures } from "../snapshot.ts";

/** Most words: 400 kB. */
export const MOST_PLACES = 100_000;
/** For partitions that are added while the run goes on: a quarter, and at least so many. */
const LEAST_ROOM = 64;

/** What workers start with. */
export interface TopicPlaces {
  readonly memory: SharedArrayBuffer;
  /** Neighbouring topics that share a word. */
  readonly together: number;
}

/** Words for this many topics, all zero, and for some that may be added. */
export function createTopicPlaces(topics: number, most = MOST_PLACES): TopicPlaces {
  const together = Math.max(1, Math.ceil(topics / most));
  const places = Math.ceil(topics / together);
  const room = Math.max(LEAST_ROOM, Math.ceil(places / 4));
  return { memory: new SharedArrayBuffer(4 * Math.min(most, places + room)), together };
}

/** A worker's side. */
export class TopicCounter {
  readonly #words: Int32Array;
  readonly #together: number;

  constructor({ memory, together }: TopicPlaces) {
    this.#words = new Int32Array(memory);
    this.#together = together;
  }

  /** Where a topic is counted, by its index among those of the run; what came too late for a word shares the last one. */
  placeOf(index: number): number {
    return Math.min(this.#words.length - 1, Math.floor(index / this.#together));
  }

  /** Once per entry. */
  add(place: number, messages: number): void {
    Atomics.add(this.#words, place, messages);
  }
}

/** The main thread's side. */
export class TopicCounts {
  readonly #words: Int32Array;
  readonly #together: number;
  readonly #topics: () => readonly string[];
  #messages = new Float64Array(0);
  /** The words as they were last read. */
  #read = new Int32Array(0);

  /** @param topics of the run now, in the order of their indices; they only become more */
  constructor({ memory, together }: TopicPlaces, topics: () => readonly string[]) {
    this.#words = new Int32Array(memory);
    this.#together = together;
    this.#topics = topics;
  }

  /** As it is now. The figures of before are brought up to date as well, unless topics were added. */
  read(): TopicFigures {
    const topics = this.#topics();
    const together = this.#together;
    const places = Math.min(this.#words.length, Math.ceil(topics.length / together));
    if (places > this.#messages.length) this.#grow(places);
    const messages = this.#messages;
    for (let place = 0; place < places; place++) {
      const word = Atomics.load(this.#words, place);
      // Both as 32-bit words: right also when it has gone round.
      messages[place]! += (word - this.#read[place]!) >>> 0;
      this.#read[place] = word;
    }
    return { count: topics.length, together, messages, nameOf: (place) => topics[place * together] ?? "" };
  }

  #grow(places: number): void {
    const [messages, read] = [new Float64Array(places), new Int32Array(places)];
    messages.set(this.#messages);
    read.set(this.#read);
    [this.#messages, this.#read] = [messages, read];
  }
}
