/** Certificate and key files, checked before anything is connected. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readBoundedText } from "./bounded_file.ts";
import { TransportError } from "./errors.ts";

/** Most bytes of a PEM file: all authorities of a system take a quarter of a megabyte. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Paths of PEM files, and whether the server's name is checked. */
export interface TlsFiles {
  /** Authorities to trust besides the runtime's own. */
  readonly caFile?: string | undefined;
  /** Client certificate (with its chain) and its unencrypted private key: both or none. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Default true. */
  readonly verifyHostname?: boolean | undefined;
}

/** What {@link ./tls.ts} needs, read and checked. */
export interface TlsSettings {
  readonly caCerts: readonly string[];
  readonly identity?: { readonly cert: string; readonly key: string } | undefined;
  readonly verifyHostname: boolean;
}

/**
 * Reads and checks the files.
 *
 * @throws TransportError `UnreadableFile` or `InvalidFile`, naming the file
 */
export async function loadTls(files: TlsFiles): Promise<TlsSettings> {
  const caCerts: string[] = [];
  if (files.caFile !== undefined) {
    const text = await readText(files.caFile, "CA");
    parseCertificates(files.caFile, "CA", text);
    caCerts.push(text);
  }
  const verifyHostname = files.verifyHostname ?? true;
  const { certFile, keyFile } = files;
  if (certFile === undefined && keyFile === undefined) return { caCerts, verifyHostname };
  if (certFile === undefined || keyFile === undefined) {
    const [given, missing] = certFile === undefined ? ["key", "certificate"] : ["certificate", "key"];
    throw new TransportError(
      "InvalidFile",
      `client ${given} file "${
        certFile ?? keyFile
      }" is given without a client ${missing} file; both are needed`,
    );
  }
  const cert = await readText(certFile, "client certificate");
  const [leaf] = parseCertificates(certFile, "client certificate", cert);
  const key = await readText(keyFile, "client key");
  const parsed = parseKey(keyFile, key);
  if (!leaf!.checkPrivateKey(parsed)) {
    throw new TransportError(
      "InvalidFile",
      `client key file "${keyFile}" does not belong to the first certificate in "${certFile}"`,
    );
  }
  return { caCerts, identity: { cert, key }, verifyHostname };
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readBoundedText(path, MOST_BYTES);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : cause instanceof Error
      ? cause.message.replace(/: (read|open)file '.*'$/, "")
      : String(cause);
    throw new TransportError("UnreadableFile", `${what} file "${path}" cannot be read: ${reason}`, { cause });
  }
}

function parseCertificates(path: string, what: string, text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    throw new TransportError(
      "InvalidFile",
      `${what} file "${path}" holds no certificate; PEM text with "BEGIN CERTIFICATE" is needed`,
    );
  }
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch (cause) {
      throw new TransportError(
        "InvalidFile",
        `${what} file "${path}": certificate ${i + 1} of ${blocks.length} cannot be understood`,
        { cause },
      );
    }
  });
}

/** Refuses what the runtime's TLS would abort the whole process for (seen in Deno 2.7.11). */
function parseKey(path: string, text: string): KeyObject {
  const invalid = (problem: string, cause?: unknown): TransportError =>
    new TransportError("InvalidFile", `client key file "${path}" ${problem}`, { cause });
  if (text.includes("ENCRYPTED")) throw invalid("is encrypted; a key without a passphrase is needed");
  let key: KeyObject;
  try {
    key = createPrivateKey(text);
  } catch (cause) {
    throw invalid('holds no private key; PEM text with "BEGIN PRIVATE KEY" is needed', cause);
  }
  const details = key.asymmetricKeyDetails ?? {};
  const usable = key.asymmetricKeyType === "ed25519" ||
    (key.asymmetricKeyType === "rsa" && (details.modulusLength ?? 0) >= 2048) ||
    (key.asymmetricKeyType === "ec" && /^(prime256v1|secp384r1|secp521r1)$/.test(details.namedCurve ?? ""));
  if (usable) return key;
  const kind = [key.asymmetricKeyType, details.namedCurve ?? details.modulusLength].filter(Boolean).join(" ");
  throw invalid(
    `holds a key of kind "${kind}"; RSA from 2048 bits, EC P-256, P-384, P-521 or Ed25519 are needed`,
  );
}
