/** Whose certificates the executables trust: the built-in list, and what the user adds to it. */
import assert from "node:assert/strict";
import { EmbeddedBroker } from "../../lib/broker/embedded_broker.ts";
import { certificates } from "../support/certificates.ts";
import { runCli } from "../support/cli.ts";

const { ca, serverCertificate, serverKey } = certificates();

const CASES: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>, number])[] = [
  ["nothing is said about it", [], {}, 1],
  ["--tls-ca names it", ["--tls-ca", ca], {}, 0],
  ["NODE_EXTRA_CA_CERTS names it", [], { NODE_EXTRA_CA_CERTS: ca }, 0],
  // Linux looks for the system's authorities where this variable says.
  ["only the system knows it", [], { SSL_CERT_FILE: ca }, 1],
  ["the system's are asked for", [], { SSL_CERT_FILE: ca, DENO_TLS_CA_STORE: "mozilla,system" }, 0],
];

for (const [situation, args, env, expected] of CASES) {
  Deno.test({
    name: `a broker of a company's own authority is ${
      expected === 0 ? "trusted" : "refused"
    } when ${situation}`,
    ignore: Deno.build.os !== "linux" && "SSL_CERT_FILE" in env,
    async fn() {
      const [cert, key] = await Promise.all(
        [serverCertificate, serverKey].map((file) => Deno.readTextFile(file)),
      );
      const broker = await EmbeddedBroker.start({ tls: { cert: cert!, key: key! } });
      try {
        const { code, stdout, stderr } = await runCli("producer", [
          ...["-u", broker.serviceUrl, "--topic", "t", "-n", "3", "--workers", "1", "--ui", "none", ...args],
        ], { env });
        assert.equal(code, expected, stdout + stderr);
        if (expected === 1) assert.match(stderr, /unknown authority; name its CA file/);
      } finally {
        await broker.stop();
      }
    },
  });
}
