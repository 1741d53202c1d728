/**
 * An embedded broker in a process of its own, so that its processor time is not the client's. Prints its two addresses
 * as JSON and ends with its stdin.
 */
import { EmbeddedBroker } from "../../lib/broker/mod.ts";

export interface BrokerProcess extends AsyncDisposable {
  readonly serviceUrl: string;
  readonly adminUrl: string;
}

/** @param mode `null` stores nothing, which takes the least from what is measured */
export async function startBrokerProcess(mode: "memory" | "null"): Promise<BrokerProcess> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-net=127.0.0.1", "--allow-read", import.meta.url, mode],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  return {
    ...JSON.parse(value),
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await reader.cancel();
      await child.status;
    },
  };
}

if (import.meta.main) {
  const broker = await EmbeddedBroker.start({ mode: Deno.args[0] === "memory" ? "memory" : "null" });
  console.log(JSON.stringify({ serviceUrl: broker.serviceUrl, adminUrl: broker.adminUrl }));
  for await (const _ of Deno.stdin.readable);
  await broker.stop();
}
