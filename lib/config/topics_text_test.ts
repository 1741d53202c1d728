import assert from "node:assert/strict";
import { topicsText } from "./topics_text.ts";

Deno.test("of several topics it is said how many there are", () => {
  assert.equal(topicsText({ topic: "orders" }), "orders");
  assert.equal(topicsText({ topic: "orders", topics: 1 }), "orders");
  assert.equal(topicsText({ topic: "orders-0", topics: 1000 }), "1,000 topics, first orders-0");
});
