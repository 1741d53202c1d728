/** The certificates of tests/fixtures/tls (made by the script beside them), as a broker with TLS takes them. */
import { join } from "node:path";

/** Paths of PEM files; keys are unencrypted PKCS #8. */
export interface Certificates {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  /** Signed by the same authority. */
  readonly clientCertificate: string;
  readonly clientKey: string;
}

/** `server` is right for localhost and 127.0.0.1; the other two must be refused by a client that checks. */
export type ServerCertificate = "server" | "expired" | "misnamed";

export function certificates(server: ServerCertificate = "server"): Certificates {
  const file = (name: string): string => join(import.meta.dirname!, "..", "fixtures", "tls", name);
  return {
    ca: file("ca.pem"),
    serverCertificate: file(`${server}.pem`),
    serverKey: file(`${server}-key.pem`),
    clientCertificate: file("client.pem"),
    clientKey: file("client-key.pem"),
  };
}
