/** The HTTP endpoint that Prometheus scrapes: `/metrics` and `/healthz`. */
import { type HttpAnswer, type HttpRequest, HttpServer } from "../../transport/http_server.ts";
import { CONTENT_TYPES, type ExpositionFormat } from "./exposition.ts";

/** The endpoint cannot listen where it was told to; the message names address and reason. */
export class MetricsEndpointError extends Error {
  override readonly name = "MetricsEndpointError";
  readonly code = "METRICS_ENDPOINT";

  constructor(host: string, port: number, problem: string, options?: ErrorOptions) {
    super(`metrics endpoint cannot listen on '${host}:${port}': ${problem}`, options);
  }
}

export interface MetricsEndpointOptions {
  /** Loopback unless the user says otherwise: other hosts must not read figures and topic names. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Renders the page; called for each scrape. */
  readonly render: (format: ExpositionFormat) => string;
  /** Health in a few words; a reason means unhealthy and answers 503. */
  readonly unhealthy?: () => string | undefined;
  /** See `HttpServerOptions`. */
  readonly timeoutMs?: number;
  readonly maxConnections?: number;
}

export interface MetricsEndpoint {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts listening at once, so that a busy port is known before any load runs.
 *
 * @throws {MetricsEndpointError} when the address is taken, unknown or forbidden
 */
export function startMetricsEndpoint(options: MetricsEndpointOptions): MetricsEndpoint {
  const { host, port } = options;
  let server: HttpServer;
  try {
    server = new HttpServer({ ...options, answer: (request) => answer(request, options) });
  } catch (cause) {
    throw new MetricsEndpointError(host, port, reasonOf(cause), { cause });
  }
  const bound = server.port;
  const name = host.includes(":") ? `[${host}]` : host;
  return { port: bound, url: `http://${name}:${bound}/metrics`, close: () => server.close() };
}

function answer(request: HttpRequest, options: MetricsEndpointOptions): HttpAnswer {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, body: "only GET is answered here\n", headers: { allow: "GET, HEAD" } };
  }
  if (request.path === "/metrics") {
    const accepts = request.header("accept");
    const format = accepts.includes("application/openmetrics-text") ? "openmetrics" : "text";
    return { status: 200, body: options.render(format), headers: { "content-type": CONTENT_TYPES[format] } };
  }
  if (request.path === "/healthz") {
    const problem = options.unhealthy?.();
    return problem === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${problem}\n` };
  }
  return { status: 404, body: "not found; try /metrics or /healthz\n" };
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) return "the port is in use; choose another with --metrics-port";
  if (cause instanceof Deno.errors.AddrNotAvailable) return "this machine has no such address";
  if (cause instanceof Deno.errors.PermissionDenied) {
    return "permission denied; ports below 1024 need privileges";
  }
  return cause instanceof Error ? cause.message : String(cause);
}
