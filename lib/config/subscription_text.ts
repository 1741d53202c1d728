/** A subscription's kind, in words. */
import type { ConsumerConfig } from "./run_config.ts";

/** `shared`, or `exclusive, not durable`. */
export function subscriptionText(
  { subscriptionType, durable }: Pick<ConsumerConfig, "subscriptionType" | "durable">,
): string {
  return durable ? subscriptionType : `${subscriptionType}, not durable`;
}
