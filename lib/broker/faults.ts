/**
 * What tests can make the broker do wrong. Faults are plain data, so that they cross to a broker in a worker.
 * "topic" limits a fault to one topic, in any spelling; a partitioned topic's name stands for its partitions.
 * "times" says how often it happens, once by default.
 */
import type { CommandName } from "../wire/command.ts";
import type { ServerErrorName } from "../wire/enums.ts";
import { parseTopicName } from "./topic_name.ts";

/** Requests that can be made to fail. */
export type FailingRequest =
  | "connect"
  | "lookup"
  | "partitionMetadata"
  | "producer"
  | "send"
  | "subscribe"
  | "ack"
  | "seek"
  | "unsubscribe"
  | "getLastMessageId"
  | "getTopicsOfNamespace";

interface ForTopic {
  readonly topic?: string;
}
interface Repeated {
  readonly times?: number;
}

/** Faults that are armed until their occasion comes. */
export type StandingFault =
  /** The next requests of a kind are answered with an error. */
  | (
    & ForTopic
    & Repeated
    & { kind: "fail"; request: FailingRequest; error: ServerErrorName; message?: string }
  )
  /** The next entries are stored and never acknowledged. */
  | (ForTopic & Repeated & { kind: "forgetReceipts" })
  /** The next entries are delivered with a damaged last byte; what is stored stays whole. */
  | (ForTopic & Repeated & { kind: "corruptDeliveries" })
  /** Receipts leave `ms` later; 0 ends it. */
  | (ForTopic & { kind: "delayReceipts"; ms: number })
  /** The next lookups are answered with this instead of with the broker's own address. */
  | (
    & ForTopic
    & Repeated
    & {
      kind: "answerLookup";
      response: "redirect" | "connect";
      url: string;
      proxy?: boolean;
      authoritative?: boolean;
    }
  );

/** Faults that happen at once, to the connections, producers and consumers that exist now. */
export type ImmediateFault =
  /** Connections are cut; with a topic, those that have a producer or consumer there. */
  | (ForTopic & { kind: "dropConnections"; of?: "producers" | "consumers" })
  /** The broker reads nothing for `ms`. */
  | (ForTopic & { kind: "stallReads"; ms: number })
  | (ForTopic & { kind: "closeProducers"; assignedUrl?: string })
  | (ForTopic & { kind: "closeConsumers"; assignedUrl?: string })
  /** A command without a request for it. `body` must fit the command. */
  | (ForTopic & { kind: "sendCommand"; command: CommandName; body: unknown })
  /** Bytes that need be no frame. */
  | (ForTopic & { kind: "sendBytes"; bytes: Uint8Array })
  /** Forgets all standing faults. */
  | { kind: "clear" };

export type Fault = StandingFault | ImmediateFault;

type Kind = StandingFault["kind"];
type Of<K extends Kind> = Extract<StandingFault, { kind: K }>;

interface Armed {
  readonly fault: StandingFault;
  readonly topic: string | undefined;
  left: number;
}

/** The standing faults of a broker. */
export class FaultTable {
  #armed: Armed[] = [];

  /** Whether there is nothing to look up, which hot paths ask first. */
  get isEmpty(): boolean {
    return this.#armed.length === 0;
  }

  /** @throws {Refusal} for a topic that is no topic name; {RangeError} for times or delays that make no sense */
  arm(fault: StandingFault): void {
    const times = "times" in fault && fault.times !== undefined ? fault.times : 1;
    if (!Number.isSafeInteger(times) || times < 1) {
      throw new RangeError(`a fault cannot happen '${times}' times; use a whole number from 1 on`);
    }
    const topic = fault.topic === undefined ? undefined : parseTopicName(fault.topic).full;
    if (fault.kind === "delayReceipts") {
      if (!(fault.ms >= 0 && fault.ms <= 600_000)) {
        throw new RangeError(`a delay of '${fault.ms}' ms is not possible; use 0 … 600000`);
      }
      this.#armed = this.#armed.filter((old) => old.fault.kind !== "delayReceipts" || old.topic !== topic);
      if (fault.ms === 0) return;
    }
    this.#armed.push({ fault, topic, left: times });
  }

  clear(): void {
    this.#armed = [];
  }

  /** Uses a fault up once, if one applies. */
  take<K extends Kind>(
    kind: K,
    topic: string | undefined,
    accepts: (fault: Of<K>) => boolean = () => true,
  ): Of<K> | undefined {
    const armed = this.#find(kind, topic, accepts);
    if (armed === undefined) return undefined;
    if (--armed.left === 0) this.#armed.splice(this.#armed.indexOf(armed), 1);
    return armed.fault as Of<K>;
  }

  takeFailure(request: FailingRequest, topic?: string): Of<"fail"> | undefined {
    return this.isEmpty ? undefined : this.take("fail", topic, (fault) => fault.request === request);
  }

  /** Milliseconds by which a receipt is late. */
  receiptDelay(topic: string): number {
    return (this.#find("delayReceipts", topic, () => true)?.fault as Of<"delayReceipts"> | undefined)?.ms ??
      0;
  }

  #find<K extends Kind>(
    kind: K,
    topic: string | undefined,
    accepts: (fault: Of<K>) => boolean,
  ): Armed | undefined {
    return this.#armed.find((armed) =>
      armed.fault.kind === kind && (armed.topic === undefined || isOfTopic(topic, armed.topic)) &&
      accepts(armed.fault as Of<K>)
    );
  }
}

/** Whether `full` is the topic `wanted`, or a partition of it. */
export function isOfTopic(full: string | undefined, wanted: string): boolean {
  return full !== undefined && (full === wanted || parseTopicName(full).base === wanted);
}
