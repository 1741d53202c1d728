/** How a consumer is made known to a broker. */
import type { MessageIdData } from "../../wire/messages.ts";
import type { Connection } from "../connection/connection.ts";
import { ClosedError, PulsarError } from "../errors.ts";
import type { EntryConsumerOptions } from "./received_entry.ts";

/** Where it begins. `epoch` only where the broker compares it: one consumer at a time, in order. */
export interface SubscribePlace {
  readonly startMessageId: MessageIdData | undefined;
  readonly epoch: number | undefined;
}

/**
 * Subscribes a consumer that the connection knows already. If that fails, the connection forgets it, and so does the
 * broker.
 *
 * @throws what the broker, or the connection, says
 */
export async function subscribe(
  connection: Connection,
  options: EntryConsumerOptions,
  consumerId: number,
  { startMessageId, epoch }: SubscribePlace,
  signal: AbortSignal,
): Promise<void> {
  const { topic, subscription, type, name, initialPosition, durable, priority } = options;
  const action = `subscribe '${subscription}' to '${topic}'`;
  try {
    await connection.request(
      "subscribe",
      {
        topic,
        subscription,
        subType: type,
        consumerId,
        ...(name === undefined ? {} : { consumerName: name }),
        ...(priority === undefined ? {} : { priorityLevel: priority }),
        durable: durable ?? true,
        ...(startMessageId === undefined ? {} : { startMessageId }),
        initialPosition: initialPosition ?? 0,
        ...(epoch === undefined ? {} : { consumerEpoch: epoch }),
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

/** @throws {RangeError} when a receiver queue cannot have this length */
export function checkedQueue(messages: number): number {
  if (Number.isSafeInteger(messages) && messages > 0) return messages;
  throw new RangeError(`receiverQueue '${messages}' is not possible: use a whole number from 1 on`);
}
