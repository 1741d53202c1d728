/** The worker side of {@link startBrokerInWorker}: one broker, driven by messages. */
import { EmbeddedBroker } from "../embedded_broker.ts";
import type { BrokerHandle } from "../handle.ts";
import type { BrokerOptions } from "../options.ts";
import { describeError, type FromWorker, REMOTE_METHODS, type ToWorker } from "./messages.ts";

let broker: BrokerHandle | undefined;

function say(message: FromWorker): void {
  self.postMessage(message);
}

async function start(options: BrokerOptions): Promise<void> {
  try {
    const started = await EmbeddedBroker.start(options);
    broker = started;
    say({ kind: "started", serviceUrl: started.serviceUrl, adminUrl: started.adminUrl });
  } catch (error) {
    say({ kind: "failed", error: describeError(error) });
  }
}

async function call(message: Extract<ToWorker, { kind: "call" }>): Promise<void> {
  const { id, method, parameters } = message;
  try {
    if (broker === undefined || !REMOTE_METHODS.includes(method)) {
      throw new TypeError(`'${method}' cannot be called`);
    }
    // The caller's types tie parameters to methods; here they are plain data.
    const run = broker[method] as (...parameters: unknown[]) => Promise<unknown>;
    say({ kind: "result", id, value: await run.apply(broker, [...parameters]) });
  } catch (error) {
    say({ kind: "error", id, error: describeError(error) });
  }
}

self.onmessage = (event: MessageEvent<ToWorker>): void => {
  if (event.data.kind === "start") void start(event.data.options);
  else void call(event.data);
};
