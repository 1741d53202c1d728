import assert from "node:assert/strict";
import { NOTHING_VERIFIED } from "../../load/snapshot_test_support.ts";
import { PRODUCER, producerResult } from "../report_test_support.ts";
import { spreadOf, summaryText } from "./summary.ts";
import type { ChangeRecord, RunResult } from "../result/result.ts";
import { decideVerdict } from "../result/verdict.ts";

const text = (result: RunResult): string => summaryText(result, { color: false });

Deno.test("a clean run is summed up line for line", () => {
  const result = producerResult();
  assert.deepEqual(text(result).split("\n"), [
    "producer  persistent://public/default/load",
    "pulsar://localhost:6650 · profile default · run run-1 · 20.0 s measured of 21.5 s",
    "",
    "  published      1,000 msg/s     1.00 MB/s  20,000 messages",
    "  target         1,000 msg/s  100% reached  0 slots missed",
    "  batches        200 of 100 messages",
    "  2 workers      min 400  avg 500  max 600  stddev 100 msg/s",
    "  back-pressure  0% of the workers' time waited for room in flight",
    "",
    "  latency            P50      P95      P99    P99.9      max",
    "  service        1.76 ms  3.32 ms  3.98 ms  4.10 ms  4.10 ms",
    "  response       2.29 ms  4.31 ms  5.17 ms  5.33 ms  5.33 ms",
    "",
    "  errors         none",
    "",
    "  ✓ ok",
    "",
  ]);
});

Deno.test("long sentences are broken where the terminal ends, and nowhere without one", () => {
  const note = "the figures show this tool and not a cluster, which is no accident at all";
  const result = { ...producerResult(), notes: [note] };
  assert.ok(text(result).includes(note));
  const broken = summaryText(result, { color: false, width: 50 }).split("\n").filter((line) =>
    line.length > 0
  );
  assert.deepEqual(broken.slice(-4), [
    "  note           the figures show this tool and",
    "                 not a cluster, which is no",
    "                 accident at all",
    "  ✓ ok",
  ]);
});

Deno.test("in a narrow terminal lines are broken between words and never inside one", () => {
  const result = { ...producerResult(), notes: ["the figures show this tool and not a cluster"] };
  const words = text(result).split(/\s+/);
  for (const width of [40, 60, 79]) {
    for (const color of [false, true]) {
      const narrow = summaryText(result, { color, width });
      // deno-lint-ignore no-control-regex
      const plain = narrow.replace(/\x1b\[[0-9;]*m/g, "");
      assert.deepEqual(plain.split(/\s+/), words, `${width} columns`);
      for (const line of plain.split("\n")) {
        assert.ok([...line].length <= width, `${width} columns: '${line}'`);
      }
    }
  }
  assert.equal(summaryText(result, { color: false, width: 100 }), text(result));
});

Deno.test("one of a kind is told in the singular", () => {
  const result = producerResult();
  const one = { ...result, totals: { ...result.totals, messages: 1, missed: 1, failed: 1 } };
  assert.match(text(one), / 1 message\n[^]* 1 slot missed\n[^]*failed +1 message\n/);
});

Deno.test("back-pressure is a share of all workers' measured time", () => {
  const result = producerResult();
  const blocked = { ...result, totals: { ...result.totals, blockedUs: 10e6 } };
  assert.match(text(blocked), /back-pressure {2}25\.0% of the workers' time/);
});

Deno.test("the spread of workers is that of the whole population", () => {
  assert.deepEqual(spreadOf([2, 4, 4, 4, 5, 5, 7, 9]), { min: 2, mean: 5, max: 9, stdDev: 2 });
});

Deno.test("errors, integrity, thresholds, notes and verdict each have their block", () => {
  const base = producerResult({ input: { config: { ...PRODUCER, embedded: "memory" } } });
  const summary = text({
    ...base,
    totals: { ...base.totals, failed: 3, errors: { Timeout: 1, ServiceNotReady: 9 } },
    thresholds: [{ text: "errors==0", state: "fail", value: "10" }, {
      text: "rate>900",
      state: "pass",
      value: "1,000 msg/s",
    }],
    integrity: {
      mode: "count",
      streams: 4,
      verified: 20_000,
      lost: 7,
      duplicates: 0,
      outOfOrder: 0,
      corrupt: 0,
      foreign: 2,
      head: "zero",
      report: null,
    },
    verdict: {
      status: "integrity",
      exitCode: 98,
      reasons: ["integrity violated: 7 lost", "threshold 'errors==0' failed"],
    },
  });
  assert.match(
    summary,
    /errors {9}10 \(0\.05%\), 3 messages failed\n +9 {2}ServiceNotReady\n +1 {2}Timeout\n/,
  );
  assert.match(summary, /integrity {6}✗ 7 lost\n +20,000 verified in 4 streams, 2 of other runs/);
  assert.match(summary, /thresholds {5}✗ {2}errors==0 +10\n +✓ {2}rate>900 +1,000 msg\/s/);
  assert.match(summary, /note +embedded broker: in memory, no persistence/);
  assert.match(summary, /✗ integrity +integrity violated: 7 lost\n +threshold 'errors==0' failed\n$/);
});

Deno.test("a rate search shows what it found and why it stopped", () => {
  const summary = text(producerResult({
    input: {
      rateSearch: {
        sustainableRate: 12_000,
        steps: [
          { rate: 10_000, achieved: 9_999, responseP99Us: 3_000, sustained: true, reason: "" },
          {
            rate: 20_000,
            achieved: 15_999,
            responseP99Us: 390_000,
            sustained: false,
            reason: "fell 0.4 s behind",
          },
        ],
      },
    },
  }));
  assert.match(summary, /sustainable {4}12,000 msg\/s/);
  assert.match(summary, /✗ {2}20,000 msg\/s {2}15,999 msg\/s +390 ms {2}fell 0\.4 s behind/);
});

Deno.test("colour adds nothing but escape sequences", () => {
  const colored = summaryText(producerResult(), { color: true });
  assert.ok(colored.includes("\x1b["));
  // deno-lint-ignore no-control-regex
  assert.equal(colored.replace(/\x1b\[[0-9;]*m/g, ""), text(producerResult()));
});

Deno.test("a verification of nothing has no ✓ anywhere in the summary", () => {
  const base = producerResult();
  const integrity = NOTHING_VERIFIED;
  const shown = (isPart: boolean): string => {
    const verdict = decideVerdict({ integrity, thresholds: [], isPart });
    return text({ ...base, verdict, integrity: { ...integrity, head: "zero", report: null } });
  };
  assert.match(
    shown(false),
    /integrity {6}– nothing verified\n[^]*✗ unverified +nothing was received, so nothing/,
  );
  assert.match(shown(true), /\n {2}– ended as asked, nothing verified\n$/);
  for (const isPart of [false, true]) assert.doesNotMatch(shown(isPart), /✓/);
});

Deno.test("what was changed by hand has its time, old and new value, a long list its first lines", () => {
  const change = (seconds: number): ChangeRecord => (
    { atUs: 1.7e15, seconds, setting: "rate", from: 500, to: 800 }
  );
  const changes: ChangeRecord[] = [
    change(7),
    { atUs: 1.7e15, seconds: 61, setting: "rate", from: 200, to: 300, stage: 2 },
    { atUs: 1.7e15, seconds: 62, setting: "batchMessages", from: 100, to: 1 },
    { atUs: 1.7e15, seconds: 63, setting: "paused", from: false, to: true },
    { atUs: 1.7e15, seconds: 64, setting: "figures", from: 6429, to: 0 },
  ];
  const lines = text({ ...producerResult(), changes }).split("\n").filter((line) => /\d:\d\d/.test(line));
  assert.deepEqual(lines.slice(-5).map((line) => line.trim()), [
    "changed        0:07  rate 500 msg/s → 800 msg/s",
    "1:01  rate of stage 2 200 msg/s → 300 msg/s",
    "1:02  batch 100 → off",
    "1:03  paused",
    "1:04  figures reset after 6,429 messages",
  ]);
  const many = text({ ...producerResult(), changes: Array.from({ length: 50 }, (_, at) => change(at)) });
  assert.match(many, /31 more, all in the result/);
});

Deno.test("figures of another client than our own say so at the top", () => {
  const native = { value: "native", source: "flag --driver" };
  const result = { ...producerResult(), config: { driver: native } };
  assert.match(text(result), /^pulsar:\/\/localhost:6650 · native client · profile default/m);
});
