/**
 * The groups of a scenario as one run: connected together, begun together, changed by the timeline, and ended so that
 * every subscription is held against all that was sent to its topics. A producer alone, a consumer alone, and the two
 * of a demo are scenarios too.
 */
import { errorCode } from "../../client/mod.ts";
import { DRAIN_MS } from "../../load/drain_clock.ts";
import type { ConnectionEvent, EndReason, RunOutcome } from "../../load/run/types.ts";
import { sleep } from "../../transport/timing.ts";
import type { ThresholdState } from "../../load/snapshot.ts";
import type { ScenarioPhase, ScenarioSnapshot, StepOutcome, StepSnapshot } from "../snapshot.ts";
import type { StepWorld } from "../steps/perform.ts";
import type { Scenario, Step, StepAction } from "../types.ts";
import type { OtherProcesses } from "../processes/others.ts";
import {
  baseName,
  done,
  type Group,
  type GroupRun,
  groupSnapshot,
  messagesOf,
  overlap,
  streamsOn,
} from "./group.ts";
import { takeAll } from "./take_all.ts";
import { Timeline } from "./timeline.ts";

export interface ScenarioRunOptions {
  /** Producers first. */
  readonly groups: readonly GroupRun[];
  readonly name: string;
  readonly durationMs?: number | undefined;
  /** After the producers' end: longest time without a message before what is missing counts as lost. */
  readonly drainMs: number;
  readonly steps?: readonly Step[] | undefined;
  readonly scenario?: Pick<Scenario, "topics" | "subscriptions"> | undefined;
  readonly world?: StepWorld | undefined;
  /** Where other processes run the rest of the scenario; the groups are this one's parts then. */
  readonly others?: OtherProcesses | undefined;
  /** Whether another process does to the cluster what steps do once. */
  readonly follows?: boolean | undefined;
  /** How long a process without groups that begin at once waits for the measured part. */
  readonly warmupMs?: number | undefined;
  /** A group's load has begun. */
  onBegin?(group: Group): void;
  /** Holds what a step did against what was demanded of it. */
  judge?(step: Step, outcome: StepOutcome): readonly ThresholdState[];
  /** A step begins, or has ended. */
  onStep?(step: StepSnapshot): void;
}

/** Longest wait for probes, and what each topic adds to it. */
const PROBE_MS = 30_000;
const PROBE_TOPIC_MS = 10;
const LOOK_MS = 50;
/** Long enough for a producer to be told that its topic is terminated. */
const SEALED_MS = 2000;
const NOTHING = { topics: [], subscriptions: [] };
/** What a producer is told on a topic that was terminated. */
const TERMINATED: ReadonlySet<string> = new Set(["TopicTerminatedError", "TopicTerminated"]);

export class ScenarioRun {
  readonly groups: readonly Group[];
  readonly #options: ScenarioRunOptions;
  readonly #timeline: Timeline;
  /** Fires when somebody stops the load. */
  readonly #stopped = new AbortController();
  /** Fires when nothing new may begin. */
  readonly #ending = new AbortController();
  /** Topics, by their names without partition, that steps have terminated. */
  readonly #sealed = new Set<string>();
  /** What waits for its time. */
  readonly #waiting: Promise<void>[] = [];
  #phase: ScenarioPhase = "starting";
  #measuredAt: number | undefined;
  #endedAt: number | undefined;
  #why: EndReason | undefined;

  constructor(options: ScenarioRunOptions) {
    this.#options = options;
    this.groups = options.groups.map((group) => ({
      ...group,
      role: group.run.config.role,
      bases: new Set(group.topics.map(baseName)),
      hasBegun: false,
    }));
    this.#timeline = new Timeline({
      steps: options.steps ?? [],
      groups: { all: this.groups, others: options.others },
      stage: {
        scenario: options.scenario ?? NOTHING,
        world: options.world ?? {},
        stopped: this.#stopped.signal,
        run: (name) => this.#group(name)?.run,
        share: (name) => this.#group(name)?.part?.share ?? 1,
        follows: options.follows,
      },
      onPerformed: (action) => this.#onPerformed(action),
      judge: (step, outcome) => options.judge?.(step, outcome) ?? [],
      onStep: (step) => options.onStep?.(step),
    });
  }

  #group(name: string): Group | undefined {
    return this.groups.find((group) => group.name === name);
  }

  get steps(): readonly StepSnapshot[] {
    return this.#timeline.steps;
  }

  get producers(): readonly Group[] {
    return this.groups.filter(({ role }) => role === "producer");
  }

  get consumers(): readonly Group[] {
    return this.groups.filter(({ role }) => role === "consumer");
  }

  /** Connection events of a group's run. */
  connection(group: string, event: ConnectionEvent): void {
    this.#timeline.connection(group, event);
  }

  /**
   * Connects all groups that begin at once, and waits until a probe has come from each producer's topics to every
   * subscription that is there.
   *
   * @throws whatever kept one of them from connecting
   */
  async connect(): Promise<void> {
    const atOnce = this.groups.filter(({ startMs }) => startMs === 0);
    await Promise.all(atOnce.map(({ run }) => run.connect()));
    // A probe may go to another process; that subscriptions are there before the load, their common start sees to.
    if (this.#options.others !== undefined) return;
    const senders = atOnce.filter(({ role }) => role === "producer");
    const receivers = atOnce.filter((group) =>
      group.role === "consumer" && senders.some((sender) => overlap(sender, group))
    );
    if (receivers.length === 0) return;
    const probed = new Set(senders.flatMap(({ run }) => run.counts.openTopics));
    await Promise.all([
      ...senders.filter((sender) => receivers.some((group) => overlap(sender, group)))
        .map(({ run }) => run.probe()),
      ...receivers.map(({ run }) =>
        run.probesSeen(
          PROBE_MS + PROBE_TOPIC_MS * probed.size,
          run.counts.openTopics.filter((topic) => probed.has(topic)),
        )
      ),
    ]);
  }

  /** Begins the load; consumers first, so that nothing waits for them. */
  begin(): void {
    this.#options.others?.start(() =>
      Object.fromEntries(
        this.groups.filter(({ hasBegun }) => hasBegun).map((group) => {
          const { messages, bytes } = done(group);
          return [group.name, [messages, bytes]];
        }),
      )
    );
    this.#phase = this.groups.some(({ run }) => run.config.warmupMs > 0) ? "warmup" : "running";
    for (const group of this.groups.toReversed()) {
      if (group.startMs === 0) this.#begin(group);
      else this.#waiting.push(this.#beginLater(group));
    }
    this.#waiting.push(this.#measure());
  }

  #begin(group: Group): void {
    group.run.begin();
    group.hasBegun = true;
    this.#options.onBegin?.(group);
  }

  /** A group that comes when the others are at work already. */
  async #beginLater(group: Group): Promise<void> {
    const { warmupMs } = group.run.config;
    await this.#sleep(warmupMs + group.startMs);
    if (!this.#ending.signal.aborted) await (group.beginning = this.#connectAndBegin(group));
  }

  async #connectAndBegin(group: Group): Promise<void> {
    try {
      await group.run.connect();
      const { role, run: { integrity } } = group;
      if (role === "consumer") integrity.joinsLate(Math.round(group.run.timeOf()), this.#sentSoFar(group));
      // What its producers have sent meanwhile is there for it, also when they have ended.
      if (group.role === "consumer" || !this.#ending.signal.aborted) this.#begin(group);
    } catch {
      // Its outcome says why.
      group.outcome = await group.run.done;
    }
  }

  /** Where the streams on a subscription's topics stand. */
  #sentSoFar({ bases }: Group): ReadonlyMap<number, number> {
    const streams = this.producers.flatMap(({ run }) => streamsOn(bases, run.counts.streams));
    return new Map(streams.map(({ stream, next }) => [stream, next]));
  }

  /** The timeline begins with the measured part. */
  async #measure(): Promise<void> {
    const first = this.groups.filter(({ startMs }) => startMs === 0);
    if (first.length === 0) await this.#sleep(this.#options.warmupMs ?? 0);
    while (!this.#ending.signal.aborted && !first.every(({ run }) => run.isMeasured || isOver(run.phase))) {
      await sleep(LOOK_MS / 10);
    }
    if (this.#ending.signal.aborted) return;
    this.#phase = "running";
    this.#measuredAt = performance.now();
    this.#timeline.start();
  }

  async #sleep(ms: number): Promise<void> {
    const until = performance.now() + ms;
    while (!this.#ending.signal.aborted && performance.now() < until) {
      await sleep(Math.min(LOOK_MS, until - performance.now()));
    }
  }

  /** Resolves when all groups have ended, each with its outcome. */
  async ended(): Promise<void> {
    const { producers, consumers } = this;
    const { others } = this.#options;
    const hasBoth = producers.length > 0 && consumers.length > 0;
    if (hasBoth || others !== undefined) await this.#followProducers();
    for (const group of this.groups) group.outcome ??= await group.run.done;
    await others?.stop();
    await this.#endTimeline();
    await Promise.all(this.#waiting);
    this.#phase = "done";
  }

  async #followProducers(): Promise<void> {
    const { producers, consumers } = this;
    const sent = Promise.all(producers.map(async (group) => {
      const outcome = await group.run.done;
      group.outcome = this.#excused(group, outcome);
      this.#timeline.forget(group.name);
      // One that cannot go on ends all of it.
      if (group.outcome.failure !== undefined) this.#stopProducers("quit");
    }));
    for (const { run } of consumers) {
      void run.done.then(({ failure }) => {
        if (failure !== undefined) this.#stopProducers("quit");
      });
    }
    if (consumers.length > 0) {
      void Promise.all(consumers.map(({ run }) => run.done)).then(() => this.#stopProducers("quit"));
    }
    await sent;
    await this.#endOthers();
    await this.#endTimeline();
    this.#phase = "draining";
    await Promise.all(consumers.map((group) => this.#drain(group)));
  }

  /** Tells other processes what was sent here, and waits until their producers have ended too. */
  async #endOthers(): Promise<void> {
    const { others } = this.#options;
    if (others === undefined) return;
    const subscriptions = others.groups.filter(({ role }) => role === "consumer");
    await others.endSending(
      Object.fromEntries(subscriptions.map((group) => [group.name, this.#sentTo(group)])),
    );
    while (!others.haveSent && this.#why === undefined && !this.#ending.signal.aborted) await sleep(LOOK_MS);
  }

  /** Messages that producers here have sent to a subscription's topics, and how many were sent again. */
  #sentTo(group: Pick<Group, "bases">): [messages: number, again: number] {
    const senders = this.producers.filter((producer) => overlap(producer, group));
    return [
      senders.reduce((sum, { outcome }) => sum + messagesOf(streamsOn(group.bases, outcome!.streams)), 0),
      senders.reduce((sum, { run }) => sum + run.counts.resent, 0),
    ];
  }

  async #endTimeline(): Promise<void> {
    this.#endedAt ??= performance.now();
    this.#ending.abort();
    await this.#timeline.stop();
  }

  #stopProducers(reason: EndReason): void {
    for (const { run } of this.producers) void run.finish(reason);
  }

  /**
   * A producer whose topic was terminated on purpose has not failed: what it was refused was never acknowledged. Some
   * brokers say so, others only never let it in again.
   */
  #excused(group: Group, outcome: RunOutcome): RunOutcome {
    const { failure, delivery, streams } = outcome;
    const sealed = this.#sealed;
    if (group.bases.isDisjointFrom(sealed)) return outcome;
    const isOnSealed = streams.every(({ unconfirmed = [], topic }) =>
      unconfirmed.length === 0 || (topic !== undefined && sealed.has(baseName(topic)))
    );
    const isMeant = failure === undefined
      ? delivery.unacknowledged > 0 && isOnSealed
      : TERMINATED.has(errorCode(failure));
    if (!isMeant) return outcome;
    return {
      ...outcome,
      failure: undefined,
      reason: "quit",
      delivery: { ...delivery, unacknowledged: 0, disconnected: undefined },
      notes: [...outcome.notes, "its topic was terminated by a step: what was sent after that was refused"],
    };
  }

  /**
   * Topics take no more messages. Producers that have no others are told so and end by themselves; where the broker only
   * keeps them out, there is nothing to wait for either.
   */
  #onPerformed(action: StepAction): void {
    if (action.kind !== "terminate") return;
    const { topics } = (this.#options.scenario ?? NOTHING).topics.find(({ name }) => name === action.topics)!;
    for (const topic of topics) this.#sealed.add(baseName(topic));
    const ended = this.producers.filter(({ bases }) => bases.isSubsetOf(this.#sealed));
    this.#waiting.push(
      this.#sleep(SEALED_MS).then(() => {
        for (const { run } of ended) void run.finish("quit");
      }),
    );
  }

  /** Lets a subscription take what its producers have sent. */
  async #drain(group: Group): Promise<void> {
    const { run } = group;
    await group.beginning;
    if (!group.hasBegun) {
      group.outcome = await run.finish(this.#why ?? "count");
      return;
    }
    const isHurried = this.#why === "signal" || this.#why === "quit";
    const { drainMs } = this.#options;
    const limitMs = isHurried ? Math.min(drainMs, DRAIN_MS) : drainMs;
    await takeAll(group, this.producers, limitMs, this.#options.others);
    void run.finish(this.#why ?? "count");
    group.outcome = await run.done;
  }

  /** Ends the load; subscriptions still take what was sent. */
  finish(reason: EndReason): void {
    this.#why ??= reason;
    this.#ending.abort();
    this.#stopped.abort();
    if (this.producers.length > 0 || this.#options.others !== undefined) this.#stopProducers(reason);
    else for (const { run } of this.groups) void run.finish(reason);
  }

  /** When the measured part began, microseconds since the Unix epoch; undefined before. */
  get measuredAtUs(): number | undefined {
    return this.#measuredAt === undefined
      ? undefined
      : Math.round((performance.timeOrigin + this.#measuredAt) * 1000);
  }

  /** Ends everything at once. */
  abort(): void {
    this.#ending.abort();
    this.#stopped.abort();
    for (const { run } of this.groups) run.abort();
  }

  snapshot(): ScenarioSnapshot {
    const { name, durationMs, others } = this.#options;
    const groups = { all: this.groups, others };
    const until = this.#endedAt ?? performance.now();
    return {
      name,
      phase: this.#phase,
      elapsed: this.#measuredAt === undefined ? 0 : Math.max(0, until - this.#measuredAt) / 1000,
      duration: durationMs === undefined ? undefined : durationMs / 1000,
      groups: this.groups.map((group) => groupSnapshot(group, groups)),
      steps: this.steps,
    };
  }
}

function isOver(phase: string): boolean {
  return phase === "done" || phase === "failed" || phase === "draining";
}
