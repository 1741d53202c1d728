import assert from "node:assert/strict";
import { basicLines, StatusLine, statusText } from "./basic.ts";
import { lineText, lineWidth } from "./line.ts";
import { sampleView } from "./sample_run_test_support.ts";

Deno.test("a small terminal gets one line for each measure", () => {
  assert.deepEqual(basicLines(sampleView("producer"), 60, 13).map((line) => lineText(line).trimEnd()), [
    "producer  ● running  1:12 / 5:00   24%",
    "rate       49,812 msg/s  of 50,000",
    "service    p50 1.90 ms  p99 5.28 ms  max 19.8 ms",
    "response   p50 2.61 ms  p99 7.16 ms  max 21.8 ms",
    "errors     0",
    "data       51.0 MB/s  total 3,514,735",
    "in flight  812 of 2k  back-pressure 18.0%",
    "✓ response.p99<20ms  8.03 ms",
    "✓ rate>=0.99*target  99.6%",
    "✓ errors==0  0",
    "q quit  p pause  ←→ change  ? help",
  ]);
  assert.deepEqual(basicLines(sampleView("consumer"), 60, 8).map((line) => lineText(line).trimEnd()), [
    "consumer  ● running  1:12 / 5:00   24%",
    "rate       49,812 msg/s",
    "end-to-end p50 3.42 ms  p99 10.1 ms  max 30.1 ms",
    "errors     0",
    "integrity  ✓ intact",
    "data       51.0 MB/s  total 3,514,735",
    "backlog    1,240",
    "q quit  p pause  ←→ change  ? help",
  ]);
});

Deno.test("lines keep to the width and the height, down to one cell", () => {
  for (const [width, height] of [[20, 3], [5, 1], [1, 1], [200, 2]] as const) {
    const lines = basicLines(sampleView("producer"), width, height);
    assert.ok(lines.length <= height);
    for (const line of lines) assert.equal(lineWidth(line), width);
  }
});

Deno.test("the state in one line is cut to the width", () => {
  const view = sampleView("consumer");
  assert.equal(
    statusText(view, 100),
    "consumer running  1:12 / 5:00   24%  49,812 msg/s  p99 10.1 ms  errors 0  ✓ intact",
  );
  assert.match(
    statusText(sampleView("producer"), 100),
    /49,812 msg\/s of 50,000 {2}p99 7\.16 ms {2}errors 0$/,
  );
  assert.equal(statusText(view, 40), "consumer running  1:12 / 5:00   24%");
});

Deno.test("a shorter status wipes out what is left of a longer one", () => {
  let out = "";
  const line = new StatusLine((text) => out += text);
  line.update("longer");
  line.update("short");
  line.print("log");
  line.update("end");
  line.clear();
  assert.equal(out, "\rlonger\rshort \r     \rlog\n\rend\r   \r");
});
