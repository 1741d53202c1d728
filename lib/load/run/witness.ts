/**
 * What a run can tell about single messages: which worker's producer a stream is of, where its latest entries lie, and what
 * happened to connections. Kept within bounds; asked only when something went wrong.
 */
import type { Role } from "../../config/run_config.ts";
import { STREAM_BITS, streamId } from "../header/header.ts";
import type { ConnectionRecord, CopyRecord } from "../verify/counterexample.ts";
import { EntryRing } from "../worker/entry_ring.ts";
import type { Place, WorkerTask } from "../worker/protocol.ts";

/** Starts of a slot whose entries are kept. */
const STARTS_KEPT = 3;
/** More than a worker can have. */
const LANES = 2 ** STREAM_BITS;
/** The older half goes when there are more. */
const MOST_EVENTS = 16_384;

interface Start {
  readonly slot: number;
  readonly instance: number;
  readonly streamWorker: number;
  readonly laneBits: number;
  /** What it opened: another worker of the slot may open others. */
  places: readonly Place[];
  ring: EntryRing | undefined;
}

/** Whose stream it is. */
export interface Sender {
  readonly instance: number;
  /** Number in stream ids. */
  readonly worker: number;
  readonly lane: number;
  readonly topic: string | undefined;
}

export interface WitnessedEntry extends CopyRecord {
  readonly topic: string | undefined;
}

interface ConnectionEvent {
  readonly slot: number;
  readonly topic: string | undefined;
  readonly lostBy: string | undefined;
  readonly atUs: number;
}

export class RunWitness {
  readonly #role: Role;
  readonly #timeOf: (micros: number) => number;
  readonly #starts: Start[] = [];
  #events: ConnectionEvent[] = [];
  /** Lanes without connection, by slot and lane. */
  readonly #lost = new Set<number>();

  /** @param timeOf wall time of a reading of the run's clock */
  constructor(role: Role, timeOf: (micros: number) => number) {
    this.#role = role;
    this.#timeOf = timeOf;
  }

  /** A worker is started with this task. */
  started<T extends WorkerTask>(task: T): T {
    const { slot, instance, streamWorker, laneBits, entries, places } = task;
    const ring = entries.byteLength === 0 ? undefined : new EntryRing(entries);
    this.#starts.push({ slot, instance, streamWorker, laneBits, places, ring });
    const [old] = this.#starts.filter((start) => start.slot === slot && start.ring !== undefined)
      .slice(0, -STARTS_KEPT);
    if (old !== undefined) old.ring = undefined;
    for (const key of this.#lost) if (Math.floor(key / LANES) === slot) this.#lost.delete(key);
    return task;
  }

  /** What the worker in a slot opens from now on: more than before, in the same order. */
  placed(slot: number, places: readonly Place[]): readonly Place[] {
    const start = this.#startOf(slot);
    if (start !== undefined) start.places = places;
    return places;
  }

  /** A lane has lost its connection, or has it back. */
  connection(slot: number, lane: number, lostBy: string | undefined, at: number): void {
    const key = slot * LANES + lane;
    // Attempts to come back that fail lose nothing more.
    if (lostBy !== undefined && this.#lost.has(key)) return;
    if (lostBy === undefined) this.#lost.delete(key);
    else this.#lost.add(key);
    if (this.#events.length >= MOST_EVENTS) this.#events = this.#events.slice(MOST_EVENTS / 2);
    this.#events.push({ slot, topic: this.topicOf(slot, lane), lostBy, atUs: this.#timeOf(at) });
  }

  /** Producer: whose stream it is; undefined when it is none of this run's. */
  senderOf(stream: number): Sender | undefined {
    for (const { instance, streamWorker, laneBits, places } of this.#starts) {
      const lane = stream - streamId(instance, streamWorker, 0, laneBits);
      if (lane < 0 || lane >= 2 ** laneBits) continue;
      return { instance, worker: streamWorker, lane, topic: places[lane]?.topic };
    }
    return undefined;
  }

  /** The latest entries that hold a message, oldest first; most workers know nothing of it. */
  entriesOf(stream: number, sequence: number): WitnessedEntry[] {
    return this.#starts.flatMap(({ slot, places, ring }) =>
      (ring?.find(stream, sequence) ?? []).map(({ lane, ledgerId, entryId, at, isRepeat }) => ({
        topic: places[lane]?.topic,
        worker: slot,
        ledgerId,
        entryId,
        // A consumer's workers stamp entries with the wall clock.
        atUs: Math.round(this.#role === "producer" ? this.#timeOf(at) : at),
        redelivered: isRepeat,
      }))
    ).sort((a, b) => a.atUs - b.atUs);
  }

  /** Producer: the messages [from, to) of a stream that lie at a place of a topic, as far as receipts are remembered. */
  messagesAt(
    topic: string,
    ledgerId: number,
    entryId: number,
  ): { readonly stream: number; readonly from: number; readonly to: number } | undefined {
    for (const { places, ring } of this.#starts) {
      const found = ring?.messagesAt(ledgerId, entryId, (lane) => places[lane]?.topic === topic);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What happened to connections of a topic within some time of a moment. */
  connectionsAround(topic: string, atUs: number, withinUs: number): ConnectionRecord[] {
    return this.#events.filter((event) => Math.abs(event.atUs - atUs) <= withinUs && event.topic === topic)
      .map(({ slot, lostBy, atUs }) => ({
        side: this.#role,
        worker: slot,
        atUs: Math.round(atUs),
        ...(lostBy === undefined ? {} : { lostBy }),
      }));
  }

  /** Of what the worker that is in the slot now opens. */
  topicOf(slot: number, lane: number): string | undefined {
    return this.#startOf(slot)?.places[lane]?.topic;
  }

  #startOf(slot: number): Start | undefined {
    return this.#starts.findLast((start) => start.slot === slot);
  }
}

/** The process of a stream; worker and lane share the rest in a way that only the process knows. */
export function instanceOf(stream: number): number {
  return stream >>> STREAM_BITS;
}
