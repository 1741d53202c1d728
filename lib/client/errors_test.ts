import assert from "node:assert/strict";
import { TransportError } from "../transport/errors.ts";
import type { ServerErrorName } from "../wire/enums.ts";
import {
  ClosedError,
  ConnectionClosedError,
  errorCode,
  HandshakeError,
  isRefusedForNow,
  isRetryable,
  isRetryableAfterAttach,
  isTransient,
  PulsarError,
} from "./errors.ts";

const server = (code: ServerErrorName): PulsarError => new PulsarError(code, "why\nat java.lang", "do");

Deno.test("server errors are retryable or not as the reference clients have it", () => {
  for (const code of ["ServiceNotReady", "MetadataError", "PersistenceError", "TooManyRequests"] as const) {
    assert.ok(isRetryable(server(code)) && isTransient(server(code)), code);
  }
  const final = [
    "AuthenticationError",
    "AuthorizationError",
    "TopicNotFound",
    "TopicTerminatedError",
  ] as const;
  for (const code of [...final, "NotAllowedError", "IncompatibleSchema", "ProducerFenced"] as const) {
    assert.ok(!isRetryable(server(code)) && !isRetryableAfterAttach(server(code)), code);
  }
  assert.equal(server("ConsumerBusy").message, "do: ConsumerBusy: why");
});

Deno.test("a name or subscription that is taken is final at first, and our own ghost on return", () => {
  for (const code of ["ProducerBusy", "ConsumerBusy", "ConsumerAssignError"] as const) {
    assert.ok(!isTransient(server(code)) && isRetryableAfterAttach(server(code)), code);
  }
});

Deno.test("what cannot be reached is reported at once, and tried again on return if time can mend it", () => {
  const refused = new TransportError("ConnectionRefused", "refused");
  assert.ok(!isTransient(refused) && isRetryableAfterAttach(refused));
  assert.ok(!isRetryableAfterAttach(new TransportError("CertificateUntrusted", "unknown authority")));
  assert.ok(!isTransient(new HandshakeError("http")) && isRetryableAfterAttach(new HandshakeError("http")));
  assert.ok(isTransient(new ConnectionClosedError("gone")));
});

Deno.test("a full broker or topic may have room later, and what is not allowed stays so", () => {
  const full = "Reached the maximum number of connections";
  assert.ok(isRefusedForNow(new PulsarError("NotAllowedError", full, "connect")));
  assert.ok(isRefusedForNow(server("ProducerBusy")) && isRefusedForNow(server("TooManyRequests")));
  for (const code of ["NotAllowedError", "AuthenticationError", "AuthorizationError"] as const) {
    assert.ok(!isRefusedForNow(server(code)), code);
  }
});

Deno.test("faults of a program are never retried", () => {
  assert.ok(!isRetryable(new TypeError("bug")) && !isRetryable("text"));
  assert.ok(!isRetryable(new ClosedError("closed")));
});

Deno.test("every error has a code to count it by", () => {
  assert.equal(errorCode(server("TopicNotFound")), "TopicNotFound");
  assert.equal(errorCode(new TransportError("UnknownHost", "x")), "UnknownHost");
  assert.equal(errorCode(new Error("x")), "Other");
});
