import assert from "node:assert/strict";
import { networkConnect } from "./connect.ts";
import { Server } from "./server.ts";
import { echoServer, fixture, pattern, readFully } from "./transport_test_support.ts";
import { loadTls, type TlsFiles } from "./tls_files.ts";
import type { Transport } from "./transport.ts";

async function connect(
  port: number,
  files: TlsFiles,
  host = "localhost",
  timeoutMs = 30_000,
): Promise<Transport> {
  return await networkConnect({ tls: await loadTls(files), timeoutMs })({ host, port, tls: true });
}

async function assertEcho(transport: Transport): Promise<void> {
  const bytes = pattern(300_000);
  const [back] = await Promise.all([readFully(transport, bytes.length), transport.write(bytes)]);
  assert.deepEqual(back, bytes);
  assert.equal(transport.encrypted, true);
  transport.close();
}

Deno.test("with the right CA, name or address, bytes come back over TLS", async () => {
  const server = echoServer("server");
  const caFile = fixture("ca.pem");
  await assertEcho(await connect(server.port, { caFile }));
  await assertEcho(await connect(server.port, { caFile }, "127.0.0.1"));
  server.close();
});

Deno.test("a client certificate with its key is accepted and the connection works", async () => {
  const server = echoServer("server");
  const files = {
    caFile: fixture("ca.pem"),
    certFile: fixture("client.pem"),
    keyFile: fixture("client-key.pem"),
  };
  await assertEcho(await connect(server.port, files));
  server.close();
});

Deno.test("a certificate of an unknown authority is CertificateUntrusted", async () => {
  const server = echoServer("server");
  const peer = `"localhost:${server.port}"`;
  await assert.rejects(connect(server.port, {}), {
    name: "TransportError",
    code: "CertificateUntrusted",
    isRetryable: false,
    message: `${peer} has a certificate of an unknown authority; name its CA file`,
  });
  // Leaving the name unchecked must not leave the authority unchecked.
  await assert.rejects(connect(server.port, { caFile: fixture("other-ca.pem"), verifyHostname: false }), {
    code: "CertificateUntrusted",
  });
  server.close();
});

Deno.test("a certificate of another name is CertificateName, unless names are not checked", async () => {
  const server = echoServer("misnamed");
  const caFile = fixture("ca.pem");
  await assert.rejects(connect(server.port, { caFile }), {
    code: "CertificateName",
    message: /broker\.example\.org/,
  });
  await assertEcho(await connect(server.port, { caFile, verifyHostname: false }));
  server.close();
});

Deno.test("an expired certificate is CertificateExpired", async () => {
  const server = echoServer("expired");
  await assert.rejects(connect(server.port, { caFile: fixture("ca.pem") }), { code: "CertificateExpired" });
  server.close();
});

Deno.test("a self-signed certificate that calls itself an authority is refused with what would be right", async () => {
  const server = echoServer("self-signed");
  await assert.rejects(connect(server.port, { caFile: fixture("self-signed.pem") }), {
    code: "CertificateUntrusted",
    message: /presents the certificate of an authority \(CA:TRUE\).*"basicConstraints=CA:FALSE"$/,
  });
  server.close();
});

Deno.test("a server that answers without TLS is NotTls, one that hangs up is TlsFailed", async () => {
  const server = new Server();
  let answer: string | undefined = "HTTP/1.1 400 Bad Request\r\n\r\n";
  const serving = (async () => {
    for await (const transport of server) {
      await transport.read(new Uint8Array(1024));
      if (answer !== undefined) await transport.write(new TextEncoder().encode(answer));
      transport.close();
    }
  })();
  const caFile = fixture("ca.pem");
  await assert.rejects(connect(server.port, { caFile }), { code: "NotTls", message: /does not speak TLS/ });
  answer = undefined;
  await assert.rejects(connect(server.port, { caFile }), { code: "TlsFailed", message: /hung up/ });
  server.close();
  await serving;
});

Deno.test("a server that never answers the handshake is ConnectTimeout, with and without a client certificate", async () => {
  const server = new Server();
  const accepted: Transport[] = [];
  const serving = (async () => {
    for await (const transport of server) accepted.push(transport);
  })();
  const caFile = fixture("ca.pem");
  const identity = { certFile: fixture("client.pem"), keyFile: fixture("client-key.pem") };
  await assert.rejects(connect(server.port, { caFile }, "localhost", 30), { code: "ConnectTimeout" });
  await assert.rejects(connect(server.port, { caFile, ...identity }, "localhost", 30), {
    code: "ConnectTimeout",
  });
  assert.equal(accepted.length, 2);
  for (const transport of accepted) transport.close();
  server.close();
  await serving;
});

Deno.test("a plain client of a TLS server gets an end or an error, never bytes of its own", async () => {
  const server = echoServer("server");
  const transport = await networkConnect()({ host: "127.0.0.1", port: server.port, tls: false });
  await transport.write(new TextEncoder().encode("not a TLS hello"));
  const buffer = new Uint8Array(100);
  const count = await transport.read(buffer).catch(() => null);
  // 21 is a TLS alert record.
  assert.ok(count === null || buffer[0] === 21, `${count} bytes, first ${buffer[0]}`);
  transport.close();
  server.close();
});
