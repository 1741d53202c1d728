import assert from "node:assert/strict";
import { fixture } from "./transport_test_support.ts";
import { loadTls, type TlsFiles } from "./tls_files.ts";

// Keys that the runtime's TLS aborts the process for: EC secp224r1 and RSA of 1024 bits, made for this test.
const SECP224R1 = `-----BEGIN PRIVATE KEY-----
MHgCAQAwEAYHKoZIzj0CAQYFK4EEACEEYTBfAgEBBBwRV6gWlKJ9RluAn5x7Elpu
5gUxDm4U6C0s6A+1oTwDOgAEmeBmrskKyN1kCHu7IaGsRvKCY+0p6JXDffbR1CVX
6BjNm1MImTNNmjL1D8lTyfLqdChugTUJ1D4=
-----END PRIVATE KEY-----
`;
const RSA_1024 = `-----BEGIN PRIVATE KEY-----
MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBANDEvbIDacGCwKdu
MFkF8U9iVfg1AkUOW6i0Zw9qvS4xP5JQDvekztbLAQgi2LGB3Yy0TGyJ42UqHPNw
mwbBY+ZJCvXP/DV2+G1xC5aruDyrXWK2rRzI0moVBRQmPmPquCDFo+61QgLQZmDm
3VgL1V+IvrGWIxrf6qU21AIr1B3/AgMBAAECgYBJZbIPoNWQnCihdML4uXciYr84
2WIn5ylggbRuHifO0q+3//+TH1U8/Pgq5R1sIu1CZ60qx7uzuH+fMuq+EEXPcHHA
ZaaB+6Ks+IPihs7Qkn4esvxz8c+s2Zr7acygzEMRw6y2Vby0ghcdm7+/YthuSAG0
E1k4wvYxlp5aWZpuQQJBAP7EYs3XKD9sSu3AZojvvHWsCl/GONBQ/ThjagNfWZsJ
xO1i3CJTjLakNIwOYxeN3BQrEqjl4K87uWo53iOMCuECQQDRx17UEexWy1Yhd1ox
aYAvITobM+vYYLr9GT+Ci17gHui90RPKh1RqW/KdQdQBLkp8f6pK1PEUh4n2C6AE
LyTfAkAzjuzr+WIEy9ayHODjT5kVO1byIPx4dBt64OugeRh6PtTiscIZFE2C3OJh
gbveFXB3iGwDUFpTPEP+0m05RmshAkAOWyuFLdjTs8SoM6fLe+HW19pHJE1+mFgT
nBe5kloi0lqxKs7E7G/9e19mHawpjIZycLYxutLoycHKQc9omeVXAkAeptcmiqXl
akypiqduciepiwuAUtcQmm648+MGCixMOORCipX2nceymT0cCF73UP87mOU/d0Id
GLgOV8k9dYn9
-----END PRIVATE KEY-----
`;

async function withFile(text: string, use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(path, text);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

async function assertRefused(files: TlsFiles, code: string, ...parts: string[]): Promise<void> {
  await assert.rejects(loadTls(files), (error: Error & { code: string }) => {
    assert.equal(error.name, "TransportError");
    assert.equal(error.code, code, error.message);
    for (const part of parts) assert.ok(error.message.includes(part), `"${part}" in: ${error.message}`);
    return true;
  });
}

const certFile = fixture("client.pem");
const keyFile = fixture("client-key.pem");

Deno.test("no files means the runtime's authorities, no identity, and names checked", async () => {
  assert.deepEqual(await loadTls({}), { caCerts: [], verifyHostname: true });
  assert.deepEqual(await loadTls({ verifyHostname: false }), { caCerts: [], verifyHostname: false });
});

Deno.test("a CA bundle and a client identity are read", async () => {
  const settings = await loadTls({ caFile: fixture("ca.pem"), certFile, keyFile });
  assert.match(settings.caCerts[0]!, /BEGIN CERTIFICATE/);
  assert.match(settings.identity!.key, /BEGIN PRIVATE KEY/);
  const bundle = await Deno.readTextFile(fixture("ca.pem")) +
    await Deno.readTextFile(fixture("other-ca.pem"));
  await withFile(`# authorities\n${bundle}`, async (path) => {
    assert.equal((await loadTls({ caFile: path })).caCerts[0]!.match(/BEGIN/g)!.length, 2);
  });
});

Deno.test("a missing file is UnreadableFile and named", async () => {
  await assertRefused(
    { caFile: "/no/such/ca.pem" },
    "UnreadableFile",
    'CA file "/no/such/ca.pem"',
    "no such file",
  );
  await assertRefused(
    { certFile: "/no/c.pem", keyFile },
    "UnreadableFile",
    'client certificate file "/no/c.pem"',
  );
  await assertRefused({ certFile, keyFile: "/no/k.pem" }, "UnreadableFile", 'client key file "/no/k.pem"');
  await assertRefused({ caFile: fixture("") }, "UnreadableFile", "cannot be read");
});

Deno.test("a file without a usable certificate is InvalidFile and named", async () => {
  await assertRefused({ caFile: keyFile }, "InvalidFile", keyFile, "holds no certificate");
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  await withFile(
    broken,
    (path) => assertRefused({ caFile: path }, "InvalidFile", path, "cannot be understood"),
  );
  await withFile("", (path) => assertRefused({ certFile: path, keyFile }, "InvalidFile", path));
});

Deno.test("a certificate without a key, and a key without a certificate, are refused", async () => {
  await assertRefused({ certFile }, "InvalidFile", certFile, "without a client key file");
  await assertRefused({ keyFile }, "InvalidFile", keyFile, "without a client certificate file");
});

Deno.test("a key that does not belong to the certificate is refused", async () => {
  const other = fixture("server-key.pem");
  await assertRefused({ certFile, keyFile: other }, "InvalidFile", other, certFile, "does not belong");
});

Deno.test("a key that is none, is encrypted, or is of a kind TLS cannot use is refused", async () => {
  await assertRefused({ certFile, keyFile: certFile }, "InvalidFile", "holds no private key");
  const encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
  const cases: [string, string][] = [[encrypted, "is encrypted"], [SECP224R1, "ec secp224r1"], [
    RSA_1024,
    "rsa 1024",
  ]];
  for (const [text, expected] of cases) {
    await withFile(text, (path) => assertRefused({ certFile, keyFile: path }, "InvalidFile", path, expected));
  }
});
