/**
 * The part of Pulsar's HTTP admin interface that a load test needs.
 * Source: Pulsar admin REST API v2; errors are `{"reason": …}` with the same status codes.
 */
import { type HttpAnswer, type HttpRequest, HttpServer } from "../../transport/http_server.ts";
import { listenError } from "../../transport/server.ts";
import { formatAddress } from "../../transport/transport.ts";
import type { BrokerCore } from "../core.ts";
import { topicsIn } from "../operations.ts";
import { parseTopicName } from "../topic_name.ts";
import { type AdminRequest, decode, HttpProblem, statusOf, unknown } from "./admin_request.ts";
import { CLUSTER, namespaceRoute, tenantRoute } from "./namespace_routes.ts";
import type { Statistics } from "./statistics.ts";
import { topicRoute } from "./topic_routes.ts";

const PREFIX = "/admin/v2/";
/** The topics of a namespace, or those of them that are partitioned. */
const NAMESPACE_PATH = /^persistent\/([^/]+)\/([^/]+?)(\/partitioned)?$/;

export interface AdminServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Requests must carry one of these; undefined lets all requests in. */
  readonly tokens: readonly string[] | undefined;
}

/** The longest bodies are a namespace's policies: below one kilobyte. */
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
      const { method, path, query, body } = request;
      if (!path.startsWith(PREFIX)) throw new HttpProblem(404, `there is nothing at '${path}'`);
      const answer = this.#route({
        method: method === "HEAD" ? "GET" : method,
        path: path.slice(PREFIX.length).replace(/\/$/, ""),
        query,
        body,
      });
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

  /** @returns the answer's JSON, undefined for 204, a text as it is */
  #route(request: AdminRequest): unknown {
    const { method, path } = request;
    if (method === "GET" && path === "brokers/health") return "ok";
    if (method === "GET" && path === "clusters") return [CLUSTER];
    if (/^tenants(\/|$)/.test(path)) return tenantRoute(this.#core, request);
    if (path.startsWith("namespaces/")) return namespaceRoute(this.#core, request);
    const topics = NAMESPACE_PATH.exec(path);
    if (topics === null) return topicRoute(this.#core, this.#statistics, request);
    if (method !== "GET") return unknown(request);
    const namespace = `${decode(topics[1]!)}/${decode(topics[2]!)}`;
    const names = topicsIn(this.#core, namespace);
    if (topics[3] === undefined) return names;
    return [...this.#core.partitioned.keys()].filter((each) => parseTopicName(each).namespace === namespace)
      .sort();
  }
}

function json(status: number, value: unknown): HttpAnswer {
  return { status, body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}
