/** A process among several of one run: its share of the load, its place at the barrier, and the common start. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import { remainderOf, shareOf } from "../../lib/config/share.ts";
import { durationText } from "../../lib/config/units.ts";
import { controlTopic, openControlChannel } from "../../lib/load/barrier/channel.ts";
import type { Place } from "../../lib/load/barrier/messages.ts";
import { BarrierError, StartBarrier, type Word } from "../../lib/load/barrier/start_barrier.ts";
import { machineMicros, shiftWall } from "../../lib/load/clock.ts";
import { connectClient } from "../../lib/load/worker/connect_client.ts";
import type { PulsarClient } from "../../lib/client/mod.ts";
import { sleep } from "../../lib/transport/timing.ts";

export class Together {
  readonly #barrier: StartBarrier;
  readonly #client: PulsarClient;
  readonly notes: string[] = [];

  private constructor(barrier: StartBarrier, client: PulsarClient) {
    this.#barrier = barrier;
    this.#client = client;
  }

  /**
   * The share of this process and, where the configuration asks for a barrier, its place there. A process that comes
   * back into a run gets what is left of it.
   *
   * @throws {BarrierError} when the run is over or its control topic does not answer
   */
  static async join<C extends RunConfig>(
    config: C,
    token: string | undefined,
    say: (text: string) => void,
  ): Promise<{ config: C; together?: Together }> {
    const share = shareOf(config);
    if (config.barrier === 0) return { config: share };
    const { role, instance, instances } = config;
    const together = await Together.#meet(config, token, { role, index: instance, of: instances }, say);
    try {
      const rest = together.#rest(share, say);
      return { config: { ...rest, together: together.agree() }, together };
    } catch (error) {
      await together.leave();
      throw error;
    }
  }

  /**
   * One process of a scenario among others. The first one is met only when it has made what the scenario needs.
   *
   * @param config of any group of the whole scenario, the same in all processes
   * @throws {BarrierError} when the run has begun, or the first process does not come
   */
  static async joinScenario(
    config: RunConfig,
    token: string | undefined,
    { index, of, onWord }: { index: number; of: number; onWord(word: Word): void },
    say: (text: string) => void,
  ): Promise<Together> {
    const place = { role: "process", index, of } as const;
    const together = await Together.#meet(config, token, place, say, onWord);
    try {
      if (together.#barrier.startAt !== undefined) {
        throw new BarrierError(
          "RunOver",
          `run '${config.runId}' has begun: a process of a scenario cannot come back into it`,
        );
      }
      if (index > 0) await together.#barrier.hasSeen({ role: "process", index: 0 });
      return together;
    } catch (error) {
      await together.leave(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  static async #meet(
    config: RunConfig,
    token: string | undefined,
    place: Place,
    say: (text: string) => void,
    onWord?: (word: Word) => void,
  ): Promise<Together> {
    const client = await connectClient(config, token);
    try {
      return new Together(await joinBarrier(client, config, place, say, onWord), client);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** From here on this process goes by the common clock; its workers do when their configurations hold what this returns. */
  agree(): NonNullable<RunConfig["together"]> {
    const { attempt, clockShift } = this.#barrier;
    shiftWall(clockShift);
    return { attempt, clockShift };
  }

  /** Ids of the other processes. */
  get others(): readonly string[] {
    return this.#barrier.others;
  }

  /** Tells the other processes of a scenario. */
  readonly tell: StartBarrier["tell"] = (word) => this.#barrier.tell(word);

  #rest<C extends RunConfig>(config: C, say: (text: string) => void): C {
    const { startAt } = this.#barrier;
    if (startAt === undefined) return config;
    const lateMs = Math.max(0, (machineMicros() - startAt) / 1000);
    const rest = remainderOf(config, lateMs);
    if (rest === undefined) {
      throw new BarrierError(
        "RunOver",
        `run '${config.runId}' is over: it began ${durationText(Math.round(lateMs))} ago`,
      );
    }
    const note = `joined the run ${(lateMs / 1000).toFixed(1)} s after its start`;
    this.notes.push(note);
    say(note);
    return rest;
  }

  /** How far this clock and any other of the run may be apart, microseconds. */
  readonly clockUncertainty = (): number => this.#barrier.clockUncertainty();

  /**
   * Waits until all are ready, and then for the common start.
   *
   * @throws {BarrierError} naming who is missing
   */
  async start(): Promise<void> {
    const startAt = await this.#barrier.ready();
    const left = (startAt - machineMicros()) / 1000;
    if (left > 0) await sleep(left);
  }

  /** @param reason why this process gives up, for the others to tell */
  async leave(reason?: string): Promise<void> {
    await this.#barrier.leave(reason);
    await this.#client.close();
  }
}

async function joinBarrier(
  client: PulsarClient,
  config: RunConfig,
  place: Place,
  say: (text: string) => void,
  onWord?: (word: Word) => void,
): Promise<StartBarrier> {
  const { runId, barrier, barrierTimeoutMs } = config;
  const id = `${place.role}-${place.index}-${crypto.randomUUID().slice(0, 8)}`;
  const channel = await openControlChannel(client, controlTopic(config.topic, runId), id);
  return await StartBarrier.join({
    channel,
    runId,
    place,
    id,
    parties: barrier,
    timeoutMs: barrierTimeoutMs,
    onProgress: (ready) => say(`${ready} of ${barrier} processes are ready`),
    onGone: ({ role, index }, reason) => say(`${role} ${index} gave up, and may be started again: ${reason}`),
    ...(onWord === undefined ? {} : { onWord }),
  });
}
