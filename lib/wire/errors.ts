/** Why bytes could not be understood. */
export type ProtocolErrorCode =
  | "truncated"
  | "malformed"
  | "frame-too-large"
  | "missing-field"
  | "unknown-command"
  | "bad-magic"
  | "checksum-mismatch"
  | "bad-batch";

/** The peer sent bytes that are not the Pulsar protocol, or a caller asked to write what the protocol cannot carry. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  constructor(readonly code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
