import assert from "node:assert/strict";
import { handleOrders } from "../../docs/examples/orders.ts";
import { EmbeddedBroker } from "../broker/mod.ts";

Deno.test("the example of the documentation handles every order, one of them on its second delivery", async () => {
  const broker = await EmbeddedBroker.start();
  try {
    const orders = ["apples", "pears", "plums"];
    const deliveries: string[] = [];
    let isFirst = true;
    const done = await handleOrders(broker.serviceUrl, "orders", orders, (order, message) => {
      deliveries.push(`${order} ${message.redeliveryCount} ${message.properties["source"]}`);
      if (order !== "pears" || !isFirst) return;
      isFirst = false;
      throw new Error("not yet");
    });
    assert.deepEqual(done, ["apples", "plums", "pears"]);
    assert.deepEqual(deliveries, [
      "apples 0 web shop",
      "pears 0 web shop",
      "plums 0 web shop",
      "pears 1 web shop",
    ]);
    const { subscriptions } = await broker.stats("orders");
    assert.equal(subscriptions["billing"]!.msgBacklog, 0, "all is acknowledged when the client is closed");
  } finally {
    await broker.stop();
  }
});
