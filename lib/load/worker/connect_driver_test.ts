import assert from "node:assert/strict";
import { configOf } from "../run/load_run_test_support.ts";
import { engineConfig, nativeSettings } from "./connect_driver.ts";

Deno.test("the native client makes the batches, so the engine makes none", () => {
  const native = configOf("producer", {
    driver: "native",
    batchMessages: "50",
    keys: "random",
    workers: "1",
  });
  assert.equal(native.batching, true);
  assert.equal(engineConfig(native).batching, false);
  assert.deepEqual(nativeSettings(native).batching, {
    messages: 50,
    bytes: 2 ** 20,
    delayMs: 1,
    byKey: true,
  });
  assert.equal(
    nativeSettings(configOf("producer", { driver: "native", batching: "false" })).batching,
    undefined,
  );
  const wire = configOf("producer", {});
  assert.equal(engineConfig(wire), wire);
});

Deno.test("files of keys and certificates go to the native client by their names, a token as it is", async () => {
  const config = configOf("consumer", {
    driver: "native",
    serviceUrl: "pulsar+ssl://h",
    tlsCa: "ca.pem",
    tlsCert: "c.pem",
    tlsKey: "k.pem",
    tlsVerifyHostname: "false",
    listenerName: "outside",
  });
  const { tls, token, listenerName, batching } = nativeSettings(config, "abc");
  assert.deepEqual(tls, { caFile: "ca.pem", certFile: "c.pem", keyFile: "k.pem", verifyHostname: false });
  assert.deepEqual([token, listenerName, batching], ["abc", "outside", undefined]);
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "from-a-file\n");
    const read = nativeSettings(configOf("consumer", { driver: "native", tokenFile: file })).token;
    assert.equal(typeof read === "function" ? await read() : read, "from-a-file");
  } finally {
    await Deno.remove(file);
  }
});
