import assert from "node:assert/strict";
import { TransportError } from "../../transport/errors.ts";
import { ClosedError } from "../errors.ts";
import { type BrokerAddress, ConnectionPool } from "./connection_pool.ts";
import { eventually, ScriptedBroker } from "../client_test_support.ts";

const OPTIONS = { clientVersion: "test", operationTimeoutMs: 5000, keepAliveMs: 60_000 };
const address = (host: string, isProxied = false, logical = `${host}:6650`): BrokerAddress => ({
  logical,
  physical: { host, port: 6650 },
  isProxied,
});

Deno.test("callers share one connection per broker, dialled once", async () => {
  const broker = new ScriptedBroker();
  const pool = new ConnectionPool(broker.connect, true, OPTIONS);
  const [first, second] = await Promise.all([pool.get(address("a")), pool.get(address("a"))]);
  assert.equal(first, second);
  assert.notEqual(first, await pool.get(address("b")));
  assert.deepEqual(broker.peers.map(({ target }) => target), [
    { host: "a", port: 6650, tls: true },
    { host: "b", port: 6650, tls: true },
  ]);
  pool.close();
});

Deno.test("through a proxy every broker has a connection of its own", async () => {
  const broker = new ScriptedBroker();
  const pool = new ConnectionPool(broker.connect, false, OPTIONS);
  await pool.get(address("proxy", true, "inner-1:6650"));
  await pool.get(address("proxy", true, "inner-2:6650"));
  await pool.get(address("proxy"));
  const meant = await Promise.all(
    broker.peers.map(async (peer) => (await peer.command("connect")).proxyToBrokerUrl),
  );
  assert.deepEqual(meant, ["inner-1:6650", "inner-2:6650", undefined]);
  pool.close();
});

Deno.test("a connection that is gone, or never was, is made anew", async () => {
  const broker = new ScriptedBroker();
  const pool = new ConnectionPool(broker.connect, false, OPTIONS);
  broker.dial = () => {
    throw new TransportError("ConnectionRefused", "refused");
  };
  await assert.rejects(pool.get(address("a")), /refused/);
  broker.dial = () => {};
  const first = await pool.get(address("a"));
  broker.peers[0]!.close();
  await eventually(() => !first.isOpen);
  const second = await pool.get(address("a"));
  assert.notEqual(first, second);
  assert.ok(second.isOpen);
  pool.close();
  assert.ok(!second.isOpen);
});

Deno.test("closing ends what is being dialled or greeted, and whatever comes later", async () => {
  const dialled = new ScriptedBroker();
  const { promise: never, resolve } = Promise.withResolvers<void>();
  const slow = new ConnectionPool(
    async (target) => {
      await never;
      return await dialled.connect(target);
    },
    false,
    OPTIONS,
  );
  const dialling = slow.get(address("a"));
  slow.close();
  await assert.rejects(dialling, ClosedError);
  resolve();
  const late = await dialled.peer();
  await late.until(() => late.isClosed);

  const silent = new ScriptedBroker().on("connect", () => {});
  const pool = new ConnectionPool(silent.connect, false, OPTIONS);
  const greeting = pool.get(address("a"));
  await (await silent.peer()).command("connect");
  pool.close();
  pool.close();
  await assert.rejects(greeting, ClosedError);
  await assert.rejects(pool.get(address("a")), ClosedError);
});
