/** One worker's consumer on one topic or partition: entries in, acknowledgements and permits out. */
import type { ConsumerConfig } from "../config/run_config.ts";
import {
  type EntryConsumer,
  errorCode,
  MessageId,
  type PulsarClient,
  type ReceivedEntry,
} from "../client/mod.ts";
import { SubType } from "../wire/enums.ts";
import type { U64 } from "../wire/protobuf.ts";
import { errorNumber } from "./metrics_layout.ts";
import type { WorkerMetrics } from "./metrics.ts";

export interface ConsumerLaneOwner {
  readonly client: PulsarClient;
  readonly config: ConsumerConfig;
  readonly metrics: WorkerMetrics;
  /** Counts and checks an entry's messages; returns false when its body contradicts its header. */
  take(entry: ReceivedEntry): boolean;
  onFailed(error: Error): void;
  log(level: "info" | "warn", text: string): void;
}

const TYPES = {
  exclusive: SubType.exclusive,
  shared: SubType.shared,
  failover: SubType.failover,
  "key-shared": SubType.keyShared,
} as const;

interface Refused {
  readonly id: MessageId;
  readonly at: number;
}

export class ConsumerLane {
  consumer!: EntryConsumer;
  /** Messages acknowledged. */
  acknowledged = 0;
  readonly #owner: ConsumerLaneOwner;
  /** Entries to ask for again, oldest first. */
  #refused: Refused[] = [];
  #refuseDebt = 0;
  #lastUnacked = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  private constructor(owner: ConsumerLaneOwner, readonly topic: string) {
    this.#owner = owner;
  }

  static async open(owner: ConsumerLaneOwner, topic: string, receiverQueue: number): Promise<ConsumerLane> {
    const lane = new ConsumerLane(owner, topic);
    const { config } = owner;
    lane.consumer = await owner.client.createEntryConsumer({
      topic,
      subscription: config.subscription,
      type: TYPES[config.subscriptionType],
      initialPosition: config.initialPosition === "earliest" ? 1 : 0,
      receiverQueue,
      ackGroupMs: config.ackGroupMs,
      ackGroupMax: config.ackGroupMax,
      autoPermits: config.rate === "unlimited",
      onEntry: (entry) => lane.#onEntry(entry),
      onCorrupt: (reason, id) => {
        owner.metrics.recordError(errorNumber(reason === "ChecksumMismatch" ? reason : "Decode"), 1);
        owner.log("warn", `entry ${id} of '${topic}' was refused: ${reason}`);
      },
      onFailed: (error) => {
        if (errorCode(error) !== "Closed") owner.onFailed(error);
      },
      onTrouble: (error) => {
        owner.metrics.recordError(errorNumber(errorCode(error)));
        owner.log("warn", error.message);
      },
      onReconnected: () => {
        owner.metrics.record("reconnects", 1);
        owner.log("info", `reconnected to '${topic}'`);
      },
    });
    if (config.nackPercent > 0 || config.unackedTimeoutMs > 0) {
      const period = Math.max(10, Math.min(config.nackDelayMs, config.unackedTimeoutMs || Infinity) / 4);
      lane.#timer = setInterval(() => lane.#redeliver(), period);
    }
    return lane;
  }

  async seek(): Promise<void> {
    const { seek } = this.#owner.config;
    if (seek === undefined) return;
    const target = seek === "earliest"
      ? MessageId.earliest
      : seek === "latest"
      ? MessageId.latest
      : { publishTimeMs: seek };
    await this.consumer.seek(target);
  }

  #onEntry(entry: ReceivedEntry): void {
    if (!this.#owner.take(entry)) {
      this.consumer.refuseBatch(entry);
      return;
    }
    const { ack, nackPercent } = this.#owner.config;
    // Spreads refusals evenly: an entry is refused whenever the wanted share has added up to a whole one.
    this.#refuseDebt += nackPercent / 100;
    if (this.#refuseDebt >= 1 && entry.redeliveryCount === 0) {
      this.#refuseDebt -= 1;
      this.#refuse(entry.ledgerId, entry.entryId, entry.count);
      return;
    }
    if (ack === "none") {
      this.#lastUnacked = Date.now();
      return;
    }
    this.acknowledged += entry.count;
    if (ack === "cumulative") this.consumer.ackCumulative(entry.ledgerId, entry.entryId);
    else this.consumer.ack(entry.ledgerId, entry.entryId);
  }

  #refuse(ledgerId: U64, entryId: U64, count: number): void {
    const id = new MessageId(ledgerId, entryId, this.consumer.partition);
    this.#refused.push({ id, at: Date.now() + this.#owner.config.nackDelayMs });
    this.#owner.metrics.record("nacked", count);
  }

  #redeliver(): void {
    const now = Date.now();
    const due = this.#refused.filter(({ at }) => at <= now);
    const { subscriptionType, unackedTimeoutMs, ack } = this.#owner.config;
    if (due.length > 0) {
      this.#refused = this.#refused.filter(({ at }) => at > now);
      const isShared = subscriptionType === "shared" || subscriptionType === "key-shared";
      this.consumer.redeliver(isShared ? due.map(({ id }) => id) : undefined);
    }
    if (
      ack === "none" && unackedTimeoutMs > 0 && this.#lastUnacked > 0 &&
      now - this.#lastUnacked >= unackedTimeoutMs
    ) {
      this.#lastUnacked = 0;
      this.consumer.redeliver();
    }
  }

  async close(unsubscribe: boolean): Promise<void> {
    clearInterval(this.#timer);
    if (unsubscribe) await this.consumer.unsubscribe();
    else await this.consumer.close();
  }
}
