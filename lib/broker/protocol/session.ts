/** What command handlers know of the connection that a command came over. */
import type { BrokerCore } from "../core.ts";
import type { Consumer } from "../subscription/consumer.ts";
import type { Peer } from "../io/peer.ts";
import type { Producer } from "../topic/producer.ts";
import type { Subscription } from "../subscription/subscription.ts";
import type { Topic } from "../topic/topic.ts";

export interface AttachedProducer {
  readonly producer: Producer;
  readonly topic: Topic;
  /** False while it waits for exclusive access. */
  isReady: boolean;
}

export interface AttachedConsumer {
  readonly consumer: Consumer;
  readonly subscription: Subscription;
  readonly topic: Topic;
}

/** What command handlers know of the connection a command came over. */
export interface Session {
  readonly core: BrokerCore;
  readonly peer: Peer;
  readonly producers: Map<number, AttachedProducer>;
  readonly consumers: Map<number, AttachedConsumer>;
}

/** Removes a producer from its topic. */
export function removeProducer(attached: AttachedProducer): void {
  attached.topic.producers.remove(attached.producer);
}

/** Removes a consumer from its subscription; what it held goes to the other consumers. */
export function removeConsumer(core: BrokerCore, attached: AttachedConsumer): void {
  const { consumer, subscription, topic } = attached;
  subscription.detach(consumer);
  const isLast = subscription.consumers.length === 0;
  if (isLast && !subscription.isDurable && topic.subscriptions.get(subscription.name) === subscription) {
    topic.deleteSubscription(subscription.name);
  } else core.markSubscription(subscription);
}
