import assert from "node:assert/strict";
import { ConnectionPoll } from "./connection_poll.ts";

Deno.test("each loss and each return is told once, to the one it concerns", () => {
  const poll = new ConnectionPoll(1e9);
  const told: string[] = [];
  const member = (name: string) => ({
    connected: true,
    isConnected(): boolean {
      return this.connected;
    },
    onLost: () => told.push(`${name} lost`),
    onBack: () => told.push(`${name} back`),
  });
  const [a, b] = [member("a"), member("b")];
  poll.add(a);
  poll.add(b);
  poll.look();
  a.connected = false;
  poll.look();
  poll.look();
  assert.deepEqual(told, ["a lost"]);
  a.connected = true;
  b.connected = false;
  poll.look();
  assert.deepEqual(told, ["a lost", "a back", "b lost"]);
  poll.remove(b);
  b.connected = true;
  poll.look();
  assert.deepEqual(told.length, 3);
  poll.remove(a);
});
