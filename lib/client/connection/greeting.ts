/** Recognises what answers at a port that is not a Pulsar broker's, from the first bytes it sends. */

/** Bytes that {@link describeGreeting} looks at. */
export const GREETING_BYTES = 24;

const ALERT = 0x15;
const HANDSHAKE = 0x16;

/** What is wrong with the port and what to do, as text to follow its address; undefined when the bytes do not tell. */
export function describeGreeting(first: Uint8Array): string | undefined {
  if ((first[0] === ALERT || first[0] === HANDSHAKE) && first[1] === 0x03) {
    return "speaks TLS: connect with pulsar+ssl://, or use the plain port (usually 6650)";
  }
  const text = printable(first);
  if (text.startsWith("HTTP/") || text.startsWith("<")) {
    return "answers with HTTP: that is an admin or web port, use the broker's binary port (usually 6650)";
  }
  return text.length >= 4 ? `answers with "${text}", which is not the Pulsar protocol` : undefined;
}

function printable(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
