/** The HTTP endpoint that Prometheus scrapes: `/metrics` and `/healthz`. */
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
  /** Loopback unless the user says otherwise: figures and topic names are nobody else's business. */
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Renders the page; called for each scrape. */
  readonly render: (format: ExpositionFormat) => string;
  /** Health in a few words; a reason means unhealthy and answers 503. */
  readonly unhealthy?: () => string | undefined;
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
  let server: Deno.HttpServer<Deno.NetAddr>;
  try {
    server = Deno.serve({ hostname: host, port, onListen: () => {} }, (request) => answer(request, options));
  } catch (cause) {
    throw new MetricsEndpointError(host, port, reasonOf(cause), { cause });
  }
  const bound = server.addr.port;
  const name = host.includes(":") ? `[${host}]` : host;
  return { port: bound, url: `http://${name}:${bound}/metrics`, close: () => server.shutdown() };
}

function answer(request: Request, options: MetricsEndpointOptions): Response {
  const { pathname } = new URL(request.url);
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response("only GET is answered here\n", { status: 405, headers: { allow: "GET, HEAD" } });
  }
  if (pathname === "/metrics") {
    const accepts = request.headers.get("accept") ?? "";
    const format = accepts.includes("application/openmetrics-text") ? "openmetrics" : "text";
    return new Response(options.render(format), { headers: { "content-type": CONTENT_TYPES[format] } });
  }
  if (pathname === "/healthz") {
    const problem = options.unhealthy?.();
    return problem === undefined ? new Response("ok\n") : new Response(`${problem}\n`, { status: 503 });
  }
  return new Response("not found; try /metrics or /healthz\n", { status: 404 });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.AddrInUse) return "the port is in use; choose another with --metrics-port";
  if (cause instanceof Deno.errors.AddrNotAvailable) return "this machine has no such address";
  if (cause instanceof Deno.errors.PermissionDenied) {
    return "permission denied; ports below 1024 need privileges";
  }
  return cause instanceof Error ? cause.message : String(cause);
}
