import assert from "node:assert/strict";
import type { Driver, DriverConsumer, DriverProducer } from "../../driver/driver.ts";
import { OwnConnections } from "./own_connections.ts";

class FakeClient implements Driver {
  isClosed = false;
  constructor(readonly maxMessageSize: number, readonly isRefused = false) {}

  createEntryProducer<C>(): Promise<DriverProducer<C>> {
    return this.isRefused ? Promise.reject(new Error("refused")) : Promise.resolve({} as DriverProducer<C>);
  }

  createEntryConsumer(): Promise<DriverConsumer> {
    return Promise.resolve({} as DriverConsumer);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

// The fakes look at no option.
const NONE = {} as never;

Deno.test("every producer and consumer has a client of its own, and all are closed together", async () => {
  const made: FakeClient[] = [];
  const own = new OwnConnections(() => {
    const client = new FakeClient(1000 + made.length, made.length === 3);
    made.push(client);
    return client;
  });
  assert.equal(own.maxMessageSize, 1000, "before anybody has connected, what clients take for usual");
  await own.createEntryProducer(NONE);
  await own.createEntryConsumer(NONE);
  assert.deepEqual([made.length, own.maxMessageSize], [3, 1002]);
  await assert.rejects(own.createEntryProducer(NONE), /refused/);
  assert.ok(made[3]!.isClosed, "one that was refused holds no connection");
  assert.equal(own.maxMessageSize, 1002);
  await own.close();
  assert.deepEqual(made.slice(1).map(({ isClosed }) => isClosed), [true, true, true]);
  await assert.rejects(own.createEntryConsumer(NONE), /closing/);
});
