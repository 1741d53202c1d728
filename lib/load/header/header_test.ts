import assert from "node:assert/strict";
import fc from "fast-check";
import { bodyHash } from "./body_hash.ts";
import {
  hashRunId,
  HEADER_BYTES,
  HeaderFlag,
  type HeaderForm,
  HeaderReader,
  HeaderState,
  MAX_SEQUENCE,
  streamId,
  STRICT_HEADER_BYTES,
  TEXT_OFFSET,
  TEXT_PREFIX,
} from "./header.ts";
import { streamParts } from "./header_test_support.ts";
import { HeaderWriter } from "./header_writer.ts";

const RUN = hashRunId("header-test");

interface Sample {
  form: HeaderForm;
  flags: number;
  stream: number;
  sequence: number;
  sendTime: number;
  lateness: number;
  body: number;
}

const samples: fc.Arbitrary<Sample> = fc.record({
  form: fc.constantFrom<HeaderForm>("raw", "text"),
  flags: fc.constantFrom(0, HeaderFlag.strict, HeaderFlag.probe, HeaderFlag.strict | HeaderFlag.probe),
  stream: fc.nat(0xffffffff),
  sequence: fc.oneof(
    fc.nat(1000),
    fc.maxSafeNat().map((value) => value % MAX_SEQUENCE),
    fc.constant(MAX_SEQUENCE - 1),
  ),
  sendTime: fc.integer({ min: 0xffffffff, max: Number.MAX_SAFE_INTEGER }),
  lateness: fc.nat(0xffffffff),
  body: fc.nat(40),
});

/** The payload with its header at position 5 of a larger buffer. */
function write(sample: Sample): { bytes: Uint8Array; start: number; end: number } {
  const writer = new HeaderWriter(RUN, sample.form, sample.flags);
  const start = 5;
  const end = start + writer.length + sample.body;
  const bytes = new Uint8Array(end + 7).fill(0x61);
  if (sample.form === "text") bytes.set(new TextEncoder().encode(TEXT_PREFIX), start);
  const view = new DataView(bytes.buffer);
  writer.begin(sample.stream, sample.sequence, sample.sendTime);
  writer.writeConstants(view, start);
  writer.patch(view, start, 0, 1, sample.sequence, sample.sendTime - sample.lateness, 0);
  if (writer.strict) writer.seal(view, start, end - start);
  return { bytes, start, end };
}

Deno.test("a header is read back as it was written, in both forms and with every flag", () => {
  const reader = new HeaderReader();
  fc.assert(fc.property(samples, (sample) => {
    const { bytes, start, end } = write(sample);
    assert.equal(reader.read(bytes, start, end), HeaderState.ok);
    assert.equal(reader.run, RUN);
    assert.equal(reader.stream, sample.stream);
    assert.equal(reader.flags, sample.flags);
    assert.equal(reader.sequence, sample.sequence);
    assert.equal(reader.sendTime, sample.sendTime);
    assert.equal(reader.intended, sample.sendTime - sample.lateness);
  }));
});

Deno.test("messages of several batches, in both forms, whole or damaged, can be read in any order", () => {
  const batches = (["raw", "text"] as const).flatMap((form) =>
    [1, 0xffffffff].flatMap((stream) =>
      [false, true].map((damaged) => {
        const sample = {
          form,
          flags: 0,
          stream,
          sequence: 7,
          sendTime: 1.8e15 + stream,
          lateness: 3,
          body: 0,
        };
        const written = write(sample);
        // A digit of the stream's word; in text it is no hex digit, whose bits alone would pass for all ones.
        if (damaged) written.bytes[form === "raw" ? 5 + 8 : 5 + TEXT_OFFSET + 16] = 0x47;
        return { ...written, sample, damaged };
      })
    )
  );
  fc.assert(fc.property(fc.array(fc.constantFrom(...batches), { maxLength: 12 }), (order) => {
    const reader = new HeaderReader();
    for (const { bytes, start, end, sample, damaged } of order) {
      assert.equal(reader.read(bytes, start, end), damaged ? HeaderState.damaged : HeaderState.ok);
      if (!damaged) assert.deepEqual([reader.stream, reader.sendTime], [sample.stream, sample.sendTime]);
    }
  }));
});

Deno.test("the raw layout is the documented one, byte for byte", () => {
  const sendTime = 0x6_1234_5678_9abc;
  const { bytes, start } = write({
    form: "raw",
    flags: 0,
    stream: 0x01020304,
    sequence: 0xaabb_ccdd_eeff,
    sendTime,
    lateness: 0x11223344,
    body: 0,
  });
  const run = RUN.toString(16).padStart(8, "0");
  const hex = [...bytes.subarray(start, start + 28)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  assert.equal(hex, `f54caabb${run}010203042006123456789abcccddeeff11223344`);
});

Deno.test("every changed byte of a header is noticed", () => {
  const reader = new HeaderReader();
  fc.assert(
    fc.property(samples, fc.nat(), fc.integer({ min: 1, max: 255 }), (sample, position, change) => {
      const { bytes, start } = write(sample);
      const strict = (sample.flags & HeaderFlag.strict) !== 0;
      const raw = strict ? STRICT_HEADER_BYTES : HEADER_BYTES;
      const covered = sample.form === "raw" ? raw : TEXT_OFFSET + 2 * raw;
      const at = start + position % covered;
      bytes[at] = bytes[at]! ^ change;
      assert.notEqual(reader.read(bytes, start, bytes.length - 7), HeaderState.ok);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a changed body is noticed in strict mode only", () => {
  const reader = new HeaderReader();
  for (const form of ["raw", "text"] as const) {
    for (const flags of [0, HeaderFlag.strict]) {
      const { bytes, start, end } = write({
        form,
        flags,
        stream: 1,
        sequence: 2,
        sendTime: 1.8e15,
        lateness: 3,
        body: 37,
      });
      for (let at = end - 37; at < end; at++) {
        bytes[at] = bytes[at]! ^ 4;
        assert.equal(reader.read(bytes, start, end), flags === 0 ? HeaderState.ok : HeaderState.damaged);
        bytes[at] = bytes[at]! ^ 4;
      }
    }
  }
});

Deno.test("payloads without a header, and truncated ones, are never read beyond their end", () => {
  const reader = new HeaderReader();
  for (const form of ["raw", "text"] as const) {
    for (const flags of [0, HeaderFlag.strict]) {
      const { bytes, start, end } = write({
        form,
        flags,
        stream: 1,
        sequence: 2,
        sendTime: 1.8e15,
        lateness: 3,
        body: 0,
      });
      for (let cut = start; cut < end; cut++) {
        assert.notEqual(
          reader.read(bytes.slice(0, cut), start, cut),
          HeaderState.ok,
          `${form} cut at ${cut}`,
        );
      }
    }
  }
  const json = new TextEncoder().encode(
    JSON.stringify({ message: "somebody else's payload, long enough to hold one" }),
  );
  assert.equal(reader.read(json, 0, json.length), HeaderState.none);
});

Deno.test("lateness saturates and is never negative, so the intended time stays at or before the send time", () => {
  const reader = new HeaderReader();
  const sendTime = 1.8e15;
  for (
    const [intended, expected] of [[sendTime + 50, sendTime], [
      sendTime - 2 ** 40,
      sendTime - 0xffffffff,
    ]] as const
  ) {
    const { bytes, start, end } = write({
      form: "raw",
      flags: 0,
      stream: 1,
      sequence: 2,
      sendTime,
      lateness: sendTime - intended,
      body: 0,
    });
    assert.equal(reader.read(bytes, start, end), HeaderState.ok);
    assert.equal(reader.intended, expected);
  }
});

Deno.test("stream ids keep instance, worker and lane apart, with any number of bits for the lane, and refuse what does not fit", () => {
  fc.assert(fc.property(fc.nat(1023), fc.nat(1023), fc.nat(4095), (instance, worker, partition) => {
    assert.deepEqual(streamParts(streamId(instance, worker, partition)), { instance, worker, partition });
  }));
  fc.assert(fc.property(fc.nat(1023), fc.nat(255), fc.nat(16383), (instance, worker, lane) => {
    const id = streamId(instance, worker, lane, 14);
    assert.deepEqual([id >>> 22, (id >>> 14) & 255, id & 16383], [instance, worker, lane]);
  }));
  assert.throws(() => streamId(0, 256, 0, 14), /'worker' is '256', must be an integer from 0 to 255/);
  assert.throws(() => streamId(0, 1024, 0), /'worker' is '1024'/);
  assert.throws(() => streamId(0, 0, -1), /'lane' is '-1'/);
});

Deno.test("the body hash is XXH32: published values for known texts", () => {
  const hash = (text: string, seed?: number): number => {
    const bytes = new TextEncoder().encode("??" + text);
    return bodyHash(new DataView(bytes.buffer), 2, bytes.length - 2, seed);
  };
  assert.equal(hash(""), 0x02cc5d05);
  assert.equal(hash("a"), 0x550d7456);
  assert.equal(hash("abc"), 0x32d153ff);
  assert.equal(hash("Nobody inspects the spammish repetition"), 0xe2293b2f);
});
