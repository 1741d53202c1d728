import assert from "node:assert/strict";
import { beginBoth, Lab, LONG, messagesOf, until } from "./load_run_test_support.ts";

interface Line {
  readonly t: number;
  readonly e: string;
  readonly r: string;
  readonly w: number;
  readonly topic: string;
  readonly id?: string;
  readonly s?: string;
  readonly q?: number;
  readonly n?: number;
  readonly again?: boolean;
  readonly code?: string;
}

/** A lab whose runs are traced. */
async function tracing(): Promise<{ lab: Lab; lines: () => Line[]; counted: () => number }> {
  const lab = await Lab.open();
  let text = "";
  let counted = 0;
  lab.onTrace = (chunk, lines) => {
    text += new TextDecoder().decode(chunk);
    counted += lines;
  };
  const lines = (): Line[] => text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  return { lab, lines, counted: () => counted };
}

const messagesIn = (lines: readonly Line[]): number => lines.reduce((sum, { n = 0 }) => sum + n, 0);

Deno.test("a trace has every message acknowledged and received, with its place, in order of each worker's time", async () => {
  const traced = await tracing();
  await using lab = traced.lab;
  const producer = lab.producer({ count: "10000", rate: "10000", batchMessages: "50" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  const { sent, received } = await lab.finish(producer, consumer);
  const lines = traced.lines();
  assert.equal(traced.counted(), lines.length);
  const of = (event: string): Line[] => lines.filter(({ e }) => e === event);
  assert.equal(messagesIn(of("ack")), messagesOf(sent));
  assert.equal(messagesIn(of("receive")), received.snapshot.integrity!.verified);
  const places = (some: readonly Line[]): string[] =>
    some.map(({ id, s, q, n }) => `${id} ${s} ${q} ${n}`).sort();
  assert.deepEqual(places(of("receive")), places(of("ack")), "what the receipt said is where it came from");
  for (const role of ["producer", "consumer"]) {
    for (const worker of [0, 1]) {
      const times = lines.filter(({ r, w }) => r === role && w === worker).map(({ t }) => t);
      assert.deepEqual(times, times.toSorted((a, b) => a - b));
    }
  }
});

Deno.test("a trace tells what was sent again, and what connections did", async () => {
  const traced = await tracing();
  await using lab = traced.lab;
  const producer = lab.producer({ workers: "1", count: "20000", rate: "10000", batchMessages: "100" });
  const consumer = lab.consumer();
  await beginBoth(producer, consumer);
  await until(() => producer.reader.total().counters.messages > 500, LONG, producer);
  await lab.broker.hooks.forgetReceipts({ times: 2 });
  await lab.broker.hooks.dropConnections();
  const { sent } = await lab.finish(producer, consumer);
  const lines = traced.lines();
  const resent = lines.filter(({ e }) => e === "resend");
  const ranges = sent.streams.flatMap(({ resent = [] }) => resent);
  assert.deepEqual(resent.map(({ q, n }) => [q, q! + n!]), ranges);
  assert.ok(ranges.length > 0);
  for (const role of ["producer", "consumer"]) {
    const events = lines.filter(({ e, r }) => r === role && (e === "lost" || e === "back"));
    assert.equal(events[0]?.e, "lost");
    assert.ok(events[0].code !== undefined);
    assert.equal(events.at(-1)?.e, "back");
  }
});

Deno.test("what a worker had collected when it died is not lost", async () => {
  const traced = await tracing();
  await using lab = traced.lab;
  const producer = lab.producer({ workers: "1", count: "3000", rate: "3000", batchMessages: "10" });
  await producer.connect();
  producer.begin();
  await until(() => producer.reader.total().counters.messages > 500, LONG, producer);
  lab.crash(producer, 0);
  const { streams } = await producer.done;
  const first = traced.lines().filter(({ e, s }) => e === "ack" && s === "00000000");
  const { next, unconfirmed = [] } = streams[0]!;
  const confirmed = unconfirmed[0]?.[0] ?? next;
  assert.equal(messagesIn(first), confirmed, "all that the broker had confirmed by then");
});
