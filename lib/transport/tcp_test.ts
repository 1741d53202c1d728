import assert from "node:assert/strict";
import { wireMemory } from "../wire/crc32c.ts";
import { networkConnect } from "./connect.ts";
import { TransportError } from "./errors.ts";
import { Server } from "./server.ts";
import { withinTime } from "./socket.ts";
import { connectTcp } from "./tcp.ts";
import { echoServer, pattern, readFully } from "./transport_test_support.ts";
import { formatAddress } from "./transport.ts";

Deno.test("bytes written to a TCP connection come back from an echo, whole and in order", async () => {
  const server = echoServer();
  const transport = await networkConnect()({ host: "127.0.0.1", port: server.port, tls: false });
  assert.equal(transport.peer, `127.0.0.1:${server.port}`);
  assert.equal(transport.encrypted, false);
  const bytes = pattern(3_000_000);
  const [back] = await Promise.all([readFully(transport, bytes.length), transport.write(bytes)]);
  assert.deepEqual(back, bytes);
  transport.close();
  server.close();
});

Deno.test("wire memory can be written to and read from a socket directly", async () => {
  const server = echoServer();
  const transport = await connectTcp("127.0.0.1", server.port);
  const [out, into] = [wireMemory(50_000), wireMemory(50_000)];
  out.set(pattern(50_000));
  await transport.write(out);
  let filled = 0;
  while (filled < into.length) filled += (await transport.read(into.subarray(filled)))!;
  assert.deepEqual(Uint8Array.from(into), pattern(50_000));
  transport.close();
  server.close();
});

Deno.test("a write of more than the socket takes at once waits for the reader and loses nothing", async () => {
  const server = new Server();
  const [client, accepted] = await Promise.all([connectTcp("127.0.0.1", server.port), server.accept()]);
  const bytes = pattern(20_000_000);
  const [got] = await Promise.all([
    readFully(accepted!, bytes.length),
    client.write(bytes),
  ]);
  assert.ok(got.every((byte, i) => byte === bytes[i]));
  client.close();
  accepted!.close();
  server.close();
});

Deno.test("the end of the peer's stream, and closing here, end a read with null", async () => {
  const server = new Server();
  const [client, accepted] = await Promise.all([connectTcp("127.0.0.1", server.port), server.accept()]);
  const pending = client.read(new Uint8Array(8));
  client.close();
  client.close();
  assert.equal(await pending, null);
  assert.equal(await client.read(new Uint8Array(8)), null);
  assert.equal(await accepted!.read(new Uint8Array(8)), null);
  await assert.rejects(client.write(new Uint8Array(1)), { name: "TransportError", code: "ConnectionLost" });
  await assert.rejects(accepted!.read(new Uint8Array(0)), RangeError);
  accepted!.close();
  server.close();
});

Deno.test("writing to a peer that went away ends in ConnectionLost", async () => {
  const server = new Server();
  const [client, accepted] = await Promise.all([connectTcp("127.0.0.1", server.port), server.accept()]);
  accepted!.close();
  const bytes = new Uint8Array(1_000_000);
  await assert.rejects(async () => {
    for (let i = 0; i < 100; i++) await client.write(bytes);
  }, (error: unknown) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.code, "ConnectionLost");
    assert.equal(error.isRetryable, true);
    assert.match(error.message, new RegExp(`127.0.0.1:${server.port}`));
    return true;
  });
  client.close();
  server.close();
});

Deno.test("connecting to a closed port is ConnectionRefused and names the address", async () => {
  const server = new Server();
  const { port } = server;
  server.close();
  await assert.rejects(connectTcp("127.0.0.1", port), {
    name: "TransportError",
    code: "ConnectionRefused",
    message: `cannot connect to "127.0.0.1:${port}": connection refused; nothing listens there`,
  });
});

Deno.test("a port that is none is InvalidAddress", async () => {
  for (const port of [99_999, 0, -1, 1.5, NaN]) {
    await assert.rejects(
      connectTcp("127.0.0.1", port),
      { code: "InvalidAddress", isRetryable: false },
      `${port}`,
    );
  }
});

Deno.test({
  name: "a host outside the permissions is PermissionDenied, one that nobody knows UnknownHost",
  // Deno 2.7 leaves its cancellation behind when the permission is missing.
  sanitizeResources: false,
  fn: async () => {
    const { state } = await Deno.permissions.query({ name: "net", host: "broker.example.invalid:6650" });
    const code = state === "granted" ? "UnknownHost" : "PermissionDenied";
    await assert.rejects(connectTcp("broker.example.invalid", 6650), {
      code,
      message: /broker\.example\.invalid/,
    });
  },
});

Deno.test("an attempt that takes too long ends in ConnectTimeout, and its late result is discarded", async () => {
  const late = Promise.withResolvers<string>();
  const discarded = Promise.withResolvers<string>();
  let isAborted = false;
  const attempt = withinTime(1, "broker:6650", (signal) => {
    signal.addEventListener("abort", () => isAborted = true);
    return late.promise;
  }, discarded.resolve);
  await assert.rejects(attempt, { code: "ConnectTimeout", message: /"broker:6650": no answer within 1 ms/ });
  assert.equal(isAborted, true);
  late.resolve("a socket");
  assert.equal(await discarded.promise, "a socket");
});

Deno.test("an attempt in time is returned and never discarded", async () => {
  const result = await withinTime(
    60_000,
    "broker:6650",
    () => Promise.resolve("socket"),
    () => assert.fail(),
  );
  assert.equal(result, "socket");
  const failure = new Error("no");
  await assert.rejects(
    withinTime(60_000, "broker:6650", () => Promise.reject(failure), () => assert.fail()),
    failure,
  );
});

Deno.test("a server ends its iteration when it is closed, and refuses a port in use", async () => {
  const server = new Server();
  const clients = [await connectTcp("127.0.0.1", server.port), await connectTcp("127.0.0.1", server.port)];
  const peers: string[] = [];
  for await (const transport of server) {
    peers.push(transport.peer);
    transport.close();
    if (peers.length === 2) {
      assert.throws(() => new Server({ port: server.port }), {
        name: "TransportError",
        code: "AddressInUse",
      });
      server.close();
      server.close();
    }
  }
  assert.equal(new Set(peers).size, 2);
  assert.equal(await server.accept(), null);
  for (const client of clients) client.close();
});

Deno.test("an IPv6 host is written in brackets", () => {
  assert.equal(formatAddress({ host: "::1", port: 6650 }), "[::1]:6650");
  assert.equal(formatAddress({ host: "localhost", port: 6650 }), "localhost:6650");
});
