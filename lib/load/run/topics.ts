/** The topics of a run: made as asked for, and listed by partition. */
import type { CommonConfig, ConsumerConfig, RunConfig } from "../../config/run_config.ts";
import { partitionShare } from "../../config/share.ts";
import {
  Admin,
  AdminError,
  Backoff,
  isRefusedForNow,
  MessageId,
  type PulsarClient,
  TransportError,
} from "../../client/mod.ts";
import { eachOf } from "../../transport/each_of.ts";
import { sleep } from "../../transport/timing.ts";
import { SubType } from "../../wire/enums.ts";
import type { RunLog } from "./log.ts";
import type { RunOptions } from "./types.ts";
import { connectClient, tlsOf, tokenSource } from "../worker/connect_client.ts";

/**
 * The admin interface, when the configuration names one, with the authorities and the certificate that the brokers are
 * met with; its requests end with the signal.
 */
export async function adminOf(
  config: CommonConfig,
  token: string | undefined,
  ended: AbortSignal,
): Promise<Admin | undefined> {
  if (config.adminUrl === undefined) return undefined;
  const client = config.adminUrl.startsWith("https:") ? await httpClient(config) : undefined;
  if (client !== undefined) ended.addEventListener("abort", () => client.close());
  return new Admin({
    url: config.adminUrl,
    token: tokenSource(config, token),
    fetch: (...args) => {
      const request = new Request(...args);
      const signal = AbortSignal.any([ended, request.signal]);
      return fetch(request, { signal, ...(client === undefined ? {} : { client }) });
    },
  });
}

async function httpClient(config: CommonConfig): Promise<Deno.HttpClient> {
  const { caCerts, identity } = await tlsOf(config);
  return Deno.createHttpClient({ caCerts: [...caCerts], ...identity });
}

/** Questions about topics that are asked at the same time. */
const AT_ONCE = 32;

/** A topic that does not have the partitions it should have, and no way to give them to it. */
export class TopicError extends Error {
  override readonly name = "TopicError";
  readonly code = "Topic";
}

/** The topics of a run, as it names them. */
export interface NamedTopics {
  /** Partitioned ones without partition. */
  readonly names: readonly string[];
  /**
   * Whose they are among several processes: `partitioned`, each takes some of the partitions; `own`, nobody else is on
   * them; `shared`, others are on all of them too.
   */
  readonly among: "partitioned" | "own" | "shared";
}

export function namedTopics({ topics, config }: Pick<RunOptions, "topics" | "config">): NamedTopics {
  if (topics === undefined) return { names: [config.topic], among: "partitioned" };
  return { names: topics.names, among: topics.areShared ? "shared" : "own" };
}

/**
 * Prepares and lists the topics of a run. Where opening is measured, the connections of another group may fill the
 * broker just now: what it refuses for now is asked again, up to the operation timeout. One that nobody can reach at all
 * is told at once.
 *
 * @param ended fires when the run has ended and nothing of it must be left behind
 * @param onRefused told of each attempt that will be made again; without it there is only one
 */
export async function resolveTopics(
  config: RunConfig,
  named: NamedTopics,
  token: string | undefined,
  ended: AbortSignal,
  onRefused?: (error: unknown) => void,
): Promise<ResolvedTopics> {
  const backoff = new Backoff();
  const deadline = performance.now() + config.operationTimeoutMs;
  for (;;) {
    try {
      return await resolveOnce(config, named, token, ended);
    } catch (error) {
      const wait = backoff.next();
      const isFinal = error instanceof TransportError || !isRefusedForNow(error) || ended.aborted ||
        performance.now() + wait > deadline;
      if (onRefused === undefined || isFinal) throw error;
      onRefused(error);
      await sleep(wait, ended);
    }
  }
}

interface ResolvedTopics {
  readonly topics: readonly string[];
  readonly admin: Admin | undefined;
}

/**
 * Does it over a connection of its own, and moves the subscription if it is to be moved: before any worker is there, to
 * whom what came earlier would come twice.
 */
async function resolveOnce(
  config: RunConfig,
  named: NamedTopics,
  token: string | undefined,
  ended: AbortSignal,
): Promise<ResolvedTopics> {
  const admin = await adminOf(config, token, ended);
  const client = await connectClient(config, token);
  try {
    const prepared = await eachOf(
      named.names,
      AT_ONCE,
      (topic) => prepareTopic(config, topic, client, admin),
    );
    const topics = named.among === "partitioned" ? shareTopics(config, prepared.flat()) : prepared.flat();
    if (config.role === "consumer" && !ended.aborted && isMover(config, named)) {
      await seek(config, client, topics);
    }
    return { topics, admin };
  } finally {
    await client.close();
  }
}

/**
 * The topics of a run as they are now, which may be more than at its beginning.
 *
 * @param ended fires when nobody wants to know any more
 */
export async function listTopics(
  config: RunConfig,
  { names, among }: NamedTopics,
  token: string | undefined,
  ended: AbortSignal,
): Promise<readonly string[]> {
  const client = await connectClient(config, token);
  const close = (): void => void client.close();
  ended.addEventListener("abort", close);
  try {
    ended.throwIfAborted();
    const listed = await eachOf(names, AT_ONCE, (topic) => client.partitionTopics(topic));
    return among === "partitioned" ? partitionShare(config, listed.flat()) : listed.flat();
  } finally {
    ended.removeEventListener("abort", close);
    await client.close();
  }
}

/** A process that comes back goes on where it was, and what processes share is moved by one of them. */
function isMover(
  { subscriptionType, instance, together }: ConsumerConfig,
  { among }: NamedTopics,
): boolean {
  const areShared = among === "shared" || (among === "partitioned" && subscriptionType !== "exclusive");
  return (together?.attempt ?? 0) === 0 && (!areShared || instance === 0);
}

async function seek(config: ConsumerConfig, client: PulsarClient, topics: readonly string[]): Promise<void> {
  const { seek, subscription, subscriptionType } = config;
  if (seek === undefined) return;
  const target = seek === "earliest"
    ? MessageId.earliest
    : seek === "latest"
    ? MessageId.latest
    : { publishTimeMs: seek };
  for (const topic of topics) {
    const consumer = await client.createEntryConsumer({
      topic,
      subscription,
      type: SubType[subscriptionType],
      // One message at most comes here, and goes back unacknowledged.
      receiverQueue: 1,
      onEntry: () => {},
    });
    await consumer.seek(target);
    await consumer.close();
  }
}

/**
 * Makes sure the topic has the configured partitions and lists what to connect to: the topic, or its partitions.
 *
 * @throws {TopicError} when it has others and there is no admin URL to change that
 */
async function prepareTopic(
  { partitions }: CommonConfig,
  topic: string,
  client: PulsarClient,
  admin: Admin | undefined,
): Promise<string[]> {
  if (partitions > 0) {
    if (admin !== undefined) await ensurePartitions(admin, topic, partitions);
    else {
      const current = await client.partitions(topic);
      if (current !== partitions) {
        const has = current === 0 ? "is not partitioned" : `has ${current} partitions`;
        throw new TopicError(
          `topic '${topic}' ${has}, '${partitions}' were asked for: give --admin-url so that they can be made`,
        );
      }
    }
  }
  return await client.partitionTopics(topic);
}

/** Several processes of a run may be at it at the same moment: one of them makes the topic, the others find it made. */
async function ensurePartitions(admin: Admin, topic: string, partitions: number): Promise<void> {
  try {
    await admin.ensurePartitions(topic, partitions);
  } catch (error) {
    const isMade = error instanceof AdminError && error.status === 409;
    if (!isMade || await admin.partitions(topic) !== partitions) throw error;
  }
}

/**
 * Of a topic's partitions, those that this process connects to.
 *
 * @throws {TopicError} when none is left for it
 */
function shareTopics(config: RunConfig, topics: readonly string[]): readonly string[] {
  const share = partitionShare(config, topics);
  if (share.length > 0) return share;
  throw new TopicError(
    `instance '${config.instance}' has no partition to read: '${config.topic}' has ${topics.length}, and an exclusive ` +
      "subscription takes one consumer for each; use fewer --instances or another --subscription-type",
  );
}

/** An exclusive subscription has one consumer; more workers could only fail. */
export function allowedWorkers(config: RunConfig, wanted: number, log: RunLog): number {
  if (config.role !== "consumer" || config.subscriptionType !== "exclusive" || wanted === 1) return wanted;
  log.add("warn", `an exclusive subscription takes one consumer: 1 worker, not ${wanted}`);
  return 1;
}
