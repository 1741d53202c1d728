/** The control topic of a run: everyone reads all of it from its beginning, in one order. */
import type { PulsarClient } from "../../client/mod.ts";
import { parseTopic } from "../../client/topic.ts";
import { type ControlMessage, decodeControl, encodeControl } from "./messages.ts";
import { within } from "../../transport/timing.ts";

export interface ControlChannel {
  /** Resolves when the message is stored. */
  send(message: ControlMessage): Promise<void>;
  /** The next message; rejects when the channel is closed or broken. */
  receive(): Promise<ControlMessage>;
  close(): Promise<void>;
}

/** Beside the topic of the run, so that whoever may use that one may use this one. */
export function controlTopic(topic: string, runId: string): string {
  const { namespace } = parseTopic(topic);
  return `persistent://${namespace}/pll-barrier-${runId}`;
}

/** One key for all: should the cluster make topics partitioned, everything still goes through one partition. */
const KEY = "barrier";
const CLOSE_MS = 5000;

/**
 * Opens the control topic. Nothing is acknowledged: the broker keeps every message for as long as somebody is
 * there, so that a process that is restarted finds them all. The last to close leaves the topic without
 * subscriptions, for the broker to delete.
 *
 * @throws {ClientError} when the topic cannot be used
 */
export async function openControlChannel(
  client: PulsarClient,
  topic: string,
  id: string,
): Promise<ControlChannel> {
  const consumer = await client.subscribe({
    topic,
    subscription: `pll-${id}`,
    initialPosition: "earliest",
    receiverQueue: 1000,
  });
  const producer = await client.createProducer({ topic, batching: false, maxMessageBytes: 64 * 1024 });
  return {
    async send(message) {
      await producer.send({ payload: encodeControl(message), key: KEY });
    },
    async receive() {
      for (;;) {
        const message = decodeControl((await consumer.receive()).payload);
        if (message !== undefined) return message;
      }
    },
    async close() {
      const closing = consumer.unsubscribe().then(() => consumer.close()).then(() => producer.close());
      // The broker may be gone: then there is no answer to wait for.
      await within(CLOSE_MS, closing);
    },
  };
}
