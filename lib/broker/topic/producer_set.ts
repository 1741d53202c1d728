/** The producers of one topic: unique names, and which may write under which access mode. */
import { AccessMode } from "../../wire/enums.ts";
import type { Producer } from "./producer.ts";
import { Refusal } from "../refusal.ts";

export class ProducerSet {
  readonly #byName = new Map<string, Producer>();
  readonly #waiting: Producer[] = [];
  #exclusive: Producer | undefined;
  /** Rises with every exclusive producer; an older one that comes back is fenced off. */
  #topicEpoch: number | undefined;

  get all(): IterableIterator<Producer> {
    return this.#byName.values();
  }
  get size(): number {
    return this.#byName.size;
  }
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * @returns false when the producer must wait for exclusive access; `onReady` is called then, later
   * @throws {Refusal} `ProducerBusy` or `ProducerFenced`
   */
  add(producer: Producer): boolean {
    this.#replacePredecessor(producer);
    switch (producer.accessMode) {
      case AccessMode.shared:
        if (this.#exclusive !== undefined || this.#waiting.length > 0) throw this.#busy("ProducerBusy");
        break;
      case AccessMode.exclusive:
        if (this.#exclusive !== undefined || this.#waiting.length > 0) throw this.#busy("ProducerFenced");
        if (this.size > 0) throw new Refusal("ProducerFenced", "Topic has existing shared producers");
        this.#checkEpoch(producer);
        this.#makeExclusive(producer);
        break;
      case AccessMode.waitForExclusive:
        this.#checkEpoch(producer);
        if (this.#exclusive !== undefined || this.size > 0) {
          this.#waiting.push(producer);
          return false;
        }
        this.#makeExclusive(producer);
        break;
      case AccessMode.exclusiveWithFencing:
        this.#checkEpoch(producer);
        for (const other of [...this.#byName.values(), ...this.#waiting]) this.#fence(other);
        this.#makeExclusive(producer);
        break;
      default:
        throw new Refusal("NotAllowedError", `producer access mode '${producer.accessMode}' is not known`);
    }
    this.#byName.set(producer.name, producer);
    return true;
  }

  remove(producer: Producer): void {
    const waitingAt = this.#waiting.indexOf(producer);
    if (waitingAt >= 0) this.#waiting.splice(waitingAt, 1);
    if (this.#byName.get(producer.name) !== producer) return;
    this.#byName.delete(producer.name);
    if (this.#exclusive === producer) this.#exclusive = undefined;
    if (this.size > 0) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    this.#makeExclusive(next);
    this.#byName.set(next.name, next);
    next.onReady();
  }

  /** Removes all, without promoting those that wait. @returns those that were there, the waiting ones last */
  removeAll(): Producer[] {
    const removed = [...this.#byName.values(), ...this.#waiting];
    this.#byName.clear();
    this.#waiting.length = 0;
    this.#exclusive = undefined;
    return removed;
  }

  /** A reconnected producer takes the place of its former self, whose connection may still look alive. */
  #replacePredecessor(producer: Producer): void {
    const existing = this.#byName.get(producer.name);
    if (existing === undefined) return;
    if (existing.id === producer.id && existing.epoch < producer.epoch) {
      existing.peer.closeProducer(existing.id);
      this.remove(existing);
      return;
    }
    throw new Refusal("ProducerBusy", `Producer with name '${producer.name}' is already connected to topic`);
  }

  #fence(producer: Producer): void {
    producer.peer.closeProducer(producer.id);
    const waitingAt = this.#waiting.indexOf(producer);
    if (waitingAt >= 0) this.#waiting.splice(waitingAt, 1);
    this.#byName.delete(producer.name);
    if (this.#exclusive === producer) this.#exclusive = undefined;
  }

  #checkEpoch(producer: Producer): void {
    if (producer.topicEpoch === undefined || producer.topicEpoch >= (this.#topicEpoch ?? -1)) return;
    throw new Refusal(
      "ProducerFenced",
      `Topic epoch has already moved. Current epoch: ${this.#topicEpoch}, producer epoch: ${producer.topicEpoch}`,
    );
  }

  #makeExclusive(producer: Producer): void {
    this.#topicEpoch = (this.#topicEpoch ?? -1) + 1;
    producer.topicEpoch = this.#topicEpoch;
    this.#exclusive = producer;
  }

  #busy(code: "ProducerBusy" | "ProducerFenced"): Refusal {
    const name = this.#exclusive?.name ?? this.#waiting[0]?.name ?? "";
    return new Refusal(code, `Topic has an existing exclusive producer: ${name}`);
  }
}
