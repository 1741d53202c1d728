/**
 * The HTTP admin interface: topics, partitions, subscriptions, statistics.
 *
 * Source: Pulsar admin REST API v2.
 */
import { ClientError, InvalidNameError } from "./errors.ts";
import { parseTopic, type TopicName } from "./topic.ts";

/** The admin interface refused a request, or cannot be reached. */
export class AdminError extends ClientError {
  override readonly name = "AdminError";
  readonly isRetryable: boolean;
  /** `HTTP 404` …, or `Unreachable`. */
  readonly code: string;
  constructor(readonly status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = status === 0 ? "Unreachable" : `HTTP ${status}`;
    this.isRetryable = status === 0 || status >= 500;
  }
}

const MAX_REDIRECTS = 5;

export interface AdminOptions {
  /** `http://host:8080` or `https://…`. */
  readonly url: string;
  /** Bearer token, fetched for each request. */
  readonly token?: (() => Promise<string>) | undefined;
  readonly timeoutMs?: number | undefined;
  readonly fetch?: typeof fetch | undefined;
}

export interface SubscriptionStats {
  readonly msgBacklog: number;
  readonly unackedMessages: number;
  readonly type?: string;
  readonly msgRateOut: number;
  readonly msgRateRedeliver: number;
  readonly msgOutCounter: number;
  readonly bytesOutCounter: number;
  readonly consumers: readonly Readonly<Record<string, unknown>>[];
}

/** The fields that this client reads of the statistics of a topic, or of all its partitions together. */
export interface TopicStats {
  readonly msgInCounter: number;
  readonly bytesInCounter: number;
  readonly msgOutCounter: number;
  readonly bytesOutCounter: number;
  readonly msgRateIn: number;
  readonly msgThroughputIn: number;
  readonly averageMsgSize: number;
  readonly storageSize: number;
  readonly backlogSize: number;
  readonly publishers: readonly Readonly<Record<string, unknown>>[];
  readonly subscriptions: Readonly<Record<string, SubscriptionStats>>;
}

/** What a namespace can be given; undefined leaves it as it is. */
export interface NamespacePolicies {
  /** Of a new namespace. */
  readonly bundles?: number | undefined;
  readonly deduplication?: boolean | undefined;
  /** Of acknowledged messages; −1 = no limit. */
  readonly retention?: { readonly minutes: number; readonly megabytes: number } | undefined;
  readonly backlogQuota?: { readonly bytes: number; readonly policy: string } | undefined;
  /** Of unacknowledged messages. */
  readonly ttlSeconds?: number | undefined;
}

export class Admin {
  readonly #url: string;
  readonly #options: AdminOptions;

  /** @throws {InvalidNameError} when the URL is not http or https */
  constructor(options: AdminOptions) {
    if (!/^https?:\/\/[^/]+\/?$/.test(options.url)) {
      throw new InvalidNameError(
        `admin URL '${options.url}' is not valid: expected something like http://localhost:8080`,
      );
    }
    this.#url = options.url.replace(/\/$/, "");
    this.#options = options;
  }

  /** Number of partitions; 0 = not partitioned (or no such topic). */
  async partitions(topic: string): Promise<number> {
    try {
      const answer = await this.#json<{ partitions: number }>("GET", `${path(parseTopic(topic))}/partitions`);
      return answer.partitions;
    } catch (error) {
      if (error instanceof AdminError && error.status === 404) return 0;
      throw error;
    }
  }

  /** Creates a topic with `partitions` partitions, 0 for a plain one. An existing one is an error of status 409. */
  async createTopic(topic: string, partitions: number): Promise<void> {
    const name = parseTopic(topic);
    if (partitions === 0) await this.#call("PUT", path(name));
    else await this.#call("PUT", `${path(name)}/partitions`, partitions);
  }

  /**
   * Makes sure a topic has exactly this many partitions: creates it, or enlarges it.
   *
   * @throws {AdminError} when it has more, since partitions cannot be taken away
   */
  async ensurePartitions(topic: string, partitions: number): Promise<void> {
    const current = await this.partitions(topic);
    if (current === partitions) return;
    if (current > partitions) {
      throw new AdminError(
        409,
        `topic '${topic}' has ${current} partitions, '${partitions}' were asked for: partitions cannot be removed, ` +
          "choose another topic or delete this one",
      );
    }
    if (current > 0) await this.#call("POST", `${path(parseTopic(topic))}/partitions`, partitions);
    else await this.createTopic(topic, partitions);
  }

  /** Deletes a topic with all its partitions, even with connected clients. A topic that does not exist is no error. */
  async deleteTopic(topic: string): Promise<void> {
    const name = parseTopic(topic);
    const isPartitioned = await this.partitions(topic) > 0;
    try {
      await this.#call("DELETE", `${path(name)}${isPartitioned ? "/partitions" : ""}?force=true`);
    } catch (error) {
      if (!(error instanceof AdminError && error.status === 404)) throw error;
    }
  }

  async subscriptions(topic: string): Promise<string[]> {
    return await this.#json<string[]>("GET", `${path(parseTopic(topic))}/subscriptions`);
  }

  /** Creates a subscription at the end (or at the beginning) of a topic. */
  async createSubscription(
    topic: string,
    subscription: string,
    position: "latest" | "earliest",
  ): Promise<void> {
    const id = encodeURIComponent(subscription);
    await this.#call("PUT", `${path(parseTopic(topic))}/subscription/${id}`, position);
  }

  /** Deletes a subscription with its consumers connected. */
  async deleteSubscription(topic: string, subscription: string): Promise<void> {
    const id = encodeURIComponent(subscription);
    await this.#call("DELETE", `${path(parseTopic(topic))}/subscription/${id}?force=true`);
  }

  /**
   * Acknowledges, for one subscription, messages that were published more than `seconds` ago.
   *
   * @throws {AdminError} of status 409 where the broker finds none that old
   */
  async expireMessages(topic: string, subscription: string, seconds: number): Promise<void> {
    const id = encodeURIComponent(subscription);
    await this.#call("POST", `${path(parseTopic(topic))}/subscription/${id}/expireMessages/${seconds}`);
  }

  /** A topic, or all partitions of it, takes no more messages. */
  async terminate(topic: string): Promise<void> {
    const isPartitioned = await this.partitions(topic) > 0;
    await this.#call("POST", `${path(parseTopic(topic))}/terminate${isPartitioned ? "/partitions" : ""}`);
  }

  /** Gives up a topic with all its partitions, so that a broker loads it anew. */
  async unload(topic: string): Promise<void> {
    await this.#call("PUT", `${path(parseTopic(topic))}/unload`);
  }

  /** @param bundle such as `0x00000000_0x40000000`; all of them by default */
  async unloadNamespace(namespace: string, bundle?: string): Promise<void> {
    const part = bundle === undefined ? "" : `/${bundle}`;
    await this.#call("PUT", `/namespaces/${namespace}${part}/unload`);
  }

  /**
   * Creates a namespace where it does not exist, and gives it the policies that are named.
   *
   * @param namespace `tenant/namespace`
   */
  async ensureNamespace(namespace: string, policies: NamespacePolicies = {}): Promise<void> {
    const { bundles, ...others } = policies;
    try {
      await this.#call(
        "PUT",
        `/namespaces/${namespace}`,
        bundles === undefined ? undefined : { bundles: { numBundles: bundles } },
      );
    } catch (error) {
      if (!(error instanceof AdminError && error.status === 409)) throw error;
    }
    const set = (policy: string, value: unknown): Promise<string> =>
      this.#call("POST", `/namespaces/${namespace}/${policy}`, value);
    const { deduplication, retention, backlogQuota, ttlSeconds } = others;
    if (deduplication !== undefined) await set("deduplication", deduplication);
    if (retention !== undefined) {
      await set("retention", {
        retentionTimeInMinutes: retention.minutes,
        retentionSizeInMB: retention.megabytes,
      });
    }
    if (backlogQuota !== undefined) {
      const { bytes, policy } = backlogQuota;
      await set("backlogQuota?backlogQuotaType=destination_storage", {
        limitSize: bytes,
        limitTime: -1,
        policy,
      });
    }
    if (ttlSeconds !== undefined) await set("messageTTL", ttlSeconds);
  }

  /** Statistics of a topic; of a partitioned one, its partitions added up. */
  async stats(topic: string): Promise<TopicStats> {
    const name = parseTopic(topic);
    const isPartitioned = await this.partitions(topic) > 0;
    return await this.#json("GET", `${path(name)}/${isPartitioned ? "partitioned-stats" : "stats"}`);
  }

  async #json<T>(method: string, resource: string, body?: unknown): Promise<T> {
    const text = await this.#call(method, resource, body);
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const start = text.slice(0, 60);
      throw new AdminError(502, `${method} ${this.#url}${resource} answered '${start}', expected JSON`, {
        cause,
      });
    }
  }

  async #call(method: string, resource: string, body?: unknown): Promise<string> {
    const url = `${this.#url}/admin/v2${resource}`;
    const [response, text] = await this.#ask(method, url, body);
    if (response.ok) return text;
    throw new AdminError(
      response.status,
      `${method} ${url}: HTTP ${response.status}: ${reasonOf(text, response)}`,
    );
  }

  /** Follows redirects to the owner of a topic itself, because `fetch` would drop the token. */
  async #ask(method: string, first: string, body: unknown): Promise<[Response, string]> {
    const { token, timeoutMs = 30_000, fetch: ask = fetch } = this.#options;
    const headers: Record<string, string> = { "Content-Type": "application/json" };
    if (token !== undefined) headers["Authorization"] = `Bearer ${await token()}`;
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    try {
      let url = first;
      for (let redirects = 0;; redirects++) {
        const response = await ask(url, {
          method,
          headers,
          redirect: "manual",
          signal: abort.signal,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        const next = redirectOf(response, url);
        if (next === undefined || redirects === MAX_REDIRECTS) return [response, text];
        url = next;
      }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AdminError(0, `admin interface ${this.#url} cannot be reached: ${reason}`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

function redirectOf({ status, headers }: Response, from: string): string | undefined {
  const location = headers.get("location");
  if (location === null || ![301, 302, 307, 308].includes(status)) return undefined;
  const url = new URL(location, from);
  // The token is sent to the new address, so never from https to http.
  return url.protocol === "https:" || (url.protocol === "http:" && from.startsWith("http:"))
    ? url.href
    : undefined;
}

function path({ domain, namespace, local }: TopicName): string {
  return `/${domain}/${namespace}/${encodeURIComponent(local)}`;
}

function reasonOf(text: string, response: Response): string {
  if (response.status === 401 || response.status === 403) {
    return "the token is missing, wrong or lacks permission";
  }
  try {
    const { reason } = JSON.parse(text) as { reason?: string };
    if (typeof reason === "string") return reason.split("\n", 1)[0]!.slice(0, 300);
  } catch {
    // not JSON: an HTML error page of a proxy or of Jetty
  }
  return response.statusText || "no reason given";
}
