/** The few calls of Pulsar's HTTP admin interface that tests need to set a stage and to look behind it. */

/** An answer outside 2xx; `status` is the HTTP status. */
export class AdminCallError extends Error {
  override readonly name = "AdminCallError";
  readonly code = "ADMIN_CALL_FAILED";
  readonly status: number;
  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${body.slice(0, 500)}`);
    this.status = status;
  }
}

/** What tests read of a topic's statistics; the broker sends much more. */
export interface TopicStats {
  readonly msgInCounter: number;
  readonly bytesInCounter: number;
  readonly backlogSize: number;
  readonly publishers: readonly { readonly producerName: string; readonly address: string }[];
  readonly subscriptions: Readonly<
    Record<string, {
      /** Entries (a batch is one) that are not acknowledged. */
      readonly msgBacklog: number;
      /** Messages dispatched to consumers. */
      readonly msgOutCounter: number;
      readonly unackedMessages: number;
      readonly type: string;
      readonly consumers: readonly { readonly consumerName: string; readonly availablePermits: number }[];
    }>
  >;
}

/** What tests read of a topic's stored entries. */
export interface TopicInternalStats {
  /** Entries ever written, a batch being one. */
  readonly entriesAddedCounter: number;
  /** Entries stored now. */
  readonly numberOfEntries: number;
  readonly lastConfirmedEntry: string;
  readonly state: string;
}

/**
 * Topics are given short (`orders`: `persistent://public/default/orders`) or in full.
 */
export class BrokerAdmin {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Namespaces of the tenant `public`. */
  async namespaces(): Promise<string[]> {
    return await this.#json("GET", "namespaces/public") as string[];
  }

  /** @param name e.g. `public/strict` */
  async createNamespace(name: string): Promise<void> {
    await this.call("PUT", `namespaces/${name}`);
  }

  async createTopic(topic: string): Promise<void> {
    await this.call("PUT", topicPath(topic));
  }

  async createPartitionedTopic(topic: string, partitions: number): Promise<void> {
    await this.call("PUT", `${topicPath(topic)}/partitions`, partitions);
  }

  /** Adds partitions to a partitioned topic. */
  async setPartitions(topic: string, partitions: number): Promise<void> {
    await this.call("POST", `${topicPath(topic)}/partitions`, partitions);
  }

  /** Deletes a topic with its data, whoever is connected. */
  async deleteTopic(topic: string): Promise<void> {
    await this.call("DELETE", `${topicPath(topic)}?force=true`);
  }

  async deletePartitionedTopic(topic: string): Promise<void> {
    await this.call("DELETE", `${topicPath(topic)}/partitions?force=true`);
  }

  /** Seals a topic: no message can be added any more. */
  async terminate(topic: string): Promise<void> {
    await this.call("POST", `${topicPath(topic)}/terminate`);
  }

  /** Makes a durable subscription that starts with the oldest message, so that nothing is trimmed from now on. */
  async createSubscription(topic: string, subscription: string): Promise<void> {
    await this.call(
      "PUT",
      `${topicPath(topic)}/subscription/${encodeURIComponent(subscription)}`,
      "earliest",
    );
  }

  /** Closes all producers and consumers of a topic and gives it up, as when its bundle moves. */
  async unload(topic: string): Promise<void> {
    await this.call("PUT", `${topicPath(topic)}/unload`);
  }

  /** Starts a compaction of a topic; returns at once. */
  async compact(topic: string): Promise<void> {
    await this.call("PUT", `${topicPath(topic)}/compaction`);
  }

  async stats(topic: string): Promise<TopicStats> {
    return await this.#json("GET", `${topicPath(topic)}/stats`) as TopicStats;
  }

  async internalStats(topic: string): Promise<TopicInternalStats> {
    return await this.#json("GET", `${topicPath(topic)}/internalStats`) as TopicInternalStats;
  }

  /** Switches deduplication by producer name and sequence id on or off for a namespace. */
  async setDeduplication(namespace: string, enabled: boolean): Promise<void> {
    await this.call("POST", `namespaces/${namespace}/deduplication`, enabled);
  }

  /** Text of the Prometheus endpoint. */
  async metrics(): Promise<string> {
    const response = await fetch(`${this.#url}/metrics/`, { headers: this.#headers });
    return await response.text();
  }

  /**
   * Any call under `/admin/v2/`.
   *
   * @throws {AdminCallError} If the answer is not 2xx
   */
  async call(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(`${this.#url}/admin/v2/${path}`, {
      method,
      headers: body === undefined ? this.#headers : { ...this.#headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new AdminCallError(`${method} ${path}`, response.status, text);
    return text;
  }

  async #json(method: string, path: string): Promise<unknown> {
    return JSON.parse(await this.call(method, path));
  }
}

function topicPath(topic: string): string {
  const full = /^(persistent|non-persistent):\/\/([^/]+)\/([^/]+)\/(.+)$/.exec(topic);
  if (full === null) return `persistent/public/default/${encodeURIComponent(topic)}`;
  const [, domain, tenant, namespace, name] = full;
  return `${domain}/${tenant}/${namespace}/${encodeURIComponent(name!)}`;
}
