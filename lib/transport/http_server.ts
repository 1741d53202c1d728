/**
 * A server for small answers over HTTP/1.1 that limits every connection: a request has a moment to arrive,
 * a size, and a place among few. `Deno.serve` has none of these limits, and prints on the screen what it cannot read.
 */
import { sleep } from "./timing.ts";

/** A whole request. */
export interface HttpRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The value of a header, empty if it was not sent. */
  header(name: string): string;
  /** As text; empty where the server takes no bodies. */
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  answer(request: HttpRequest): HttpAnswer;
  /** A request must be there after this time, and its answer taken after as much again. Default 5000 ms. */
  readonly timeoutMs?: number;
  /** Connections at the same time. One more ends the oldest. Default 64. */
  readonly maxConnections?: number;
  /** Bodies up to this many bytes are read; longer ones are refused. Default 0: a body is passed over. */
  readonly maxBodyBytes?: number;
}

const MOST_HEAD_BYTES = 16 * 1024;
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  422: "Unprocessable Content",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
};
const REQUEST_LINE = /^([A-Z]+) (?:http:\/\/[^/ ]+)?(\/[^ ?#]*)(?:\?([^ #]*))? HTTP\/1\.([01])$/;
const HEADER_LINE = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*?)[ \t]*$/;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.-]*)(?::\d{1,5})?$/;

export class HttpServer {
  readonly port: number;
  readonly #options: HttpServerOptions;
  readonly #listener: Deno.TcpListener;
  /** Oldest first; each with whether its answer is under way. */
  readonly #connections = new Map<Deno.TcpConn, { isAnswering: boolean }>();
  readonly #served = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;
  #isClosed = false;

  /** @throws what `Deno.listen` throws: only the caller knows which option named the port */
  constructor(options: HttpServerOptions) {
    this.#options = options;
    this.#listener = Deno.listen({ hostname: options.host, port: options.port });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Ends listening and all connections but those that are being answered, and waits for these. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#listener.close();
      for (const [connection, { isAnswering }] of this.#connections) if (!isAnswering) hangUp(connection);
    }
    await this.#accepting;
    await Promise.all(this.#served);
  }

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      let connection: Deno.TcpConn;
      try {
        connection = await this.#listener.accept();
      } catch {
        // One that has hung up already, or no descriptor is left: a scrape is missed, the run goes on.
        if (!this.#isClosed) await sleep(50);
        continue;
      }
      const { maxConnections = 64 } = this.#options;
      if (this.#connections.size >= maxConnections) hangUp(this.#connections.keys().next().value!);
      const state = { isAnswering: false };
      this.#connections.set(connection, state);
      const serving = this.#serve(connection, state).finally(() => {
        this.#connections.delete(connection);
        this.#served.delete(serving);
      });
      this.#served.add(serving);
    }
  }

  /** Answers one request and hangs up. Never rejects. */
  async #serve(connection: Deno.TcpConn, state: { isAnswering: boolean }): Promise<void> {
    const { timeoutMs = 5000, maxBodyBytes = 0 } = this.#options;
    let timer = setTimeout(() => hangUp(connection), timeoutMs);
    try {
      const request = await readRequest(connection, maxBodyBytes);
      if (request === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(() => hangUp(connection), timeoutMs);
      state.isAnswering = true;
      const answer = "status" in request ? request : this.#answer(request);
      await writeAll(connection, encode(answer, "method" in request && request.method === "HEAD"));
      await connection.closeWrite();
      await drainInput(connection);
    } catch {
      // The other side is gone, or was too slow.
    } finally {
      clearTimeout(timer);
      hangUp(connection);
    }
  }

  #answer(request: HttpRequest): HttpAnswer {
    try {
      return this.#options.answer(request);
    } catch (error) {
      return { status: 500, body: `${error instanceof Error ? error.message : String(error)}\n` };
    }
  }
}

/** A whole request; a refusal of what is none, undefined when the other side hung up. */
async function readRequest(
  connection: Deno.TcpConn,
  maxBodyBytes: number,
): Promise<HttpRequest | HttpAnswer | undefined> {
  const bytes = new Uint8Array(MOST_HEAD_BYTES);
  const decoder = new TextDecoder("latin1");
  for (let length = 0; length < bytes.length;) {
    const count = await connection.read(bytes.subarray(length));
    if (count === null) return undefined;
    const from = Math.max(0, length - 3);
    length += count;
    const end = decoder.decode(bytes.subarray(from, length)).indexOf("\r\n\r\n");
    if (end < 0) continue;
    const head = parseHead(decoder.decode(bytes.subarray(0, from + end)));
    if ("status" in head || maxBodyBytes === 0) return head;
    return await readBody(connection, head, bytes.subarray(from + end + 4, length), maxBodyBytes);
  }
  return { status: 431, body: "the request is too long\n" };
}

/** @param early what came together with the head */
async function readBody(
  connection: Deno.TcpConn,
  head: HttpRequest,
  early: Uint8Array,
  maxBodyBytes: number,
): Promise<HttpRequest | HttpAnswer | undefined> {
  if (head.header("transfer-encoding") !== "") {
    return { status: 411, body: "a body needs a Content-Length\n" };
  }
  const text = head.header("content-length") || "0";
  if (!/^\d{1,15}$/.test(text)) return bad("the Content-Length is not valid");
  const length = Number(text);
  if (length > maxBodyBytes) {
    return { status: 413, body: `the body has ${length} bytes, at most ${maxBodyBytes} are taken\n` };
  }
  const body = new Uint8Array(length);
  body.set(early.subarray(0, length));
  for (let done = Math.min(early.length, length); done < length;) {
    const count = await connection.read(body.subarray(done));
    if (count === null) return undefined;
    done += count;
  }
  return { ...head, body: new TextDecoder().decode(body) };
}

function parseHead(head: string): HttpRequest | HttpAnswer {
  const [first = "", ...lines] = head.split("\r\n");
  const [, method, path, query, minor] = REQUEST_LINE.exec(first) ?? [];
  if (method === undefined || path === undefined) return bad("this is no request of HTTP/1.1");
  const headers = new Map<string, string>();
  let hosts = 0;
  for (const line of lines) {
    const [, name, value] = HEADER_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return bad("a header is not valid");
    const key = name.toLowerCase();
    if (key === "host") {
      hosts++;
      if (!HOST.test(value)) return bad("the Host header is not valid");
    }
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  if (hosts > 1 || (hosts === 0 && minor === "1")) return bad("one Host header is needed");
  return {
    method,
    path,
    query: new URLSearchParams(query),
    header: (name) => headers.get(name) ?? "",
    body: "",
  };
}

function bad(problem: string): HttpAnswer {
  return { status: 400, body: `${problem}\n` };
}

function encode({ status, body, headers = {} }: HttpAnswer, isHead: boolean): Uint8Array {
  const content = new TextEncoder().encode(body);
  const all = {
    // 204 has neither a body nor a length.
    ...(status === 204 ? {} : {
      "content-type": "text/plain; charset=utf-8",
      ...headers,
      "content-length": String(content.length),
    }),
    connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = new TextEncoder().encode(`HTTP/1.1 ${status} ${REASONS[status] ?? ""}\r\n${lines}\r\n`);
  if (isHead || status === 204) return head;
  const whole = new Uint8Array(head.length + content.length);
  whole.set(head);
  whole.set(content, head.length);
  return whole;
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}

/** Reads the rest of the request: closing with unread bytes resets the connection, which can lose the answer. */
async function drainInput(connection: Deno.TcpConn): Promise<void> {
  const bytes = new Uint8Array(16 * 1024);
  for (let rounds = 0; rounds < 64; rounds++) if (await connection.read(bytes) === null) return;
}

function hangUp(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
