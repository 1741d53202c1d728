/** Puts together what workers start with. */
import type { RunConfig } from "../../config/run_config.ts";
import { createQuota } from "../schedule/consumer_quota.ts";
import { createDeliveryLog } from "../verify/delivery_log.ts";
import { LEAST_LANE_BITS } from "../header/header.ts";
import { createTopicPlaces, TopicCounts, type TopicPlaces } from "../metrics/topic_counts.ts";
import { Placement } from "./placement.ts";
import type { RunOptions } from "./types.ts";
import type { RunWitness } from "./witness.ts";
import { createEntryRing } from "../worker/entry_ring.ts";
import type { MessageIdData } from "../../wire/messages.ts";
import { createProgress } from "../worker/progress.ts";
import type { DeliveryPart, Place, ReadPlace, WorkerOpening, WorkerTask } from "../worker/protocol.ts";

const NO_MEMORY = new SharedArrayBuffer(0);

export class TaskFactory {
  readonly memory: SharedArrayBuffer;
  /** Payloads of kind `file`. */
  payloads: readonly Uint8Array[] | undefined;
  /** Memory of what all workers of a consumer may still take. */
  readonly quota: SharedArrayBuffer;
  readonly placement: Placement;
  readonly #options: RunOptions;
  readonly #workers: () => number;
  readonly #witness: RunWitness;
  /** Messages by topic; undefined for a run that has one, or is no group of a scenario. */
  topicCounts: TopicCounts | undefined;
  #topicPlaces: TopicPlaces | undefined;
  #deliveries: readonly DeliveryPart[] = [];
  /** How far a subscription that is not durable was read, by index of the topic. */
  readonly #read = new Map<number, MessageIdData>();
  #addedFrom = 0;
  /** Bits of stream ids that number the lanes of a worker, from the first worker to the last. */
  #laneBits = LEAST_LANE_BITS;

  /**
   * @param workers of the run now
   * @param witness remembers what workers started with
   */
  constructor(
    memory: SharedArrayBuffer,
    options: RunOptions,
    workers: () => number,
    witness: RunWitness,
  ) {
    this.#witness = witness;
    this.memory = memory;
    this.#options = options;
    this.#workers = workers;
    this.placement = new Placement(options.topics?.perTopic, workers);
    this.quota = createQuota();
  }

  get topics(): readonly string[] {
    return this.placement.topics;
  }

  /** Topics that may still be added, as far as stream ids can number what is opened on them. */
  get room(): number {
    const { topics, lanes } = this.placement;
    const perWorker = 2 ** this.#laneBits;
    if (!this.placement.isSpread) return perWorker - topics.length;
    const perTopic = lanes / topics.length;
    return Math.max(0, Math.floor((perWorker - 1) * this.#workers() / perTopic) - topics.length);
  }

  get deliveries(): readonly DeliveryPart[] {
    return this.#deliveries;
  }

  /** Before the first worker. */
  setTopics(topics: readonly string[], config: RunConfig): void {
    this.#addedFrom = topics.length;
    this.addTopics(topics, config);
    this.#laneBits = this.placement.laneBits();
    if (this.#options.topics === undefined || topics.length < 2) return;
    this.#topicPlaces = createTopicPlaces(topics.length);
    this.topicCounts = new TopicCounts(this.#topicPlaces, () => this.topics);
  }

  /**
   * What lane bits would be with so many workers. Never fewer than before: ids of workers with more bits lie above all
   * that there were, so that no two streams have the same.
   */
  laneBitsFor(workers: number): number {
    return Math.max(this.#laneBits, this.placement.laneBits(workers));
  }

  /** All workers have gone, and others are to share out what there is. */
  share(workers: number): void {
    this.#laneBits = this.laneBitsFor(workers);
  }

  /** Partitions that came while the run goes on: behind those that there are, whose places do not change. */
  addTopics(topics: readonly string[], config: RunConfig): void {
    this.placement.add(topics);
    if (config.role === "producer") return;
    const memory = createDeliveryLog(config.subscriptionType, topics.length);
    this.#deliveries = [...this.#deliveries, { memory, topics: topics.length }];
  }

  /** What the worker in a slot opens, after topics were added. */
  placesOf(slot: number): readonly Place[] {
    return this.#witness.placed(slot, this.placement.of(slot));
  }

  /** A worker has read and told of so much: who comes in its place begins after it. */
  read(places: readonly ReadPlace[]): void {
    for (const { index, id } of places) this.#read.set(index, id);
  }

  /** Workers take turns, as places are dealt out to them: together they open evenly at the rate. */
  #openingOf(slot: number): WorkerOpening | undefined {
    const plan = this.#options.topics?.opening;
    if (plan?.rate === undefined) return plan;
    const everyMs = 1000 / plan.rate;
    const pace = { firstMs: slot * everyMs, everyMs: this.#workers() * everyMs };
    return { ownConnections: plan.ownConnections, pace };
  }

  make(
    config: RunConfig,
    slot: number,
    streamWorker: number,
    state: Pick<WorkerTask, "isPaused" | "isHeld">,
  ): WorkerTask {
    const { token, followFirstRun = false, streamInstance = config.instance, onTrace, traceName } =
      this.#options;
    const places = this.placement.of(slot);
    return this.#witness.started({
      config,
      memory: this.memory,
      slot,
      streamWorker,
      progress: config.role === "producer" ? createProgress(places.length, this.#laneBits) : NO_MEMORY,
      entries: config.verify === "off" ? NO_MEMORY : createEntryRing(),
      deliveries: this.#deliveries,
      quota: this.quota,
      topicPlaces: this.#topicPlaces,
      instance: streamInstance,
      isTracing: onTrace !== undefined,
      traceName,
      followFirstRun,
      ...state,
      places,
      opening: this.#openingOf(slot),
      addedFrom: this.#addedFrom,
      startAfter: this.#read.size === 0 ? undefined : this.#read,
      laneBits: this.#laneBits,
      spread: this.placement.isSpread ? this.placement.lanes : 0,
      payloads: this.payloads,
      token,
    });
  }
}
