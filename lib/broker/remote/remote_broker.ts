/** The handle that the main thread holds of a broker in a worker of its own. */
import { serverErrorCode, type ServerErrorName } from "../../wire/enums.ts";
import { TransportError, type TransportErrorCode } from "../../transport/errors.ts";
import type { Fault } from "../faults.ts";
import { type BrokerHandle, BrokerHooks, type BrokerStats } from "../handle.ts";
import type { NamespacePolicies } from "../namespace/policies.ts";
import type { BrokerOptions } from "../options.ts";
import { Refusal } from "../refusal.ts";
import type { PartitionedTopicStats, TopicInternalStats, TopicStats } from "../admin/statistics.ts";
import type { FromWorker, RemoteMethod, SentError, ToWorker } from "./messages.ts";

/** Passes each call on to the worker, and its answer back. */
class RemoteBroker implements BrokerHandle {
  readonly serviceUrl: string;
  readonly adminUrl: string;
  readonly hooks: BrokerHooks = new BrokerHooks((fault) => this.inject(fault));
  readonly #worker: Worker;
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 0;
  #ended: Error | undefined;

  constructor(worker: Worker, serviceUrl: string, adminUrl: string) {
    this.#worker = worker;
    this.serviceUrl = serviceUrl;
    this.adminUrl = adminUrl;
    worker.onmessage = (event: MessageEvent<FromWorker>) => this.#receive(event.data);
    worker.onerror = (event: ErrorEvent) => {
      event.preventDefault();
      this.#end(new Error(`the embedded broker's worker failed: ${event.message}`));
    };
  }

  createTopic(topic: string): Promise<void> {
    return this.#call("createTopic", topic);
  }
  createPartitionedTopic(topic: string, partitions: number): Promise<void> {
    return this.#call("createPartitionedTopic", topic, partitions);
  }
  deleteTopic(topic: string): Promise<boolean> {
    return this.#call("deleteTopic", topic);
  }
  terminate(topic: string): Promise<void> {
    return this.#call("terminate", topic);
  }
  listTopics(namespace: string): Promise<readonly string[]> {
    return this.#call("listTopics", namespace);
  }
  unload(topic: string): Promise<void> {
    return this.#call("unload", topic);
  }
  unloadNamespace(namespace: string, bundle?: string): Promise<void> {
    return this.#call("unloadNamespace", namespace, bundle);
  }
  expireMessages(topic: string, seconds: number, subscription?: string): Promise<number> {
    return this.#call("expireMessages", topic, seconds, subscription);
  }
  deleteSubscription(topic: string, subscription: string, force?: boolean): Promise<void> {
    return this.#call("deleteSubscription", topic, subscription, force);
  }
  createNamespace(namespace: string, policies?: NamespacePolicies): Promise<void> {
    return this.#call("createNamespace", namespace, policies);
  }
  setPolicies(namespace: string, policies: NamespacePolicies): Promise<void> {
    return this.#call("setPolicies", namespace, policies);
  }
  stats(topic: string): Promise<TopicStats> {
    return this.#call("stats", topic);
  }
  partitionedStats(topic: string): Promise<PartitionedTopicStats> {
    return this.#call("partitionedStats", topic);
  }
  internalStats(topic: string): Promise<TopicInternalStats> {
    return this.#call("internalStats", topic);
  }
  brokerStats(): Promise<BrokerStats> {
    return this.#call("brokerStats");
  }
  inject(fault: Fault): Promise<number> {
    return this.#call("inject", fault);
  }

  async stop(): Promise<void> {
    if (this.#ended !== undefined) return;
    await this.#call("stop");
    this.#end(new Error("the embedded broker was stopped"));
  }

  #call<T>(method: RemoteMethod, ...parameters: readonly unknown[]): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const pending = Promise.withResolvers<unknown>();
    this.#calls.set(id, pending);
    this.#worker.postMessage({ kind: "call", id, method, parameters } satisfies ToWorker);
    // The worker answers with what the method of the same name returned.
    return pending.promise as Promise<T>;
  }

  #receive(message: FromWorker): void {
    if (message.kind !== "result" && message.kind !== "error") return;
    const pending = this.#calls.get(message.id);
    this.#calls.delete(message.id);
    if (message.kind === "result") pending?.resolve(message.value);
    else pending?.reject(revive(message.error));
  }

  #end(reason: Error): void {
    this.#ended = reason;
    this.#worker.terminate();
    for (const pending of this.#calls.values()) pending.reject(reason);
    this.#calls.clear();
  }
}

/**
 * Starts a broker in a worker of its own, so that it takes no time from the calling thread. The worker inherits the
 * permission to listen on 127.0.0.1, which it needs.
 *
 * @throws {RangeError} naming the option that cannot be
 * @throws {TransportError} when a port cannot be had
 */
export async function startBrokerInWorker(options: BrokerOptions = {}): Promise<BrokerHandle> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
    name: "broker",
  });
  const started = Promise.withResolvers<RemoteBroker>();
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === "started") started.resolve(new RemoteBroker(worker, data.serviceUrl, data.adminUrl));
    else if (data.kind === "failed") started.reject(revive(data.error));
  };
  worker.onerror = (event: ErrorEvent) => {
    event.preventDefault();
    started.reject(new Error(`the embedded broker's worker did not start: ${event.message}`));
  };
  worker.postMessage({ kind: "start", options } satisfies ToWorker);
  try {
    return await started.promise;
  } catch (error) {
    worker.terminate();
    throw error;
  }
}

function revive({ name, message, code }: SentError): Error {
  if (name === "Refusal" && code !== undefined && serverErrorCode(code as ServerErrorName) >= 0) {
    return new Refusal(code as ServerErrorName, message);
  }
  if (name === "TransportError") return new TransportError(code as TransportErrorCode, message);
  return name === "RangeError" ? new RangeError(message) : new Error(message);
}
