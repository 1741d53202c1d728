/** The one error that reaches clients: a code of the protocol and a sentence. */
import type { ServerErrorName } from "../wire/enums.ts";

/** The broker says no: what a client receives as ERROR, SEND_ERROR or a failed response. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The protocol's name of the error. */
  readonly code: ServerErrorName;
  constructor(code: ServerErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** There is no room, and none became free in time. */
export function memoryFull(bytes: number): Refusal {
  return new Refusal(
    "ProducerBlockedQuotaExceededException",
    `the broker's memory of ${
      Math.round(bytes / 2 ** 20)
    } MiB is full of messages that subscriptions have not acknowledged`,
  );
}
