import assert from "node:assert/strict";
import { configOf } from "../lib/load/run/load_run_test_support.ts";
import { tokenNotices } from "./token_notices.ts";

const secret = () => 0o100600;

Deno.test("a token that leaves the machine unencrypted is told, for brokers and for the admin API", () => {
  const notices = (serviceUrl: string, adminUrl?: string): string[] =>
    tokenNotices(
      configOf("producer", { tokenFile: "t", serviceUrl, ...(adminUrl === undefined ? {} : { adminUrl }) }),
      secret,
    );
  assert.deepEqual(notices("pulsar://broker:6650"), [
    "the token goes to pulsar://broker:6650 unencrypted: whoever is on the way can read it; use pulsar+ssl://",
  ]);
  assert.equal(notices("pulsar://127.0.0.1:6650,other:6650").length, 1);
  assert.match(
    notices("pulsar+ssl://broker:6651", "http://broker:8080")[0]!,
    /http:\/\/broker:8080 .* https:/,
  );
  for (
    const url of ["pulsar+ssl://broker", "pulsar://localhost", "pulsar://127.0.0.2", "pulsar://[::1]:6650"]
  ) {
    assert.deepEqual(notices(url, "http://127.0.0.1:8080"), [], url);
  }
});

Deno.test("a token file that everybody can read is told, one of a group is not", () => {
  const notices = (mode: number | null): string[] =>
    tokenNotices(configOf("consumer", { tokenFile: "/t" }), () => mode);
  assert.deepEqual(notices(0o100666), [
    "every user of this machine can read the token file '/t': chmod 600 would end that",
  ]);
  for (const mode of [0o100600, 0o100440, null]) assert.deepEqual(notices(mode), []);
});

Deno.test("a token of the environment has no file, and without a token there is nothing to tell", () => {
  const everybody = (): number => 0o100644;
  const remote = "pulsar://broker:6650";
  assert.equal(
    tokenNotices(configOf("producer", { tokenEnv: "PLL_T", serviceUrl: remote }), everybody).length,
    1,
  );
  assert.deepEqual(tokenNotices(configOf("producer", { serviceUrl: remote }), everybody), []);
});
