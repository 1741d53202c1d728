import assert from "node:assert/strict";
import { configOf } from "../run/load_run_test_support.ts";
import { authenticationOf } from "./connect_client.ts";

const files = { serviceUrl: "pulsar+ssl://h", tlsCert: "c.pem", tlsKey: "k.pem" };

Deno.test("a client certificate without a token is the identity", () => {
  assert.equal(authenticationOf(configOf("producer", files))?.method, "tls");
  assert.equal(authenticationOf(configOf("consumer", files))?.method, "tls");
});

Deno.test("a token goes before the certificate, wherever it comes from", () => {
  assert.equal(authenticationOf(configOf("producer", { ...files, tokenFile: "t" }))?.method, "token");
  assert.equal(authenticationOf(configOf("producer", files), "abc")?.method, "token");
});

Deno.test("without either nothing is offered", () => {
  assert.equal(authenticationOf(configOf("producer", {})), undefined);
  const { serviceUrl } = files;
  assert.equal(authenticationOf(configOf("producer", { serviceUrl, tlsCa: "ca.pem" })), undefined);
});
