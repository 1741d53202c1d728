/** Secret key and JSON Web Tokens (HS256, RFC 7519) as Pulsar's token authentication takes them. */
import { createHmac, randomBytes } from "node:crypto";
import { Buffer } from "node:buffer";

export interface BrokerTokens {
  /** The broker's key, for `tokenSecretKey=data:;base64,…`. */
  readonly secretKeyBase64: string;
  /** Role `admin`, a super user. */
  readonly right: string;
  /** Role `admin`, signed with another key. */
  readonly wrongKey: string;
  /** Role `admin`, expired an hour ago. */
  readonly expired: string;
  /** Role `stranger`: authentic, but allowed nothing. */
  readonly stranger: string;
}

/**
 * Signs a token for a role.
 *
 * @param expires seconds since the epoch; a token without it never expires
 */
export function signToken(key: Uint8Array, role: string, expires?: number): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = expires === undefined ? { sub: role } : { sub: role, exp: expires };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

/** A fresh key with one token of each kind. */
export function makeTokens(nowMillis: number = Date.now()): BrokerTokens {
  const key = randomBytes(32);
  const hourAgo = Math.floor(nowMillis / 1000) - 3600;
  return {
    secretKeyBase64: key.toString("base64"),
    right: signToken(key, "admin"),
    wrongKey: signToken(randomBytes(32), "admin"),
    expired: signToken(key, "admin", hourAgo),
    stranger: signToken(key, "stranger"),
  };
}
