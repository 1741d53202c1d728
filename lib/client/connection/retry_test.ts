import assert from "node:assert/strict";
import { Backoff } from "./backoff.ts";
import { ClosedError, ConnectionClosedError, PulsarError } from "../errors.ts";
import { retryTransient } from "./retry.ts";
import { QUICK } from "../client_test_support.ts";

const options = (signal = new AbortController().signal, limitMs = 5000) => ({
  limitMs,
  signal,
  backoff: new Backoff(QUICK),
});

Deno.test("an attempt is repeated while its errors pass", async () => {
  const failures: Error[] = [];
  let attempts = 0;
  const result = await retryTransient({ ...options(), onFailed: (error) => failures.push(error) }, () => {
    attempts++;
    if (attempts === 1) return Promise.reject(new PulsarError("ServiceNotReady", "", "x"));
    if (attempts === 2) return Promise.reject(new ConnectionClosedError("gone"));
    return Promise.resolve("done");
  });
  assert.equal(result, "done");
  assert.deepEqual(failures.map(({ name }) => name), ["PulsarError", "ConnectionClosedError"]);
});

Deno.test("errors that do not pass, and time that is over, end it", async () => {
  const final = new PulsarError("TopicNotFound", "", "x");
  await assert.rejects(retryTransient(options(), () => Promise.reject(final)), final);
  const passing = new ConnectionClosedError("gone");
  await assert.rejects(retryTransient(options(undefined, 0), () => Promise.reject(passing)), passing);
});

Deno.test("nobody is kept waiting once it is given up", async () => {
  const abort = new AbortController();
  const waiting = retryTransient(
    { ...options(abort.signal), backoff: new Backoff({ initialMs: 4000 }) },
    () => {
      setTimeout(() => abort.abort(), 0);
      return Promise.reject(new ConnectionClosedError("gone"));
    },
  );
  await assert.rejects(waiting, ClosedError);
  await assert.rejects(retryTransient(options(abort.signal), () => assert.fail("not tried")), ClosedError);
  await assert.rejects(
    retryTransient(options(abort.signal), () => Promise.reject(new ConnectionClosedError("gone"))),
    ClosedError,
  );
});
