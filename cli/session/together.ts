/** A process among several of one run: its share of the load, its place at the barrier, and the common start. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import { remainderOf, shareOf } from "../../lib/config/share.ts";
import { durationText } from "../../lib/config/units.ts";
import { controlTopic, openControlChannel } from "../../lib/load/barrier/channel.ts";
import { BarrierError, StartBarrier } from "../../lib/load/barrier/start_barrier.ts";
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
    const client = await connectClient(config, token);
    try {
      const together = new Together(await joinBarrier(client, config, say), client);
      return { config: together.#agree(together.#rest(share, say)), together };
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** From here on this process and its workers go by the common clock. */
  #agree<C extends RunConfig>(config: C): C {
    const { attempt, clockShift } = this.#barrier;
    shiftWall(clockShift);
    return { ...config, together: { attempt, clockShift } };
  }

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
  say: (text: string) => void,
): Promise<StartBarrier> {
  const { role, runId, instance, instances, barrier, barrierTimeoutMs } = config;
  const id = `${role}-${instance}-${crypto.randomUUID().slice(0, 8)}`;
  const channel = await openControlChannel(client, controlTopic(config.topic, runId), id);
  return await StartBarrier.join({
    channel,
    runId,
    place: { role, index: instance, of: instances },
    id,
    parties: barrier,
    timeoutMs: barrierTimeoutMs,
    onProgress: (ready) => say(`${ready} of ${barrier} processes are ready`),
  });
}
