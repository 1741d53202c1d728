import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeBatch, generatorOf, RUN_HASH, targetOf, text } from "./generator_test_support.ts";
import type { GeneratorConfig } from "./create_payload.ts";
import type { BodyTarget, Generator, Stream } from "./generator.ts";
import { keyText } from "./keys.ts";
import { HeaderReader, HeaderState } from "../header/header.ts";

const NOW = 1_800_000_000_123_456;
const encode = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Fills and checks everything that holds for every batch; returns payloads as positions. */
function fillAndCheck(
  generator: Generator,
  target: BodyTarget,
  stream: Stream,
  count: number,
  options: { limit?: number; now?: number; interval?: number; verified?: boolean } = {},
): { key: string | undefined; properties: [string, string][]; start: number; end: number }[] {
  const { limit = 1e9, now = NOW, interval = 10, verified = true } = options;
  const first = stream.next;
  const intended = now - 5000;
  const ids = first + (stream.idOffset ?? 0);
  const written = generator.fillBatch(target, stream, count, limit, intended, interval, now);
  const entries = decodeBatch(target.buffer, target.start, generator.end);
  assert.equal(entries.length, written);
  assert.equal(stream.next, first + written);
  assert.equal(generator.payloadBytes, entries.reduce((sum, entry) => sum + entry.end - entry.start, 0));
  assert.ok(generator.end <= target.limit);
  assert.ok(target.buffer.subarray(target.limit).every((byte) => byte === 0xee), "wrote behind the limit");
  assert.ok(target.buffer.subarray(0, target.start).every((byte) => byte === 0xee), "wrote before the start");
  const reader = new HeaderReader();
  entries.forEach((entry, index) => {
    assert.equal(entry.sequenceId, ids + index);
    assert.equal(
      reader.read(target.buffer, entry.start, entry.end),
      verified ? HeaderState.ok : HeaderState.none,
    );
    if (!verified) return;
    assert.equal(reader.run, RUN_HASH);
    assert.equal(reader.stream, stream.id);
    assert.equal(reader.sequence, first + index);
    assert.equal(reader.sendTime, now);
    assert.equal(reader.intended, intended + index * interval);
  });
  return entries;
}

const kinds: Record<string, Partial<GeneratorConfig>> = {
  json: { payload: "json" },
  random: { payload: "random" },
  "random without random bytes": { payload: "random", compressibility: 100 },
  pattern: { payload: "pattern" },
  sequential: { payload: "sequential" },
  "json with varying sizes": { payload: "json", size: { kind: "uniform", min: 300, max: 2000 } },
  "random with varying sizes": { payload: "random", size: { kind: "list", sizes: [40, 100, 5000] } },
  "pattern with varying sizes": { payload: "pattern", size: { kind: "list", sizes: [36, 64, 3000] } },
  "sequential with varying sizes": { payload: "sequential", size: { kind: "uniform", min: 36, max: 300 } },
  "a file of lines": { payload: "file", payloads: [encode("first"), encode("second line")] },
  "a file of objects": {
    payload: "file",
    payloads: [encode('{"a":1}'), encode("{}"), encode('{ "b": {} }')],
  },
  "a JSON template": { payload: "template", template: '{"id":{{seq}},"k":"{{key}}","r":"{{random:9}}"}' },
  "a text template": { payload: "template", template: "{{seq}};{{timestamp}};{{int:1-1000}}" },
};

for (const [name, changes] of Object.entries(kinds)) {
  for (const verify of ["count", "strict"] as const) {
    Deno.test(`${name} (${verify}): headers are right whatever frame is used again, by whom and how full`, () => {
      const step = fc.record({
        generator: fc.nat(1),
        target: fc.nat(1),
        stream: fc.nat(1),
        count: fc.integer({ min: 1, max: 12 }),
        limit: fc.constantFrom(1, 3000, 1e9),
        single: fc.boolean(),
      });
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
          const generators = [0, 1].map((worker) =>
            generatorOf({ ...changes, verify, worker, keys: "zipf" })
          );
          const targets = [targetOf(9000), targetOf(12000, 3)];
          const streams = [0, 1].map((
            worker,
          ) => [{ id: worker * 2, next: 0 }, { id: worker * 2 + 1, next: 99_995 }]);
          const reader = new HeaderReader();
          steps.forEach((step, index) => {
            const generator = generators[step.generator]!;
            const target = targets[step.target]!;
            const stream = streams[step.generator]![step.stream]!;
            const now = NOW + index * 777;
            if (!step.single) {
              fillAndCheck(generator, target, stream, step.count, { limit: step.limit, now });
              return;
            }
            generator.fillSingle(target, stream, now - 70, now);
            assert.equal(reader.read(target.buffer, target.start, generator.end), HeaderState.ok);
            assert.equal(generator.payloadBytes, generator.end - target.start);
            assert.equal(reader.sequence, stream.next - 1);
            assert.equal(reader.intended, now - 70);
          });
        }),
        { numRuns: 40 },
      );
    });
  }
}

Deno.test("JSON payloads are valid JSON of the exact size, with the message's own numbers, for any size and sequence", () => {
  const generator = generatorOf({
    producer: 'a "quoted" näme',
    size: { kind: "uniform", min: 250, max: 900 },
  });
  const fixed = generatorOf({ producer: 'a "quoted" näme' });
  fc.assert(fc.property(
    fc.constantFrom(0, 9, 9_998, 99_999_998, 999_999_999_995, 2 ** 32 - 3, 2 ** 48 - 20),
    fc.integer({ min: 1, max: 8 }),
    fc.boolean(),
    (next, count, same) => {
      const target = targetOf(9000);
      const stream = { id: 3, next };
      for (let round = 0; round < 2; round++) {
        const first = stream.next;
        const entries = fillAndCheck(same ? fixed : generator, target, stream, count);
        entries.forEach((entry, index) => {
          const payload = JSON.parse(text(target.buffer, entry.start, entry.end));
          assert.deepEqual(Object.keys(payload), ["pll", "sequence", "timestamp", "producer", "filler"]);
          assert.equal(payload.sequence, first + index);
          assert.equal(payload.timestamp, NOW);
          assert.equal(payload.producer, 'a "quoted" näme');
          if (same) assert.equal(entry.end - entry.start, 1024);
          else assert.ok(entry.end - entry.start >= 250 && entry.end - entry.start <= 900);
        });
      }
    },
  ));
});

Deno.test("a clock that has just begun still makes valid JSON", () => {
  const generator = generatorOf({ verify: "off" });
  const target = targetOf(2000);
  const [entry] = fillAndCheck(generator, target, { id: 0, next: 0 }, 1, { now: 5, verified: false });
  const payload = JSON.parse(text(target.buffer, entry!.start, entry!.end));
  assert.deepEqual([payload.sequence, payload.timestamp], [0, 5]);
});

Deno.test("a frame that another generator used, or whose buffer or start was replaced, is written anew", () => {
  const generators = ["anna", "berta"].map((producer) => generatorOf({ producer }));
  const stream = { id: 1, next: 0 };
  const target = { ...targetOf(9000) };
  const check = (turn: number): void => {
    const producer = ["anna", "berta"][turn]!;
    for (const entry of fillAndCheck(generators[turn]!, target, stream, 4)) {
      assert.equal(JSON.parse(text(target.buffer, entry.start, entry.end)).producer, producer);
    }
  };
  for (const turn of [0, 1, 0]) check(turn);
  target.buffer = targetOf(9000).buffer;
  check(0);
  const moved = { ...target, start: 64, limit: target.limit - 36 };
  target.buffer.fill(0xee);
  for (const entry of fillAndCheck(generators[0]!, moved, stream, 4)) {
    assert.equal(JSON.parse(text(moved.buffer, entry.start, entry.end)).producer, "anna");
  }
  target.buffer.fill(0xee);
  target.memo = undefined;
  check(0);
});

Deno.test("no batch crosses a multiple of 2^32, where the constant part of headers changes", () => {
  const generator = generatorOf();
  const target = targetOf(20_000);
  const stream = { id: 1, next: 2 ** 32 - 4 };
  assert.equal(fillAndCheck(generator, target, stream, 10).length, 4);
  assert.equal(fillAndCheck(generator, target, stream, 10).length, 10);
});

Deno.test("a batch stops at the byte limit, at the frame's end, and holds at least one message", () => {
  const generator = generatorOf();
  const entry = generator.largestEntry;
  const target = targetOf(5 * entry);
  // Where sequence ids take the most bytes.
  const stream = { id: 1, next: 0, idOffset: 2 ** 52 };
  assert.equal(fillAndCheck(generator, target, stream, 100, { limit: 3 * entry }).length, 3);
  assert.equal(fillAndCheck(generator, target, stream, 100, { limit: 3 * entry - 1 }).length, 2);
  assert.equal(fillAndCheck(generator, target, stream, 100, { limit: 1 }).length, 1);
  assert.equal(fillAndCheck(generator, target, stream, 100).length, 5);
  const small = targetOf(entry - 1);
  assert.throws(
    () => generator.fillBatch(small, stream, 1, 1e9, NOW, 0, NOW),
    { name: "GeneratorError", code: "frame-too-small" },
  );
});

Deno.test("properties and keys reach the single-message metadata", () => {
  const properties = { region: "eu-west", "long": "x".repeat(200), "": "" };
  for (const size of [{ kind: "fixed", bytes: 300 }, { kind: "uniform", min: 250, max: 300 }] as const) {
    const generator = generatorOf({ properties, keys: "round-robin", keyCount: 3, size });
    const target = targetOf(9000);
    const entries = fillAndCheck(generator, target, { id: 1, next: 0 }, 7);
    for (const entry of entries) assert.deepEqual(Object.fromEntries(entry.properties), properties);
    const keys = entries.map((entry) => entry.key);
    assert.deepEqual(keys, [0, 1, 2, 0, 1, 2, 0].map(keyText));
    assert.equal(generator.key, 0);
    assert.equal(generator.nextKey, 1);
  }
});

Deno.test("with one key per batch, the announced key is on every message of the batch", () => {
  for (const size of [{ kind: "fixed", bytes: 300 }, { kind: "uniform", min: 250, max: 300 }] as const) {
    const generator = generatorOf({ keys: "random", keyPerBatch: true, size });
    const target = targetOf(9000);
    const seen = new Set<number>();
    for (let batch = 0; batch < 20; batch++) {
      const key = generator.nextKey;
      seen.add(key);
      const entries = fillAndCheck(generator, target, { id: 1, next: 0 }, 5);
      assert.ok(entries.every((entry) => entry.key === keyText(key)));
      assert.equal(generator.key, key);
    }
    assert.ok(seen.size > 10);
  }
});

Deno.test("keys, sizes and content are the same for the same seed, however messages are batched", () => {
  const produce = (changes: Partial<GeneratorConfig>, counts: readonly number[], limit = 1e9): string[] => {
    const generator = generatorOf({
      payload: "template",
      template: "{{int:1-99}} {{random:8}} {{key}}",
      ...changes,
    });
    const stream = { id: 1, next: 0 };
    return counts.flatMap((count) => {
      const target = targetOf(3000);
      return fillAndCheck(generator, target, stream, count, { limit }).map((entry) =>
        `${entry.key} ${text(target.buffer, entry.start + 32, entry.end)}`
      );
    });
  };
  const changes = { keys: "zipf", seed: 7 } as const;
  const one = produce(changes, [12]);
  assert.deepEqual(produce(changes, [1, 4, 7]), one);
  // Batches end at the byte limit after one message: the next is drawn already, and must not be drawn again.
  assert.deepEqual(produce(changes, new Array<number>(12).fill(9), 1), one);
  assert.notDeepEqual(produce({ ...changes, seed: 8 }, [12]), one);
  assert.notDeepEqual(produce({ ...changes, worker: 1 }, [12]), one);
  const sizes = (limit: number): number[] => {
    const generator = generatorOf({ payload: "random", size: { kind: "uniform", min: 32, max: 4000 } });
    const stream = { id: 1, next: 0 };
    const target = targetOf(9000);
    const all: number[] = [];
    while (all.length < 30) {
      all.push(
        ...fillAndCheck(generator, target, stream, 30, { limit }).map((entry) => entry.end - entry.start),
      );
    }
    return all.slice(0, 30);
  };
  assert.deepEqual(sizes(9000), sizes(1));
});

Deno.test("sizes that cannot hold the header are refused with the least size that can, and go unverified", () => {
  const tiny = { kind: "fixed", bytes: 31 } as const;
  for (const payload of ["random", "pattern", "sequential"] as const) {
    assert.throws(
      () => generatorOf({ payload, size: tiny }),
      /size '31' is too small.*--verify off.*at least 32 bytes/,
    );
    assert.throws(() => generatorOf({ payload, size: tiny, verify: "strict" }), /at least 36 bytes/);
    const entries = fillAndCheck(
      generatorOf({ payload, size: tiny, verify: "off" }),
      targetOf(999),
      { id: 1, next: 0 },
      3,
      {
        verified: false,
      },
    );
    assert.equal(entries.length, 3);
  }
  const least = (verify: "off" | "count"): number => {
    try {
      generatorOf({ size: tiny, verify });
    } catch (error) {
      return Number(/at least (\d+) bytes/.exec(String(error))![1]);
    }
    throw new Error("was not refused");
  };
  for (const verify of ["off", "count"] as const) {
    const bytes = least(verify);
    const verified = verify === "count";
    const target = targetOf(999);
    const generator = generatorOf({ size: { kind: "fixed", bytes }, verify });
    const [entry] = fillAndCheck(generator, target, { id: 1, next: 0 }, 1, { verified });
    assert.equal(JSON.parse(text(target.buffer, entry!.start, entry!.end)).filler, "");
  }
  assert.equal(least("count") - least("off"), 8 + 64 + 1);
});

Deno.test("files and templates go out untouched without verification, and stay JSON with it", () => {
  const lines = ['{"a":1}', "{}", '{ "b": {} }'];
  for (const verify of ["off", "count"] as const) {
    const target = targetOf(3000);
    const generator = generatorOf({ payload: "file", payloads: lines.map(encode), verify });
    const entries = fillAndCheck(generator, target, { id: 1, next: 0 }, 4, { verified: verify === "count" });
    const payloads = entries.map((entry) => text(target.buffer, entry.start, entry.end));
    if (verify === "off") assert.deepEqual(payloads, [...lines, lines[0]]);
    else {
      const bare = payloads.map((payload) => ({ ...JSON.parse(payload), pll: undefined }));
      assert.deepEqual(bare, [...lines, lines[0]!].map((line) => ({ ...JSON.parse(line), pll: undefined })));
    }
  }
  const target = targetOf(3000);
  const raw = generatorOf({ payload: "file", payloads: [encode("plain"), encode("{}")] });
  const [first, second] = fillAndCheck(raw, target, { id: 1, next: 0 }, 2);
  assert.equal(text(target.buffer, first!.start + 32, first!.end), "plain");
  assert.equal(text(target.buffer, second!.start + 32, second!.end), "{}");
});

Deno.test("configurations that cannot work say which value is wrong and what would be right", () => {
  assert.throws(() => generatorOf({ payload: "file" }), /holds no payload/);
  assert.throws(() => generatorOf({ payload: "template" }), /needs a template/);
  assert.throws(
    () => generatorOf({ payload: "template", template: "{{sequence}}" }),
    /'\{\{sequence\}\}'.*known are 'seq'/,
  );
  assert.throws(() => generatorOf({ keys: "zipf", keyCount: 0 }), /key count '0' must be from 1 to 1000000/);
  assert.throws(
    () => generatorOf({ size: { kind: "uniform", min: 900, max: 800 } }),
    /'900-800' must not be reversed/,
  );
  assert.throws(() => generatorOf({ payload: "random", compressibility: 101 }), /compressibility '101'/);
});

Deno.test("every message of a batch has its own sequence id, whatever its width, in new frames and in used ones", () => {
  const widths = [
    0,
    100,
    127,
    16_380,
    2 ** 21 - 3,
    2 ** 28 - 5,
    2 ** 31 - 2,
    2 ** 35 - 4,
    2 ** 42 - 1,
    2 ** 49 - 6,
    2 ** 52,
  ];
  for (const size of [{ kind: "fixed", bytes: 300 }, { kind: "uniform", min: 250, max: 300 }] as const) {
    const generator = generatorOf({ size, keys: "round-robin", keyCount: 3, properties: { region: "eu" } });
    const target = targetOf(20_000);
    const stream = { id: 1, next: 0, idOffset: 0 };
    for (const first of [...widths, ...widths.toReversed()]) {
      stream.idOffset = first - stream.next;
      for (let times = 0; times < 2; times++) {
        assert.equal(fillAndCheck(generator, target, stream, 10).length, 10);
      }
    }
  }
});
