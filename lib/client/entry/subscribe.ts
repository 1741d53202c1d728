/** The subscribe request of a consumer. */
import type { MessageIdData } from "../../wire/messages.ts";
import type { Connection } from "../connection/connection.ts";
import { ClosedError, PulsarError } from "../errors.ts";

export interface SubscribeOptions {
  readonly topic: string;
  readonly subscription: string;
  /** `SubType` number. */
  readonly type: number;
  /** `InitialPosition` number. */
  readonly initialPosition?: number | undefined;
  readonly name?: string | undefined;
  /** False: the subscription exists only while this consumer does. Default true. */
  readonly durable?: boolean | undefined;
  /** Where a subscription that is not durable starts: after this entry. */
  readonly startMessageId?: MessageIdData | undefined;
}

/**
 * Subscribes a consumer that is registered on the connection. On failure it is registered neither there nor at the
 * broker.
 *
 * @param epoch of the consumer; only where the broker compares it: one consumer at a time, in order
 * @throws the error of the broker, or of the connection
 */
export async function subscribe(
  connection: Connection,
  options: SubscribeOptions,
  consumerId: number,
  epoch: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { topic, subscription, type, name, initialPosition = 0, durable = true, startMessageId } = options;
  const action = `subscribe '${subscription}' to '${topic}'`;
  try {
    await connection.request(
      "subscribe",
      {
        topic,
        subscription,
        subType: type,
        consumerId,
        consumerName: name,
        durable,
        startMessageId,
        initialPosition,
        consumerEpoch: epoch,
      },
      action,
      { signal },
    );
    if (signal.aborted) throw new ClosedError(`${action}: given up`);
  } catch (error) {
    connection.removeConsumer(consumerId);
    if (connection.isOpen && !(error instanceof PulsarError)) {
      connection.send("closeConsumer", { consumerId, requestId: connection.newRequestId() });
    }
    throw error;
  }
}
