/**
 * Collects counterexamples: single messages that were lost, came twice, out of order or damaged, with all that is known of
 * them. Places of received ones are looked up as soon as they are found, while the workers still remember them.
 */
import { RING_ENTRIES } from "../worker/entry_ring.ts";
import type { FromWorker } from "../worker/protocol.ts";
import {
  chosen,
  type ConnectionRecord,
  type Counterexample,
  type CounterexampleKind,
  MOST_EXAMPLES,
  type PlaceRecord,
} from "../verify/counterexample.ts";
import type { StreamExpectation } from "../verify/verdict.ts";
import { instanceOf, type RunWitness, type WitnessedEntry } from "./witness.ts";

/** Connection events that belong to an example. */
const AROUND_US = 5e6;
const MOST_CONNECTIONS = 8;
/** Times that a message came. */
const MOST_COPIES = 4;

const NO_PRODUCER = "what its producer knows: it ran in another process, whose '--trace' tells";
const OLD_RECEIPT =
  `its place in the topic: its receipt did not come, or is older than the last ${RING_ENTRIES} entries ` +
  "of its worker ('--trace' keeps all)";
const OLD_COPY =
  `the place of its first copy: that is older than the last ${RING_ENTRIES} entries of its worker, or ` +
  "another process received it ('--trace' keeps all)";

interface Found {
  readonly stream: number;
  readonly from: number;
  readonly to: number;
  readonly entries: readonly WitnessedEntry[];
}

/** What the end of a run tells. */
export interface ExamplesInput {
  /** Id of the run. */
  readonly run: string;
  readonly lost: readonly { readonly stream: number; readonly from: number; readonly to: number }[];
  /** What producers sent, as far as it is known. */
  readonly expected: readonly StreamExpectation[] | undefined;
  /** Producers of this process. */
  readonly senders: readonly RunWitness[];
  /** Whether a message came twice: then it is no example of another kind. */
  isRepeated(stream: number, sequence: number): boolean;
}

export class Examples {
  readonly #witness: RunWitness;
  readonly #found = { duplicate: [] as Found[], outOfOrder: [] as Found[] };
  readonly #damaged: Counterexample[] = [];

  /** @param witness of the consumer */
  constructor(witness: RunWitness) {
    this.#witness = witness;
  }

  /** Sequences [from, to) came again, or late. */
  add(kind: "duplicate" | "outOfOrder", stream: number, from: number, to: number): void {
    const found = this.#found[kind];
    if (found.length === MOST_EXAMPLES) return;
    found.push({ stream, from, to, entries: this.#witness.entriesOf(stream, from) });
  }

  /** An entry came damaged, or messages in it did. */
  damaged(
    slot: number,
    { lane, ledgerId, entryId, messages, reason, at }: FromWorker & { kind: "damaged" },
    run: string,
  ): void {
    if (this.#damaged.length === MOST_EXAMPLES) return;
    const topic = this.#witness.topicOf(slot, lane);
    this.#damaged.push({
      kind: "corrupt",
      run,
      ...(topic === undefined ? {} : { topic }),
      messages,
      reason,
      copies: [{ ledgerId, entryId, atUs: Math.round(at), worker: slot, redelivered: false }],
    });
  }

  list(input: ExamplesInput): Counterexample[] {
    const late = this.#found.outOfOrder.filter(({ stream, from }) => !input.isRepeated(stream, from));
    return chosen([
      input.lost.map((range) => this.#describe("lost", { ...range, entries: [] }, input)),
      this.#found.duplicate.map((found) => this.#describe("duplicate", found, input)),
      late.map((found) => this.#describe("outOfOrder", found, input)),
      this.#damaged.map((example) => this.#withConnections(example, input.senders)),
    ]);
  }

  #describe(kind: CounterexampleKind, found: Found, input: ExamplesInput): Counterexample {
    const { stream, from, to, entries } = found;
    const { senders, expected } = input;
    const missing: string[] = [];
    const known = senders.flatMap((witness) => {
      const sender = witness.senderOf(stream);
      return sender === undefined ? [] : [{ witness, sender }];
    })[0];
    const expectation = expected?.find((each) => each.stream === stream);
    const topic = known?.sender.topic ?? entries[0]?.topic ?? expectation?.topic;
    const sent = known === undefined ? [] : sentPlaces(known.witness, stream, from, to);
    if (known === undefined) missing.push(NO_PRODUCER);
    else if (sent.length === 0) missing.push(OLD_RECEIPT);
    if (kind === "duplicate" && entries.length < 2) missing.push(OLD_COPY);
    const copies = entries.slice(0, MOST_COPIES).map(({ topic: _topic, ...copy }) => copy);
    const resent = expectation?.resent?.some(([low, high]) => low <= from && from < high) ?? false;
    return this.#withConnections({
      kind,
      run: input.run,
      ...(topic === undefined ? {} : { topic }),
      stream,
      instance: instanceOf(stream),
      ...(known === undefined ? {} : { worker: known.sender.worker, lane: known.sender.lane }),
      from,
      to,
      ...(sent.length === 0 ? {} : { sent }),
      ...(copies.length === 0 ? {} : { copies }),
      ...(kind !== "duplicate" || expected === undefined ? {} : { explained: resent }),
      ...(missing.length === 0 ? {} : { missing }),
    }, senders);
  }

  /** What happened to connections around the receipt, else around the first arrival. */
  #withConnections(example: Counterexample, senders: readonly RunWitness[]): Counterexample {
    const { topic, sent = [], copies = [] } = example;
    const moments = [...sent, ...copies].map(({ atUs }) => atUs);
    if (topic === undefined || moments.length === 0) return example;
    const at = Math.min(...moments);
    const connections = [...senders, this.#witness]
      .flatMap((witness): ConnectionRecord[] => witness.connectionsAround(topic, at, AROUND_US))
      .sort((a, b) => Math.abs(a.atUs - at) - Math.abs(b.atUs - at))
      .slice(0, MOST_CONNECTIONS)
      .sort((a, b) => a.atUs - b.atUs);
    return connections.length === 0 ? example : { ...example, connections };
  }
}

/** Places of the first and of the last of some messages, as receipts told them. */
function sentPlaces(witness: RunWitness, stream: number, from: number, to: number): PlaceRecord[] {
  const first = witness.entriesOf(stream, from).at(-1);
  const last = witness.entriesOf(stream, to - 1).at(-1);
  const places = [first, last].flatMap((entry) => entry ?? []).map(({ ledgerId, entryId, atUs }) => (
    { ledgerId, entryId, atUs }
  ));
  const isOne = first?.ledgerId === last?.ledgerId && first?.entryId === last?.entryId;
  return isOne ? places.slice(0, 1) : places;
}
