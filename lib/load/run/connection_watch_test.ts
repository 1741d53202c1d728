import assert from "node:assert/strict";
import { ConnectionWatch } from "./connection_watch.ts";

Deno.test("a loss counts from its beginning and is named by its newest error, until the connection is back", () => {
  const watch = new ConnectionWatch();
  assert.equal(watch.down(2, 6), undefined);
  watch.lost(0, 1, "ConnectionClosed", 4);
  watch.lost(1, 0, "ConnectionClosed", 5);
  watch.lost(0, 1, "ConnectionRefused", 9);
  assert.deepEqual(watch.down(2, 6), { down: 2, of: 6, seconds: 4, code: "ConnectionRefused" });
  watch.back(0, 1);
  assert.deepEqual(watch.down(2, 6), { down: 1, of: 6, seconds: 5, code: "ConnectionClosed" });
  watch.back(1, 0);
  assert.equal(watch.down(2, 6), undefined);
});

Deno.test("what a worker had lost is forgotten when it is replaced, and when its slot is given up", () => {
  const watch = new ConnectionWatch();
  watch.lost(0, 0, "Timeout", 1);
  watch.lost(1, 0, "Timeout", 1);
  assert.deepEqual(watch.down(1, 1), { down: 1, of: 1, seconds: 1, code: "Timeout" });
  watch.restart(0);
  assert.equal(watch.down(1, 1), undefined);
});
