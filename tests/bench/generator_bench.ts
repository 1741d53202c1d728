/**
 * Cost of writing one message, in nanoseconds: batches of 100 into a pool of 16 frames, as a producer worker does.
 *
 * `deno run tests/bench/generator_bench.ts [kind …]` — each kind in turn, median of five rounds. Give one kind at a time for
 * figures that no other kind's compiled code has disturbed.
 */
import type { GeneratorConfig } from "../../lib/load/generator/create_payload.ts";
import { type BodyTarget, Generator } from "../../lib/load/generator/generator.ts";
import { hashRunId } from "../../lib/load/header/header.ts";

const BATCH = 100;
const FRAMES = 16;
const ROUNDS = 5;
const ROUND_MILLIS = 400;

const base: GeneratorConfig = {
  payload: "json",
  size: { kind: "fixed", bytes: 1024 },
  compressibility: 0,
  keys: "none",
  keyCount: 10_000,
  properties: {},
  verify: "count",
  seed: 1,
  runId: "bench",
  runHash: hashRunId("bench"),
  producer: "bench-producer",
  worker: 0,
  keyPerBatch: false,
};
const template = '{"id":{{seq}},"at":"{{iso}}","who":"{{producer}}","key":"{{key}}","note":"{{random:100}}"}';
const line = new TextEncoder().encode(JSON.stringify({ text: "x".repeat(1000) }));

const kinds: Readonly<Record<string, Partial<GeneratorConfig>>> = {
  json: {},
  random: { payload: "random" },
  pattern: { payload: "pattern" },
  "json-unverified": { verify: "off" },
  "json-zipf": { keys: "zipf" },
  "json-strict": { verify: "strict" },
  "random-strict": { payload: "random", verify: "strict" },
  sequential: { payload: "sequential" },
  "json-varying": { size: { kind: "uniform", min: 512, max: 1536 } },
  "random-varying": { payload: "random", size: { kind: "uniform", min: 512, max: 1536 } },
  file: { payload: "file", payloads: [line] },
  template: { payload: "template", template },
};

function measure(config: GeneratorConfig): number[] {
  const generator = new Generator(config);
  const stream = { id: 1, next: 0 };
  const room = BATCH * 2 * generator.largestEntry;
  const targets: BodyTarget[] = Array.from(
    { length: FRAMES },
    () => ({ buffer: new Uint8Array(room + 256), start: 256, limit: room + 256, memo: undefined }),
  );
  let sendTime = Date.now() * 1000;
  const run = (millis: number): number => {
    const begin = performance.now();
    let now = begin;
    let messages = 0;
    while (now - begin < millis) {
      for (let index = 0; index < 10 * FRAMES; index++) {
        sendTime += 100;
        messages += generator.fillBatch(
          targets[index % FRAMES]!,
          stream,
          BATCH,
          room,
          sendTime - 99,
          1,
          sendTime,
        );
      }
      now = performance.now();
    }
    return (now - begin) * 1e6 / messages;
  };
  run(ROUND_MILLIS);
  return Array.from({ length: ROUNDS }, () => run(ROUND_MILLIS)).sort((a, b) => a - b);
}

if (import.meta.main) {
  for (const kind of Deno.args.length > 0 ? Deno.args : Object.keys(kinds)) {
    const changes = kinds[kind];
    if (changes === undefined) {
      throw new Error(`kind '${kind}' is unknown, known are ${Object.keys(kinds).join(", ")}`);
    }
    const rounds = measure({ ...base, ...changes });
    const median = rounds[ROUNDS >> 1]!;
    const rate = (1000 / median).toFixed(1);
    const spread = `${rounds[0]!.toFixed(1)}–${rounds[ROUNDS - 1]!.toFixed(1)}`;
    console.log(`${kind.padEnd(16)} ${median.toFixed(1)} ns/message  ${rate} million/s  (rounds ${spread})`);
  }
}
