import assert from "node:assert/strict";
import { drainingLine, intervalLine, phaseLine } from "./plain.ts";
import { sampleSnapshot } from "./sample_run_test_support.ts";

Deno.test("a producer's interval is one line with everything that matters", () => {
  assert.equal(
    intervalLine(sampleSnapshot("producer")),
    "   1:12  producer  stage 2/3  49,812 msg/s (99.6% of 50,000)  51.0 MB/s" +
      "  service p50 1.90 ms p99 5.28 ms p99.9 10.4 ms max 19.8 ms" +
      "  response p50 2.61 ms p99 7.16 ms p99.9 17.3 ms max 21.8 ms  in-flight 812  errors 0",
  );
});

Deno.test("a consumer's interval tells of integrity", () => {
  assert.equal(
    intervalLine(sampleSnapshot("consumer")),
    "   1:12  consumer  49,812 msg/s  51.0 MB/s  e2e p50 3.42 ms p99 10.1 ms p99.9 22.9 ms max 30.1 ms" +
      "  acked 49,392/s  backlog 1,240  verified 3,514,204 lost 0 dup 0 out-of-order 0 corrupt 0  errors 0",
  );
});

Deno.test("errors are counted and the most frequent ones named", () => {
  const snapshot = sampleSnapshot("producer");
  const errors = new Map([["Timeout", 2], ["ServiceNotReady", 1200], ["A", 1], ["Rare", 1]]);
  const line = intervalLine({ ...snapshot, behindMicros: 1_200_000, window: { ...snapshot.window, errors } });
  assert.match(line, / behind 1\.20 s {2}errors 1,204 \(ServiceNotReady 1,200, Timeout 2, A 1\)$/);
});

Deno.test("while a run ends, its lines say for how long already, and for how long at most", () => {
  const draining = { seconds: 3.2, limit: 10 };
  const snapshot = sampleSnapshot("producer", 12, { phase: "draining", draining, inFlight: 578 });
  const total = { ...snapshot.total, errors: new Map([["ConnectionRefused", 4]]) };
  assert.equal(
    drainingLine({ ...snapshot, total }, draining),
    "   0:12  producer draining 3 s of at most 10 s  in-flight 578  errors 4 (ConnectionRefused 4)",
  );
  assert.equal(phaseLine(snapshot), "   0:12  producer  draining what is in flight, at most 10 s");
});

Deno.test("the end says how much was done", () => {
  assert.equal(
    phaseLine(sampleSnapshot("producer", 72, { phase: "warmup" })),
    "   1:12  producer  warming up",
  );
  assert.equal(
    phaseLine(sampleSnapshot("producer", 72, { phase: "done" })),
    "   1:12  producer  done, 3,514,735 messages in 1:12",
  );
});
