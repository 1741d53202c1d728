import { networkConnect, PulsarClient } from "../client/mod.ts";
import { testContract } from "./driver_contract_test_support.ts";
import { findAddon } from "./native/find_addon.ts";
import { loadAddon } from "./native/load_addon.ts";
import { NativeDriver, type NativeSettings } from "./native/native_driver.ts";
import { standIn } from "./native/stand_in_test_support.ts";

testContract({
  name: "wire client",
  hasReaders: true,
  connect: (serviceUrl) =>
    Promise.resolve(
      new PulsarClient({ serviceUrl, connect: networkConnect(), backoff: { initialMs: 400, maxMs: 800 } }),
    ),
});

const settings = (serviceUrl: string): NativeSettings => ({ serviceUrl, operationTimeoutMs: 3000 });

testContract({
  name: "native client over its stand-in",
  connect: (serviceUrl) => Promise.resolve(new NativeDriver(standIn, settings(serviceUrl))),
});

testContract({
  name: "native client over its stand-in, in batches",
  connect: (serviceUrl) =>
    Promise.resolve(
      new NativeDriver(standIn, {
        ...settings(serviceUrl),
        batching: { messages: 10, bytes: 64 * 1024, delayMs: 5, byKey: true },
      }),
    ),
});

/** Why the addon itself is not tested here; `deno task test:native` tests it where it is installed. */
function whyNot(): string | undefined {
  try {
    findAddon();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

testContract({
  name: "native client",
  skipped: whyNot(),
  connect: async (serviceUrl) => new NativeDriver(await loadAddon(), settings(serviceUrl)),
});
