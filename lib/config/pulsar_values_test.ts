import assert from "node:assert/strict";
import fc from "fast-check";
import {
  adminUrl,
  payloadSize,
  position,
  properties,
  rate,
  secretEnvName,
  serviceUrl,
  stage,
  tokenFile,
  topic,
} from "./pulsar_values.ts";
import type { SizeConfig, StageConfig } from "./run_config.ts";
import { ValueError } from "./units.ts";
import { choice, integer, listOf, type ValueKind } from "./value_kinds.ts";

const PLAIN = { noNullPrototype: true };

function parse<T>(kind: ValueKind<T>, ...texts: string[]): T {
  return kind.parse(texts);
}

function refuses(kind: ValueKind<unknown>, ...texts: string[]): void {
  for (const text of texts) {
    assert.throws(
      () => kind.parse([text]),
      (error) => error instanceof ValueError && error.expected !== "",
      text,
    );
  }
}

Deno.test("service URLs name one or more hosts, with or without TLS", () => {
  for (
    const url of [
      "pulsar://localhost:6650",
      "pulsar+ssl://a.b:6651",
      "pulsar://h1:1,h2:65535",
      "pulsar://[::1]:6650",
    ]
  ) {
    assert.equal(parse(serviceUrl, url), url);
  }
  assert.equal(parse(serviceUrl, "pulsar://localhost:6650/"), "pulsar://localhost:6650");
  refuses(
    serviceUrl,
    "",
    "localhost:6650",
    "http://localhost:8080",
    "pulsar://",
    "pulsar://h:0",
    "pulsar://h:65536",
  );
  refuses(serviceUrl, "pulsar://h:6650/x", "pulsar://a b:1", "pulsar://h:66x");
});

Deno.test("a password in a URL is refused without being repeated", () => {
  for (
    const [kind, url] of [[serviceUrl, "pulsar://me:s3cret@h:1"], [adminUrl, "http://me:s3cret@h:1"]] as const
  ) {
    assert.throws(
      () => kind.parse([url]),
      (error) => error instanceof ValueError && !error.message.includes("s3cret"),
    );
  }
});

Deno.test("a token pasted where a variable's name belongs is refused without being repeated", () => {
  assert.equal(parse(secretEnvName, "PULSAR_TOKEN"), "PULSAR_TOKEN");
  assert.throws(() => parse(secretEnvName, "eyJhbGciOi"), (error) => {
    return error instanceof ValueError && !error.message.includes("eyJ");
  });
  refuses(secretEnvName, "HOME", "pulsar_token", "PULSAR_");
});

Deno.test("bare topic names get the default tenant and namespace", () => {
  assert.equal(parse(topic, "orders"), "persistent://public/default/orders");
  assert.equal(parse(topic, "t/n/orders"), "persistent://t/n/orders");
  assert.equal(parse(topic, "non-persistent://t/n/o"), "non-persistent://t/n/o");
  assert.equal(parse(topic, " my topic "), "persistent://public/default/my topic");
  refuses(topic, "", "a/b", "a/b/c/d", "http://t/n/o", "persistent://", "persistent://t", "a\u001b[2J");
  assert.throws(() => parse(topic, "a/b"), {
    message:
      "'a/b' is not valid: expected a topic name; this has 2 parts, expected NAME or TENANT/NAMESPACE/NAME",
  });
});

Deno.test("rates are numbers, unlimited, or max", () => {
  assert.equal(parse(rate, "5k"), 5000);
  assert.equal(parse(rate, "Unlimited"), "unlimited");
  assert.equal(parse(rate, "max"), "max");
  refuses(rate, "0", "-1", "fast", "1e99", "");
});

Deno.test("a unit with letters too many is answered with a proposal, in rates, sizes and stages", () => {
  for (
    const [kind, given, proposal] of [
      [rate, "5kk", "'5k' or '5m'"],
      [payloadSize, "100-4KiBB", "'4KiB'"],
      [stage, "30s:5kk", "'5k' or '5m'"],
      [stage, "30ss:5k", "'30s'"],
    ] as const
  ) {
    assert.throws(() => parse<unknown>(kind, given), { text: given, proposal }, given);
  }
});

Deno.test("payload sizes are one size, a range, or a list", () => {
  assert.deepEqual(parse(payloadSize, "1KiB"), { kind: "fixed", bytes: 1024 });
  assert.deepEqual(parse(payloadSize, "100-4KiB"), { kind: "uniform", min: 100, max: 4096 });
  assert.deepEqual(parse(payloadSize, "100,1KiB"), { kind: "list", sizes: [100, 1024] });
  refuses(payloadSize, "0", "65MiB", "200-100", "1-2-3", "1,", "-5", "");
});

Deno.test("stages hold, ramp, or burst", () => {
  assert.deepEqual(parse(stage, "30s:1k"), { kind: "hold", durationMs: 30e3, rate: 1000 });
  assert.deepEqual(parse(stage, "step:30s:0"), { kind: "hold", durationMs: 30e3, rate: 0 });
  assert.deepEqual(parse(stage, "ramp:1m:50k"), { kind: "ramp", durationMs: 60e3, rate: 50_000 });
  assert.deepEqual(parse(stage, "burst:5m:10k:1s/4s"), {
    kind: "burst",
    durationMs: 300e3,
    rate: 10_000,
    onMs: 1000,
    offMs: 4000,
  });
  refuses(
    stage,
    "",
    "30s",
    "1k:30s",
    "jump:30s:1k",
    "burst:30s:1k",
    "burst:30s:1k:1s",
    "ramp:30s:1k:1s/1s",
    "0:5",
  );
});

Deno.test("positions are words, ISO times, or epoch milliseconds", () => {
  assert.equal(parse(position, "earliest"), "earliest");
  assert.equal(parse(position, "2026-01-31T12:00:00Z"), Date.UTC(2026, 0, 31, 12));
  assert.equal(parse(position, "1769860800000"), 1769860800000);
  refuses(position, "1769860800", "yesterday", "2026-13-01");
});

Deno.test("properties keep every equals sign but the first", () => {
  assert.deepEqual(parse(properties, "a=1", "b=x=y", "c="), { a: "1", b: "x=y", c: "" });
  refuses(properties, "a", "=1", "");
});

Deno.test("choices ignore case, dashes and underscores, and suggest", () => {
  const kind = choice("key-shared", "shared");
  assert.equal(parse(kind, "Key_Shared"), "key-shared");
  assert.equal(parse(kind, "KeyShared"), "key-shared");
  assert.throws(() => parse(kind, "shard"), /one of key-shared, shared \(did you mean 'shared'\?\)/);
});

Deno.test("of several texts the last counts, except in lists", () => {
  assert.equal(parse(integer(0, 9), "1", "2"), 2);
  assert.deepEqual(parse(listOf(integer(0, 9)), "1", "2"), [1, 2]);
  refuses(integer(0, 9), "1.0", "1k", "10", "-1", "");
});

Deno.test("canonical texts of sizes and stages parse back to the same value", () => {
  const bytes = fc.integer({ min: 1, max: 64 * 1024 ** 2 });
  const size: fc.Arbitrary<SizeConfig> = fc.oneof(
    bytes.map((value) => ({ kind: "fixed", bytes: value } as const)),
    fc.tuple(bytes, bytes).map((
      [a, b],
    ) => ({ kind: "uniform", min: Math.min(a, b), max: Math.max(a, b) } as const)),
    fc.array(bytes, { minLength: 2, maxLength: 5 }).map((sizes) => ({ kind: "list", sizes } as const)),
  );
  fc.assert(
    fc.property(size, (value) => assert.deepEqual(payloadSize.parse(payloadSize.format(value)), value)),
  );
  const span = fc.integer({ min: 1, max: 1e9 });
  const one: fc.Arbitrary<StageConfig> = fc.oneof(
    fc.record({ kind: fc.constantFrom("hold", "ramp"), durationMs: span, rate: fc.nat(1e6) }, PLAIN),
    fc.record(
      { kind: fc.constant("burst"), durationMs: span, rate: fc.nat(1e6), onMs: span, offMs: span },
      PLAIN,
    ),
  );
  fc.assert(fc.property(one, (value) => assert.deepEqual(stage.parse(stage.format(value)), value)));
});

Deno.test("what is missing or out of range in an address or a rate is named, with what would be right", () => {
  const refusal = (kind: ValueKind<unknown>, text: string): string => {
    try {
      kind.parse([text]);
    } catch (error) {
      assert.ok(error instanceof ValueError);
      return error.expected;
    }
    return assert.fail(`'${text}' was accepted`);
  };
  assert.match(refusal(serviceUrl, "localhost:6650"), /\(did you mean 'pulsar:\/\/localhost:6650'\?\)$/);
  assert.match(refusal(serviceUrl, "broker"), /\(did you mean 'pulsar:\/\/broker'\?\)$/);
  assert.match(
    refusal(serviceUrl, "http://localhost:8080"),
    /^'pulsar:\/\/HOST:PORT' or 'pulsar\+ssl:\/\/HOST:PORT': that is an admin URL, which --admin-url takes$/,
  );
  assert.match(refusal(serviceUrl, "pulsar://localhost:99999"), /a port from 1 to 65535/);
  assert.match(refusal(serviceUrl, "pulsar://a:1,b:0"), /a port from 1 to 65535/);
  assert.match(refusal(rate, "99999999999999999999"), /at most 100m\/s/);
});

Deno.test("a token given in place of its file is refused without being repeated", () => {
  const base64 = (length: number): string => "Ab3_-".repeat(length / 5);
  for (const token of [`eyJhbGciOiJIUzI1NiJ9.${base64(40)}.${base64(30)}`, "eyJ9.eyJ9.", base64(120)]) {
    assert.throws(() => tokenFile.parse([token]), (error) => {
      assert.ok(error instanceof ValueError);
      assert.equal(error.text, "(hidden)");
      assert.equal(error.expected, "the path of a file with the token in it, not the token itself");
      return true;
    });
  }
  for (const path of ["token", "/var/run/secrets/token.jwt", "eyes.of.blue/token", `/${base64(200)}`]) {
    assert.equal(tokenFile.parse([path]), path);
  }
});

Deno.test("topics have no control characters in their names", () => {
  for (const name of ["a\x1b[2J", "a\x07", "persistent://public/default/a\x9bb"]) {
    assert.throws(() => topic.parse([name]), ValueError);
  }
});
