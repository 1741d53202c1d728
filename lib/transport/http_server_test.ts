import assert from "node:assert/strict";
import { HttpServer, type HttpServerOptions } from "./http_server.ts";

const BOUND_MS = 20_000;

async function serving(
  action: (server: HttpServer) => Promise<void>,
  options: Partial<HttpServerOptions> = {},
): Promise<void> {
  const server = new HttpServer({
    host: "127.0.0.1",
    port: 0,
    answer: ({ method, path, header }) => ({ status: 200, body: `${method} ${path} ${header("accept")}\n` }),
    ...options,
  });
  try {
    await action(server);
  } finally {
    await server.close();
  }
}

/** Sends bytes as they are; resolves with all that comes back until the other side hangs up. */
async function exchange(port: number, ...pieces: string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  for (const piece of pieces) await connection.write(new TextEncoder().encode(piece));
  return await rest(connection);
}

async function rest(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(4096);
  let text = "";
  const timer = setTimeout(() => connection.close(), BOUND_MS);
  try {
    for (;;) {
      const count = await connection.read(bytes);
      if (count === null) return text;
      text += decoder.decode(bytes.subarray(0, count), { stream: true });
    }
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return text;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const status = (answer: string): string => answer.split(" ", 2)[1] ?? "";

Deno.test("a page is answered whole, to HEAD without its body, in whatever pieces the request comes", () =>
  serving(async ({ port }) => {
    const get = await exchange(port, "GET /a?b=c HT", "TP/1.1\r\nHo", "st: x:1\r\nAccept: y\r\n\r", "\n");
    assert.match(get, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(get, /content-length: 9\r\nconnection: close\r\n\r\nGET \/a y\n$/);
    const head = await exchange(port, "HEAD / HTTP/1.0\r\n\r\n");
    assert.match(head, /content-length: 8\r\nconnection: close\r\n\r\n$/);
    const post = await exchange(port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    assert.equal(status(post), "200");
    assert.equal(await (await fetch(`http://127.0.0.1:${port}/f`)).text(), "GET /f */*\n");
  }));

Deno.test("what is no request is answered with 400 and a sentence", () =>
  serving(async ({ port }) => {
    for (
      const request of [
        "GET /metrics HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nHost: \x1b[2J\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n",
        "GET metrics HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/2\r\n\r\n",
        "\x16\x03\x01 hello, TLS?\r\n\r\n",
        "\r\n\r\n",
      ]
    ) {
      const answer = await exchange(port, request);
      assert.equal(status(answer), "400", JSON.stringify(request));
      assert.match(answer, /\r\n\r\n[a-z].*\n$/i);
    }
    const long = await exchange(port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(20_000)}\r\n\r\n`);
    assert.equal(status(long), "431");
  }));

Deno.test("a page that cannot be made is 500, and the server goes on", () => {
  let isBroken = true;
  const answer = () => {
    if (isBroken) throw new Error("not now");
    return { status: 200, body: "fine" };
  };
  return serving(async ({ port }) => {
    const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert.match(await exchange(port, request), /^HTTP\/1\.1 500 .*not now\n$/s);
    isBroken = false;
    assert.match(await exchange(port, request), /fine$/);
  }, { answer });
});

Deno.test("a request that does not arrive in time is hung up on", () =>
  serving(async (server) => {
    assert.equal(await exchange(server.port, "GET / HTTP/1.1\r\nHost: "), "");
    assert.equal(server.connections, 0);
  }, { timeoutMs: 50 }));

Deno.test("of more connections than there is room for the oldest goes, and the newest is answered", () =>
  serving(async (server) => {
    const idle: Deno.Conn[] = [];
    for (let count = 0; count < 20; count++) {
      idle.push(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
    }
    assert.equal(status(await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), "200");
    assert.equal(await rest(idle[0]!), "", "the oldest was hung up on");
    assert.ok(server.connections <= 4, `${server.connections}`);
    for (const connection of idle) connection.close();
  }, { maxConnections: 4, timeoutMs: 60_000 }));

Deno.test("closing ends who only waits, and may be asked for twice", () =>
  serving(async (server) => {
    const waiting = exchange(server.port, "GET /");
    await exchange(server.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await Promise.all([server.close(), server.close()]);
    assert.equal(await waiting, "");
    await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port: server.port }));
  }, { timeoutMs: 60_000 }));

const echo: Partial<HttpServerOptions> = {
  maxBodyBytes: 100,
  answer: ({ body }) => ({ status: 200, body: `<${body}>` }),
};
const put = (header: string): string => `PUT /a HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`;

Deno.test("a body is read whole in whatever pieces it comes, and no further than its length", () =>
  serving(async ({ port }) => {
    assert.match(await exchange(port, put("Content-Length: 6"), "tr", "äu", "m"), /<träum>$/);
    assert.match(await exchange(port, put("Content-Length: 2") + "abc"), /<ab>$/);
    assert.match(await exchange(port, put("Content-Length: 0")), /<>$/);
    assert.match(await exchange(port, put("Accept: x")), /<>$/);
    const init = { method: "POST", body: "x".repeat(100) };
    assert.equal((await (await fetch(`http://127.0.0.1:${port}/`, init)).text()).length, 102);
  }, echo));

Deno.test("a body that is too long, or whose length nobody knows, is refused unread", () =>
  serving(async ({ port }) => {
    assert.equal(status(await exchange(port, put("Content-Length: 101"))), "413");
    assert.equal(status(await exchange(port, put("Content-Length: 999999999999"))), "413");
    assert.equal(
      status(await exchange(port, put("Transfer-Encoding: chunked"), "1\r\na\r\n0\r\n\r\n")),
      "411",
    );
    for (const length of ["-1", "1e1", "1, 2", "9".repeat(30)]) {
      assert.equal(status(await exchange(port, put(`Content-Length: ${length}`))), "400", length);
    }
  }, echo));

Deno.test("a body that does not arrive in time is hung up on", () =>
  serving(async (server) => {
    assert.equal(await exchange(server.port, put("Content-Length: 9"), "half"), "");
    assert.equal(server.connections, 0);
  }, { ...echo, timeoutMs: 50 }));

Deno.test("204 has neither body nor length", () =>
  serving(async ({ port }) => {
    const answer = await exchange(port, put("Accept: x"));
    assert.equal(answer, "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
  }, { answer: () => ({ status: 204, body: "" }) }));
