/**
 * A Pulsar broker inside this process: the binary protocol on a loopback port, everything in bounded memory,
 * nothing on disk.
 */
import { Server } from "../transport/server.ts";
import { formatAddress, type Transport } from "../transport/transport.ts";
import type { CommandBody, CommandName } from "../wire/command.ts";
import { AdminServer } from "./admin/admin_server.ts";
import { Connection } from "./protocol/connection.ts";
import { BrokerCore } from "./core.ts";
import { type Fault, type ImmediateFault, isOfTopic, type StandingFault } from "./faults.ts";
import { type BrokerHandle, BrokerHooks, type BrokerStats } from "./handle.ts";
import { type NamespacePolicies, parseChanges, parsePolicies } from "./namespace/policies.ts";
import * as operations from "./operations.ts";
import { type BrokerOptions, resolveOptions } from "./options.ts";
import { ReadBuffers } from "./io/read_buffers.ts";
import { Refusal } from "./refusal.ts";
import { removeConsumer } from "./protocol/session.ts";
import {
  type PartitionedTopicStats,
  Statistics,
  type TopicInternalStats,
  type TopicStats,
} from "./admin/statistics.ts";
import type { Topic } from "./topic/topic.ts";
import { parseTopicName } from "./topic_name.ts";

// Read buffers lie in memory that is never freed, so brokers of one thread share what is left over.
const readBuffers = new ReadBuffers();

export class EmbeddedBroker implements BrokerHandle {
  readonly hooks: BrokerHooks = new BrokerHooks((fault) => this.inject(fault));
  adminUrl = "";

  readonly #core: BrokerCore;
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #statistics = new Statistics();
  readonly #keepAlive: ReturnType<typeof setInterval>;
  readonly #policyChecks: ReturnType<typeof setInterval>;
  #server: Server | undefined;
  #admin: AdminServer | undefined;
  #accepting: Promise<void> = Promise.resolve();
  #isStopped = false;

  /**
   * A broker without ports: connections are handed to {@link accept}.
   *
   * @throws {RangeError} naming the option that cannot be
   */
  constructor(options: BrokerOptions = {}) {
    this.#core = new BrokerCore(resolveOptions(options));
    this.#keepAlive = setInterval(() => {
      for (const connection of this.#connections.keys()) connection.tick();
    }, this.#core.options.keepAliveMs);
    this.#policyChecks = setInterval(() => this.#core.applyPolicies(), this.#core.options.policyCheckMs);
  }

  /**
   * A broker that listens on loopback ports.
   *
   * @example
   * ```ts
   * import assert from "node:assert/strict";
   * import { EmbeddedBroker } from "./mod.ts";
   *
   * const broker = await EmbeddedBroker.start();
   * await broker.createPartitionedTopic("orders", 3); // clients connect to broker.serviceUrl
   * assert.equal((await broker.brokerStats()).topics, 3);
   * await broker.stop();
   * ```
   *
   * @throws {RangeError} naming the option that cannot be
   * @throws {TransportError} when a port cannot be had
   */
  static async start(options: BrokerOptions = {}): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker(options);
    try {
      broker.#listen();
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  get serviceUrl(): string {
    return this.#core.serviceUrl;
  }

  /** Serves a connection that was made by other means. */
  accept(transport: Transport): void {
    if (this.#isStopped) {
      transport.close();
      return;
    }
    const connection = new Connection(this.#core, transport, readBuffers);
    this.#connections.set(connection, connection.run().then(() => void this.#connections.delete(connection)));
  }

  // deno-lint-ignore require-await -- failures are rejections, as from a broker in a worker
  async createTopic(topic: string): Promise<void> {
    this.#core.createTopic(topic);
  }

  // deno-lint-ignore require-await -- as above
  async createPartitionedTopic(topic: string, partitions: number): Promise<void> {
    this.#core.setPartitions(topic, partitions);
  }

  // deno-lint-ignore require-await -- as above
  async deleteTopic(topic: string): Promise<boolean> {
    return this.#core.deleteTopic(topic);
  }

  // deno-lint-ignore require-await -- as above
  async terminate(topic: string): Promise<void> {
    const topics = this.#core.topicsUnder(topic);
    if (topics.length === 0) throw notFound(topic);
    for (const each of topics) this.#core.terminate(each);
  }

  // deno-lint-ignore require-await -- as above
  async listTopics(namespace: string): Promise<readonly string[]> {
    return operations.topicsIn(this.#core, namespace);
  }

  // deno-lint-ignore require-await -- as above
  async unload(topic: string): Promise<void> {
    operations.unloadTopic(this.#core, topic);
  }

  // deno-lint-ignore require-await -- as above
  async unloadNamespace(namespace: string, bundle?: string): Promise<void> {
    operations.unloadNamespace(this.#core, namespace, bundle);
  }

  // deno-lint-ignore require-await -- as above
  async expireMessages(topic: string, seconds: number, subscription?: string): Promise<number> {
    return operations.expireMessages(this.#core, topic, seconds, subscription);
  }

  // deno-lint-ignore require-await -- as above
  async deleteSubscription(topic: string, subscription: string, force = false): Promise<void> {
    operations.deleteSubscription(this.#core, topic, subscription, force);
  }

  // deno-lint-ignore require-await -- as above
  async createNamespace(namespace: string, policies: NamespacePolicies = {}): Promise<void> {
    this.#core.namespaces.create(namespace, parsePolicies(policies));
  }

  // deno-lint-ignore require-await -- as above
  async setPolicies(namespace: string, policies: NamespacePolicies): Promise<void> {
    operations.setPolicies(this.#core, namespace, parseChanges(policies));
  }

  // deno-lint-ignore require-await -- as above
  async stats(topic: string): Promise<TopicStats> {
    return this.#statistics.topic(this.#find(topic));
  }

  // deno-lint-ignore require-await -- as above
  async partitionedStats(topic: string): Promise<PartitionedTopicStats> {
    if (!this.#core.partitioned.has(parseTopicName(topic).full)) throw notFound(topic);
    return this.#statistics.partitioned(this.#core.topicsUnder(topic));
  }

  // deno-lint-ignore require-await -- as above
  async internalStats(topic: string): Promise<TopicInternalStats> {
    return this.#statistics.internal(this.#find(topic));
  }

  // deno-lint-ignore require-await -- as above
  async brokerStats(): Promise<BrokerStats> {
    const { options, pool, stalls, topics, internalError } = this.#core;
    const largest = [...topics.values()].reduce<Topic | undefined>(
      (most, topic) => topic.log.bytes > (most?.log.bytes ?? 0) ? topic : most,
      undefined,
    );
    return {
      mode: options.mode,
      connections: this.#connections.size,
      topics: topics.size,
      backlogBytes: pool.held,
      peakBacklogBytes: pool.peak,
      maxBacklogBytes: options.maxBacklogBytes,
      stalls,
      stalledNow: pool.waiting,
      largestTopic: largest && { name: largest.name.full, bytes: largest.log.bytes },
      internalError: internalError === undefined ? undefined : describe(internalError),
    };
  }

  // deno-lint-ignore require-await -- as above
  async inject(fault: Fault): Promise<number> {
    if (isStanding(fault)) {
      this.#core.faults.arm(fault);
      return 0;
    }
    if (fault.kind === "clear") {
      this.#core.faults.clear();
      return 0;
    }
    return this.#injectNow(fault, fault.topic === undefined ? undefined : parseTopicName(fault.topic).full);
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    clearInterval(this.#keepAlive);
    clearInterval(this.#policyChecks);
    this.#server?.close();
    const ends = [...this.#connections.values()];
    for (const connection of [...this.#connections.keys()]) connection.close();
    await Promise.all([...ends, this.#accepting, this.#admin?.stop()]);
    for (const topic of this.#core.topics.values()) topic.dispose();
    this.#core.topics.clear();
  }

  #listen(): void {
    const { host, port, adminPort, tls, tokens } = this.#core.options;
    const server = new Server({ host, port, tls });
    this.#server = server;
    this.#core.serviceUrl = `${tls === undefined ? "pulsar" : "pulsar+ssl"}://${formatAddress(server)}`;
    this.#accepting = this.#acceptAll(server);
    this.#admin = new AdminServer(this.#core, this.#statistics, { host, port: adminPort, tokens });
    this.adminUrl = this.#admin.url;
  }

  async #acceptAll(server: Server): Promise<void> {
    try {
      for await (const transport of server) this.accept(transport);
    } catch {
      // The port can take no more connections, as without file descriptors; those that are there go on.
      server.close();
    }
  }

  #find(topic: string): Topic {
    const found = this.#core.existingTopic(topic);
    if (found === undefined) throw notFound(topic);
    return found;
  }

  #injectNow(fault: Exclude<ImmediateFault, { kind: "clear" }>, topic: string | undefined): number {
    let count = 0;
    for (const connection of [...this.#connections.keys()]) {
      if (fault.kind === "closeProducers") count += closeProducers(connection, topic, fault.assignedUrl);
      else if (fault.kind === "closeConsumers") {
        count += closeConsumers(this.#core, connection, topic, fault.assignedUrl);
      } else if (concerns(connection, topic, fault.kind === "dropConnections" ? fault.of : undefined)) {
        count++;
        if (fault.kind === "dropConnections") connection.close();
        else if (fault.kind === "stallReads") connection.stall(fault.ms);
        else if (fault.kind === "sendBytes") connection.sendBytes(fault.bytes);
        // The hook's type ties the body to the command; over the worker boundary that is lost.
        else connection.send(fault.command, fault.body as CommandBody<CommandName>);
      }
    }
    this.#core.dispatch();
    return count;
  }
}

function isStanding(fault: Fault): fault is StandingFault {
  return ["fail", "forgetReceipts", "corruptDeliveries", "delayReceipts", "answerLookup"].includes(
    fault.kind,
  );
}

function concerns(
  connection: Connection,
  topic: string | undefined,
  of: "producers" | "consumers" | undefined,
): boolean {
  if (topic === undefined && of === undefined) return true;
  const isWanted = (attached: { readonly topic: Topic }): boolean =>
    topic === undefined || isOfTopic(attached.topic.name.full, topic);
  return (of !== "consumers" && [...connection.producers.values()].some(isWanted)) ||
    (of !== "producers" && [...connection.consumers.values()].some(isWanted));
}

function closeProducers(connection: Connection, topic: string | undefined, url: string | undefined): number {
  const wanted = [...connection.producers].filter(([, attached]) =>
    topic === undefined || isOfTopic(attached.topic.name.full, topic)
  );
  for (const [id] of wanted) connection.closeProducer(id, url);
  return wanted.length;
}

function closeConsumers(
  core: BrokerCore,
  connection: Connection,
  topic: string | undefined,
  url: string | undefined,
): number {
  const wanted = [...connection.consumers].filter(([, attached]) =>
    topic === undefined || isOfTopic(attached.topic.name.full, topic)
  );
  for (const [id, attached] of wanted) {
    removeConsumer(core, attached);
    connection.closeConsumer(id, url);
  }
  return wanted.length;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

function notFound(topic: string): Refusal {
  return new Refusal("TopicNotFound", `topic '${topic}' does not exist`);
}
