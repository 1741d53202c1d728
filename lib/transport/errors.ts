/** Errors of connections: one class with a code for each cause. */

/** Causes; the names are used in error counts. */
export const TRANSPORT_ERRORS = [
  "ConnectionRefused",
  "UnknownHost",
  "Unreachable",
  "ConnectTimeout",
  "InvalidAddress",
  "PermissionDenied",
  "UnreadableFile",
  "InvalidFile",
  "CertificateUntrusted",
  "CertificateName",
  "CertificateExpired",
  "NotTls",
  "TlsFailed",
  "ConnectionLost",
  "AddressInUse",
] as const;
export type TransportErrorCode = (typeof TRANSPORT_ERRORS)[number];

/** Errors that may be gone at the next attempt; the others need a change of settings. */
const RETRYABLE: ReadonlySet<TransportErrorCode> = new Set<TransportErrorCode>([
  "ConnectionRefused",
  "UnknownHost",
  "Unreachable",
  "ConnectTimeout",
  "ConnectionLost",
]);

/** A connection that could not be made or did not last. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  /** Whether connecting again can help. */
  readonly isRetryable: boolean;
  constructor(readonly code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.isRetryable = RETRYABLE.has(code);
  }
}

/** The error of a failed attempt to connect to `peer`. */
export function connectError(peer: string, cause: unknown): TransportError {
  if (cause instanceof TransportError) return cause;
  const make = (code: TransportErrorCode, text: string): TransportError =>
    new TransportError(code, `cannot connect to "${peer}": ${text}`, { cause });
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Deno.errors.NotCapable) {
    return make("PermissionDenied", `${message.split("\n", 1)[0]}`);
  }
  if (cause instanceof Deno.errors.ConnectionRefused) {
    return make("ConnectionRefused", "connection refused; nothing listens there");
  }
  if (cause instanceof RangeError || cause instanceof URIError || cause instanceof TypeError) {
    return make("InvalidAddress", message);
  }
  if (/failed to lookup|no record found|name or service/i.test(message)) {
    return make("UnknownHost", "the host name is not known");
  }
  if (/unreachable|no route/i.test(message)) return make("Unreachable", "no route to the host");
  if (cause instanceof Deno.errors.TimedOut) return make("ConnectTimeout", "no answer");
  return tlsError(peer, cause) ?? make("ConnectionLost", message);
}

/** The error of a failed TLS handshake or alert, or undefined when `cause` is something else. */
export function tlsError(peer: string, cause: unknown): TransportError | undefined {
  const message = cause instanceof Error ? cause.message : String(cause);
  const make = (code: TransportErrorCode, text: string): TransportError =>
    new TransportError(code, `"${peer}" ${text}`, { cause });
  const certificate = /invalid peer certificate: (.*)/s.exec(message)?.[1];
  if (certificate !== undefined) {
    if (/UnknownIssuer/.test(certificate)) {
      return make("CertificateUntrusted", "has a certificate of an unknown authority; name its CA file");
    }
    if (/not valid for|NotValidForName/.test(certificate)) {
      return make("CertificateName", `has a certificate of another name: ${certificate}`);
    }
    if (/expired|Expired|not valid yet|NotValidYet/.test(certificate)) {
      return make("CertificateExpired", `has a certificate out of its time: ${certificate}`);
    }
    if (/CaUsedAsEndEntity/.test(certificate)) {
      const text =
        "presents the certificate of an authority (CA:TRUE) as its own; it needs one that the authority " +
        'signed, or a self-signed one with "basicConstraints=CA:FALSE"';
      return make("CertificateUntrusted", text);
    }
    return make("CertificateUntrusted", `has an unusable certificate: ${certificate}`);
  }
  if (/corrupt message/.test(message)) {
    return make("NotTls", "does not speak TLS; use its TLS port, or connect without TLS");
  }
  const alert = /received fatal alert: (\w+)/.exec(message)?.[1];
  if (alert !== undefined) {
    const advice = /certificate|unknownca|handshakefailure|accessdenied/i.test(alert)
      ? "; check the client certificate and its key"
      : "";
    return make("TlsFailed", `ended the TLS session with "${alert}"${advice}`);
  }
  if (/tls|ssl|peer is incompatible|misbehaved/i.test(message)) {
    return make("TlsFailed", `failed the TLS handshake: ${message}`);
  }
  return undefined;
}
