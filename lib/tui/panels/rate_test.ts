import assert from "node:assert/strict";
import { rateFacts, ratePanel } from "./rate.ts";
import { lineText } from "../line.ts";
import { sampleSnapshot, sampleView } from "../sample_run_test_support.ts";
import { GLYPHS } from "../theme.ts";
import { INITIAL_UI } from "../view.ts";

const SNAPSHOT = sampleSnapshot("producer");

Deno.test("rate, target and schedule come first, the rest as far as there is room", () => {
  const facts = (width: number) => lineText(rateFacts(sampleView("producer"), width));
  assert.equal(
    facts(120),
    "49,812 msg/s   of 50,000  99.6%   on schedule   51.0 MB/s   total 3,514,735   wire 26.9 MB/s",
  );
  assert.equal(facts(50), "49,812 msg/s   of 50,000  99.6%   on schedule");
  assert.equal(facts(10), "49,812 msg/s");
});

Deno.test("a run that is late says by how much, in a colour", () => {
  const late = rateFacts(sampleView("producer", { snapshot: { ...SNAPSHOT, behindMicros: 1_400_000 } }), 80);
  assert.deepEqual(late.find((part) => part.text.endsWith("behind")), {
    text: "1.40 s behind",
    style: "bad",
  });
  const slow = { ...SNAPSHOT.window, counters: { ...SNAPSHOT.window.counters, messages: 31_000 } };
  const missed = rateFacts(sampleView("producer", { snapshot: { ...SNAPSHOT, window: slow } }), 80);
  assert.equal(missed.find((part) => part.text === "62.0%")?.style, "bad");
});

Deno.test("a run is on schedule only when its rate is, and a paused one says so", () => {
  const facts = (replace: Partial<typeof SNAPSHOT>): string =>
    lineText(rateFacts(sampleView("producer", { snapshot: { ...SNAPSHOT, ...replace } }), 120));
  const slow = { ...SNAPSHOT.window, counters: { ...SNAPSHOT.window.counters, messages: 18_400 } };
  assert.doesNotMatch(facts({ window: slow }), /on schedule/);
  assert.doesNotMatch(facts({ phase: "warmup" }), /on schedule/);
  assert.doesNotMatch(facts({ window: { ...SNAPSHOT.window, seconds: 0 } }), /on schedule/);
  const idle = { ...SNAPSHOT.window, counters: { ...SNAPSHOT.window.counters, messages: 0 } };
  assert.match(facts({ phase: "paused", targetRate: 0, window: idle }), /^0 msg\/s {3}paused {3}51/);
  assert.match(facts({ targetRate: 0, window: idle }), /^0 msg\/s {3}of 0 {3}51/);
  const few = { ...SNAPSHOT.window, seconds: 1, counters: { ...SNAPSHOT.window.counters, messages: 9 } };
  assert.match(facts({ targetRate: 10, window: few }), /on schedule/, "one message is no lateness");
});

Deno.test("an unlimited run has no target to be measured against", () => {
  const { targetRate: _, ...free } = SNAPSHOT;
  assert.equal(
    lineText(rateFacts(sampleView("producer", { snapshot: free }), 60)),
    "49,812 msg/s   target unlimited   51.0 MB/s",
  );
});

Deno.test("a consumer tells of acknowledgements instead", () => {
  assert.equal(
    lineText(rateFacts(sampleView("consumer"), 80)),
    "49,812 msg/s   51.0 MB/s   acked 49,392/s   total 3,514,735   wire 26.9 MB/s",
  );
});

Deno.test("the chart is exactly this in ASCII", () => {
  const view = { ...sampleView("producer"), glyphs: GLYPHS.ascii };
  assert.deepEqual(ratePanel(view, 60, 8, 1).map(lineText), [
    "+- 1 Rate ------------------------------------- last 60 s -+",
    "| 49,812 msg/s   of 50,000  99.6%   on schedule            |",
    "| 60k |      *********************************.**********. |",
    "|     |..::#########################  .################### |",
    "| 30k |##############################:#################### |",
    "|     |################################################### |",
    "|   0 |################################################### |",
    "+----------------------------------------------------------+",
  ]);
});

Deno.test("the title tells how much time is shown", () => {
  const view = { ...sampleView("producer"), ui: { ...INITIAL_UI, zoom: 4 } };
  assert.match(lineText(ratePanel(view, 60, 8)[0] ?? []), /last 5 min ─╮$/);
});
