/**
 * Which entries have been delivered before, by their message ids, to any worker of this process.
 *
 * A broker that delivers an entry again because its consumer was disconnected, or another one took over, does not say
 * so: the redelivery count stays 0 (seen with Pulsar 4.2 for all subscription types; only negative acknowledgements
 * raise it). Taken for new messages, such repetitions would look like duplicates, which they are not: the topic holds
 * them once. The same message stored twice has two ids, and is a duplicate.
 *
 * On an exclusive or failover subscription entries of a topic come in the order of their ids, so the highest id tells.
 * On a shared one workers get every other entry, in any order after a redelivery; there the latest ids are kept, in a
 * table that all workers write. Repetitions of entries older than the table reaches, and those that go to another
 * process, are not recognised and count as duplicates.
 */
import type { SubscriptionType } from "../../config/run_config.ts";

/** Ids kept on shared subscriptions, all topics together: 4 MiB. */
const TABLE_IDS = 1 << 18;
const LEAST_IDS = 1024;
/** Spreads the ids of ledgers: 2^32 divided by the golden ratio, made odd. */
const LEDGER_STEP = 0x9e3779b1;

/** Whether entries of a topic come in the order of their ids. */
function isOrdered(type: SubscriptionType): boolean {
  return type === "exclusive" || type === "failover";
}

function idsPerTopic(type: SubscriptionType, topics: number): number {
  if (isOrdered(type)) return 1;
  return Math.max(LEAST_IDS, 2 ** Math.floor(Math.log2(TABLE_IDS / topics)));
}

/** Shared memory for the topics that a run has from the beginning, or for those that were added together; all zero. */
export function createDeliveryLog(type: SubscriptionType, topics: number): SharedArrayBuffer {
  return new SharedArrayBuffer(topics * idsPerTopic(type, topics) * 16);
}

export class DeliveryLog {
  // Pairs of ledger id and entry id + 1; entry 0 means nothing.
  readonly #pairs: Float64Array;
  readonly #perTopic: number;
  readonly #isOrdered: boolean;

  constructor(memory: SharedArrayBuffer, type: SubscriptionType, topics: number) {
    this.#pairs = new Float64Array(memory);
    this.#isOrdered = isOrdered(type);
    this.#perTopic = idsPerTopic(type, topics);
  }

  /** Whether every repetition is recognised, however long ago the entry came first. */
  get isExact(): boolean {
    return this.#isOrdered;
  }

  /**
   * Notes a delivery and tells whether the entry was delivered before.
   *
   * @param topic index among the topics of this log
   */
  note(topic: number, ledgerId: number | bigint, entryId: number | bigint): boolean {
    const ledger = Number(ledgerId);
    const entry = Number(entryId) + 1;
    return this.#isOrdered ? this.#pass(2 * topic, ledger, entry) : this.#keep(topic, ledger, entry);
  }

  #pass(at: number, ledger: number, entry: number): boolean {
    const pairs = this.#pairs;
    if (ledger < pairs[at]! || (ledger === pairs[at] && entry <= pairs[at + 1]!)) return true;
    pairs[at] = ledger;
    pairs[at + 1] = entry;
    return false;
  }

  /**
   * Two ids have a place together; the later one pushes the earlier one out. Neighbours in a ledger have neighbouring
   * places, and every ledger begins somewhere else: after a topic has moved, entries of both its ledgers come.
   */
  #keep(topic: number, ledger: number, entry: number): boolean {
    const pairs = this.#pairs;
    const places = this.#perTopic / 2;
    const at = 4 * (topic * places + ((entry + Math.imul(ledger, LEDGER_STEP)) & (places - 1)));
    if (ledger === pairs[at] && entry === pairs[at + 1]) return true;
    if (ledger === pairs[at + 2] && entry === pairs[at + 3]) return true;
    pairs[at + 2] = pairs[at]!;
    pairs[at + 3] = pairs[at + 1]!;
    pairs[at] = ledger;
    pairs[at + 1] = entry;
    return false;
  }
}
