import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bytesText,
  countText,
  durationText,
  formatBytes,
  formatCount,
  formatDuration,
  formatElapsed,
  formatNumber,
  formatPercent,
  formatRate,
  formatThroughput,
  parseBoolean,
  parseBytes,
  parseCount,
  parseDuration,
  parsePercent,
  parseRate,
  plural,
  proposalFor,
  rateText,
  ValueError,
} from "./units.ts";

const ANY = { min: 0, max: Number.MAX_SAFE_INTEGER };

function refused(parse: () => unknown, text: string, expected: RegExp): void {
  assert.throws(
    parse,
    (error) => error instanceof ValueError && error.text === text && expected.test(error.expected),
  );
}

Deno.test("counts take k, m and g in either case, fractions of them, and digit groups", () => {
  const expected = {
    "0": 0,
    "10k": 10_000,
    "10K": 10_000,
    "1.5m": 1_500_000,
    "2g": 2e9,
    "1_000": 1000,
    "1e6": 1e6,
    " 7 ": 7,
  };
  for (const [text, value] of Object.entries(expected)) assert.equal(parseCount(text, ANY), value, text);
});

Deno.test("counts that are negative, broken, fractional, or out of bounds are refused with what is right", () => {
  for (
    const text of [
      "",
      "-5",
      "1.5",
      "ten",
      "1,000",
      "0x10",
      "5 apples",
      "1e400",
      "NaN",
      "Infinity",
      "++1",
      "1k5",
    ]
  ) {
    refused(() => parseCount(text, { min: 1, max: 64 }), text, /^a whole number from 1 to 64$/);
  }
  refused(() => parseCount("65", { min: 1, max: 64 }), "65", /from 1 to 64/);
  refused(() => parseCount("0", { min: 1, max: Infinity }), "0", /of at least 1/);
});

Deno.test("sizes tell decimal from binary units", () => {
  const expected = {
    "512": 512,
    "512B": 512,
    "4kB": 4000,
    "4k": 4000,
    "4KiB": 4096,
    "1.5MiB": 1_572_864,
    "1 GiB": 1024 ** 3,
  };
  for (const [text, value] of Object.entries(expected)) assert.equal(parseBytes(text, ANY), value, text);
  refused(() => parseBytes("0.3KiB", ANY), "0.3KiB", /a size from/);
});

Deno.test("durations are sums of falling units", () => {
  const expected = {
    "0": 0,
    "250ms": 250,
    "30s": 30e3,
    "1h30m": 5400e3,
    "1m 30s": 90e3,
    "2d": 172800e3,
    "1.5s": 1500,
    "100us": 0.1,
    "100\u00b5s": 0.1,
    "100\u03bcs": 0.1,
    "1.5ms200\u03bcs": 1.7,
    ".5s": 500,
  };
  for (const [text, value] of Object.entries(expected)) assert.equal(parseDuration(text, ANY), value, text);
});

Deno.test("durations without a unit, with rising or repeated units, or negative ones are refused", () => {
  for (const text of ["", "30", "30m1h", "1s1s", "-1s", "5x", "s", "1h30"]) {
    refused(() => parseDuration(text, ANY), text, /with its unit/);
  }
});

Deno.test("a duration without a unit is refused, and seconds are proposed", () => {
  refused(() => parseDuration("10", ANY), "10", /\(did you mean '10s'\?\)$/);
  refused(() => parseDuration("1.5", ANY), "1.5", /\(did you mean '1\.5s'\?\)$/);
  refused(() => parseDuration("10x", ANY), "10x", /^(?!.*did you mean)/);
});

Deno.test("a unit with letters too many is refused, and the one that was likely meant is proposed", () => {
  const proposed = (
    parse: (text: string, bounds: typeof ANY) => number,
    text: string,
  ): string | undefined => {
    try {
      return String(parse(text, { min: 1, max: 1e9 }));
    } catch (error) {
      assert.ok(error instanceof ValueError && error.text === text);
      assert.equal(error.message.includes("did you mean"), error.proposal !== undefined);
      return error.proposal;
    }
  };
  assert.equal(proposed(parseRate, "5kk"), "'5k' or '5m'");
  assert.equal(proposed(parseCount, "5KK"), "'5k' or '5m'");
  assert.equal(proposed(parseCount, "5000kk"), "'5000k'", "5,000 millions are out of bounds");
  assert.equal(proposed(parseCount, "5mm"), "'5m'");
  assert.equal(proposed(parseRate, "5k/s/s"), "'5k/s'");
  assert.equal(proposed(parseRate, "5kps"), "'5k'");
  assert.equal(proposed(parseBytes, "1KiBB"), "'1KiB'");
  assert.equal(proposed(parseBytes, "4kbb"), "'4kb'");
  assert.equal(proposed(parseDuration, "10ss"), "'10s'");
  assert.equal(proposed(parseDuration, "1h30min"), "'1h30m'");
  for (const text of ["5kbit", "5Mbit/s", "kk", "5x", "-5k", "1s1s", "", "5k5k"]) {
    for (const parse of [parseRate, parseCount, parseBytes]) {
      assert.equal(proposed(parse, text), undefined, text);
    }
  }
});

Deno.test("rates are per second unless said otherwise", () => {
  const expected = { "5k": 5000, "5k/s": 5000, "300/m": 5, "36000/h": 10, "0.5": 0.5, "10 msg/s": 10 };
  for (const [text, value] of Object.entries(expected)) assert.equal(parseRate(text, ANY), value, text);
  refused(() => parseRate("5/d", ANY), "5/d", /messages per second/);
});

Deno.test("percentages may carry their sign and stay within bounds", () => {
  assert.equal(parsePercent("30%"), 30);
  assert.equal(parsePercent("12.5"), 12.5);
  refused(() => parsePercent("101%"), "101%", /from 0% to 100%/);
});

Deno.test("booleans have the usual spellings and no others", () => {
  assert.deepEqual(["true", "YES", "on", "1"].map(parseBoolean), [true, true, true, true]);
  assert.deepEqual(["false", "no", "Off", "0"].map(parseBoolean), [false, false, false, false]);
  refused(() => parseBoolean("maybe"), "maybe", /'true' or 'false'/);
});

Deno.test("what the writers write, the parsers read back exactly", () => {
  const whole = fc.maxSafeNat();
  fc.assert(fc.property(whole, (value) => parseCount(countText(value), ANY) === value));
  fc.assert(fc.property(whole, (value) => parseBytes(bytesText(value), ANY) === value));
  fc.assert(
    fc.property(fc.nat(1e12), (micros) => parseDuration(durationText(micros / 1e3), ANY) === micros / 1e3),
  );
  fc.assert(fc.property(fc.nat(1e9), (milli) => parseRate(rateText(milli / 1e3), ANY) === milli / 1e3));
});

Deno.test("parsers end with a number within bounds or a ValueError, whatever they are given", () => {
  const bounds = { min: 1, max: 1e6 };
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-0-9.ekmgsiB_/ ]{0,12}$/)), (text) => {
    for (const parse of [parseCount, parseBytes, parseDuration, parseRate, parsePercent]) {
      try {
        const value = parse(text, bounds);
        assert.ok(value >= bounds.min && value <= bounds.max, `${parse.name}('${text}') gave ${value}`);
      } catch (error) {
        assert.ok(error instanceof ValueError);
      }
    }
  }));
});

Deno.test("the writers choose the largest unit that loses nothing", () => {
  assert.deepEqual([0, 999, 1000, 1500, 10_000, 2e6].map(countText), ["0", "999", "1k", "1500", "10k", "2m"]);
  assert.deepEqual([512, 1024, 1500, 5 * 1024 ** 2].map(bytesText), ["512B", "1KiB", "1500B", "5MiB"]);
  assert.deepEqual([0, 0.1, 1500, 5400e3].map(durationText), ["0", "100us", "1s500ms", "1h30m"]);
});

Deno.test("figures for people have three digits, a unit apart, and no exponent", () => {
  assert.deepEqual([0, 0.123, 1.234, 9.996, 12.34, 123.4, 1234567].map(formatNumber), [
    "0",
    "0.12",
    "1.23",
    "10.0",
    "12.3",
    "123",
    "1,234,567",
  ]);
  assert.equal(formatCount(1234567), "1,234,567");
  assert.equal(formatRate(12_345.6), "12,346 msg/s");
  assert.deepEqual([512, 4096, 1024 ** 2].map(formatBytes), ["512 B", "4.00 KiB", "1.00 MiB"]);
  assert.equal(formatThroughput(12.34e6), "12.3 MB/s");
  assert.deepEqual([812, 999.7, 1234, 4.5e6, 125e6].map(formatDuration), [
    "812 µs",
    "1.00 ms",
    "1.23 ms",
    "4.50 s",
    "2:05",
  ]);
  assert.deepEqual([0, 42.9, 307, 3723].map(formatElapsed), ["0:00", "0:42", "5:07", "1:02:03"]);
  assert.equal(formatPercent(0.0123), "1.23%");
});

Deno.test("one thing is one, and none or many are several", () => {
  assert.deepEqual([0, 1, 2, 2000].map((count) => plural(count, "slot")), [
    "0 slots",
    "1 slot",
    "2 slots",
    "2,000 slots",
  ]);
  assert.equal(plural(3, "retry", "retries"), "3 retries");
});

Deno.test("a text as long as a file is no value, and gets no proposal, without much work", () => {
  // The square of this, in characters, would not fit into memory.
  const long = `1${"k".repeat(1_000_000)}`;
  assert.throws(() => parseCount(long, { min: 0, max: 10 }), ValueError);
  assert.equal(proposalFor(long, () => true), undefined);
});
