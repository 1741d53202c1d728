/** The subscribe request of a consumer. */
import type { MessageIdData } from "../../wire/messages.ts";
import type { Connection } from "../connection/connection.ts";
import { ClosedError, PulsarError } from "../errors.ts";
import type { ReaderPlace } from "./reader_place.ts";

export interface SubscribeOptions {
  readonly topic: string;
  readonly subscription: string;
  /** `SubType` number. */
  readonly type: number;
  /** `InitialPosition` number. */
  readonly initialPosition?: number | undefined;
  readonly name?: string | undefined;
  /**
   * False: the subscription exists only while this consumer is connected, which begins a new one after a reconnect, where
   * it was: only for one consumer at a time. Default true.
   */
  readonly durable?: boolean | undefined;
  /** Where a subscription that is not durable starts: after this entry. Without it, at the initial position. */
  readonly startMessageId?: MessageIdData | undefined;
}

/**
 * Subscribes a consumer that is registered on the connection. On failure it is registered neither there nor at the
 * broker.
 *
 * @param epoch of the consumer; only where the broker compares it: one consumer at a time, in order
 * @param place where a subscription that is not durable begins
 * @throws the error of the broker, or of the connection
 */
export async function subscribe(
  connection: Connection,
  options: SubscribeOptions,
  consumerId: number,
  epoch: number | undefined,
  signal: AbortSignal,
  place?: ReaderPlace,
): Promise<void> {
  const { topic, subscription, type, name, initialPosition = 0, durable = true } = options;
  const action = `subscribe '${subscription}' to '${topic}'`;
  place?.attaching();
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
        startMessageId: place?.start,
        initialPosition,
        consumerEpoch: epoch,
      },
      action,
      { signal },
    );
    if (place?.isKnown === false) await findPlace(connection, topic, consumerId, place, signal);
    if (signal.aborted) throw new ClosedError(`${action}: given up`);
  } catch (error) {
    connection.removeConsumer(consumerId);
    if (connection.isOpen && !(error instanceof PulsarError)) {
      connection.send("closeConsumer", { consumerId, requestId: connection.newRequestId() });
    }
    throw error;
  }
}

/**
 * Asks where the broker has begun, before it is granted the first message: a consumer that is disconnected before one has
 * come would begin at a later end, without what was sent meanwhile.
 */
async function findPlace(
  connection: Connection,
  topic: string,
  consumerId: number,
  place: ReaderPlace,
  signal: AbortSignal,
): Promise<void> {
  try {
    const action = `ask where the reader of '${topic}' begins`;
    const answer = await connection.request("getLastMessageId", { consumerId }, action, { signal });
    if (answer.name !== "getLastMessageIdResponse") return;
    // Brokers before 2.7 do not tell.
    const { consumerMarkDeletePosition: begun } = answer.body;
    if (begun !== undefined) place.pass(begun.ledgerId, begun.entryId);
  } catch (error) {
    // One that does not answer this has subscribed it all the same.
    if (!(error instanceof PulsarError)) throw error;
  }
}
