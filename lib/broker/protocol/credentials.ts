/** The check of a client's credentials at CONNECT. */
import { Refusal } from "../refusal.ts";

const decoder = new TextDecoder();

/**
 * Lets a client in when it brings one of the tokens, or when none is asked for.
 *
 * @throws {Refusal} `AuthenticationError`
 */
export function checkToken(
  tokens: readonly string[] | undefined,
  offer: { authMethodName?: string | undefined; authData?: Uint8Array | undefined } | undefined,
): void {
  if (tokens === undefined) return;
  if (offer?.authMethodName !== "token" || offer.authData === undefined) {
    throw new Refusal("AuthenticationError", "Unable to authenticate: a token is needed");
  }
  if (!tokens.includes(decoder.decode(offer.authData))) {
    throw new Refusal("AuthenticationError", "Unable to authenticate: the token is not valid");
  }
}
