/**
 * A program with the client of this project: sends orders, handles them on a shared subscription, and has a message that
 * could not be handled redelivered.
 *
 *     deno run --allow-net docs/examples/orders.ts pulsar://localhost:6650
 */
import { type Message, networkConnect, PulsarClient } from "../../lib/client/mod.ts";

/**
 * Sends `orders` and handles them, each until it succeeds.
 *
 * @param handle throws for an order that is to be redelivered
 * @returns orders in the order in which they succeeded
 */
export async function handleOrders(
  serviceUrl: string,
  topic: string,
  orders: readonly string[],
  handle: (order: string, message: Message) => void,
): Promise<string[]> {
  const client = new PulsarClient({ serviceUrl, connect: networkConnect() });
  try {
    const consumer = await client.subscribe({
      topic,
      subscription: "billing",
      type: "shared",
      nackDelayMs: 100,
      onTrouble: (error) => console.error(`reconnecting: ${error.message}`),
    });
    // Without batches, because the broker redelivers a batch as a whole, with the orders of it that have succeeded.
    const producer = await client.createProducer({ topic, batching: false });
    // Sends need not be awaited one by one: messages are stored in the order of the calls.
    await Promise.all(orders.map((order) =>
      producer.send({
        payload: new TextEncoder().encode(order),
        key: order,
        properties: { source: "web shop" },
      })
    ));

    const done: string[] = [];
    while (done.length < orders.length) {
      const message = await consumer.receive();
      const order = new TextDecoder().decode(message.payload);
      try {
        handle(order, message);
      } catch {
        consumer.nack(message);
        continue;
      }
      consumer.ack(message);
      done.push(order);
    }
    return done;
  } finally {
    await client.close();
  }
}

if (import.meta.main) {
  const [serviceUrl = "pulsar://localhost:6650"] = Deno.args;
  let isFirst = true;
  const done = await handleOrders(serviceUrl, "orders", ["apples", "pears", "plums"], (order, message) => {
    console.log(`${order}: message ${message.id}, delivered ${message.redeliveryCount + 1} times`);
    if (order !== "pears" || !isFirst) return;
    isFirst = false;
    throw new Error("no pears in stock yet");
  });
  console.log(`handled: ${done.join(", ")}`);
}
