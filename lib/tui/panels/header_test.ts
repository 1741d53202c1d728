import assert from "node:assert/strict";
import { doneFraction, halfHeader, headerPanel, timeText } from "./header.ts";
import { lineText } from "../line.ts";
import { SAMPLE_INFO, sampleSnapshot, sampleView, sampleWorkers } from "../sample_run_test_support.ts";
import type { View } from "../view.ts";

const SNAPSHOT = sampleSnapshot("producer");

function view(replace: Partial<typeof SNAPSHOT> = {}): View {
  return sampleView("producer", { snapshot: { ...SNAPSHOT, ...replace } });
}

Deno.test("two lines tell what runs against what, and how far it is", () => {
  const embedded = { ...view(), info: { ...SAMPLE_INFO, embedded: true } };
  assert.deepEqual(headerPanel(embedded, 100).map(lineText), [
    " producer  pulsar://localhost:6650 ▸ persistent://public/default/load        embedded broker  0.1.0 ",
    " ● running  errors 0  stage 2/3 hold 50k  high-throughput  run 8f3a2c  ━━━━━━━━━  1:12 / 5:00   24% ",
  ]);
});

Deno.test("a long topic loses its beginning, for names differ at the end", () => {
  const topic = "persistent://a-tenant-with-a-name/a-namespace-with-a-name/the-topic";
  const line = lineText(headerPanel({ ...view(), info: { ...SAMPLE_INFO, topic } }, 80)[0] ?? []);
  assert.match(line, /▸ ….*\/the-topic +0\.1\.0 $/);
  assert.equal(line.length, 80);
});

Deno.test("of many topics the header tells how many there are, and the first where there is room", () => {
  const info = { ...SAMPLE_INFO, topic: "persistent://public/default/device-0000", topics: 1000 };
  const line = (width: number): string => lineText(headerPanel({ ...view(), info }, width)[0] ?? []);
  assert.match(line(120), /▸ 1,000 topics, first persistent:\/\/public\/default\/device-0000 /);
  assert.match(line(80), /▸ 1,000 topics, first ….*device-0000 /);
  assert.match(line(60), /▸ 1,000 topics +0\.1\.0 $/);
});

Deno.test("crashed workers are told of at every size", () => {
  const workers = sampleWorkers(3, 900).map((one) =>
    one.id === 1 ? { ...one, state: "crashed" as const } : one
  );
  assert.match(lineText(headerPanel(view({ workers }), 80)[1] ?? []), /● running {2}1 of 3 workers crashed/);
});

Deno.test("progress follows the plan that is further: time or number", () => {
  assert.equal(doneFraction(view()), 0.24);
  assert.equal(doneFraction(view({ count: 7_029_470 })), 0.5);
  assert.equal(doneFraction(view({ elapsed: 900 })), 1);
  const { duration: _, ...endless } = SNAPSHOT;
  const free = sampleView("producer", { snapshot: endless });
  assert.equal(doneFraction(free), undefined);
  assert.equal(timeText(free), "1:12");
  assert.equal(
    timeText(sampleView("producer", { snapshot: { ...endless, count: 7_029_470 } })),
    "1:12  3,514,735 of 7,029,470   50%",
  );
});

Deno.test("a run that is not over is never at 100 %", () => {
  assert.match(timeText(view({ elapsed: 299.99 })), / 99%$/);
});

Deno.test("errors are told of at every size, also when there are none", () => {
  const total = { ...SNAPSHOT.total, errors: new Map([["Timeout", 1]]) };
  for (const width of [60, 80, 200]) {
    assert.match(lineText(headerPanel(view(), width)[1] ?? []), /● running {2}errors 0 /);
    assert.match(lineText(headerPanel(view({ total }), width)[1] ?? []), /● running {2}1 error /);
    assert.match(lineText(headerPanel(sampleView("consumer"), width)[1] ?? []), /errors 0 {2}✓ intact /);
  }
});

Deno.test("half a header tells of errors first, then of failed thresholds", () => {
  const total = { ...SNAPSHOT.total, errors: new Map([["Timeout", 1234]]) };
  assert.equal(lineText(halfHeader(view({ total }), 40)), " producer  ● running       1,234 errors ");
  const failed = { ...view(), thresholds: [{ text: "a<1", state: "fail" as const, value: "2" }] };
  assert.match(lineText(halfHeader(failed, 60)), / errors 0 {2}✗ 1 of 1 threshold /);
  assert.match(lineText(halfHeader(view(), 60)), / errors 0 {2}high-throughput $/);
});
