import assert from "node:assert/strict";
import { Trace } from "./trace.ts";

interface Stage extends Disposable {
  readonly trace: Trace;
  readonly chunks: { text: string; lines: number }[];
  all(): Record<string, unknown>[];
}

function stage(topic = "persistent://public/default/t"): Stage {
  const chunks: { text: string; lines: number }[] = [];
  const trace = new Trace({
    role: "producer",
    worker: 3,
    topicOf: (lane) => `${topic}-${lane}`,
    post: (chunk, lines) => void chunks.push({ text: new TextDecoder().decode(chunk), lines }),
  });
  return {
    trace,
    chunks,
    all: () => chunks.flatMap(({ text }) => text.trimEnd().split("\n").map((line) => JSON.parse(line))),
    [Symbol.dispose]: () => trace.close(),
  };
}

Deno.test("every event is a line with its time, worker, topic and place", () => {
  using s = stage();
  const { trace } = s;
  trace.acknowledged(0, 12, 5, 0x3000, 150, 50);
  trace.acknowledged(0, 2n ** 64n - 1n, 2n ** 64n - 1n, 0x3000, 200, 50);
  trace.received(1, 12, 5, 2, true, 50, 0x3000, 150);
  trace.received(1, 12, 6, 0, false, 7);
  trace.damaged(1, 12, 7, 50, "ChecksumMismatch");
  trace.resent(0, 0x3000, 150, 200);
  trace.connection(0, "ConnectionClosed");
  trace.connection(0, undefined);
  assert.deepEqual(s.chunks, [], "nothing is posted for a single line");
  trace.close();
  assert.deepEqual(s.chunks.map(({ lines }) => lines), [8]);
  const lines = s.all();
  const times = lines.map(({ t }) => t as number);
  assert.ok(
    times.every((time, at) => Number.isInteger(time) && time > 1.7e15 && time >= (times[at - 1] ?? 0)),
  );
  const of = { r: "producer", w: 3, topic: "persistent://public/default/t-0" };
  const other = { ...of, topic: "persistent://public/default/t-1" };
  assert.deepEqual(lines.map(({ t: _t, ...rest }) => rest), [
    { e: "ack", ...of, id: "12:5", s: "00003000", q: 100, n: 50 },
    { e: "ack", ...of, s: "00003000", q: 150, n: 50 },
    { e: "receive", ...other, id: "12:5", s: "00003000", q: 100, n: 50, d: 2, again: true },
    { e: "receive", ...other, id: "12:6", n: 7, d: 0 },
    { e: "corrupt", ...other, id: "12:7", n: 50, code: "ChecksumMismatch" },
    { e: "resend", ...of, s: "00003000", q: 150, n: 50 },
    { e: "lost", ...of, code: "ConnectionClosed" },
    { e: "back", ...of },
  ]);
});

Deno.test("chunks hold whole lines, none is left out, and a full buffer goes at once", () => {
  using s = stage('persistent://public/default/ünlimited-"quoted"');
  const { trace } = s;
  for (let entry = 0; entry < 2000; entry++) trace.acknowledged(entry % 3, 1, entry, 7, entry + 1, 1);
  assert.ok(s.chunks.length >= 2, "posted before anybody asked");
  assert.ok(s.chunks.every(({ text }) => text.endsWith("}\n") && text.length <= 64 * 1024));
  trace.close();
  assert.deepEqual(s.all().map(({ q }) => q), Array.from({ length: 2000 }, (_, at) => at));
  assert.equal(s.chunks.reduce((sum, { lines }) => sum + lines, 0), 2000);
});

Deno.test("a line that is longer than the buffer goes alone, and the next ones follow", () => {
  using s = stage("x".repeat(70_000));
  s.trace.acknowledged(0, 1, 1, 7, 1, 1);
  s.trace.acknowledged(0, 1, 2, 7, 2, 1);
  s.trace.close();
  assert.deepEqual(s.all().map(({ q }) => q), [0, 1]);
  assert.deepEqual(s.chunks.map(({ lines }) => lines), [1, 1]);
});

Deno.test("what was collected is handed over after a moment, without a further line", async () => {
  using s = stage();
  s.trace.connection(0, undefined);
  for (let turn = 0; turn < 500 && s.chunks.length === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(s.all()[0]!.e, "back");
});

Deno.test("a run that others write beside has its name in each line", () => {
  const chunks: string[] = [];
  const trace = new Trace({
    role: "consumer",
    name: 'bill"ing',
    worker: 0,
    topicOf: () => "t",
    post: (chunk) => void chunks.push(new TextDecoder().decode(chunk)),
  });
  trace.received(0, 1, 2, 0, false, 3);
  trace.close();
  const { t: _t, ...line } = JSON.parse(chunks.join(""));
  assert.deepEqual(line, {
    e: "receive",
    r: "consumer",
    g: 'bill"ing',
    w: 0,
    topic: "t",
    id: "1:2",
    n: 3,
    d: 0,
  });
});
