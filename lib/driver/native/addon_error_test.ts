import assert from "node:assert/strict";
import { NativeClientError } from "./addon_error.ts";

Deno.test("what the addon rejects with is counted under the name that the wire client has for it", () => {
  const codeOf = (text: string): string => new NativeClientError("do it", new Error(text)).code;
  assert.equal(codeOf("Failed to send message: TimeOut"), "Timeout");
  assert.equal(codeOf("Failed to create producer: ConnectError"), "ConnectionClosed");
  assert.equal(codeOf("Failed to create consumer: ConsumerBusy"), "ConsumerBusy");
  assert.equal(codeOf("Failed to send message: TopicTerminated"), "TopicTerminatedError");
});

Deno.test("the message says what was tried, and what the addon says", () => {
  const error = new NativeClientError("send to 't'", new Error("Failed to send message: TimeOut"));
  assert.equal(error.message, "send to 't': Failed to send message: TimeOut");
});
