/** Certificates for brokers with TLS: a CA, a server for localhost and 127.0.0.1, and a client. */
import { join } from "node:path";
import { run } from "./process.ts";

/** Paths of PEM files; keys are unencrypted PKCS #8. */
export interface Certificates {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** Makes all five files in `folder` with openssl, valid for ten days from now. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string): string => join(folder, name);
  await openssl([
    ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "10"],
    ["-subj", "/CN=pulsar-local-lab test CA"],
    ["-keyout", file("ca.key.pem"), "-out", file("ca.cert.pem")],
  ]);
  await Deno.writeTextFile(
    file("server.ext"),
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n",
  );
  await Deno.writeTextFile(file("client.ext"), "extendedKeyUsage=clientAuth\n");
  for (const [name, subject] of [["server", "localhost"], ["client", "admin"]] as const) {
    await openssl([
      ["req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${subject}`],
      ["-keyout", file(`${name}.key.pem`), "-out", file(`${name}.csr`)],
    ]);
    await openssl([
      ["x509", "-req", "-days", "10", "-in", file(`${name}.csr`), "-extfile", file(`${name}.ext`)],
      ["-CA", file("ca.cert.pem"), "-CAkey", file("ca.key.pem"), "-CAcreateserial"],
      ["-out", file(`${name}.cert.pem`)],
    ]);
  }
  return {
    ca: file("ca.cert.pem"),
    serverCertificate: file("server.cert.pem"),
    serverKey: file("server.key.pem"),
    clientCertificate: file("client.cert.pem"),
    clientKey: file("client.key.pem"),
  };
}

async function openssl(args: readonly (readonly string[])[]): Promise<void> {
  const { code, output } = await run("openssl", args.flat());
  if (code !== 0) throw new Error(`openssl ${args.flat().join(" ")} failed (exit code ${code}): ${output}`);
}
