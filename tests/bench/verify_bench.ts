/**
 * Cost of checking one received message, in nanoseconds: batches of 100 payloads of 1 KiB, as a consumer worker sees
 * them. `order` is one consumer of a stream, `shared` one of four on a shared subscription (every fourth batch).
 *
 * `deno run tests/bench/verify_bench.ts` — median of five rounds; each includes a report per 50,000 batches.
 */
import { type BodyTarget, Generator } from "../../lib/load/generator/generator.ts";
import { hashRunId } from "../../lib/load/header/header.ts";
import { Ledger } from "../../lib/load/verify/ledger.ts";
import { Arrival, Verifier } from "../../lib/load/verify/verifier.ts";

const BATCH = 100;
const BATCHES = 20_000;
const ROUNDS = 5;
const SIZE = 1024;
const RUN = hashRunId("bench");

function measure(payload: "json" | "random", verify: "count" | "strict", consumers: number): number[] {
  const generator = new Generator({
    payload,
    size: { kind: "fixed", bytes: SIZE },
    compressibility: 0,
    keys: "none",
    keyCount: 1,
    properties: {},
    verify,
    seed: 1,
    runId: "bench",
    runHash: RUN,
    producer: "bench-producer",
    worker: 0,
    keyPerBatch: false,
  });
  const room = BATCH * generator.largestEntry;
  const target: BodyTarget = { buffer: new Uint8Array(room), start: 0, limit: room, memo: undefined };
  const stream = { id: 1, next: 0 };
  const verifier = new Verifier(RUN);
  const ledger = new Ledger(RUN);
  const round = (batches: number): number => {
    let spent = 0;
    for (let batch = 0; batch < batches; batch++) {
      generator.fillBatch(target, stream, BATCH, room, 1.8e15, 1, 1.8e15 + batch * 100);
      // The messages of a batch are of one size, which grows with their sequence ids.
      const each = generator.end / BATCH;
      const begin = performance.now();
      for (let index = 0, at = each - SIZE; index < BATCH; index++, at += each) {
        if (verifier.accept(target.buffer, at, at + SIZE, false) !== Arrival.verified) {
          throw new Error("not verified");
        }
      }
      spent += performance.now() - begin;
      stream.next += BATCH * (consumers - 1);
    }
    const begin = performance.now();
    ledger.add(verifier.takeReport());
    spent += performance.now() - begin;
    return spent * 1e6 / (batches * BATCH);
  };
  round(BATCHES >> 2);
  const rounds = Array.from({ length: ROUNDS }, () => round(BATCHES >> (verify === "strict" ? 2 : 0)));
  return rounds.sort((a, b) => a - b);
}

if (import.meta.main) {
  for (const payload of ["json", "random"] as const) {
    for (const verify of ["count", "strict"] as const) {
      for (const consumers of [1, 4]) {
        const rounds = measure(payload, verify, consumers);
        const name = `${payload} ${verify} ${consumers === 1 ? "order" : "shared"}`;
        const spread = `${rounds[0]!.toFixed(1)}–${rounds[ROUNDS - 1]!.toFixed(1)}`;
        console.log(`${name.padEnd(22)} ${rounds[ROUNDS >> 1]!.toFixed(1)} ns/message  (rounds ${spread})`);
      }
    }
  }
}
