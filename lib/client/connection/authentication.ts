/** Credentials for the handshake. They are read when the broker asks, and are never part of a message or a result. */
import { FileTooLargeError, readBoundedText } from "../../transport/bounded_file.ts";
import { ClientError } from "../errors.ts";

export interface Authentication {
  readonly method: string;
  /** Called for the handshake and again when the broker asks for fresh credentials. */
  data(): Promise<Uint8Array>;
}

/** Most bytes that a token file may hold. */
const MAX_TOKEN_FILE_BYTES = 64 * 1024;

/** A token cannot be read, or is malformed. The message never contains the token. */
export class CredentialError extends ClientError {
  override readonly name = "CredentialError";
  readonly code = "Credential";
  readonly isRetryable = false;
}

/** Token authentication. `token` is called for each handshake, and when the broker asks for a fresh token. */
export function tokenAuthentication(token: () => Promise<string>): Authentication {
  return { method: "token", data: async () => new TextEncoder().encode(await token()) };
}

/**
 * Authentication by the client certificate of the TLS connection: the handshake names the method, so that the broker
 * looks at the certificate. Without it a broker treats the connection as anonymous.
 */
export function tlsAuthentication(): Authentication {
  return { method: "tls", data: () => Promise.resolve(new Uint8Array(0)) };
}

/** Reads a token from a file; surrounding white space does not count. */
export function tokenFromFile(path: string): () => Promise<string> {
  return async () => {
    let text: string;
    try {
      text = await readBoundedText(path, MAX_TOKEN_FILE_BYTES);
    } catch (cause) {
      const reason = cause instanceof Deno.errors.NotFound
        ? "it does not exist"
        : cause instanceof FileTooLargeError
        ? `${cause.message}, no token is`
        : "it cannot be read";
      throw new CredentialError(`token file '${path}': ${reason}`, { cause });
    }
    return checked(text, `token file '${path}'`);
  };
}

/** Reads a token from an environment variable. */
export function tokenFromEnv(name: string, env: (name: string) => string | undefined): () => Promise<string> {
  // deno-lint-ignore require-await -- what is wrong with the token is a rejection, as with a file
  return async () => {
    const value = env(name);
    if (value === undefined) {
      throw new CredentialError(`environment variable '${name}' with the token is not set`);
    }
    return checked(value, `environment variable '${name}'`);
  };
}

function checked(text: string, origin: string): string {
  const token = text.trim();
  if (token === "") throw new CredentialError(`${origin} is empty, expected a token`);
  if (/\s/.test(token)) throw new CredentialError(`${origin} holds white space inside, expected one token`);
  return token;
}
