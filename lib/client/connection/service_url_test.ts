import assert from "node:assert/strict";
import { InvalidNameError } from "../errors.ts";
import { parseServiceUrl } from "./service_url.ts";

Deno.test("service URLs with one or several hosts are understood", () => {
  assert.deepEqual(parseServiceUrl("pulsar://localhost"), {
    tls: false,
    addresses: [{ host: "localhost", port: 6650 }],
  });
  assert.deepEqual(parseServiceUrl(" pulsar+ssl://a,b:7000/ ").addresses, [
    { host: "a", port: 6651 },
    { host: "b", port: 7000 },
  ]);
  const [address] = parseServiceUrl("pulsar://[::1]:6650").addresses;
  assert.deepEqual(address, { host: "::1", port: 6650 });
});

for (
  const [url, reason] of [
    ["http://localhost:8080", /that is an admin URL/],
    ["localhost:6650", /expected something like pulsar/],
    ["pulsar://", /is not valid/],
    ["pulsar://host:0", /port '0', expected 1 to 65535/],
    ["pulsar://host:99999", /port '99999'/],
    ["pulsar://a b", /bad address 'a b'/],
    ["pulsar://user@host", /bad address 'user@host'/],
    ["pulsar://host/path", /is not valid/],
  ] as const
) {
  Deno.test(`service URL '${url}' is refused with the reason`, () => {
    assert.throws(() => parseServiceUrl(url), (error) => {
      assert.ok(error instanceof InvalidNameError);
      assert.match(error.message, reason);
      assert.ok(error.message.includes(url));
      return true;
    });
  });
}
