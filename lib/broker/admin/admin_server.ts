/**
 * The part of Pulsar's HTTP admin interface that a load test needs.
 * Source: Pulsar admin REST API v2; errors are `{"reason": …}` with the same status codes.
 */
import { type HttpAnswer, type HttpRequest, HttpServer } from "../../transport/http_server.ts";
import { listenError } from "../../transport/server.ts";
import { formatAddress } from "../../transport/transport.ts";
import type { BrokerCore } from "../core.ts";
import { Refusal } from "../refusal.ts";
import type { Statistics } from "./statistics.ts";
import type { Subscription } from "../subscription/subscription.ts";
import { SubType } from "../../wire/enums.ts";
import type { Topic } from "../topic/topic.ts";
import { parseTopicName } from "../topic_name.ts";

/** An answer outside 2xx. */
class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly code: number;
  constructor(status: number, message: string) {
    super(message);
    this.code = status;
  }
}

const TOPIC_PATH = /^persistent\/([^/]+)\/([^/]+)\/([^/]+)(?:\/(.+))?$/;
const NAMESPACE_PATH = /^persistent\/([^/]+)\/([^/]+?)(\/partitioned)?$/;
const SUBSCRIPTION_PATH = /^subscription\/([^/]+)(?:\/(skip_all))?$/;

export interface AdminServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Whoever has none of these is refused; undefined lets everybody in. */
  readonly tokens: readonly string[] | undefined;
}

/** Bodies are a number of partitions or a position: a few dozen bytes. */
const MOST_BODY_BYTES = 64 * 1024;

export class AdminServer {
  readonly url: string;
  readonly #core: BrokerCore;
  readonly #statistics: Statistics;
  readonly #tokens: readonly string[] | undefined;
  readonly #server: HttpServer;

  /** @throws {TransportError} `AddressInUse`, `PermissionDenied` or `InvalidAddress` */
  constructor(
    core: BrokerCore,
    statistics: Statistics,
    { host, port, tokens }: AdminServerOptions,
  ) {
    this.#core = core;
    this.#statistics = statistics;
    this.#tokens = tokens;
    try {
      this.#server = new HttpServer({
        host,
        port,
        maxBodyBytes: MOST_BODY_BYTES,
        answer: (request) => this.#answer(request),
      });
    } catch (cause) {
      throw listenError(formatAddress({ host, port }), cause);
    }
    this.url = `http://${formatAddress({ host, port: this.#server.port })}`;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  #answer(request: HttpRequest): HttpAnswer {
    try {
      this.#checkToken(request);
      const { method, path, body } = request;
      if (!path.startsWith("/admin/v2/")) throw new HttpProblem(404, `there is nothing at '${path}'`);
      const known = method === "HEAD" ? "GET" : method;
      const answer = this.#route(known, path.slice("/admin/v2/".length).replace(/\/$/, ""), body);
      if (answer === undefined) return { status: 204, body: "" };
      return typeof answer === "string" ? { status: 200, body: answer } : json(200, answer);
    } catch (error) {
      return json(statusOf(error), { reason: error instanceof Error ? error.message : String(error) });
    }
  }

  #checkToken(request: HttpRequest): void {
    if (this.#tokens === undefined) return;
    const token = /^Bearer (.+)$/.exec(request.header("authorization"))?.[1];
    if (token === undefined || !this.#tokens.includes(token)) {
      throw new HttpProblem(401, "HTTP 401 Unauthorized");
    }
  }

  #route(method: string, path: string, body: string): unknown {
    if (method === "GET" && path === "brokers/health") return "ok";
    if (method === "GET" && path === "clusters") return ["embedded"];
    if (method === "GET" && path === "tenants") return ["public"];
    const tenant = /^namespaces\/([^/]+)$/.exec(path)?.[1];
    if (method === "GET" && tenant !== undefined) return this.#namespaces(tenant);
    const topic = TOPIC_PATH.exec(path);
    if (topic !== null && topic[3] !== "partitioned") {
      const [, owner, namespace, local, rest] = topic;
      const name = `persistent://${owner}/${namespace}/${decode(local!)}`;
      return this.#topicRoute(method, name, rest ?? "", body);
    }
    const namespace = NAMESPACE_PATH.exec(path);
    if (method === "GET" && namespace !== null) {
      const names = namespace[3] === undefined ? this.#core.topics.keys() : this.#core.partitioned.keys();
      const wanted = `${namespace[1]}/${namespace[2]}`;
      return [...names].filter((each) => parseTopicName(each).namespace === wanted);
    }
    throw new HttpProblem(404, `${method} /admin/v2/${path} is not part of the embedded broker's interface`);
  }

  #topicRoute(method: string, name: string, rest: string, body: string): unknown {
    const core = this.#core;
    switch (`${method} ${rest}`) {
      case "PUT ":
        core.createTopic(name);
        return undefined;
      case "DELETE ":
      case "DELETE partitions":
        if (!core.deleteTopic(name)) throw notFound(name);
        return undefined;
      case "GET partitions":
        return { partitions: this.#partitions(name) };
      case "PUT partitions":
        if (core.partitioned.has(parseTopicName(name).full)) {
          throw new HttpProblem(409, "This topic already exists");
        }
        core.setPartitions(name, wholeNumber(body));
        return undefined;
      case "POST partitions":
        if (!core.partitioned.has(parseTopicName(name).full)) throw notFound(name);
        core.setPartitions(name, wholeNumber(body));
        return undefined;
      case "GET stats":
        return this.#statistics.topic(this.#topic(name));
      case "GET internalStats":
        return this.#statistics.internal(this.#topic(name));
      case "GET partitioned-stats":
        if (!core.partitioned.has(parseTopicName(name).full)) throw notFound(name);
        return this.#statistics.partitioned(core.topicsUnder(name));
      case "GET subscriptions":
        return [...new Set(this.#topics(name).flatMap((topic) => [...topic.subscriptions.keys()]))];
      case "POST terminate": {
        const topic = this.#topic(name);
        core.terminate(topic);
        return { ledgerId: topic.log.ledgerId, entryId: topic.log.next - 1, partitionIndex: topic.partition };
      }
    }
    const subscription = SUBSCRIPTION_PATH.exec(rest);
    if (subscription === null) {
      throw new HttpProblem(404, `${method} ${rest} is not part of the embedded broker's interface`);
    }
    this.#subscriptionRoute(method, name, decode(subscription[1]!), subscription[2], body);
    return undefined;
  }

  #subscriptionRoute(method: string, name: string, id: string, rest: string | undefined, body: string): void {
    const existing = (topic: Topic): Subscription => {
      const found = topic.subscriptions.get(id);
      if (found === undefined) {
        throw new HttpProblem(404, `Subscription '${id}' not found for topic '${name}'`);
      }
      return found;
    };
    if (method === "PUT" && rest === undefined) {
      const topics = this.#topics(name, true);
      if (topics.some((topic) => topic.subscriptions.has(id))) {
        throw new HttpProblem(409, "Subscription already exists for topic");
      }
      const isEarliest = body.trim() !== "" && (JSON.parse(body) as { ledgerId?: number }).ledgerId === -1;
      for (const topic of topics) {
        const start = isEarliest ? topic.log.first : topic.log.next;
        topic.createSubscription(id, { type: SubType.exclusive, isDurable: true, isSticky: false, start });
      }
    } else if (method === "DELETE" && rest === undefined) {
      for (const topic of this.#topics(name)) {
        topic.closeConsumers(existing(topic));
        topic.deleteSubscription(id);
      }
    } else if (method === "POST" && rest === "skip_all") {
      for (const topic of this.#topics(name)) {
        topic.closeConsumers(existing(topic));
        existing(topic).seek(topic.log.next);
      }
    } else throw new HttpProblem(405, `${method} is not possible here`);
  }

  #partitions(name: string): number {
    const { full } = parseTopicName(name);
    const known = this.#core.partitioned.get(full);
    if (known === undefined && !this.#core.topics.has(full)) throw notFound(name);
    return known ?? 0;
  }

  #topic(name: string): Topic {
    const topic = this.#core.existingTopic(name);
    if (topic === undefined) throw notFound(name);
    return topic;
  }

  #topics(name: string, mayCreate = false): Topic[] {
    const topics = this.#core.topicsUnder(name);
    if (topics.length > 0) return topics;
    if (mayCreate) return [this.#core.topic(name)];
    throw notFound(name);
  }

  #namespaces(tenant: string): string[] {
    const names = [...this.#core.topics.values()].map((topic) => topic.name.namespace);
    return [...new Set(["public/default", ...names])].filter((name) => name.startsWith(`${tenant}/`));
  }
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

function notFound(name: string): HttpProblem {
  return new HttpProblem(404, `Topic ${name} not found`);
}

function statusOf(error: unknown): number {
  if (error instanceof HttpProblem) return error.code;
  if (error instanceof SyntaxError || error instanceof RangeError) return 400;
  if (!(error instanceof Refusal)) return 500;
  if (error.code === "NotAllowedError") return 409;
  return error.code === "TopicNotFound" ? 404 : 412;
}

function wholeNumber(body: string): number {
  const value: unknown = JSON.parse(body);
  if (typeof value === "number") return value;
  throw new RangeError(`the body is '${body}', but a number of partitions is needed`);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new HttpProblem(400, `'${part}' is not encoded as a URL asks`);
  }
}
